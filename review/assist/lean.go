package assist

import "time"

// Lean is where precedent leans, by numbers alone.
type Lean struct {
	Chance
	Recommendation Recommendation // APPROVE, DENY or NONE
	Risk           Risk
	Precedents     int // the most determinations that one of the ledgers of its neighbours and its tags counts
}

// Where the chance of a denial is at most lowUpTo, the risk is low, and approving is
// recommended; up to moderateUpTo it is moderate; beyond it is high. Denying is recommended from
// denyFrom on.
const (
	lowUpTo      = 0.2
	moderateUpTo = 0.6
	denyFrom     = 0.8

	minPrecedents = 8   // fewer are too little precedent
	maxWidth      = 0.7 // between the bounds of a chance; more is too little precedent
)

// Lean says where precedent leans for a request with these features.
func (b Book) Lean(f Features, at time.Time) Lean {
	l := Lean{Chance: b.Chance(f, at), Recommendation: None, Precedents: b.determinations(near(f.Asset), at)}
	for _, t := range f.Tags {
		l.Precedents = max(l.Precedents, b.determinations(tagged(t), at))
	}
	deny := 1 - l.Approve
	switch {
	case f.Unknown || l.Precedents < minPrecedents || l.High-l.Low > maxWidth:
		l.Risk = Undetermined
		return l
	case deny <= lowUpTo:
		l.Risk, l.Recommendation = Low, Approve
	case deny <= moderateUpTo:
		l.Risk = Moderate
	default:
		l.Risk = High
	}
	if deny >= denyFrom {
		l.Recommendation = Deny
	}
	return l
}
