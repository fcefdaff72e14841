package inventory

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// maxRelinked bounds the requests that go to a new id in one commit.
const maxRelinked = 100

// PrincipalRelink links a principal to the id that its person has now, as when the identity
// provider has issued all ids anew. What is open and live there goes to that id too; what
// has ended stays under the id of before, as the log does.
type PrincipalRelink struct {
	Inventory *Inventory `json:"-"`

	Connection string           `json:"connection"`
	Principal  string           `json:"principal"`
	Person     request.PersonID `json:"person"` // the new id
	Reason     string           `json:"reason,omitempty"`
}

// Kind is the name of the change in a stored proposal.
func (*PrincipalRelink) Kind() manifest.ProposalKind { return "principal.relink" }

// Of is the principal, with its connection.
func (a *PrincipalRelink) Of() (what, name string) {
	return "principal", records.ClaimKey(a.Connection, a.Principal)
}

// Needs is ADMIN.
func (*PrincipalRelink) Needs() request.Permission { return request.Admin }

// Check looks for faults in the reason. The others show only in the records.
func (a *PrincipalRelink) Check(context.Context) error { return review.CheckReason(a.Reason) }

// Differences shows the claim with its new person.
func (a *PrincipalRelink) Differences(ctx context.Context) (manifest.Differences, error) {
	what, name := a.Of()
	read, err := records.PrincipalClaims.Get(ctx, a.Inventory.Store, name)
	if err != nil {
		return nil, err
	}
	next := read.Value
	next.Person = a.Person
	return manifest.Between(what, name, read.Value, next), nil
}

// CarryOut links the principal, with what is open and live under it.
func (a *PrincipalRelink) CarryOut(ctx context.Context, d *governance.Revision) error {
	_, key := a.Of()
	claim, err := records.PrincipalClaims.Get(ctx, a.Inventory.Store, key)
	if err != nil {
		return err
	}
	if err := a.check(ctx, d.By, claim.Value); err != nil {
		return err
	}
	was, moved, own := claim.Value.Person, 0, 0
	err = a.Inventory.eachUnder(ctx, claim.Value, func(req store.Stored[request.Request], grant store.Stored[provision.Grant]) error {
		if moved++; moved > maxRelinked {
			return fmt.Errorf("%w: more than %d requests of %s are open or live there; end some of them first", store.ErrState, maxRelinked, was)
		}
		if req.Value.Status == request.Pending && req.Value.Requester == was {
			own++
		}
		if req.Value.For != "" {
			return fmt.Errorf("%w: request %s is for a %s, whose id does not change", store.ErrState, req.Value.ID, req.Value.For)
		}
		return a.Inventory.move(ctx, d, moving{was, a.Person, a.event(was)}, req, grant)
	})
	if err != nil {
		return err
	}
	if err := a.Inventory.count(ctx, d.C, a.Person, own); err != nil {
		return err
	}
	next := claim.Value
	next.Person = a.Person
	records.PrincipalClaims.Update(d.C, claim, next)
	a.Inventory.Emit(d.C, a.event(was), d.By, nil, records.PrincipalClaims.Subject(key))
	return nil
}

func (a *PrincipalRelink) event(was request.PersonID) event.Event {
	return event.PrincipalRelinked.With(event.Relinked{Connection: a.Connection, Principal: a.Principal, Was: was, Now: a.Person, Reason: a.Reason})
}

// check refuses a new id that the connection does not map to the principal, one of somebody who
// is disabled under one of the two, and the own id of whoever links.
func (a *PrincipalRelink) check(ctx context.Context, by request.PersonID, claim records.PrincipalClaim) error {
	refused := func(reason string, args ...any) error {
		return fmt.Errorf("%w: principal %q cannot be linked to %s: %s", store.ErrState, a.Principal, a.Person, fmt.Sprintf(reason, args...))
	}
	switch {
	case a.Person == claim.Person:
		return refused("it is already")
	case by == a.Person || by == claim.Person:
		return &request.ForbiddenError{Person: by, Act: "link a principal to an id of their own", Needs: "another administrator"}
	}
	who, err := a.Inventory.People.Person(ctx, a.Person, request.Identity{})
	if err != nil {
		return err
	}
	if !who.Is(request.Person) {
		return refused("it is no person")
	}
	if err := a.Inventory.enabled(ctx, refused, claim.Person, a.Person); err != nil {
		return err
	}
	name, err := a.Inventory.mapped(ctx, a.Connection, who)
	if err != nil {
		return err
	}
	if name != a.Principal {
		return refused("connection %s maps them to %q", a.Connection, name)
	}
	return nil
}

// enabled refuses what somebody is linked by who is disabled under one of some ids.
func (i *Inventory) enabled(ctx context.Context, refused func(string, ...any) error, ids ...request.PersonID) error {
	for _, id := range ids {
		if stop, err := i.People.Stop(ctx, provision.StoppedPerson(id)); err != nil {
			return err
		} else if stop != nil {
			return refused("%s is disabled", id)
		}
	}
	return nil
}

// mapped is the principal to which a connection maps somebody.
func (i *Inventory) mapped(ctx context.Context, connection string, who request.Identity) (string, error) {
	on, err := records.Connections.Get(ctx, i.Store, connection)
	if err != nil {
		return "", err
	}
	return i.Platforms.Principal(ctx, on.Value, who)
}

// moving says from which id to which a request goes, and what its log says of that.
type moving struct {
	was, now request.PersonID
	event    event.Event
}

// move has one request go on under the new id: with its review, and its grant.
func (i *Inventory) move(ctx context.Context, d *governance.Revision, m moving, read store.Stored[request.Request], grant store.Stored[provision.Grant]) error {
	req := read.Value
	rev, err := records.Reviews.Get(ctx, i.Store, req.ID)
	if err != nil {
		return err
	}
	next := rev.Value
	next.Barred = append(slices.Clip(next.Barred), m.now) // beside the id of before
	records.Reviews.Update(d.C, rev, next)
	about := []store.Subject{records.Reviews.Subject(req.ID)}
	if grant.Version != 0 && grant.Value.Beneficiary == m.was {
		g := grant.Value
		g.Beneficiary = m.now
		records.Grants.Update(d.C, grant, g)
		about = append(about, records.Grants.Subject(g.ID))
	}
	recheck, err := records.Rechecks.Some(ctx, i.Store, req.ID)
	if err != nil {
		return err
	}
	for _, r := range recheck {
		later := r.Value
		later.People, later.Due = renamed(r.Value.People, m.was, m.now), i.Now()
		records.Rechecks.Update(d.C, r, later)
	}
	if req.Beneficiary == m.was {
		req.Beneficiary = m.now
	}
	if req.Requester == m.was {
		req.Requester = m.now
	}
	i.Emit(d.C, m.event, d.By, &req, about...)
	records.Requests.Update(d.C, read, req)
	return nil
}

func renamed(people []request.PersonID, was, now request.PersonID) []request.PersonID {
	var all []request.PersonID
	for _, p := range people {
		if p == was {
			p = now
		}
		all = append(all, p)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// count adds to the pending requests of the new id.
func (i *Inventory) count(ctx context.Context, c *store.Change, person request.PersonID, own int) error {
	read, err := records.OpenCounts.Get(ctx, i.Store, person)
	if journal.UnlessMissing(err) != nil || own == 0 {
		return journal.UnlessMissing(err)
	}
	next := read.Value
	next.Person, next.By = person, next.By+own
	if read.Version == 0 {
		records.OpenCounts.Insert(c, next)
	} else {
		records.OpenCounts.Update(c, read, next)
	}
	return nil
}
