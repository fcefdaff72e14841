package comparison

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/internal/condition"
	"github.com/grantwright/grantwright/review/internal/formula"
)

// Bounds of one comparison. Beyond them it is not decided.
const (
	maxCost  = 6_000_000 // parts of conditions that are looked at
	maxWays  = 20        // that are listed
	maxParts = 16        // of one condition that are looked at one by one
)

// Flows says what a changed flow lets through that it did not before. The forms are those
// that it is used with, where they are known. An error is that of ctx, or of a flow that
// does not compile.
func Flows(ctx context.Context, before, changed review.Flow, forms ...request.Form) (Comparison, error) {
	return flows(ctx, before, changed, forms, false)
}

// Approvals says what a flow approves at once.
func Approvals(ctx context.Context, f review.Flow, forms ...request.Form) (Comparison, error) {
	return flows(ctx, review.Flow{Name: f.Name, Default: review.Action{Act: review.Deny}}, f, forms, true)
}

func flows(ctx context.Context, before, changed review.Flow, forms []request.Form, approvals bool) (Comparison, error) {
	c := comparing{ctx: ctx, forms: forms, approvals: approvals, left: maxCost}
	if err := errors.Join(c.before.compile(before, 1), c.changed.compile(changed, 2)); err != nil {
		return Comparison{}, err
	}
	c.read()
	if !approvals {
		c.always()
	}
	for _, n := range c.changed.outcomes {
		for _, o := range c.before.outcomes {
			for _, q := range c.questions(n, o) {
				if err := c.ask(q); err != nil {
					return Comparison{}, err
				}
			}
		}
	}
	return c.Comparison, nil
}

// side is one version of a flow.
type side struct {
	flow       review.Flow
	policy     *review.Policy
	conditions []*ast.AST // of the rules
	stages     map[string]*ast.AST
	outcomes   []outcome
}

// outcome is one way through a flow: up to a rule that holds, or fails, or to the default.
type outcome struct {
	rule   int // that many for the default
	fails  bool
	action review.Action
}

func (s *side) compile(f review.Flow, version int) (err error) {
	f.Version, f.SavedBy, f.AgreedBy = version, "", ""
	s.flow, s.stages = f, map[string]*ast.AST{}
	if s.policy, err = review.Compile(f); err != nil {
		return err
	}
	actions := []review.Action{f.Default}
	for i, r := range f.Rules {
		checked, err := read(r.When)
		if err != nil {
			return err
		}
		s.conditions = append(s.conditions, checked)
		s.outcomes = append(s.outcomes, outcome{i, false, r.Then}, outcome{i, true, f.People()})
		actions = append(actions, r.Then)
	}
	s.outcomes = append(s.outcomes, outcome{len(f.Rules), false, f.Default})
	for _, a := range append(actions, f.People()) {
		for _, stage := range a.Stages {
			if stage.When != "" && s.stages[stage.When] == nil {
				if s.stages[stage.When], err = read(stage.When); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// name is that of the rule of an outcome.
func (s *side) name(o outcome) string {
	if o.rule == len(s.flow.Rules) {
		return "default"
	}
	return "rule " + s.flow.Rules[o.rule].Name
}

// bound is the longest duration that an outcome gives; none where it sets no limit.
func (s *side) bound(o outcome) request.Duration {
	return request.Shortest(madeAt, s.flow.Max, o.action.Duration)
}

func (s *side) says(o outcome) string {
	says := o.action.Says()
	if d := s.bound(o); !d.IsZero() && d != request.Endless && o.action.Act != review.Deny && o.action.Duration != d {
		says += ", for " + strings.ToLower(d.String()) + " at most"
	}
	if o.fails {
		return "cannot be evaluated, and " + says
	}
	return says
}

// comparing compares two flows.
type comparing struct {
	Comparison
	ctx             context.Context
	forms           []request.Form
	approvals       bool // nothing else is asked
	before, changed side
	space           *formula.Space
	texts           map[string]formula.Formula
	left            int
}

// read makes formulas of all conditions.
func (c *comparing) read() {
	var all []*ast.AST
	for _, s := range []*side{&c.before, &c.changed} {
		all = append(all, s.conditions...)
		for _, when := range sortedKeys(s.stages) {
			all = append(all, s.stages[when])
		}
	}
	c.space = formula.New(c.forms, all...)
	for _, s := range []*side{&c.before, &c.changed} {
		for _, o := range s.outcomes {
			if d := s.bound(o); !d.IsZero() {
				c.space.Bound(d.Length(madeAt))
			}
		}
	}
	c.texts = map[string]formula.Formula{}
}

// wants are what conditions shall come to, by their text: a condition that stands in both
// versions is one.
type wants map[string]formula.Wanted

// want adds to what a part of a condition shall come to, and reports whether it can.
func (c *comparing) want(all wants, whole *ast.AST, part ast.Expr, to formula.Truth) bool {
	key := written(whole, part)
	f, is := c.texts[key]
	if !is {
		f = c.space.Read(whole, part)
		c.texts[key] = f
	}
	w, is := all[key]
	if !is {
		w = formula.Wanted{Of: f, To: formula.Yes | formula.No | formula.Fault}
	}
	w.To &= to
	all[key] = w
	return w.To != 0
}

// leads wants what leads to an outcome.
func (c *comparing) leads(all wants, s *side, o outcome) bool {
	possible := true
	for _, when := range s.conditions[:o.rule] {
		possible = c.want(all, when, when.Expr(), formula.No) && possible
	}
	switch {
	case o.rule == len(s.conditions):
	case o.fails:
		possible = c.want(all, s.conditions[o.rule], s.conditions[o.rule].Expr(), formula.Fault) && possible
	default:
		possible = c.want(all, s.conditions[o.rule], s.conditions[o.rule].Expr(), formula.Yes) && possible
	}
	return possible
}

// question asks for a request that goes one way through each flow, and more.
type question struct {
	Way
	n, o  outcome
	part  ast.Expr         // of the condition of n that shall hold; nil for the whole
	more  func(wants) bool // wants more, and reports whether it can be
	over  request.Duration // for longer than which it is asked; zero for any time
	shows func(was, would review.Review) bool
}

func (c *comparing) ask(q question) error {
	all := wants{}
	if !c.leads(all, &c.changed, q.n) || !c.leads(all, &c.before, q.o) || q.more != nil && !q.more(all) {
		return nil
	}
	if q.part != nil && !c.want(all, c.changed.conditions[q.n.rule], q.part, formula.Yes) {
		return nil
	}
	if len(c.Ways) >= maxWays {
		return c.undecided(q.Way, fmt.Sprintf("%d other ways are listed first", maxWays))
	}
	var wanted []formula.Wanted
	for _, key := range sortedKeys(all) {
		wanted = append(wanted, all[key])
	}
	if !q.over.IsZero() {
		wanted = append(wanted, c.space.LongerThan(q.over.Length(madeAt)))
	}
	most := min(c.left, maxCost/6)
	c.left -= most
	outcome, err := c.space.Find(c.ctx, wanted, &most, func(found *formula.Found) bool {
		m, is := madeUp(found)
		if !is {
			return false
		}
		f := m.facts()
		was, first := review.Open(c.ctx, f, c.before.policy)
		would, second := review.Open(c.ctx, f, c.changed.policy)
		if errors.Join(first, second) != nil || !q.shows(was, would) {
			return false
		}
		q.Example = m.example()
		return true
	})
	c.left += max(0, most)
	switch {
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	case err != nil:
		return c.undecided(q.Way, err.Error())
	case outcome == formula.Seen:
		c.Ways = append(c.Ways, q.Way)
	case outcome == formula.Refused:
		return c.undecided(q.Way, "no made-up request shows it"+closed(c.space))
	}
	return nil
}

// closed names the parts of conditions that were not read.
func closed(sp *formula.Space) string {
	parts := sp.Closed()
	if len(parts) == 0 {
		return ""
	}
	return ", and it may depend on " + strings.Join(parts[:min(3, len(parts))], ", and on ")
}

func (c *comparing) undecided(w Way, reason string) error {
	u := Undecided{Rule: w.Rule, Reason: reason}
	if !slices.Contains(c.Undecided, u) {
		c.Undecided = append(c.Undecided, u)
	}
	return nil
}

// always lists what the changed flow lets through of every request.
func (c *comparing) always() {
	if c.changed.flow.OwnRequests && !c.before.flow.OwnRequests {
		c.Ways = append(c.Ways, Way{Kind: OwnRequest, Says: "people decide on what they have asked for, or would get, themselves"})
	}
	for _, act := range c.before.flow.Reasons {
		if !slices.Contains(c.changed.flow.Reasons, act) {
			c.Ways = append(c.Ways, Way{Kind: NoReason, Says: fmt.Sprintf("people %s without a reason", strings.ToLower(string(act)))})
		}
	}
}

// questions are those that two outcomes raise.
func (c *comparing) questions(n, o outcome) []question {
	q := question{n: n, o: o, Way: Way{Rule: c.changed.name(n), Says: c.changed.says(n), Was: c.before.name(o), Said: c.before.says(o)}}
	if c.approvals {
		q.Was, q.Said = "", ""
	}
	switch {
	case n.action.Act == review.Approve && o.action.Act != review.Approve:
		q.Kind = Approves
		q.shows = func(was, would review.Review) bool {
			return would.Status == request.Approved && was.Status != request.Approved
		}
		return c.apart(q)
	case c.approvals:
		return nil
	case n.action.Act == review.Delegate && o.action.Act != review.Approve && o.action.Act != review.Delegate:
		q.Kind = Delegates
		q.shows = func(was, would review.Review) bool {
			return would.Flow != c.changed.flow.Of() && was.Flow == c.before.flow.Of() && was.Status != request.Approved
		}
		return []question{q}
	case n.action.Act == review.Ask && o.action.Act == review.Deny:
		q.Kind = Asks
		q.shows = func(was, would review.Review) bool {
			return would.Flow == c.changed.flow.Of() && would.Status == request.Pending && was.Status == request.Denied
		}
		return []question{q}
	case n.action.Act != o.action.Act || n.action.Act == review.Deny:
		return nil
	}
	all := c.longer(q)
	if n.action.Act == review.Ask {
		all = append(all, c.fewer(q)...)
	}
	return all
}

// apart asks the question for each part of a condition that || joins.
func (c *comparing) apart(q question) []question {
	if q.n.fails || q.n.rule == len(c.changed.conditions) {
		return []question{q}
	}
	whole := c.changed.conditions[q.n.rule]
	parts := condition.Joined(whole.Expr(), operators.LogicalOr)
	if len(parts) == 1 || len(parts) > maxParts {
		return []question{q}
	}
	var all []question
	for _, part := range parts {
		q.part, q.Part = part, written(whole, part)
		all = append(all, q)
	}
	return all
}

// longer asks whether the same is given for a longer time.
func (c *comparing) longer(q question) []question {
	now, then := c.changed.bound(q.n), c.before.bound(q.o)
	if then.IsZero() || then == request.Endless || !now.IsZero() && !now.LongerThan(then, madeAt) {
		return nil
	}
	q.Kind, q.over = Longer, then
	q.shows = func(was, would review.Review) bool {
		return was.Status == would.Status && request.Shortest(madeAt, would.Asked.Duration, would.Max).LongerThan(request.Shortest(madeAt, was.Asked.Duration, was.Max), madeAt)
	}
	return []question{q}
}
