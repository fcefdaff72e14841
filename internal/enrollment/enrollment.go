// Package enrollment keeps the people and groups of providers of identities, as they come
// over SCIM.
//
// A provider enrolls a person, changes and removes them; each change is one commit, with
// an event. Each member of a group is a record of its own. Who is in which groups stands
// with the person, worked out from these, also through groups in groups: whoever looks
// for people reads nothing else. What is too much for one commit is committed with the
// group as pending, and a task carries it out. Whom the provider disables or removes is
// stopped by the stop switch of a person.
package enrollment

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/switches"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Enrollment keeps those of all providers.
type Enrollment struct {
	*journal.Journal
	People   *people.People
	Switches *switches.Switches
}

// fault is an InvalidError with one fault.
func fault(what, field, reason string, args ...any) error {
	return &request.InvalidError{What: what, Faults: []request.Fault{{Field: field, Reason: fmt.Sprintf(reason, args...)}}}
}

// The reasons in the log.
const (
	whyInactive = "the provider of identities says that the account is not active"
	whyActive   = "the provider of identities says that the account is active"
	whyRemoved  = "the provider of identities has removed the account"
)

// Enroll keeps a new person.
func (en *Enrollment) Enroll(ctx context.Context, e request.Enrollee) (request.Enrollee, error) {
	e.ID, e.Version = en.NewID(), 1
	if e.Identity.ID == "" {
		e.Identity.ID = e.ID
	}
	err := en.Change(ctx, func(c *store.Change) error {
		e.Created, e.Changed = en.Now(), en.Now()
		if err := en.complete(ctx, &e, []string{}); err != nil {
			return err
		}
		if err := en.free(ctx, "id", e.Identity.Person()); err != nil {
			return err
		}
		records.Enrolled.Insert(c, e)
		en.Emit(c, event.PersonEnrolled.With(enrolled(e, nil)), request.SystemID, nil, records.Enrolled.Subject(e.Identity.Person()))
		return en.stop(ctx, c, e, whyInactive)
	})
	if err != nil {
		return request.Enrollee{}, err
	}
	en.follow(ctx, e)
	return e, nil
}

// Edit changes a person. Nothing is written where the change changes nothing. An id to the
// engine that would be another is refused: that takes an administrator, who links it.
func (en *Enrollment) Edit(ctx context.Context, issuer, id string, change func(*request.Enrollee) error) (request.Enrollee, error) {
	var was, e request.Enrollee
	err := en.Change(ctx, func(c *store.Change) error {
		read, err := en.User(ctx, issuer, id)
		if err != nil {
			return err
		}
		was, e = read.Value, clone(read.Value)
		if err := change(&e); err != nil {
			return err
		}
		if now := e.Identity.Person(); now != was.Identity.Person() {
			return &request.OtherIDError{Was: was.Identity.Person(), Now: now}
		}
		e.ID, e.Created, e.Changed, e.Version = was.ID, was.Created, was.Changed, was.Version
		if err := en.complete(ctx, &e, was.Identity.Groups); err != nil {
			return err
		}
		fields := differing(was, e)
		if len(fields) == 0 {
			e = was
			return nil
		}
		e.Changed, e.Version = en.Now(), was.Version+1
		records.Enrolled.Update(c, read, e)
		en.Emit(c, event.PersonChanged.With(enrolled(e, fields)), request.SystemID, nil, records.Enrolled.Subject(e.Identity.Person()))
		if e.Inactive == was.Inactive {
			return nil
		}
		return en.stop(ctx, c, e, whyInactive)
	})
	if err != nil {
		return request.Enrollee{}, err
	}
	if e.Version != was.Version {
		en.follow(ctx, e)
	}
	return e, nil
}

// Remove removes a person: they are disabled until the provider enrolls them again.
func (en *Enrollment) Remove(ctx context.Context, issuer, id string, check func(request.Enrollee) error) error {
	var e request.Enrollee
	var left error // what is to be done before they can be removed; they are disabled all the same
	if err := en.Change(ctx, func(c *store.Change) error {
		left = nil
		read, err := en.User(ctx, issuer, id)
		if err != nil {
			return err
		}
		e = read.Value
		if err := check(e); err != nil {
			return err
		}
		of, err := records.MembershipsOf.Find(ctx, en.Store, id, store.Position{}, maxOwn+1)
		if err != nil {
			return err
		}
		if e.Inactive = true; len(of) > maxOwn {
			left = fault("user", "groups", "are more than %d; the user is disabled: take them out of some, and remove them then", maxOwn)
			e.Version, e.Changed = e.Version+1, en.Now()
			records.Enrolled.Update(c, read, e)
			en.Emit(c, event.PersonChanged.With(enrolled(e, []string{"active"})), request.SystemID, nil, records.Enrolled.Subject(e.Identity.Person()))
			return en.stop(ctx, c, e, whyRemoved)
		}
		for _, m := range of {
			records.Memberships.Delete(c, m)
		}
		records.Enrolled.Delete(c, read)
		en.Emit(c, event.PersonLeft.With(enrolled(e, nil)), request.SystemID, nil, records.Enrolled.Subject(e.Identity.Person()))
		return en.stop(ctx, c, e, whyRemoved)
	}); err != nil {
		return err
	}
	en.follow(ctx, e)
	return left
}

// maxOwn bounds the groups of a person who is removed in one commit.
const maxOwn = 400

// stop sets or lifts the stop switch of a person, as the provider says.
func (en *Enrollment) stop(ctx context.Context, c *store.Change, e request.Enrollee, why string) error {
	issuer, person := e.Identity.Issuer, e.Identity.Person()
	if e.Inactive {
		return en.Switches.Provided(ctx, c, issuer, person, why)
	}
	return en.Switches.Withdrawn(ctx, c, issuer, person, whyActive)
}

// follow does what follows from a change of a person: others look again at what they are
// concerned with, and what an inactive one has ends.
func (en *Enrollment) follow(ctx context.Context, e request.Enrollee) {
	person := e.Identity.Person()
	store.AfterCommit(ctx, func() { en.notice(person) })
	if e.Inactive {
		en.Switches.Follow(ctx, provision.StoppedPerson(person))
	}
}

// complete fills in what the engine works out of a person, and checks them.
func (en *Enrollment) complete(ctx context.Context, e *request.Enrollee, groups []string) error {
	i := &e.Identity
	i.Kind, i.Owner, i.Permissions, i.Groups, i.SignedIn = request.Person, "", nil, groups, request.SignIn{}
	if i.Attributes == nil {
		i.Attributes = map[string][]string{}
	}
	delete(i.Attributes, ManagerAttribute)
	if e.Manager != "" {
		switch manager, err := en.User(ctx, i.Issuer, e.Manager); {
		case err == nil:
			i.Attributes[ManagerAttribute] = []string{string(manager.Value.Identity.Person())}
		case !errors.Is(err, store.ErrNotFound): // some providers write another id than ours: then no manager is known
			return err
		}
	}
	if strings.TrimSpace(e.UserName) == "" {
		return fault("user", "userName", "is missing")
	}
	return i.Check()
}

// ManagerAttribute is the attribute of a person that names their manager, by who that is to
// the engine.
const ManagerAttribute = "manager"

// free refuses an id to the engine that a person or a group has already.
func (en *Enrollment) free(ctx context.Context, field string, id request.PersonID) error {
	taken, err := en.Store.Get(ctx, records.Enrolled.Key(id), records.EnrolledGroups.Key(id))
	if err != nil || len(taken) == 0 {
		return err
	}
	return &store.TakenError{Kind: taken[0].Kind, Name: field, Value: string(id), ID: string(id)}
}

func enrolled(e request.Enrollee, fields []string) event.Enrolled {
	return event.Enrolled{Person: e.Identity.Person(), Name: e.Identity.Name, Inactive: e.Inactive, Fields: fields}
}
