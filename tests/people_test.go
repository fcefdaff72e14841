package tests

import (
	"errors"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Without a directory of the host's, those are known who have been seen.
func TestPeopleAreFoundOnceTheyWereSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = nil })
	directory := store.Directory{Store: w.store}
	find := func() int {
		t.Helper()
		who, _, err := directory.People(t.Context(), request.Criterion{Group: "privacy"}, "", 10)
		must(t, err)
		return len(who)
	}
	forFrank := asking("30 DAYS")
	forFrank.Beneficiary = frank.Person()
	if _, err := w.Submit(t.Context(), eve, forFrank); !errors.Is(err, request.ErrUnknownPerson) || find() != 0 {
		t.Errorf("before anybody was seen: %v", err)
	}
	must(t, w.People().Seen(t.Context(), everybody...))
	must(t, w.People().Seen(t.Context(), everybody...))
	if _, err := w.Submit(t.Context(), eve, forFrank); err != nil || find() != 2 {
		t.Errorf("afterwards: %v, found %d", err, find())
	}

	// They change, and they leave.
	moved := privacy
	moved.Groups = []string{}
	must(t, w.People().Seen(t.Context(), moved))
	if find() != 1 {
		t.Errorf("one has left the group, and %d are found", find())
	}
	if err := w.People().Forget(t.Context(), gov, frank.Person()); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("without ADMIN: %v", err)
	}
	must(t, w.People().Forget(t.Context(), admin, twice.Person()))
	if err := w.People().Forget(t.Context(), admin, twice.Person()); find() != 0 || !errors.Is(err, store.ErrNotFound) {
		t.Errorf("they have left, and %d are found: %v", find(), err)
	}
	var invalid *request.InvalidError
	if err := w.People().Seen(t.Context(), request.Identity{ID: "a|b"}); !errors.As(err, &invalid) {
		t.Errorf("an identity that could be another's: %v", err)
	}
}
