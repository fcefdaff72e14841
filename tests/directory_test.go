package tests

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

//go:generate go tool moq -out directory_moq_test.go -pkg tests request Directory

var errDirectory = errors.New("the directory is down")

func TestDirectoryThatIsDownStoresNothing(t *testing.T) {
	t.Parallel()
	directory := &DirectoryMock{PeopleFunc: everybody.People, LookupFunc: func(context.Context, request.PersonID) (request.Identity, error) {
		return request.Identity{}, errDirectory
	}}
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = directory })
	forEve := asking("30 DAYS")
	forEve.Beneficiary = eve.Person()
	before := countEvents(t, w)
	if _, err := w.Submit(t.Context(), frank, forEve); !errors.Is(err, errDirectory) {
		t.Errorf("asking for somebody whom nobody can look up: %v", err)
	}
	if after := countEvents(t, w); after != before || len(directory.LookupCalls()) != 1 {
		t.Errorf("%d events came of it, after %d look-ups", after-before, len(directory.LookupCalls()))
	}
}

func TestDirectoryThatIsDownBeforeTheGrantIsAskedAgain(t *testing.T) {
	t.Parallel()
	var down error
	directory := &DirectoryMock{PeopleFunc: everybody.People, LookupFunc: func(ctx context.Context, id request.PersonID) (request.Identity, error) {
		if down != nil {
			return request.Identity{}, down
		}
		return everybody.Lookup(ctx, id)
	}}
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = directory })
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, req, review.Approve)

	// Privacy approves, and the person has left: nothing may be granted to them.
	w.platform.Before = func() { t.Error("the platform was asked for somebody whom nobody can look up") }
	lookups := len(directory.LookupCalls())
	down = fmt.Errorf("%w: left", request.ErrUnknownPerson)
	w.determine(t, privacy, req, review.Approve)
	if g := w.settle(t, req); g.State != provision.Failed || len(directory.LookupCalls()) == lookups {
		t.Fatalf("the person has left, and the grant is %s (%s)", g.State, g.Error)
	}
	w.restart(t)

	// They are back: the grant works the next time that it is tried.
	down, w.platform.Before = nil, nil
	w.clock.Move(2 * store.MaxBackoff)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Active || !w.platform.Allows("eve", orders) {
		t.Errorf("the person is back, and the grant is %s (%s)", g.State, g.Error)
	}
}
