package assist

import (
	"math"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Shown is advice that somebody was shown who might decide, and what they did then.
type Shown struct {
	Request request.ID       `json:"request"`
	To      request.PersonID `json:"to"`
	Version int              `json:"version"` // of the review
	Opened  time.Time        `json:"opened"`  // when they were first shown this version
	Advice  Advice           `json:"advice"`

	Act      string           `json:"act,omitempty"` // APPROVE or DENY; empty while they have not decided
	Duration request.Duration `json:"duration,omitzero"`
	Decided  time.Time        `json:"decided,omitzero"`
}

// Brief is the advice on a pending request in short, as it was when the request came or changed.
type Brief struct {
	Request        request.ID       `json:"request"`
	Recommendation Recommendation   `json:"recommendation"`
	Duration       request.Duration `json:"duration,omitzero"` // of APPROVE_FOR
	Risk           Risk             `json:"risk"`
	Number         float64          `json:"number"`
	Text           string           `json:"text"` // one line
	At             time.Time        `json:"at"`
}

// Score says how advice did in a month. Sums are those of their months.
type Score struct {
	Month string `json:"month"` // such as 2026-11, in UTC
	Scope string `json:"scope"` // Everywhere, or that of a connection or a flow

	// Of all final determinations by people, whether advice was shown or not: the chance of an
	// approval by precedent just before, and what came of it.
	Determined  int             `json:"determined"`
	Approved    int             `json:"approved"`
	Reliability [10]Reliability `json:"reliability"` // chances of 0 to 10 %, 10 to 20 % and so on
	Squares     float64         `json:"squares"`     // the sum of the squared errors; Brier is their mean
	LogLoss     float64         `json:"logLoss"`     // the sum, in nats

	// Of the determinations whose steward had been shown advice.
	Advised    int     `json:"advised"`
	Agreed     int     `json:"agreed"`     // did as recommended
	Overridden int     `json:"overridden"` // did the opposite
	Denied     int     `json:"denied"`     // of Overridden: were recommended to approve
	Unadvised  int     `json:"unadvised"`  // nothing was recommended
	Pace       [4]int  `json:"pace"`       // of Advised: from open to determination within 10 s, 1 min, 10 min, and more
	Hasty      int     `json:"hasty"`      // of Advised: an approval within 10 s of opening, although the risk was not low
	Seconds    float64 `json:"seconds"`    // the sum of the times from open to determination, each at most an hour
}

// Reliability is what became of the chances of one size.
type Reliability struct {
	N        int     `json:"n"`
	Expected float64 `json:"expected"` // approvals, by the chances
	Approved int     `json:"approved"`
}

// Everywhere is the scope of all scores.
const Everywhere = "all"

// OfConnection is the scope of one connection.
func OfConnection(name string) string { return "connection/" + name }

// OfFlow is the scope of one flow.
func OfFlow(name request.FlowName) string { return "flow/" + string(name) }

// ScopesOf are the scopes that a determination counts in.
func ScopesOf(asset catalog.Ref, flow request.FlowName) []string {
	return []string{Everywhere, OfConnection(asset.Connection()), OfFlow(flow)}
}

// Key names a score.
func (s Score) Key() string { return s.Month + "/" + s.Scope }

// MonthOf is the month of a time.
func MonthOf(at time.Time) string { return at.UTC().Format("2006-01") }

// Count counts a final determination by a person.
func (s *Score) Count(before Chance, approved bool) {
	p, y := before.Approve, 0.0
	s.Determined++
	bin := &s.Reliability[min(9, int(p*10))]
	bin.N++
	bin.Expected += p
	if approved {
		s.Approved++
		bin.Approved++
		y = 1
	}
	s.Squares += (p - y) * (p - y)
	s.LogLoss -= y*math.Log(max(p, 1e-9)) + (1-y)*math.Log(max(1-p, 1e-9))
}

// hasty is the time in which nobody reads a case.
const hasty = 10 * time.Second

// CountShown counts a determination by somebody who was shown advice.
func (s *Score) CountShown(w Shown) {
	approved := w.Act == "APPROVE"
	s.Advised++
	switch w.Advice.Recommendation {
	case Approve, ApproveFor:
		s.agree(approved)
		if !approved {
			s.Denied++
		}
	case Deny:
		s.agree(!approved)
	default:
		s.Unadvised++
	}
	taken := max(0, w.Decided.Sub(w.Opened))
	pace := 3
	for i, most := range []time.Duration{hasty, time.Minute, 10 * time.Minute} {
		if taken <= most {
			pace = i
			break
		}
	}
	s.Pace[pace]++
	s.Seconds += min(taken, time.Hour).Seconds()
	if approved && taken <= hasty && w.Advice.Risk != Low {
		s.Hasty++
	}
}

func (s *Score) agree(agrees bool) {
	if agrees {
		s.Agreed++
	} else {
		s.Overridden++
	}
}

// Sum adds another score, of another month or scope.
func (s Score) Sum(o Score) Score {
	s.Determined, s.Approved = s.Determined+o.Determined, s.Approved+o.Approved
	for i, b := range o.Reliability {
		r := &s.Reliability[i]
		r.N, r.Expected, r.Approved = r.N+b.N, r.Expected+b.Expected, r.Approved+b.Approved
	}
	s.Squares, s.LogLoss = s.Squares+o.Squares, s.LogLoss+o.LogLoss
	s.Advised, s.Agreed, s.Overridden, s.Denied = s.Advised+o.Advised, s.Agreed+o.Agreed, s.Overridden+o.Overridden, s.Denied+o.Denied
	s.Unadvised, s.Hasty, s.Seconds = s.Unadvised+o.Unadvised, s.Hasty+o.Hasty, s.Seconds+o.Seconds
	for i, n := range o.Pace {
		s.Pace[i] += n
	}
	return s
}

// Brier is the mean of the squared errors of the chances, 0 to 1; NaN of nothing. Who says
// one half of everything has 0.25.
func (s Score) Brier() float64 { return s.Squares / float64(s.Determined) }

// CalibrationError is the expected calibration error of the chances; NaN of nothing.
func (s Score) CalibrationError() (sum float64) {
	for _, r := range s.Reliability {
		sum += math.Abs(r.Expected-float64(r.Approved)) / float64(s.Determined)
	}
	if s.Determined == 0 {
		return math.NaN()
	}
	return sum
}
