package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// readings is all that the store holds at the end.
type readings struct {
	requests map[request.ID]request.Request
	grants   []provision.Grant
	events   []store.Event // by their number in the log
	masked   []records.MaskedAsset
	kept     map[request.PersonID]bool // whom guardrails keep out
}

// readRecords reads everything, and again where a busy machine was too slow.
func readRecords(ctx context.Context, s store.Store) (*readings, error) {
	var errs []error
	for range 5 {
		r, err := readOnce(ctx, s)
		if err == nil {
			return r, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func readOnce(ctx context.Context, s store.Store) (*readings, error) {
	r := &readings{requests: map[request.ID]request.Request{}}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := all(ctx, s, records.Requests, func(v request.Request) { r.requests[v.ID] = v }); err != nil {
		return nil, err
	}
	if err := all(ctx, s, records.Grants, func(v provision.Grant) { r.grants = append(r.grants, v) }); err != nil {
		return nil, err
	}
	if err := all(ctx, s, records.MaskedAssets, func(v records.MaskedAsset) { r.masked = append(r.masked, v) }); err != nil {
		return nil, err
	}
	err := store.EachEvent(ctx, s, func(e store.Event) error {
		r.events = append(r.events, e)
		return nil
	})
	return r, err
}

// all reads every value of a kind.
func all[ID ~string, T any](ctx context.Context, s store.Store, kind store.Kind[ID, T], do func(T)) error {
	for after := ID(""); ; {
		page, err := kind.All(ctx, s, after, store.MaxPage)
		if err != nil {
			return err
		}
		for _, v := range page {
			do(v.Value)
			after = kind.Of(v.Value)
		}
		if len(page) < store.MaxPage {
			return nil
		}
	}
}

// checkLog finds holes in the log, and in the numbers of each request's events.
func (r *readings) checkLog() []string {
	var wrong []string
	seq := map[request.ID]int{}
	for i, e := range r.events {
		if e.Number != int64(i)+1 {
			wrong = append(wrong, fmt.Sprintf("event %d of the log has number %d", i+1, e.Number))
			break
		}
		if e.Request != "" {
			seq[e.Request]++
			if e.Seq != seq[e.Request] {
				wrong = append(wrong, fmt.Sprintf("request %s: its event %d comes as number %d", e.Request, e.Seq, seq[e.Request]))
			}
		}
	}
	for id, req := range r.requests {
		if seq[id] != req.Events {
			wrong = append(wrong, fmt.Sprintf("request %s counts %d events, the log has %d", id, req.Events, seq[id]))
		}
	}
	return wrong
}

// checkGrants finds grants that their requests do not call for.
func (r *readings) checkGrants() []string {
	var wrong []string
	granted := map[request.ID]int{}
	for _, g := range r.grants {
		granted[g.Request]++
		if says := r.contradicts(g); says != "" {
			wrong = append(wrong, says+"\n"+r.story(g.Request))
		}
	}
	for id, req := range r.requests {
		approved := req.Status == request.Approved || req.Status == request.Expired || req.Status == request.Revoked
		switch n := granted[id]; {
		case n > 1, approved && n != 1:
			wrong = append(wrong, fmt.Sprintf("request %s is %s and has %d grants\n%s", id, req.Status, n, r.story(id)))
		case !approved && n > 0:
			wrong = append(wrong, fmt.Sprintf("request %s is %s and has a grant\n%s", id, req.Status, r.story(id)))
		}
	}
	return wrong
}

// restful are the states in which a grant may be once all is quiet.
var restful = []provision.State{provision.Active, provision.Failed, provision.Suspended, provision.Revoked}

// contradicts says in what a grant and its request disagree.
func (r *readings) contradicts(g provision.Grant) string {
	status := r.requests[g.Request].Status
	switch {
	case g.State == provision.Active && status != request.Approved,
		g.State == provision.Failed && status != request.Approved,
		g.State == provision.Suspended && status != request.Approved,
		g.State == provision.Revoked && status != g.Ending:
		return fmt.Sprintf("grant %s is %s, its request is %s", g.ID, g.State, status)
	case !slices.Contains(restful, g.State):
		return fmt.Sprintf("grant %s is still %s (%s)", g.ID, g.State, g.Error)
	}
	return ""
}

// story is everything that the records tell of a request.
func (r *readings) story(id request.ID) string {
	var b strings.Builder
	line := func(what string, v any) {
		text, err := json.Marshal(v)
		if err != nil {
			text = []byte(err.Error())
		}
		fmt.Fprintf(&b, "    %s %s\n", what, text)
	}
	line("request", r.requests[id])
	for _, g := range r.grants {
		if g.Request == id {
			line("grant", g)
		}
	}
	for _, e := range r.events {
		if e.Request == id {
			fmt.Fprintf(&b, "    %s #%d %s by %s %s\n", e.At.Format("15:04:05.000"), e.Seq, e.Type, e.By, e.Data)
		}
	}
	return b.String()
}

// activeFor counts the grants that are ACTIVE by the kind of what they are for.
func (r *readings) activeFor() map[string]int {
	all := map[string]int{}
	for _, g := range r.grants {
		if g.State != provision.Active {
			continue
		}
		kind := string(g.Asset.Kind)
		switch {
		case len(g.Access.Unmasked) > 0:
			kind = "columns of a mask"
		case len(g.Access.Columns) > 0:
			kind = "some columns"
		case g.Query != "":
			kind += ", masked"
		}
		if g.Beneficiary == analysts.Person() {
			kind += ", for the team"
		}
		all[g.Asset.Ref.Connection()+" "+kind]++
	}
	return all
}
