package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

// statuses are those of requests.
var statuses = []string{"PENDING", "APPROVED", "DENIED", "CANCELED", "LAPSED", "EXPIRED", "REVOKED"}

// listing is what gw list was asked for.
type listing struct {
	decide, all             bool
	status, kind            string
	since, until, endsUntil string
	most                    int
	params                  api.ListRequestsParams
}

func (g *gw) list(f *flag.FlagSet) func(context.Context, []string) error {
	var l listing
	f.BoolVar(&l.decide, "to-decide", false, "those that wait for you to decide, the oldest first")
	f.BoolVar(&l.all, "all", false, "those of everybody; takes GOVERNANCE or AUDIT")
	f.StringVar(&l.status, "status", "", "those in this `status` only: "+strings.ToLower(strings.Join(statuses, ", ")))
	f.StringVar(&l.params.Asset, "asset", "", "those for this `reference` only, such as warehouse:sales, and what lies below it")
	f.StringVar(&l.params.Connection, "connection", "", "those on the connection of this `name` only")
	f.StringVar(&l.params.Person, "person", "", "those of this `id` only, as requester or as beneficiary")
	f.StringVar(&l.kind, "type", "", "those of this `type` only: data-access or masking-exception")
	f.StringVar(&l.since, "since", "", "those that were submitted at this `time` or later: 2026-03-01 or 2026-03-01T12:00:00Z")
	f.StringVar(&l.until, "until", "", "those that were submitted before this `time` only")
	f.StringVar(&l.endsUntil, "ends-before", "", "those whose access stands, and ends before this `time` only")
	f.StringVar(&l.params.Text, "text", "", "those with this `text` in their asset, a person, an answer or a reason only")
	f.StringVar(&l.params.Flow, "flow", "", "those that the review flow of this `name` was asked about only")
	f.StringVar(&l.params.DecidedBy, "decided-by", "", "those on which the person with this `id` has decided only")
	f.IntVar(&l.most, "limit", 20, "at most this many")
	return func(ctx context.Context, about []string) error {
		if err := l.check(about); err != nil {
			return err
		}
		if err := l.filter(g); err != nil {
			return err
		}
		c, err := g.client()
		if err != nil {
			return err
		}
		found, more, err := l.read(ctx, c)
		if err != nil {
			return err
		}
		if g.json {
			return g.print(api.ListRequest{Items: found})
		}
		g.showList(ctx, c, l, found, more)
		return nil
	}
}

// check refuses flags that contradict each other, and makes parameters of them.
func (l *listing) check(about []string) error {
	status := strings.ToUpper(l.status)
	switch {
	case len(about) > 0:
		return usagef("%q is one too many: gw list takes flags only, such as -text %s", about[0], about[0])
	case l.decide && l.all:
		return usagef("-to-decide and -all contradict each other")
	case l.decide && status != "" && status != "PENDING":
		return usagef("-to-decide lists pending requests only: leave out -status")
	case status != "" && !slices.Contains(statuses, status):
		return usagef("-status is %q, must be one of %s", l.status, strings.ToLower(strings.Join(statuses, ", ")))
	case l.most < 1 || l.most > 1000:
		return usagef("-limit is %d, must be from 1 to 1000", l.most)
	}
	role := "CONCERNED"
	if l.decide {
		role, status = "STEWARD", ""
	}
	if l.all {
		role = "OVERSEER"
	}
	l.params.Role, l.params.Status, l.params.Limit = api.ListRequestsParamsRole(role), api.ListRequestsParamsStatus(status), int64(min(l.most+1, 500))
	return nil
}

// filter makes parameters of the flags that filter.
func (l *listing) filter(g *gw) (err error) {
	kinds := map[string]api.ListRequestsParamsType{"": "", "data-access": dataAccess, "masking-exception": maskingException}
	kind, known := kinds[l.kind]
	switch l.params.Type = kind; {
	case !known:
		return usagef("-type is %q, must be data-access or masking-exception", l.kind)
	case l.params.Asset != "" && !reference.MatchString(l.params.Asset):
		return usagef("-asset is %q, must be a reference with its connection, such as warehouse:sales.public.orders; -text finds parts of names", l.params.Asset)
	}
	if l.params.From, err = g.timeOf("-since", l.since); err != nil {
		return err
	}
	if l.params.Until, err = g.timeOf("-until", l.until); err != nil {
		return err
	}
	l.params.EndsBefore, err = g.timeOf("-ends-before", l.endsUntil)
	return err
}

// read reads as many requests as were asked for, and says whether there are more.
func (l *listing) read(ctx context.Context, c *client.Client) (found []api.Request, more bool, err error) {
	found = []api.Request{}
	for r, err := range c.AllRequests(ctx, l.params) {
		if err != nil {
			return nil, false, err
		}
		if len(found) == l.most {
			return found, true, nil
		}
		found = append(found, r)
	}
	return found, false, nil
}

// showList prints requests as a table.
func (g *gw) showList(ctx context.Context, c *client.Client, l listing, found []api.Request, more bool) {
	if len(found) == 0 {
		g.note("%s", map[bool]string{true: "Nothing waits for you to decide.", false: "There are no such requests."}[l.decide])
		return
	}
	states := g.states(ctx, c, l, found)
	others := l.decide || l.all || slices.ContainsFunc(found, func(r api.Request) bool { return r.Beneficiary != found[0].Beneficiary || r.Requester != r.Beneficiary })
	rows := make([][]string, len(found))
	for i, r := range found {
		who := ""
		if others {
			who = person(r.Beneficiary)
		}
		rows[i] = []string{r.ID, r.Asset, brief(r), who, states[i], age(g.now().Sub(r.Submitted))}
	}
	g.table([]column{{"REQUEST", never}, {"ASSET", atStart}, {"ACCESS", atEnd}, {"FOR", atEnd}, {"STATE", atEnd}, {"AGE", never}}, rows)
	if more {
		g.note("There are more: -limit shows them.")
	}
}

// brief writes the access that a request asks for in few characters.
func brief(r api.Request) string {
	text := map[string]string{"READ": "read", "READ_WRITE": "read+write"}[r.Privilege]
	if r.Type == maskingException {
		text = "unmask"
	}
	if len(r.Columns) > 0 {
		text += fmt.Sprintf(" %d columns", len(r.Columns))
	}
	return text + " " + shortDuration(r.Duration)
}

// states say how far each request is. Of an approved one that takes a look at its access; where that
// fails it is just approved.
func (g *gw) states(ctx context.Context, c *client.Client, l listing, found []api.Request) []string {
	states := make([]string, len(found))
	if l.decide { // all are pending
		return states
	}
	var looks sync.WaitGroup
	turn := make(chan struct{}, 5)
	for i, r := range found {
		if states[i] = word(r.Status); r.Status != "APPROVED" {
			continue
		}
		looks.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			if all, err := c.Request(ctx, r.ID, api.RequestParams{}); err == nil && all.Grant.ID != "" {
				states[i] = short(all.Grant)
			}
		})
	}
	looks.Wait()
	return states
}

// short is the state of access in a table.
func short(t api.Grant) string {
	switch {
	case t.State == "PENDING" && t.How == "MANUAL":
		return "to do by hand"
	case t.State == "PENDING" || t.State == "PROVISIONING":
		return "in progress"
	case t.State == "ACTIVE" && t.Gaps.Count > 0:
		return "active, in part"
	}
	return word(t.State)
}
