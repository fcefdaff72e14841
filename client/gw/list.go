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
	decide, all bool
	status      string
	asset, who  string
	most        int
	params      api.ListRequestsParams
}

func (g *gw) list(f *flag.FlagSet) func(context.Context, []string) error {
	var l listing
	f.BoolVar(&l.decide, "to-decide", false, "those that wait for you to decide, the oldest first")
	f.BoolVar(&l.all, "all", false, "those of everybody; takes GOVERNANCE or AUDIT")
	f.StringVar(&l.status, "status", "", "those in this `status` only: "+strings.ToLower(strings.Join(statuses, ", ")))
	f.StringVar(&l.asset, "asset", "", "those for assets with this `text` in their name only")
	f.StringVar(&l.who, "person", "", "those of this `id` only, as requester or as beneficiary")
	f.IntVar(&l.most, "limit", 20, "at most this many")
	return func(ctx context.Context, about []string) error {
		if err := l.check(about); err != nil {
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
		return usagef("%q is one too many: gw list takes flags only, such as -asset %s", about[0], about[0])
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
	l.params = api.ListRequestsParams{Role: api.ListRequestsParamsRole(role), Status: api.ListRequestsParamsStatus(status), Limit: int64(min(l.most+1, 500))}
	return nil
}

// scanned bounds how many requests are looked through for those that a filter lets through.
const scanned = 10_000

// read reads as many requests as were asked for, and says whether there are more.
func (l *listing) read(ctx context.Context, c *client.Client) (found []api.Request, more bool, err error) {
	found = []api.Request{}
	looked := 0
	for r, err := range c.AllRequests(ctx, l.params) {
		if err != nil {
			return nil, false, err
		}
		if looked++; looked > scanned {
			return nil, false, fmt.Errorf("none of the first %d requests is left to show: filter by -status too", scanned)
		}
		if !l.wanted(r) {
			continue
		}
		if len(found) == l.most {
			return found, true, nil
		}
		found = append(found, r)
	}
	return found, false, nil
}

func (l *listing) wanted(r api.Request) bool {
	asset := strings.Contains(strings.ToLower(r.Asset), strings.ToLower(l.asset))
	return asset && (l.who == "" || l.who == r.Requester || l.who == r.Beneficiary)
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
