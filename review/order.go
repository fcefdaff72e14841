package review

// Order is the order of a list of what waits for a data steward.
type Order string

// The orders.
const (
	Oldest   Order = "OLDEST" // what was opened first
	Newest   Order = "NEWEST" // what was submitted last
	DueFirst Order = "DUE"    // what has to be decided first; what is never due comes last
)
