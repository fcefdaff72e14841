package review

import (
	"slices"

	"github.com/grantwright/grantwright/request"
)

// Limits of flows.
const (
	MaxRules      = 100
	MaxStages     = 10      // of one action
	MaxSelectors  = 20      // of one stage, and as many to escalate to
	MaxPeople     = 100     // that one stage asks for
	MaxExpression = 4 << 10 // bytes of one condition
)

// Flow decides who decides: a list of rules, of which the first that holds wins,
// and a default.
type Flow struct {
	Name    request.FlowName `json:"name"`
	Version int              `json:"version"` // from 1; a saved version never changes
	Rules   []Rule           `json:"rules,omitempty"`
	Default Action           `json:"default"`

	Max     request.Duration `json:"max,omitzero"`     // nothing is approved for longer; zero sets no limit
	Pending request.Duration `json:"pending,omitzero"` // a request lapses after this time; zero means DefaultPending

	// OwnRequests lets people decide on what they asked for, or would get,
	// themselves. It is off unless a flow says so.
	OwnRequests bool `json:"ownRequests,omitempty"`

	// Reasons are the acts that take a reason of the steward: APPROVE, DENY, or both.
	Reasons []Act `json:"reasons,omitempty"`

	// Emergency lets some people have access at once, for hours; nil lets nobody.
	Emergency *Emergency `json:"emergency,omitempty"`

	SavedBy  request.PersonID `json:"savedBy,omitempty"`
	AgreedBy request.PersonID `json:"agreedBy,omitempty"` // the second person, where two have seen the version
}

// DefaultPending is how long a request may wait for people.
var DefaultPending = request.For(30, request.Days)

// FlowVersion is one version of a flow.
type FlowVersion struct {
	Name    request.FlowName `json:"name"`
	Version int              `json:"version"`
}

// Rule takes an action where its condition holds.
type Rule struct {
	Name string `json:"name"`
	When string `json:"when"` // CEL with a bool result
	Then Action `json:"then"`
}

// Act is what an Action does.
type Act string

// The acts.
const (
	Approve  Act = "APPROVE"  // at once, without people
	Deny     Act = "DENY"     // at once, without people
	Ask      Act = "REVIEW"   // the stewards of some stages
	Delegate Act = "DELEGATE" // to the flow that comes next: that of the asset
)

// Action is what a flow does with a request.
type Action struct {
	Act      Act              `json:"act"`
	Comment  string           `json:"comment,omitempty"` // shown to the people of the request
	Duration request.Duration `json:"duration,omitzero"` // of APPROVE: at most this long; zero sets no limit
	Stages   []Stage          `json:"stages,omitempty"`  // of REVIEW, in order
}

// Mode says how many must approve.
type Mode string

// The modes.
const (
	Any     Mode = "ANY"      // one approval, by a steward of any selector
	All     Mode = "ALL"      // one approval for each selector; one person may satisfy several
	AtLeast Mode = "AT_LEAST" // the approvals of so many different people, each a steward of any selector
)

// Stage is one step of a review.
type Stage struct {
	Name string `json:"name"`
	Mode Mode   `json:"mode"`

	// People is how many different people must approve: the number of AT_LEAST. In
	// ALL it holds beside an approval for each selector, and 0 sets no number.
	People int `json:"people,omitempty"`

	When      string     `json:"when,omitempty"` // CEL with a bool result; where it does not hold, the stage is passed
	Selectors []Selector `json:"selectors"`
	Limit     Limit      `json:"limit,omitzero"`
	StepUp    StepUp     `json:"stepUp,omitzero"` // how its stewards must have signed in
}

// Limit bounds the time of a stage, and says how it goes on afterwards. The zero Limit
// lets the stage wait for as long as the request may.
type Limit struct {
	Within   request.Duration `json:"within,omitzero"` // from when the stage opens; zero sets no limit
	Late     Late             `json:"late,omitempty"`  // what happens then
	Escalate []Selector       `json:"escalate,omitempty"`
	Remind   request.Duration `json:"remind,omitzero"` // its stewards are reminded each time that this has passed; zero never does
}

// Late says how a stage goes on when its time is over.
type Late string

// What happens when the time of a stage is over.
const (
	Escalate  Late = "ESCALATE" // further selectors may decide it too; an approval of theirs stands for all that are missing
	DenyLate  Late = "DENY"
	LapseLate Late = "LAPSE"
)

// MinRemind is the shortest time between two reminders.
var MinRemind = request.For(1, request.Hours)

// DefaultFlow is the flow where none is attached, and where all have delegated:
// governance decides.
var DefaultFlow = Flow{
	Name:    "default",
	Default: Action{Act: Ask, Stages: []Stage{governance}},
}

var governance = Stage{Name: "governance", Mode: Any, Selectors: []Selector{{Permission: request.Governance}}}

// Of identifies the version.
func (f Flow) Of() FlowVersion { return FlowVersion{f.Name, f.Version} }

// Delegates reports whether any rule of the flow, or its default, passes a request
// on to the next flow.
func (f Flow) Delegates() bool {
	return f.Default.Act == Delegate || slices.ContainsFunc(f.Rules, func(r Rule) bool { return r.Then.Act == Delegate })
}

// People is the action where a rule cannot decide: that of the default if it asks people,
// else that of DefaultFlow.
func (f Flow) People() Action {
	if f.Default.Act == Ask {
		return f.Default
	}
	return DefaultFlow.Default
}

// Selectors lists those of all stages, of every rule and of the default, with those
// that stages are escalated to.
func (f Flow) Selectors() []Selector {
	var all []Selector
	for _, r := range append(slices.Clip(f.Rules), Rule{Then: f.Default}) {
		for _, stage := range r.Then.Stages {
			all = append(all, slices.Concat(stage.Selectors, stage.Limit.Escalate)...)
		}
	}
	return all
}
