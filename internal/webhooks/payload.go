package webhooks

import (
	"context"
	"strings"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Payloads are the payloads of some events.
func (w *Webhooks) Payloads(ctx context.Context, events []store.Event) ([]notify.Payload, error) {
	var ids []request.ID
	for _, ev := range events {
		if ev.Request != "" {
			ids = append(ids, ev.Request)
		}
	}
	all, err := w.recordsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	payloads := make([]notify.Payload, len(events))
	for i, ev := range events {
		p := notify.Payload{Type: notify.Topic(ev.Type), Timestamp: ev.At, ID: ev.ID, Sequence: ev.Seq, Data: notify.Told{By: ev.By}}
		for _, subject := range ev.About {
			p.Data.About = append(p.Data.About, string(subject))
		}
		if ev.Type == event.RequestDetermined.Name() {
			p.Data.Determination = determinationPayload(ev)
		} else if !strings.HasPrefix(string(ev.Type), "request.") { // what those say stands in the request
			p.Data.Detail = ev.Data
		}
		all.fillPayload(&p.Data, ev.Request, w.Provisioning.Link("/requests/"+string(ev.Request)))
		leftBy(ev, p.Data.Grant)
		if g, given := all.grants[ev.Request]; given && (ev.Type == event.GrantToDo.Name() || ev.Type == event.GrantOverdue.Name()) {
			masks, err := w.Provisioning.Rules.MasksFor(ctx, g.Asset.Ref, g.Asset.Kind, g.Access)
			if err != nil {
				return nil, err
			}
			p.Data.Grant.Masked = notify.MaskedOf(masks)
		}
		payloads[i] = p
	}
	return payloads, nil
}

// leftBy puts a grant into the state in which an event of its own has left it: the
// record may have gone on since.
func leftBy(ev store.Event, g *notify.ToldGrant) {
	if g == nil || !strings.HasPrefix(string(ev.Type), "grant.") {
		return
	}
	payload, _ := ev.Payload() // that of a newer release says nothing of it
	left, says := event.Left(payload)
	if !says {
		return
	}
	g.State, g.Error, g.Ends, g.Gaps, g.GapCount = left.State, left.Error, notify.Moment(left.Ends), left.Gaps, left.GapCount
	if begun := left.State == string(provision.Active) || g.Started != nil && g.Started.Before(ev.At); !begun {
		g.Known, g.Started = "", nil
	}
	if left.State != string(provision.Revoked) {
		g.Gone = nil
	}
}

// determinationPayload is the part of a payload about a determination.
func determinationPayload(ev store.Event) *notify.ToldDetermination {
	d, err := event.RequestDetermined.Decode(ev.Data)
	if err != nil {
		return nil
	}
	told := &notify.ToldDetermination{Status: d.Status, Act: d.Act, Rule: d.Rule, Reason: d.Reason, By: ev.By,
		Privilege: string(d.Privilege), Columns: d.Columns, For: d.For}
	if !d.Duration.IsZero() {
		told.Duration = d.Duration.String()
	}
	return told
}

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

// fillPayload fills in the records of a request.
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
			Privilege: g.Access.Privilege, Columns: g.Access.Columns, Unmasked: g.Access.Unmasked, Duration: g.Duration.String(),
			Started: notify.Moment(g.Started), Ends: notify.Moment(g.Ends), Gone: notify.Moment(g.Gone), Error: g.Error, Gaps: g.Gaps.Lines(), GapCount: g.Gaps.Count}
	}
}

// CloudEvents puts events into the envelope of CloudEvents.
func (w *Webhooks) CloudEvents(ctx context.Context, events []store.Event) ([]notify.CloudEvent, error) {
	payloads, err := w.Payloads(ctx, events)
	if err != nil {
		return nil, err
	}
	all := make([]notify.CloudEvent, len(events))
	for i, p := range payloads {
		if via := events[i].Via; via.Token != "" {
			p.Data.Via = &notify.ToldVia{Token: via.Token, Name: via.Name}
		}
		all[i] = notify.CloudEventOf(p, events[i].Number, w.Provisioning.Address)
	}
	return all, nil
}
