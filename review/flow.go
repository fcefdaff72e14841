package review

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/request"
)

// Limits of flows.
const (
	MaxRules      = 100
	MaxStages     = 10      // of one action
	MaxSelectors  = 20      // of one stage
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

	SavedBy request.PersonID `json:"savedBy,omitempty"`
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
	Any Mode = "ANY" // one approval, by a steward of any selector
	All Mode = "ALL" // one approval for each selector; one person may satisfy several
)

// Stage is one step of a review.
type Stage struct {
	Name      string     `json:"name"`
	Mode      Mode       `json:"mode"`
	Selectors []Selector `json:"selectors"`
}

// Selector says who is a data steward of a stage. Exactly one of its fields is
// set. Who matches is asked anew at each determination.
type Selector struct {
	Person     request.PersonID   `json:"person,omitempty"`
	Group      string             `json:"group,omitempty"`
	Attribute  *request.Attribute `json:"attribute,omitempty"`
	Permission request.Permission `json:"permission,omitempty"`
	When       string             `json:"when,omitempty"` // CEL over steward and the facts, with a bool result
}

func (s Selector) String() string {
	switch {
	case s.Person != "":
		return "person " + string(s.Person)
	case s.Group != "":
		return "group " + s.Group
	case s.Attribute != nil:
		return "attribute " + s.Attribute.Key + "=" + s.Attribute.Value
	case s.Permission != "":
		return "permission " + string(s.Permission)
	}
	return "whoever matches " + s.When
}

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

// Selectors lists those of all stages, of every rule and of the default.
func (f Flow) Selectors() []Selector {
	var all []Selector
	actions := []Action{f.Default}
	for _, r := range f.Rules {
		actions = append(actions, r.Then)
	}
	for _, a := range actions {
		for _, stage := range a.Stages {
			all = append(all, stage.Selectors...)
		}
	}
	return all
}

// validate collects everything that is wrong with the shape of a flow;
// conditions are checked when they are compiled.
func (f Flow) validate() error {
	var c checker
	if f.Name == "" {
		c.fault("name", "is missing")
	}
	c.text("name", string(f.Name))
	if len(f.Name) > request.MaxNameBytes {
		c.fault("name", "has %d bytes, at most %d are allowed", len(f.Name), request.MaxNameBytes)
	}
	if len(f.Rules) > MaxRules {
		c.fault("rules", "are %d, at most %d are allowed", len(f.Rules), MaxRules)
		return c.err()
	}
	for i, r := range f.Rules {
		field := fmt.Sprintf("rules[%d]", i)
		if r.Name == "" || slices.ContainsFunc(f.Rules[:i], func(o Rule) bool { return o.Name == r.Name }) {
			c.fault(field+".name", "must be given, and differ from those before it")
		}
		r.Then.validate(&c, field+".then")
	}
	f.Default.validate(&c, "default")
	for field, d := range map[string]request.Duration{"max": f.Max, "pending": f.Pending} {
		if err := d.Check(); err != nil {
			c.fault(field, "%v", err)
		}
	}
	return c.err()
}

func (a Action) validate(c *checker, field string) {
	switch a.Act {
	case Approve, Deny, Delegate:
		if len(a.Stages) > 0 {
			c.fault(field+".stages", "are for %s, not for %s", Ask, a.Act)
		}
	case Ask:
		if n := len(a.Stages); n < 1 || n > MaxStages {
			c.fault(field+".stages", "are %d, must be 1 to %d", n, MaxStages)
		}
	default:
		c.fault(field+".act", "is %q, must be %s, %s, %s or %s", a.Act, Approve, Deny, Ask, Delegate)
	}
	if !a.Duration.IsZero() && a.Act != Approve {
		c.fault(field+".duration", "is for %s, not for %s", Approve, a.Act)
	}
	if err := a.Duration.Check(); err != nil {
		c.fault(field+".duration", "%v", err)
	}
	c.text(field+".comment", a.Comment)
	for i, s := range a.Stages[:min(len(a.Stages), MaxStages)] {
		s.validate(c, fmt.Sprintf("%s.stages[%d]", field, i))
	}
}

func (s Stage) validate(c *checker, field string) {
	if s.Mode != Any && s.Mode != All {
		c.fault(field+".mode", "is %q, must be %s or %s", s.Mode, Any, All)
	}
	if n := len(s.Selectors); n < 1 || n > MaxSelectors {
		c.fault(field+".selectors", "are %d, must be 1 to %d", n, MaxSelectors)
	}
	c.text(field+".name", s.Name)
	for i, sel := range s.Selectors[:min(len(s.Selectors), MaxSelectors)] {
		if sel.Attribute != nil && (sel.Attribute.Key == "" || sel.Attribute.Value == "") {
			c.fault(fmt.Sprintf("%s.selectors[%d].attribute", field, i), "must have a key and a value")
		}
		if n := sel.fields(); n != 1 {
			c.fault(fmt.Sprintf("%s.selectors[%d]", field, i), "sets %d of person, group, attribute, permission and when, one is right", n)
		}
	}
}

func (s Selector) fields() int {
	n := 0
	for _, set := range []bool{s.Person != "", s.Group != "", s.Attribute != nil, s.Permission != "", s.When != ""} {
		if set {
			n++
		}
	}
	return n
}

// checker collects faults.
type checker struct{ faults []request.Fault }

func (c *checker) fault(field, reason string, args ...any) {
	c.faults = append(c.faults, request.Fault{Field: field, Reason: fmt.Sprintf(reason, args...)})
}

// text refuses what no store can keep.
func (c *checker) text(field, s string) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		c.fault(field, "holds a NUL character, or is not valid UTF-8")
	}
}

func (c *checker) err() error {
	if len(c.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(c.faults, func(a, b request.Fault) int { return strings.Compare(a.Field, b.Field) })
	return &request.InvalidError{What: "flow", Faults: c.faults}
}
