package assist

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
)

const (
	maxEvidence = 8 // sentences
	maxCited    = 5 // records of one sentence
)

// evidence are the sentences, those about circumstances first, then those that weigh most.
func (v *view) evidence() []Sentence {
	all := v.standing()
	all = append(all, v.counted()...)
	return all[:min(len(all), maxEvidence)]
}

// standing says how the request stands beside what is there.
func (v *view) standing() (all []Sentence) {
	for _, p := range v.Standing.Prevented {
		all = append(all, Sentence{Text: sentence(p.String()) + ".", Speaks: Against, Records: []Cited{{Kind: "GUARDRAIL", ID: string(p.Guardrail)}}})
	}
	if revoked := v.revoked(); len(revoked) > 0 {
		all = append(all, Sentence{Text: fmt.Sprintf("Others have ended access of the beneficiary before its time, %s lately.", times(len(revoked))), Speaks: Against, Records: cite(revoked)})
	}
	if n := len(v.Standing.Masked); n > 0 && v.features.Type == request.MaskingException {
		all = append(all, Sentence{Text: fmt.Sprintf("It would show what a mask hides: %s.", names(v.Standing.Masked)), Speaks: Against})
	}
	if len(v.features.Tags) > 0 {
		all = append(all, Sentence{Text: fmt.Sprintf("Governance has classified it as %s.", names(v.features.Tags)), Speaks: Neither})
	}
	if n := len(v.Standing.Holders); n > 0 {
		text := "Access to the asset is held by " + others(n) + " now"
		if r := len(v.Standing.Renewed); r > 0 {
			text += fmt.Sprintf(", %d by a renewal", r)
		}
		all = append(all, Sentence{Text: text + ".", Speaks: For, Records: cite(append(slices.Clone(v.Standing.Renewed), v.Standing.Holders...))})
	}
	return all
}

// sentence begins with a capital letter.
func sentence(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".")
}

// counted says which cohorts weigh, and how they were determined.
func (v *view) counted() []Sentence {
	type weighed struct {
		Sentence
		weight float64
	}
	var all []weighed
	for _, x := range v.features.list(v.Now) {
		if strings.Contains(x.cohort, "|") || x.ledger == everything && x.cohort == "" {
			continue
		}
		allowed, denied := v.book.counts(x.ledger, x.cohort, v.Now)
		if allowed+denied == 0 {
			continue
		}
		t, _ := v.book.tally(x)
		weight := math.Abs(float64(t[atMean])) - math.Sqrt(float64(t[atVariance]))/2
		if x.ledger == on(v.features.Asset) && x.cohort == "" {
			weight += 1 // always told: whoever decides looks for it first
		} else if weight <= 0 {
			continue
		}
		all = append(all, weighed{v.sentence(x, allowed, denied), weight})
	}
	slices.SortStableFunc(all, func(a, b weighed) int { return cmp.Compare(b.weight, a.weight) })
	out := make([]Sentence, 0, maxEvidence)
	for _, w := range all[:min(len(all), maxEvidence)] {
		out = append(out, w.Sentence)
	}
	return out
}

// sentence says how a cohort of a ledger was determined.
func (v *view) sentence(x feature, allowed, denied int) Sentence {
	n := allowed + denied
	low, high := Wilson(allowed, n)
	e := Sentence{Speaks: Neither}
	switch {
	case low > 0.5:
		e.Speaks = For
	case high < 0.5:
		e.Speaks = Against
	}
	e.Text = fmt.Sprintf("Of %s %s%s, %d %s approved since %s: between %.0f %% and %.0f %% of such.", requests(n), wherever(x.ledger), who(x.cohort), allowed, was(allowed), day(since(v.Now)), 100*low, 100*high)
	var ids []request.ID
	for _, l := range v.lessons {
		if slices.ContainsFunc(l.Features.list(l.At), func(of feature) bool { return of.ledger == x.ledger && of.cohort == x.cohort }) {
			ids = append(ids, l.Request)
		}
	}
	e.Records = cite(v.latest(ids))
	return e
}

// latest orders requests with lessons by when they were determined, the latest first.
func (v *view) latest(ids []request.ID) []request.ID {
	at := map[request.ID]int64{}
	for _, l := range v.lessons {
		at[l.Request] = l.At.UnixMicro()
	}
	slices.SortStableFunc(ids, func(a, b request.ID) int { return cmp.Or(cmp.Compare(at[b], at[a]), cmp.Compare(a, b)) })
	return ids
}

// cite names requests as records, each once.
func cite(ids []request.ID) (all []Cited) {
	for i, id := range ids {
		if len(all) < maxCited && !slices.Contains(ids[:i], id) {
			all = append(all, Cited{Kind: "REQUEST", ID: string(id)})
		}
	}
	return all
}

// placeWords say what the determinations of a ledger have in common, by the kind of the ledger.
var placeWords = map[string]string{"all": "everywhere", "connection": "on the connection %s", "near": "in %s", "asset": "for the asset itself", "tag": "for what is tagged %s", "person": "for the beneficiary"}

func (id LedgerID) parts() (kind, of string) {
	kind, of, _ = strings.Cut(string(id), "/")
	return kind, of
}

// wherever is a place in words.
func wherever(id LedgerID) string {
	kind, of := id.parts()
	words := placeWords[kind]
	if strings.Contains(words, "%s") {
		return fmt.Sprintf(words, of)
	}
	return words
}

// who is a cohort in words.
func who(cohort string) string {
	kind, name, _ := strings.Cut(cohort, " ")
	switch {
	case cohort == "":
		return ""
	case kind == "group":
		return " by members of " + name
	case kind == "attribute":
		return " by people with " + name
	}
	return " " + cohort
}

func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return fmt.Sprintf("%d requests", n)
}

func was(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func others(n int) string {
	if n >= MaxHolders {
		return fmt.Sprintf("%d others or more", MaxHolders)
	}
	if n == 1 {
		return "1 other"
	}
	return fmt.Sprintf("%d others", n)
}

// names lists some names, and how many there are beside them.
func names(all []string) string {
	const most = 5
	if len(all) <= most {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:most], ", "), len(all)-most)
}
