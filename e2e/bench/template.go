package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// template is all that the store holds of one request. Copies of it fill a store with
// records as the engine writes them.
type template struct {
	req    request.Request
	review review.Review
	grant  *provision.Grant
	looks  *records.Recheck
	claim  records.PrincipalClaim
	events []store.Event

	ids map[string]string // of the logins on the platform
}

// readTemplate reads a request.
func readTemplate(ctx context.Context, s store.Store, id request.ID) (template, error) {
	var t template
	req, err := records.Requests.Get(ctx, s, id)
	if err != nil {
		return t, err
	}
	rev, err := records.Reviews.Get(ctx, s, id)
	if err != nil {
		return t, err
	}
	t.req, t.review = req.Value, rev.Value
	grants, err := records.Grants.Some(ctx, s, provision.GrantID(id))
	if err != nil {
		return t, err
	}
	for _, g := range grants {
		t.grant = &g.Value
	}
	looks, err := records.Rechecks.Some(ctx, s, id)
	if err != nil {
		return t, err
	}
	for _, l := range looks {
		t.looks = &l.Value
	}
	claims, err := records.PrincipalClaims.Some(ctx, s, records.ClaimKey(t.req.Asset.Connection(), t.req.Principal.Name))
	if err != nil {
		return t, err
	}
	for _, c := range claims {
		t.claim = c.Value
	}
	return t, store.EventsOf.Each(ctx, s, id, func(e store.Stored[store.Event]) error {
		t.events = append(t.events, e.Value)
		return nil
	})
}

// records is how many a copy adds to a change, without the claim.
func (t template) records() int {
	n := 2 + len(t.events)
	if t.grant != nil {
		n++
	}
	if t.looks != nil {
		n++
	}
	return n
}

// copy adds to a change the same request of somebody else for some asset, so much
// earlier. claims says whether it is the first of its person.
func (t template) copy(c *store.Change, number int, by request.Identity, ref catalog.Ref, earlier time.Duration, claims bool) {
	id := request.ID(fmt.Sprintf("copy%d", number))
	who := by.Person()
	req := t.req
	req.ID, req.Asset, req.Requester, req.Beneficiary, req.Principal.Name = id, ref, who, who, by.Attributes["login"][0]
	if req.Principal.ID != "" {
		req.Principal.ID = t.ids[req.Principal.Name]
	}
	for _, at := range []*time.Time{&req.Submitted, &req.Decided, &req.Ended, &req.Touched} {
		*at = before(*at, earlier)
	}
	records.Requests.Insert(c, req)
	rev := t.review
	rev.Request, rev.Opened, rev.Decided = id, before(rev.Opened, earlier), before(rev.Decided, earlier)
	rev.Barred = []request.PersonID{who}
	records.Reviews.Insert(c, rev)
	about := []store.Subject{records.Requests.Subject(id), records.Reviews.Subject(id)}
	if t.grant != nil {
		g := *t.grant
		g.ID, g.Request, g.Asset.Ref, g.Beneficiary, g.Principal.Name = provision.GrantID(id), id, ref, who, req.Principal.Name
		g.Principal.ID = t.ids[req.Principal.Name]
		for _, at := range []*time.Time{&g.Approved, &g.Started, &g.Gone} {
			*at = before(*at, earlier)
		}
		records.Grants.Insert(c, g)
		about = append(about, records.Grants.Subject(g.ID))
	}
	if t.looks != nil {
		l := *t.looks
		l.Request, l.People = id, []request.PersonID{who}
		records.Rechecks.Insert(c, l)
	}
	if claims {
		claim := t.claim
		claim.Principal, claim.Person = req.Principal.Name, who
		records.PrincipalClaims.Insert(c, claim)
		about = append(about, records.PrincipalClaims.Subject(records.ClaimKey(claim.Connection, claim.Principal)))
	}
	t.copyEvents(c, req, about, earlier)
}

// copyEvents adds the events of a copy; the first speaks of all that is new.
func (t template) copyEvents(c *store.Change, req request.Request, about []store.Subject, earlier time.Duration) {
	for i, e := range t.events {
		e.ID, e.Number, e.Request, e.At = fmt.Sprintf("%s-%d", req.ID, e.Seq), 0, req.ID, before(e.At, earlier)
		if e.By == t.req.Requester {
			e.By = req.Requester
		}
		e.About = slices.Clone(e.About)
		for j, subject := range e.About {
			e.About[j] = store.Subject(strings.ReplaceAll(string(subject), string(t.req.ID), string(req.ID)))
		}
		if i == 0 {
			e.About = about
		}
		e.Data = bytes.ReplaceAll(e.Data, []byte(t.req.ID), []byte(req.ID))
		c.Emit(e)
	}
}

func before(at time.Time, earlier time.Duration) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Add(-earlier)
}
