package main

import (
	"math"
	"time"

	"github.com/grantwright/grantwright/review/assist"
)

// estimator is something that says how likely an approval is.
type estimator struct {
	name   string
	chance func(a asking) float64
}

// measured is how good an estimator is.
type measured struct {
	loss        float64 // the mean log loss, in nats
	calibration float64 // the expected calibration error, of ten bins
	brier       float64
}

// measure asks an estimator about determinations that it has not seen.
func (e estimator) measure(test []asking) (m measured) {
	var n, expected, approved [10]float64
	for _, a := range test {
		p := e.chance(a)
		bin := min(9, int(p*10))
		n[bin]++
		expected[bin] += p
		y := 0.0
		if a.approved {
			y = 1
			approved[bin]++
		}
		m.loss -= y*math.Log(max(p, 1e-12)) + (1-y)*math.Log(max(1-p, 1e-12))
		m.brier += (p - y) * (p - y)
	}
	total := float64(len(test))
	for bin := range n {
		m.calibration += math.Abs(expected[bin]-approved[bin]) / total
	}
	m.loss, m.brier = m.loss/total, m.brier/total
	return m
}

// advised is how good recommendations are.
type advised struct {
	approve, deny share // precision
	approved      share // of the approvals, those that were recommended
	denied        share
	covered       share // of all cases, those with precedent enough
	recommended   share // of all cases, those with a recommendation
}

// share is a part of a whole.
type share struct{ part, whole int }

func (s *share) add(in bool) {
	s.whole++
	if in {
		s.part++
	}
}

func (s share) value() float64 { return float64(s.part) / float64(max(1, s.whole)) }

// advise looks at the recommendations of precedent.
func advise(b assist.Book, test []asking) (m advised) {
	for _, a := range test {
		l := b.Lean(a.features(), a.at)
		m.covered.add(l.Risk != assist.Undetermined)
		m.recommended.add(l.Recommendation != assist.None)
		switch l.Recommendation {
		case assist.Approve:
			m.approve.add(a.approved)
		case assist.Deny:
			m.deny.add(!a.approved)
		}
		if a.approved {
			m.approved.add(l.Recommendation == assist.Approve)
		} else {
			m.denied.add(l.Recommendation == assist.Deny)
		}
	}
	return m
}

// learn has a book learn determinations, and says how long that took.
func learn(b assist.Book, history []asking) time.Duration {
	start := time.Now()
	for _, a := range history {
		b.Learn(assist.Lesson{Features: a.features(), Approved: a.approved, At: a.at})
	}
	return time.Since(start)
}

// precedent is the estimator of a book.
func precedent(b assist.Book) estimator {
	return estimator{"precedent", func(a asking) float64 { return b.Chance(a.features(), a.at).Approve }}
}
