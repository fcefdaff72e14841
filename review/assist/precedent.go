package assist

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Memory holds the ledgers and the lessons.
type Memory interface {
	// Ledgers returns those that exist. It must cost no more, however much they count.
	Ledgers(ctx context.Context, ids []LedgerID) (Book, error)

	// Lessons returns those of the requests that have one.
	Lessons(ctx context.Context, ids []request.ID) ([]Lesson, error)
}

// Precedent is the Assistant that goes by earlier determinations. It asks its memory twice for
// each case, and nobody else.
type Precedent struct{ Memory Memory }

// maxLessons bounds the lessons that one case reads.
const maxLessons = 200

// Advise implements Assistant.
func (p Precedent) Advise(ctx context.Context, c Case) (Advice, error) {
	f := FeaturesOf(c.Request, c.Facts)
	book, err := p.Memory.Ledgers(ctx, f.Ledgers())
	if err != nil {
		return Advice{}, fmt.Errorf("reading what was determined before: %w", err)
	}
	lessons, err := p.Memory.Lessons(ctx, book.recent(f))
	if err != nil {
		return Advice{}, fmt.Errorf("reading the determinations that the advice rests on: %w", err)
	}
	v := view{Case: c, book: book, features: f, lessons: lessons}
	return v.advice(), nil
}

// recent are the requests whose lessons sentences may rest on.
func (b Book) recent(f Features) []request.ID {
	var all []request.ID
	for _, id := range f.Ledgers() {
		if l := b[id]; l != nil && len(all) < maxLessons {
			all = append(all, l.Recent...)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), maxLessons)]
}

// view is a case with all that precedent says about it.
type view struct {
	Case
	book     Book
	features Features
	lessons  []Lesson
	lean     Lean
}

func (v *view) advice() Advice {
	v.lean = v.book.Lean(v.features, v.Now)
	a := Advice{Recommendation: v.lean.Recommendation, Risk: v.lean.Risk, Number: round(1 - v.lean.Approve), From: round(1 - v.lean.High), To: round(1 - v.lean.Low),
		Precedents: v.lean.Precedents, By: ByPrecedent, At: v.Now, Made: []string{v.base()}}
	v.circumstances(&a)
	a.Evidence = v.evidence()
	a.Otherwise = v.otherwise(a)
	a.Reason = draft(a)
	return a
}

// base says how the number came about.
func (v *view) base() string {
	deny := 100 * (1 - v.lean.Approve)
	switch {
	case v.features.Unknown:
		return "The groups or the attributes of the beneficiary are not known: precedent says nothing of somebody who is not known."
	case v.lean.Precedents < minPrecedents:
		return fmt.Sprintf("Too little precedent: %d determinations beside the asset and on its tags since %s, and it takes %d.", v.lean.Precedents, day(since(v.Now)), minPrecedents)
	case v.lean.Risk == Undetermined:
		return fmt.Sprintf("Too little precedent for somebody like the beneficiary: the chance of a denial is between %.0f %% and %.0f %%.", 100*(1-v.lean.High), 100*(1-v.lean.Low))
	}
	return fmt.Sprintf("The chance that data stewards deny is %.0f %%, by how they have determined requests for the asset, beside it, on its connection and its tags, for people with the same groups and attributes. Up to %.0f %% the risk is low, up to %.0f %% moderate.", deny, 100*lowUpTo, 100*moderateUpTo)
}

// circumstances raises the risk by what is no matter of precedent. Nothing lowers it.
func (v *view) circumstances(a *Advice) {
	raise := func(to Risk, why string) {
		if rank(to) > rank(a.Risk) || a.Risk == Undetermined && to == High {
			a.Risk = to
			if a.Recommendation == Approve && to == High {
				a.Recommendation = None
			}
			a.Made = append(a.Made, "At least "+to.word()+": "+why)
		}
	}
	if len(v.revoked()) > 0 {
		raise(Moderate, "somebody has ended access of the beneficiary before its time.")
	}
	if len(v.Standing.Masked) > 0 && v.features.Type == request.MaskingException {
		raise(Moderate, "columns with a mask would be shown.")
	}
	if v.features.Privilege == request.ReadWrite && len(v.features.Tags) > 0 {
		raise(Moderate, "data that governance has classified could be changed.")
	}
	if len(v.Standing.Prevented) > 0 {
		a.Recommendation = Deny
		raise(High, "a guardrail prevents the access.")
	}
	if a.Recommendation == Approve {
		v.shorten(a)
	}
}

// shorten recommends the usual duration where more was asked than usual, and the access is
// endless or sensitive.
func (v *view) shorten(a *Advice) {
	usual, of := v.usual()
	if of < minUsual || v.features.Duration.Length(v.Now) <= usual.Length(v.Now) {
		return
	}
	if v.features.Duration == request.Endless || len(v.features.Tags) > 0 || a.Risk != Low {
		a.Recommendation, a.Duration = ApproveFor, usual
	}
}

// minUsual is how many grants it takes to speak of what is usual.
const minUsual = 3

// usual is the median of the durations granted lately: on the asset or, where these are too few,
// beside it. It is one that was granted.
func (v *view) usual() (request.Duration, int) {
	for _, place := range []func(catalog.Ref) LedgerID{on, near} {
		var all []request.Duration
		for _, l := range v.lessons {
			if l.Approved && !l.Granted.IsZero() && place(l.Features.Asset) == place(v.features.Asset) {
				all = append(all, l.Granted)
			}
		}
		if len(all) >= minUsual {
			slices.SortStableFunc(all, func(a, b request.Duration) int { return int((a.Length(v.Now) - b.Length(v.Now)) / time.Second) })
			return all[(len(all)-1)/2], len(all)
		}
	}
	return request.Duration{}, 0
}

// revoked are the requests of the beneficiary whose access others have ended, the latest first.
func (v *view) revoked() []request.ID {
	l := v.book[ofPerson(v.features.Beneficiary)]
	if l == nil {
		return nil
	}
	all := slices.Clone(l.Revoked)
	slices.Reverse(all)
	return all
}

// rank orders risks. Undetermined has no place: only a guardrail makes it high.
func rank(r Risk) int { return map[Risk]int{Low: 1, Moderate: 2, High: 3, Undetermined: 4}[r] }

func round(p float64) float64 { return float64(int(p*1000+0.5)) / 1000 }

func day(at time.Time) string { return at.Format("2 January 2006") }

// draft is a reason that a steward may give: of the evidence that speaks for the recommendation.
func draft(a Advice) string {
	want := map[Recommendation]Speaks{Approve: For, ApproveFor: For, Deny: Against}[a.Recommendation]
	for _, e := range a.Evidence {
		if want != "" && e.Speaks == want {
			return e.Text
		}
	}
	return ""
}
