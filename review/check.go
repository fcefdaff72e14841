package review

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantwright/grantwright/request"
)

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
	c.duration("max", f.Max)
	c.duration("pending", f.Pending)
	for i, act := range f.Reasons {
		if act != Approve && act != Deny || slices.Contains(f.Reasons[:i], act) {
			c.fault(fmt.Sprintf("reasons[%d]", i), "is %q, must be %s or %s, each once", act, Approve, Deny)
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
	c.duration(field+".duration", a.Duration)
	c.text(field+".comment", a.Comment)
	for i, s := range a.Stages[:min(len(a.Stages), MaxStages)] {
		s.validate(c, fmt.Sprintf("%s.stages[%d]", field, i))
	}
}

func (s Stage) validate(c *checker, field string) {
	switch s.Mode {
	case Any, All, AtLeast:
	default:
		c.fault(field+".mode", "is %q, must be %s, %s or %s", s.Mode, Any, All, AtLeast)
	}
	switch {
	case s.Mode == AtLeast && (s.People < 1 || s.People > MaxPeople):
		c.fault(field+".people", "is %d, must be 1 to %d", s.People, MaxPeople)
	case s.Mode == All && (s.People < 0 || s.People > MaxPeople):
		c.fault(field+".people", "is %d, must be 0 to %d", s.People, MaxPeople)
	case s.Mode == Any && s.People != 0:
		c.fault(field+".people", "is for %s and %s, not for %s", AtLeast, All, Any)
	}
	c.text(field+".name", s.Name)
	c.selectors(field+".selectors", s.Selectors)
	s.Limit.validate(c, field+".limit")
	s.StepUp.validate(c, field+".stepUp")
}

func (l Limit) validate(c *checker, field string) {
	c.duration(field+".within", l.Within)
	c.duration(field+".remind", l.Remind)
	if !l.Remind.IsZero() && MinRemind.LongerThan(l.Remind, checkedAt) {
		c.fault(field+".remind", "is %s, must be %s or more", l.Remind, MinRemind)
	}
	switch l.Late {
	case "", Escalate, DenyLate, LapseLate:
	default:
		c.fault(field+".late", "is %q, must be %s, %s or %s", l.Late, Escalate, DenyLate, LapseLate)
	}
	if l.Within.IsZero() != (l.Late == "") {
		c.fault(field+".late", "must be given with within, and only with it")
	}
	if l.Late == Escalate {
		c.selectors(field+".escalate", l.Escalate)
	} else if len(l.Escalate) > 0 {
		c.fault(field+".escalate", "is for %s", Escalate)
	}
}

// checkedAt is where durations start when they are compared without any start.
var checkedAt = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

func (c *checker) selectors(field string, all []Selector) {
	if n := len(all); n < 1 || n > MaxSelectors {
		c.fault(field, "are %d, must be 1 to %d", n, MaxSelectors)
	}
	for i, s := range all[:min(len(all), MaxSelectors)] {
		if s.Attribute != nil && (s.Attribute.Key == "" || s.Attribute.Value == "") {
			c.fault(fmt.Sprintf("%s[%d].attribute", field, i), "must have a key and a value")
		}
		if n := s.fields(); n != 1 {
			c.fault(fmt.Sprintf("%s[%d]", field, i), "sets %d of person, group, attribute, permission, owners, manager and when, one is right", n)
		}
		c.text(fmt.Sprintf("%s[%d].manager", field, i), s.Manager)
	}
}

func (c *checker) duration(field string, d request.Duration) {
	if err := d.Check(); err != nil {
		c.fault(field, "%v", err)
	}
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

func (c *checker) err() error { return c.errOf("flow") }

// errOf is an *request.InvalidError about something with all faults, or nil.
func (c *checker) errOf(what string) error {
	if len(c.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(c.faults, func(a, b request.Fault) int { return strings.Compare(a.Field, b.Field) })
	return &request.InvalidError{What: what, Faults: c.faults}
}
