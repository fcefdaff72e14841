package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

func (g *gw) revoke(f *flag.FlagSet) func(context.Context, []string) error {
	reason := f.String("reason", "", "`why`; everyone who sees the request sees it")
	yes := f.Bool("yes", false, "revoke several without asking")
	return func(ctx context.Context, about []string) error {
		return g.end(ctx, about, "Revoke", *yes, func(c *client.Client, id string) (api.Request, error) {
			return c.Revoke(ctx, id, api.ReasonBody{Reason: *reason})
		})
	}
}

func (g *gw) cancel(f *flag.FlagSet) func(context.Context, []string) error {
	yes := f.Bool("yes", false, "cancel several without asking")
	return func(ctx context.Context, about []string) error {
		return g.end(ctx, about, "Cancel", *yes, func(c *client.Client, id string) (api.Request, error) { return c.Cancel(ctx, id) })
	}
}

// end ends requests one after another, after it has shown them all.
func (g *gw) end(ctx context.Context, about []string, verb string, yes bool, end func(*client.Client, string) (api.Request, error)) error {
	ids, err := several(about)
	if err != nil {
		return err
	}
	c, err := g.client()
	if err != nil {
		return err
	}
	cases, err := casesOf(ctx, c, ids)
	if err != nil {
		return err
	}
	for _, found := range cases {
		r := found.Request
		g.note("%s %s\n  %s: %s, for %s; %s", verb, r.ID, r.Asset, what(r.Type, r.Privilege, r.Columns), forWhom(r), g.state(found))
	}
	if len(ids) > 1 {
		if err := g.confirm(fmt.Sprintf("%s these %d?", verb, len(ids)), yes); err != nil {
			return err
		}
	}
	var results []result
	var ended []api.Request
	for _, id := range ids {
		after, err := end(c, id)
		if err == nil {
			ended = append(ended, after)
		}
		if len(ids) == 1 && err != nil {
			return err
		}
		results = append(results, result{id: id, says: outcome(after), err: err})
	}
	if g.json {
		if err := g.print(api.ListRequest{Items: ended}); err != nil {
			return err
		}
	}
	return g.report(results)
}
