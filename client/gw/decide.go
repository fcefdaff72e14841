package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

// maxAtOnce is how many requests one call decides on.
const maxAtOnce = 100

// deciding is a decision on one or several requests.
type deciding struct {
	*gw
	act, lasts, reason, columns string
	readOnly, yes               bool
}

func (g *gw) approve(f *flag.FlagSet) func(context.Context, []string) error {
	d := &deciding{gw: g, act: "APPROVE"}
	f.StringVar(&d.lasts, "for", "", "for this `long` only, such as 7d; never longer than was asked")
	f.BoolVar(&d.readOnly, "read-only", false, "to read only, where reading and writing was asked")
	f.StringVar(&d.columns, "columns", "", "these `columns` only, with commas between them")
	f.StringVar(&d.reason, "comment", "", "`why`; everyone who sees the request sees it")
	f.BoolVar(&d.yes, "yes", false, "approve several without asking")
	return d.run
}

func (g *gw) deny(f *flag.FlagSet) func(context.Context, []string) error {
	d := &deciding{gw: g, act: "DENY"}
	f.StringVar(&d.reason, "reason", "", "`why`; everyone who sees the request sees it")
	f.BoolVar(&d.yes, "yes", false, "deny several without asking")
	return func(ctx context.Context, about []string) error {
		if strings.TrimSpace(d.reason) == "" {
			return usagef("-reason is missing: say why, a denial is final")
		}
		return d.run(ctx, about)
	}
}

func (d *deciding) run(ctx context.Context, ids []string) error {
	ids, err := several(ids)
	if err != nil {
		return err
	}
	body, err := d.determination()
	if err != nil {
		return err
	}
	c, err := d.client()
	if err != nil {
		return err
	}
	cases, err := casesOf(ctx, c, ids)
	if err != nil {
		return err
	}
	if err := d.preview(cases, body); err != nil {
		return err
	}
	if len(cases) == 1 {
		return d.one(ctx, c, cases[0], body)
	}
	return d.many(ctx, c, cases, body)
}

// determination makes a determination of the flags.
func (d *deciding) determination() (b api.DeterminationBody, err error) {
	b = api.DeterminationBody{Act: api.DeterminationBodyAct(d.act), Reason: d.reason}
	if d.lasts != "" {
		if b.Duration, err = duration(d.lasts); err != nil {
			return b, usagef("-for: %v", err)
		}
	}
	if d.readOnly {
		b.Privilege = "READ"
	}
	for _, c := range strings.Split(d.columns, ",") {
		if c = strings.TrimSpace(c); c != "" {
			b.Columns = append(b.Columns, c)
		}
	}
	return b, nil
}

// several are the ids that a command was given, each once.
func several(ids []string) ([]string, error) {
	var all []string
	for _, id := range ids {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	switch {
	case len(all) == 0:
		return nil, usagef("ID is missing: gw list shows those of requests")
	case len(all) > maxAtOnce:
		return nil, usagef("%d requests at once are too many, at most %d are allowed", len(all), maxAtOnce)
	}
	return all, nil
}

// casesOf reads requests before anything is done with any of them.
func casesOf(ctx context.Context, c *client.Client, ids []string) ([]api.Case, error) {
	var all []api.Case
	for _, id := range ids {
		found, err := c.Request(ctx, id, api.RequestParams{})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		all = append(all, found)
	}
	return all, nil
}

// preview shows for each request what the decision means. Several are confirmed.
func (d *deciding) preview(cases []api.Case, b api.DeterminationBody) error {
	verb := map[string]string{"APPROVE": "Approve", "DENY": "Deny"}[d.act]
	for _, c := range cases {
		r := c.Request
		d.note("%s %s", verb, r.ID)
		d.note("  %s: %s, %s", r.Asset, what(r.Type, r.Privilege, r.Columns), lasts(r.Duration))
		if less := d.less(r, b); less != "" {
			d.note("  but %s only", less)
		}
		d.note("  for %s%s", forWhom(r), purpose(r))
		if r.Status != "PENDING" {
			d.note("  it is %s already: this will be refused", word(r.Status))
		} else if counts := countsFor(c); counts != "" && d.act == "APPROVE" {
			d.note("  your approval counts for %s", counts)
		}
		for _, p := range c.Prevented {
			d.note("  guardrail %s: approval will not help. %s", p.Guardrail, p.Reason)
		}
	}
	if len(cases) == 1 {
		return nil
	}
	return d.confirm(fmt.Sprintf("%s these %d requests?", verb, len(cases)), d.yes)
}

// countsFor names the selectors that an approval counts for, all at once.
func countsFor(c api.Case) string {
	var all []string
	for _, m := range c.May.Counts {
		if int(m.Stage) >= len(c.Review.Stages) || int(m.Selector) >= len(c.Review.Stages[m.Stage].Approvals) {
			continue
		}
		text := selector(c.Review.Stages[m.Stage].Approvals[m.Selector].Selector)
		if m.For != "" {
			text += ", in the place of " + person(m.For)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// less says to what a determination narrows a request.
func (d *deciding) less(r api.Request, b api.DeterminationBody) string {
	var all []string
	if b.Privilege != "" && string(b.Privilege) != r.Privilege {
		all = append(all, what(r.Type, string(b.Privilege), nil))
	}
	if len(b.Columns) > 0 && !slices.Equal(b.Columns, r.Columns) {
		all = append(all, "columns "+strings.Join(b.Columns, ", "))
	}
	if b.Duration != "" && b.Duration != r.Duration {
		all = append(all, lasts(b.Duration))
	}
	return strings.Join(all, ", ")
}

// purpose is what a request says that it is for, on one line.
func purpose(r api.Request) string {
	if text := strings.Join(r.Answers["purpose"], " "); text != "" {
		return ": " + plain(text)
	}
	return ""
}

// one decides on one request, in the version that was shown.
func (d *deciding) one(ctx context.Context, c *client.Client, seen api.Case, b api.DeterminationBody) error {
	b.Version = seen.Review.Version
	after, err := c.Determine(ctx, seen.Request.ID, b)
	if err != nil {
		return err
	}
	if d.json {
		return d.print(after)
	}
	d.say("%s", outcome(after))
	return nil
}

// outcome says how a request stands after a decision.
func outcome(r api.Request) string {
	if r.Status == "PENDING" {
		return r.ID + " is pending: others have still to decide."
	}
	return r.ID + " is " + word(r.Status) + "."
}

// many decides on several requests, each by itself.
func (d *deciding) many(ctx context.Context, c *client.Client, seen []api.Case, b api.DeterminationBody) error {
	var body api.DeterminationsBody
	for _, s := range seen {
		body.Items = append(body.Items, api.ManyBody{Request: s.Request.ID, Act: api.ManyBodyAct(b.Act), Duration: b.Duration, Reason: b.Reason,
			Privilege: api.ManyBodyPrivilege(b.Privilege), Columns: b.Columns, Version: s.Review.Version})
	}
	decided, err := c.DetermineMany(ctx, body)
	if err != nil {
		return err
	}
	results := make([]result, len(decided.Items))
	for i, one := range decided.Items {
		results[i] = result{id: one.ID, says: outcome(one.Request)}
		if one.Problem.Code != "" {
			results[i].err = &one.Problem
		}
	}
	if d.json {
		if err := d.print(decided); err != nil {
			return err
		}
	}
	return d.report(results)
}

// result is what became of one of several.
type result struct {
	id, says string
	err      error
}

// report says what became of each, and ends with the exit code of all.
func (g *gw) report(results []result) error {
	failed, code := 0, exitDone
	for _, r := range results {
		switch {
		case r.err != nil:
			failed++
			code = codeOf(r.err)
			g.note("%s was not done: %s", r.id, long(explained(r.err)))
		case !g.json:
			g.say("%s", r.says)
		}
	}
	switch {
	case failed == 0:
		return nil
	case failed < len(results):
		return exit(exitPartly)
	}
	return exit(code)
}
