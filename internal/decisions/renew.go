package decisions

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// renewalFaults checks that a request is for the same as the one that it renews.
// The error is of the store.
func (ds *Decisions) renewalFaults(ctx context.Context, by request.Identity, req request.Request) (faults, err error) {
	if req.Renews == "" {
		return nil, nil
	}
	wrong := func(reason string) error {
		return &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "renews", Reason: reason}}}
	}
	read, err := records.Requests.Get(ctx, ds.Store, req.Renews)
	if err == nil {
		err = ds.MayRead(ctx, by, read.Value)
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, request.ErrForbidden) {
		return wrong("names no request that you may see"), nil
	}
	if err != nil {
		return nil, err
	}
	was := read.Value
	if was.Asset != req.Asset || was.Type != req.Type || was.Beneficiary != req.Beneficiary || was.Privilege != req.Privilege || !slices.Equal(was.Columns, req.Columns) {
		return wrong("is for something else: a renewal is for the same asset, type, beneficiary, privilege and columns"), nil
	}
	grant, err := ds.GrantIfAny(ctx, was.ID)
	if err != nil {
		return nil, err
	}
	if reason := grant.NotRenewable(was); reason != "" {
		return wrong(reason), nil
	}
	return nil, nil
}
