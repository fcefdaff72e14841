package webhooks

import (
	"context"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// requestRecords are the records of some requests, by the request's id.
type requestRecords struct {
	requests map[request.ID]request.Request
	grants   map[request.ID]provision.Grant
}

// recordsOf reads the requests with some ids, and their grants.
func (w *Webhooks) recordsOf(ctx context.Context, ids []request.ID) (requestRecords, error) {
	all := requestRecords{map[request.ID]request.Request{}, map[request.ID]provision.Grant{}}
	if len(ids) == 0 {
		return all, nil
	}
	requests, err := records.Requests.Some(ctx, w.Store, ids...)
	if err != nil {
		return all, err
	}
	grants := make([]provision.GrantID, len(ids))
	for i, id := range ids {
		grants[i] = journal.GrantID(id)
	}
	given, err := records.Grants.Some(ctx, w.Store, grants...)
	if err != nil {
		return all, err
	}
	for _, r := range requests {
		all.requests[r.Value.ID] = r.Value
	}
	for _, g := range given {
		all.grants[g.Value.Request] = g.Value
	}
	return all, nil
}

// fillPayload adds what the records say of a request.
func (all requestRecords) fillPayload(to *notify.Told, id request.ID, link string) {
	req, known := all.requests[id]
	if !known {
		return
	}
	to.Request = notify.RequestOf(req, link)
	to.Asset = &notify.ToldAsset{Ref: req.Asset, Kind: req.Object.Kind}
	to.Requester = &notify.ToldPerson{ID: req.Requester}
	to.Beneficiary = &notify.ToldPerson{ID: req.Beneficiary, Principal: req.Principal.Name}
	if g, given := all.grants[id]; given {
		to.Grant = &notify.ToldGrant{State: string(g.State), How: string(g.How), Known: string(g.Known),
			Privilege: g.Access.Privilege, Columns: g.Access.Columns, Duration: g.Duration.String(),
			Started: notify.Moment(g.Started), Ends: notify.Moment(g.Ends), Gone: notify.Moment(g.Gone), Error: g.Error}
	}
}
