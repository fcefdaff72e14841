package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// renewable reports why the access of a request cannot be renewed; empty if it can.
func renewable(req request.Request, grant provision.Grant) string {
	switch {
	case req.Status != request.Approved || !grant.Wanted():
		return fmt.Sprintf("is %s: only access that stands can be renewed; ask for it anew", req.Status)
	case grant.Duration == request.Endless:
		return "has no end, and needs no renewal"
	case grant.Started.IsZero():
		return "has not begun yet"
	}
	return ""
}

// renewalFaults checks that a request is for the same as the one that it renews.
// The error is of the store.
func (e *Engine) renewalFaults(ctx context.Context, by request.Identity, req request.Request) (faults, err error) {
	if req.Renews == "" {
		return nil, nil
	}
	wrong := func(reason string) error {
		return &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "renews", Reason: reason}}}
	}
	read, err := store.Requests.Get(ctx, e.config.Store, req.Renews)
	if err == nil {
		err = e.mayRead(ctx, by, read.Value)
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, ErrForbidden) {
		return wrong("names no request that you may see"), nil
	}
	if err != nil {
		return nil, err
	}
	was := read.Value
	if was.Asset != req.Asset || was.Type != req.Type || was.Beneficiary != req.Beneficiary || was.Privilege != req.Privilege || !slices.Equal(was.Columns, req.Columns) {
		return wrong("is for something else: a renewal is for the same asset, type, beneficiary, privilege and columns"), nil
	}
	grant, err := e.grantIfAny(ctx, was.ID)
	if err != nil {
		return nil, err
	}
	if reason := renewable(was, grant); reason != "" {
		return wrong(reason), nil
	}
	return nil, nil
}

// renewed lets the grants that have just begun end no earlier than those that
// they renew.
func renewed(all []progress, live []provision.Grant) {
	for i, p := range all {
		if begins := p.was.Value.Started.IsZero() && !p.next.Started.IsZero(); begins && p.next.Renews != "" {
			for _, g := range live {
				all[i].next = all[i].next.Renew(g)
			}
		}
	}
}

// outlivedBy finds the grant by which the principal of another keeps all that it
// gives beyond its end; empty if there is none.
func (e *Engine) outlivedBy(ctx context.Context, ref catalog.Ref, g provision.Grant) (provision.GrantID, error) {
	live, err := e.liveGrants(ctx, ref, g.Principal.Name)
	if err != nil {
		return "", err
	}
	return outliving(valuesOf(live), g), nil
}

func outliving(live []provision.Grant, g provision.Grant) provision.GrantID {
	for _, other := range live {
		if other.Outlives(g) {
			return other.ID
		}
	}
	return ""
}
