package assist

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/grantwright/grantwright/request"
)

// Ledger counts determinations that have something in common, by cohort.
type Ledger struct {
	ID      LedgerID         `json:"id"`
	Cohorts map[string]Tally `json:"cohorts"`

	// Recent are the requests that it counted last, the latest last, up to maxRecent.
	Recent []request.ID `json:"recent,omitempty"`

	// Revoked are the requests of the person whose access others have ended before its time, the
	// latest last, in the ledger of a person.
	Revoked []request.ID `json:"revoked,omitempty"`

	Calibration *Calibration `json:"calibration,omitempty"` // of the ledger of everything
}

const (
	maxCohorts = 1500 // of one ledger; those with the fewest determinations give way
	maxRecent  = 20
)

// Tally is what a cohort counts. It is an array, so that ledgers stay short: the period of its
// counts, how many were approved and denied in it and in the period before, and the mean and the
// variance of its weight.
type Tally [7]float32

const (
	atPeriod = iota
	atAllowed
	atDenied
	atEarlierAllowed
	atEarlierDenied
	atMean
	atVariance
)

// periodLength is that of a period. Counts are of one or two periods: what is older is
// forgotten.
const periodLength = 182 * 24 * time.Hour

func periodOf(at time.Time) float32 { return float32(at.Unix() / int64(periodLength/time.Second)) }

// since is when the counts of a tally begin that is read at a time.
func since(at time.Time) time.Time {
	return time.Unix(int64(periodOf(at)-1)*int64(periodLength/time.Second), 0).UTC()
}

// in brings the counts of a tally to the period of a time.
func (t Tally) in(at time.Time) Tally {
	switch now := periodOf(at); {
	case now <= t[atPeriod]:
	case now == t[atPeriod]+1:
		t[atPeriod], t[atEarlierAllowed], t[atEarlierDenied] = now, t[atAllowed], t[atDenied]
		t[atAllowed], t[atDenied] = 0, 0
	default:
		t[atPeriod], t[atEarlierAllowed], t[atEarlierDenied], t[atAllowed], t[atDenied] = now, 0, 0, 0, 0
	}
	return t
}

// counts are how many were approved and denied lately.
func (t Tally) counts(at time.Time) (allowed, denied int) {
	t = t.in(at)
	return int(t[atAllowed] + t[atEarlierAllowed]), int(t[atDenied] + t[atEarlierDenied])
}

func (t Tally) counted(at time.Time, approved bool) Tally {
	t = t.in(at)
	if approved {
		t[atAllowed]++
	} else {
		t[atDenied]++
	}
	return t
}

// Revoke notes in the ledger of a person that others have ended their access.
func (b Book) Revoke(of request.PersonID, id request.ID) {
	l := b[ofPerson(of)]
	if l == nil {
		l = &Ledger{ID: ofPerson(of), Cohorts: map[string]Tally{}}
		b[l.ID] = l
	}
	if l.Revoked = append(slices.DeleteFunc(l.Revoked, func(r request.ID) bool { return r == id }), id); len(l.Revoked) > maxCited {
		l.Revoked = slices.Delete(l.Revoked, 0, 1)
	}
}

// LedgerOf is the id of the ledger of a person.
func LedgerOf(person request.PersonID) LedgerID { return ofPerson(person) }

// remember notes a request among the recent ones.
func (l *Ledger) remember(id request.ID) {
	l.Recent = append(l.Recent, id)
	if over := len(l.Recent) - maxRecent; over > 0 {
		l.Recent = slices.Delete(l.Recent, 0, over)
	}
}

// Trim lets cohorts give way where there are too many. Whoever stores a ledger calls it before.
func (l *Ledger) Trim() {
	if len(l.Cohorts) <= maxCohorts {
		return
	}
	all := slices.SortedFunc(maps.Keys(l.Cohorts), func(a, b string) int {
		return cmp.Or(cmp.Compare(l.Cohorts[b].weight(), l.Cohorts[a].weight()), cmp.Compare(a, b))
	})
	for _, c := range all[maxCohorts*9/10:] {
		if c != "" {
			delete(l.Cohorts, c)
		}
	}
}

// weight orders cohorts by how much of them is worth keeping.
func (t Tally) weight() float32 {
	return t[atAllowed] + t[atDenied] + (t[atEarlierAllowed]+t[atEarlierDenied])/2
}

// Wilson are the bounds of a rate of which so many of n were counted, at 90 %: E. B. Wilson,
// Probable inference, the law of succession, and statistical inference, 1927. Of nothing it is
// 0 to 1.
func Wilson(counted, n int) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	const z = 1.6449
	p, of := float64(counted)/float64(n), float64(n)
	middle := (p + z*z/(2*of)) / (1 + z*z/of)
	half := z / (1 + z*z/of) * math.Sqrt(p*(1-p)/of+z*z/(4*of*of))
	return max(0, middle-half), min(1, middle+half)
}
