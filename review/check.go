package review

import (
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/review/internal/faults"
)

// validate collects everything that is wrong with the shape of a flow;
// conditions are checked when they are compiled.
func (f Flow) validate() error {
	var c faults.List
	c.Name(string(f.Name))
	if len(f.Rules) > MaxRules {
		c.Add("rules", "are %d, at most %d are allowed", len(f.Rules), MaxRules)
		return c.Err("flow")
	}
	for i, r := range f.Rules {
		field := fmt.Sprintf("rules[%d]", i)
		if r.Name == "" || slices.ContainsFunc(f.Rules[:i], func(o Rule) bool { return o.Name == r.Name }) {
			c.Add(field+".name", "must be given, and differ from those before it")
		}
		r.Then.validate(&c, field+".then")
	}
	f.Default.validate(&c, "default")
	c.Duration("max", f.Max)
	c.Duration("pending", f.Pending)
	if f.Emergency != nil {
		f.Emergency.validate(&c)
	}
	for i, act := range f.Reasons {
		if act != Approve && act != Deny || slices.Contains(f.Reasons[:i], act) {
			c.Add(fmt.Sprintf("reasons[%d]", i), "is %q, must be %s or %s, each once", act, Approve, Deny)
		}
	}
	return c.Err("flow")
}

func (a Action) validate(c *faults.List, field string) {
	switch a.Act {
	case Approve, Deny, Delegate:
		if len(a.Stages) > 0 {
			c.Add(field+".stages", "are for %s, not for %s", Ask, a.Act)
		}
	case Ask:
		if n := len(a.Stages); n < 1 || n > MaxStages {
			c.Add(field+".stages", "are %d, must be 1 to %d", n, MaxStages)
		}
	default:
		c.Add(field+".act", "is %q, must be %s, %s, %s or %s", a.Act, Approve, Deny, Ask, Delegate)
	}
	if !a.Duration.IsZero() && a.Act != Approve {
		c.Add(field+".duration", "is for %s, not for %s", Approve, a.Act)
	}
	c.Duration(field+".duration", a.Duration)
	c.Text(field+".comment", a.Comment)
	for i, s := range a.Stages[:min(len(a.Stages), MaxStages)] {
		s.validate(c, fmt.Sprintf("%s.stages[%d]", field, i))
	}
}

func (s Stage) validate(c *faults.List, field string) {
	switch s.Mode {
	case Any, All, AtLeast:
	default:
		c.Add(field+".mode", "is %q, must be %s, %s or %s", s.Mode, Any, All, AtLeast)
	}
	switch {
	case s.Mode == AtLeast && (s.People < 1 || s.People > MaxPeople):
		c.Add(field+".people", "is %d, must be 1 to %d", s.People, MaxPeople)
	case s.Mode == All && (s.People < 0 || s.People > MaxPeople):
		c.Add(field+".people", "is %d, must be 0 to %d", s.People, MaxPeople)
	case s.Mode == Any && s.People != 0:
		c.Add(field+".people", "is for %s and %s, not for %s", AtLeast, All, Any)
	}
	c.Text(field+".name", s.Name)
	checkSelectors(c, field+".selectors", s.Selectors)
	s.Limit.validate(c, field+".limit")
	s.StepUp.validate(c, field+".stepUp")
}

func (l Limit) validate(c *faults.List, field string) {
	c.Duration(field+".within", l.Within)
	c.Duration(field+".remind", l.Remind)
	if !l.Remind.IsZero() && MinRemind.LongerThan(l.Remind, checkedAt) {
		c.Add(field+".remind", "is %s, must be %s or more", l.Remind, MinRemind)
	}
	switch l.Late {
	case "", Escalate, DenyLate, LapseLate:
	default:
		c.Add(field+".late", "is %q, must be %s, %s or %s", l.Late, Escalate, DenyLate, LapseLate)
	}
	if l.Within.IsZero() != (l.Late == "") {
		c.Add(field+".late", "must be given with within, and only with it")
	}
	if l.Late == Escalate {
		checkSelectors(c, field+".escalate", l.Escalate)
	} else if len(l.Escalate) > 0 {
		c.Add(field+".escalate", "is for %s", Escalate)
	}
}

// checkedAt is where durations start when they are compared without any start.
var checkedAt = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

func checkSelectors(c *faults.List, field string, all []Selector) {
	if n := len(all); n < 1 || n > MaxSelectors {
		c.Add(field, "are %d, must be 1 to %d", n, MaxSelectors)
	}
	for i, s := range all[:min(len(all), MaxSelectors)] {
		if s.Attribute != nil && (s.Attribute.Key == "" || s.Attribute.Value == "") {
			c.Add(fmt.Sprintf("%s[%d].attribute", field, i), "must have a key and a value")
		}
		if n := s.fields(); n != 1 {
			c.Add(fmt.Sprintf("%s[%d]", field, i), "sets %d of person, group, attribute, permission, owners, manager and when, one is right", n)
		}
		c.Text(fmt.Sprintf("%s[%d].manager", field, i), s.Manager)
	}
}
