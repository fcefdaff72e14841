package assist

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/request"
)

// Lesson is a final determination by a person, and what it was about.
type Lesson struct {
	Request  request.ID       `json:"request"`
	Features Features         `json:"features"`
	Approved bool             `json:"approved"`
	Granted  request.Duration `json:"granted,omitzero"` // if approved
	At       time.Time        `json:"at"`

	Flow request.FlowName `json:"flow,omitempty"` // that decided
}

// Erase takes what some names of facts stand for out of a lesson, such as beneficiary.groups,
// beneficiary.attributes.region, or beneficiary for all of theirs. It lists those that were
// there. Counts stay: they name nobody.
func (l Lesson) Erase(names []string) (Lesson, []string) {
	var erased []string
	hit := func(fact string) bool {
		is := slices.ContainsFunc(names, func(n string) bool { return fact == n || strings.HasPrefix(fact, n+".") })
		if is {
			erased = append(erased, fact)
		}
		return is
	}
	if len(l.Features.Groups) > 0 && hit("beneficiary.groups") {
		l.Features.Groups, l.Features.Unknown = nil, true
	}
	l.Features.Attributes = slices.DeleteFunc(slices.Clone(l.Features.Attributes), func(a string) bool {
		key, _, _ := strings.Cut(a, "=")
		return hit("beneficiary.attributes." + key)
	})
	l.Features.Unknown = l.Features.Unknown || len(erased) > 0
	if len(l.Features.Tags) > 0 && hit("asset.tags") {
		l.Features.Tags = nil
	}
	slices.Sort(erased)
	return l, slices.Compact(erased)
}

// Book holds ledgers by their id. One that it does not hold counts nothing.
//
// The chance that a request is approved is a logistic regression over the cohorts of its
// ledgers, learned determination by determination: each weight has a mean and a variance, and
// takes from a determination the more the less is known of it (assumed density filtering with a
// diagonal Gaussian). A weight begins at zero, which is the rate of whatever is wider: of an asset
// that of its neighbours, of these that of the connection. Some determinations follow no rule:
// stray is how many. Weights never become certain, so that they follow when rules change. In the
// end the chance is corrected by how often earlier ones of its size came true.
type Book map[LedgerID]*Ledger

const (
	stray       = 0.03 // of determinations, that follow no rule in either direction
	drift       = 2e-5 // that a variance regains with each determination
	minVariance = 1e-4
)

// Chance is how likely it is that a request is approved.
type Chance struct {
	Approve   float64 // calibrated
	Low, High float64 // the bounds of Approve: it is between them in four cases of five
	raw       float64
}

// Chance estimates by what the book holds.
func (b Book) Chance(f Features, at time.Time) Chance {
	s, v := 0.0, 0.0
	for _, x := range f.list(at) {
		t, _ := b.tally(x)
		s, v = s+float64(t[atMean]), v+float64(t[atVariance])
	}
	const z = 1.2816
	c := b.calibration()
	one := func(s, v float64) float64 { return c.apply(mixed(moderated(s, v))) }
	raw := mixed(moderated(s, v))
	spread := z * math.Sqrt(v)
	return Chance{Approve: c.apply(raw), Low: one(s-spread, 0), High: one(s+spread, 0), raw: raw}
}

// Learn counts a lesson in the ledgers that it touches, and returns how likely an approval was
// before. It makes ledgers that are missing: whoever stores them has to load those of
// Features.Ledgers before.
func (b Book) Learn(l Lesson) Chance {
	before := b.Chance(l.Features, l.At)
	list := l.Features.list(l.At)
	s, v := 0.0, 0.0
	for _, x := range list {
		t, _ := b.tally(x)
		s, v = s+float64(t[atMean]), v+regained(t, x)
	}
	y := 0.0
	if l.Approved {
		y = 1
	}
	p := moderated(s, v)
	seen := mixed(p)
	slope := (1 - 2*stray) * p * (1 - p)
	step, shrink := slope*(y-seen)/(seen*(1-seen)), slope*slope/(seen*(1-seen))
	whole := 1 + shrink*v
	for _, x := range list {
		t, ledger := b.tally(x)
		was := regained(t, x)
		t = t.counted(l.At, l.Approved)
		t[atMean] += float32(was * step / whole)
		t[atVariance] = float32(max(was-was*was*shrink/whole, minVariance))
		if ledger == nil {
			ledger = &Ledger{ID: x.ledger, Cohorts: map[string]Tally{}}
			b[x.ledger] = ledger
		}
		ledger.Cohorts[x.cohort] = t
	}
	for _, id := range l.Features.Ledgers() {
		if id != everything {
			b[id].remember(l.Request)
		}
	}
	c := b.calibration()
	c.learn(before.raw, y)
	b[everything].Calibration = &c
	return before
}

// tally is that of a cohort, and its ledger; a new one if there is none.
func (b Book) tally(x feature) (Tally, *Ledger) {
	l := b[x.ledger]
	if l != nil {
		if t, is := l.Cohorts[x.cohort]; is {
			return t, l
		}
	}
	return Tally{atVariance: x.prior}, l
}

// regained is the variance of a weight before a determination.
func regained(t Tally, x feature) float64 {
	return min(float64(x.prior), float64(t[atVariance])+drift)
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

// moderated is the chance of a sum of weights with a variance: D. J. C. MacKay, The evidence
// framework applied to classification networks, 1992.
func moderated(s, v float64) float64 { return logistic(s / math.Sqrt(1+math.Pi*v/8)) }

// mixed is a chance with the determinations that follow no rule.
func mixed(p float64) float64 { return stray + (1-2*stray)*p }

// Determinations is how many the book has counted lately in a ledger.
func (b Book) determinations(id LedgerID, at time.Time) int {
	allowed, denied := b.counts(id, "", at)
	return allowed + denied
}

// counts are those of a cohort of a ledger.
func (b Book) counts(id LedgerID, cohort string, at time.Time) (allowed, denied int) {
	if l := b[id]; l != nil {
		return l.Cohorts[cohort].counts(at)
	}
	return 0, 0
}
