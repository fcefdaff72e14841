// Package comparison says what one version of a flow, or of a guardrail, lets through that
// another does not: for each way a made-up request and person that shows it, or the
// statement that there is none.
//
// The statement is a proof, not a trial: the conditions of both versions are read as
// formulas over facts that may be anything. It holds for conditions that compare facts with
// constants or with each other, ask what is in a list, how many are in it, and for how long
// access is asked, also by exists and all. Of other parts it is assumed that they come to
// anything; what depends on them is tried, and is not decided where no trial shows it. Each
// request that is shown was run through both versions.
//
// The analysis of Cedar policies (Cutler et al., OOPSLA 2024) is the model; here it is for
// rules of which the first that holds decides, and conditions that may fail.
package comparison

import (
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/internal/visible"
)

// Kind says in which respect more is let through.
type Kind string

// The kinds of ways.
const (
	Approves   Kind = "APPROVES"     // at once, where people were asked, or access was denied
	Longer     Kind = "LONGER"       // for a longer time
	Delegates  Kind = "DELEGATES"    // to the next flow, where people were asked, or access was denied
	Asks       Kind = "ASKS"         // people, where access was denied
	Fewer      Kind = "FEWER"        // people are asked, or others
	OwnRequest Kind = "OWN_REQUESTS" // people decide on what they have asked for
	NoReason   Kind = "NO_REASON"    // is asked of the stewards any more
	Allows     Kind = "ALLOWS"       // access that a guardrail prevented
)

// Way is one way in which more is let through.
type Way struct {
	Kind Kind   `json:"kind"`
	Rule string `json:"rule,omitempty"` // of the changed version, or default
	Part string `json:"part,omitempty"` // of its condition, where several parts each let it through
	Says string `json:"says"`           // what the changed version does, in words
	Was  string `json:"was,omitempty"`  // the rule of the version before
	Said string `json:"said,omitempty"` // what that does

	// Example are the facts of a request that shows it, which was run through both
	// versions; none where it holds of every request.
	Example []Fact `json:"example,omitempty"`
}

// Fact is one fact of a made-up request.
type Fact struct {
	Name  string `json:"name"` // such as request.duration
	Value string `json:"value"`
}

// Undecided says of which rule it could not be told what it lets through, and why.
type Undecided struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

// Comparison says what the changed version lets through beside what the one before did.
// Without Ways and Undecided it is shown that there is nothing.
type Comparison struct {
	Ways      []Way       `json:"ways,omitempty"`
	Undecided []Undecided `json:"undecided,omitempty"`
}

// Nothing reports whether it is shown that nothing more is let through.
func (c Comparison) Nothing() bool { return len(c.Ways) == 0 && len(c.Undecided) == 0 }

// Lines say it for people, one line for each way and for each rule that is not decided.
func (c Comparison) Lines() []string {
	if c.Nothing() {
		return []string{"lets nothing more through"}
	}
	var all []string
	for _, w := range c.Ways {
		all = append(all, "lets through: "+w.String())
	}
	for _, u := range c.Undecided {
		all = append(all, fmt.Sprintf("not decided: %s: %s", visible.Text(u.Rule), visible.Text(u.Reason)))
	}
	return all
}

func (w Way) String() string {
	var b strings.Builder
	if b.WriteString(w.Says); w.Rule != "" {
		b.Reset()
		fmt.Fprintf(&b, "%s %s", w.Rule, w.Says)
	}
	if w.Part != "" {
		fmt.Fprintf(&b, " where %s", w.Part)
	}
	if w.Said != "" {
		fmt.Fprintf(&b, "; so far %s %s", w.Was, w.Said)
	}
	for i, f := range w.Example {
		before := ", "
		if i == 0 {
			before = "; for example "
		}
		fmt.Fprintf(&b, "%s%s %s", before, f.Name, f.Value)
	}
	return visible.Text(b.String())
}
