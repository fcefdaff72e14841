package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/client/api"
)

func (g *gw) status(f *flag.FlagSet) func(context.Context, []string) error {
	wait := f.Bool("wait", false, "wait until it is decided, and the access is there")
	timeout := f.Duration("timeout", 10*time.Minute, "how long to wait at most, such as 90s or 2h")
	return func(ctx context.Context, about []string) error {
		id, err := oneName(about, "ID")
		if err != nil {
			return err
		}
		c, err := g.client()
		if err != nil {
			return err
		}
		if *wait {
			return g.waitFor(ctx, c, id, *timeout)
		}
		found, err := c.Request(ctx, id, api.RequestParams{})
		if err != nil {
			return err
		}
		if err := g.showCase(found); err != nil {
			return err
		}
		return endOf(found.Request.Status, found.Grant.State)
	}
}

// showCase prints everything about a request.
func (g *gw) showCase(c api.Case) error {
	if g.json {
		return g.print(c)
	}
	r := c.Request
	all := [][2]string{
		{"Request", r.ID},
		{"Asset", r.Asset},
		{"Access", what(r.Type, r.Privilege, r.Columns) + ", " + lasts(r.Duration)},
		{"For", forWhom(r)},
		{"State", g.state(c)},
	}
	for _, field := range slices.Sorted(keys(r.Answers)) {
		if value := strings.Join(r.Answers[field], ", "); value != lastsAnswer(r, field) {
			all = append(all, [2]string{capital(field), value})
		}
	}
	all = append(all, [2]string{"Submitted", g.when(r.Submitted)})
	all = append(all, g.review(c)...)
	all = append(all, g.grant(c)...)
	all = append(all, [2]string{"You may", may(c.May)})
	g.facts(all)
	return nil
}

func keys(m map[string][]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// lastsAnswer is the answer that only repeats for how long the access is asked.
func lastsAnswer(r api.Request, field string) string {
	if field == "duration" {
		return r.Duration
	}
	return ""
}

func capital(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}

func forWhom(r api.Request) string {
	if r.Requester != r.Beneficiary {
		return person(r.Beneficiary) + ", asked by " + person(r.Requester)
	}
	return person(r.Beneficiary)
}

// state says how far a request is, its access included.
func (g *gw) state(c api.Case) string {
	text := word(c.Request.Status)
	switch {
	case c.Request.Status == "PENDING" && !c.Review.Lapses.IsZero():
		text += ", lapses " + g.when(c.Review.Lapses)
	case c.Grant.ID != "":
		text += ", " + stateOf(c.Grant)
	}
	if c.Request.Reason != "" {
		text += ": " + c.Request.Reason
	}
	return text
}

// stateOf says how far the access is.
func stateOf(t api.Grant) string {
	switch {
	case t.State == "ACTIVE" && t.Gaps.Count > 0:
		return fmt.Sprintf("active, but not on %d parts", t.Gaps.Count)
	case t.State == "PENDING" && t.How == "MANUAL":
		return "somebody has to do it by hand"
	case t.State == "PENDING" || t.State == "PROVISIONING":
		return "the access is being given"
	case t.State == "FAILED":
		return "the access could not be given"
	case t.State == "REVOKING":
		return "the access is being taken away"
	case t.State == "REVOKED":
		return "the access is gone"
	}
	return word(t.State)
}

// review says who decides, and what was decided.
func (g *gw) review(c api.Case) (all [][2]string) {
	for _, s := range c.Review.Stages {
		text := s.Name + ", " + needs(s) + ": "
		var who []string
		for _, a := range s.Approvals {
			who = append(who, selector(a.Selector)+" "+settled(a))
		}
		if s.Passed != "" {
			who = []string{"passed, " + s.Passed}
		}
		all = append(all, [2]string{"Stage", text + strings.Join(who, "; ")})
	}
	for _, d := range c.Review.Determinations {
		text := person(d.By) + " " + acts[d.Act]
		if d.Act == "APPROVE" && d.Duration != "" {
			text += " for " + lasts(d.Duration)
		}
		if d.Act == "APPROVE" && d.Privilege != "" && d.Privilege != c.Request.Privilege {
			text += ", " + what("", d.Privilege, nil) + " only"
		}
		text += ", " + g.when(d.At)
		if d.Reason != "" {
			text += ": " + d.Reason
		}
		if d.Void != "" {
			text += " (void: " + d.Void + ")"
		}
		all = append(all, [2]string{"Decision", text})
	}
	if c.Review.Comment != "" {
		all = append(all, [2]string{"Flow says", c.Review.Comment})
	}
	for _, p := range c.Prevented {
		all = append(all, [2]string{"Guardrail", p.Guardrail + ": approval will not help. " + p.Reason})
	}
	return all
}

var acts = map[string]string{"APPROVE": "approved", "DENY": "denied"}

func needs(s api.StageReview) string {
	if s.People > 0 {
		return fmt.Sprintf("%d people", s.People)
	}
	if s.Mode == "ALL" {
		return "all of"
	}
	return "any of"
}

func settled(a api.Approval) string {
	text := map[string]string{"PENDING": "asked", "BLOCKED": "not asked yet"}[a.Status]
	if text == "" {
		text = word(a.Status)
	}
	if a.By != "" {
		text += " by " + person(a.By)
	}
	return text
}

// selector names who may decide.
func selector(s api.Selector) string {
	switch {
	case s.Group != "":
		return "group " + s.Group
	case s.Person != "":
		return person(s.Person)
	case s.Permission != "":
		return "permission " + s.Permission
	case s.Manager != "":
		return "the manager"
	case s.Owners:
		return "the owners of the asset"
	case s.Attribute.Key != "":
		return s.Attribute.Key + " = " + s.Attribute.Value
	}
	return "others"
}

// grant says what is known of the access.
func (g *gw) grant(c api.Case) [][2]string {
	t := c.Grant
	if t.ID == "" {
		return nil
	}
	end := "Ends"
	if !t.Gone.IsZero() {
		end = "" // it is gone: when it would have ended helps nobody
	}
	all := [][2]string{
		{"Login", t.Principal.Name},
		{"To query", t.Query},
		{"Given", what(c.Request.Type, t.Access.Privilege, t.Access.Columns) + ", " + lasts(t.Duration)},
		{"Since", g.when(t.Started)},
		{end, g.when(t.Ends)},
		{"Gone", g.when(t.Gone)},
		{"Platform", t.Error},
		{"Withheld", t.Withheld},
		{"Prevented", t.Prevented},
	}
	for _, r := range t.Remarks {
		all = append(all, [2]string{"To know", r})
	}
	for _, r := range t.Remaining {
		all = append(all, [2]string{"Gets in by", r})
	}
	return slices.DeleteFunc(all, func(f [2]string) bool { return f[0] == "" })
}

// may says what somebody may do with a request, in words of commands where there is one.
func may(r api.Rights) string {
	var all []string
	for _, m := range []struct {
		may  bool
		does string
	}{{r.Approve, "approve"}, {r.Deny, "deny"}, {r.Cancel, "cancel"}, {r.Revoke, "revoke"}} {
		if m.may {
			all = append(all, m.does)
		}
	}
	return strings.Join(all, ", ")
}
