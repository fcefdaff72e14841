package review

import "github.com/grantwright/grantwright/request"

// CaseExplanation says why a request went the way that it went.
type CaseExplanation struct {
	Rule  string        // that decided when the review was opened last, or "default"
	Why   []string      // what was out of the ordinary then
	Flows []Explanation // the flows that it was submitted under, by the facts as they are now

	// Same says that these flows come to the same rule now. Without it, the facts
	// are other ones than when the review was opened.
	Same bool

	// Then says how these flows went by the facts that were kept with the review, and
	// Lacking which that they read were not, are erased, or had no room: those are today's.
	// Nil for a review of before facts were kept. Evidence is what was kept.
	Then     []Explanation
	Lacking  []string
	Evidence []request.Evidence

	// Selectors say by which of them whoever asks is a data steward now, and why.
	Selectors []ExplainedSelector
}
