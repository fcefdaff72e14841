package review

// CaseExplanation says why a request went the way that it went.
type CaseExplanation struct {
	Rule  string        // that decided when the review was opened last, or "default"
	Why   []string      // what was out of the ordinary then
	Flows []Explanation // the flows that it was submitted under, by the facts as they are now

	// Same says that these flows come to the same rule now. Without it, the facts
	// are other ones than when the review was opened.
	Same bool

	// Selectors say by which of them whoever asks is a data steward now, and why.
	Selectors []ExplainedSelector
}
