package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/scim"
)

// between is a store that does something else before the first commit of a membership.
type between struct {
	*store.Memory
	done   atomic.Bool
	nested bool // of a group, or of a person
	do     func()
}

func (b *between) Write(ctx context.Context, c store.Commit) error {
	if b.do != nil && !b.done.Load() && slices.ContainsFunc(c.Writes, func(w store.Write) bool {
		var m records.Membership
		return w.Kind == records.Memberships.Name && json.Unmarshal(w.Body, &m) == nil && m.Nested == b.nested
	}) {
		b.done.Store(true)
		b.do()
	}
	return b.Memory.Write(ctx, c)
}

// newBetween is an engine on such a store, with a person and two groups of a provider.
func newBetween(t *testing.T) (b *between, here grantwright.Enrollment, eve request.Enrollee, groups [2]request.EnrolledGroup) {
	t.Helper()
	const issuer = "https://id.example.com"
	b = &between{Memory: new(store.Memory)}
	w := newWorld(t, func(c *grantwright.Config) {
		c.Store, c.FourEyes, c.Directory = b, manifest.FourEyesNever, scim.Directory{Store: b, Issuer: issuer, Beside: request.Roster{admin, gov}}
	})
	here = w.Enrollment(issuer)
	eve, err := here.Enroll(t.Context(), request.Enrollee{UserName: "eve", ExternalID: "e1", Resource: []byte(`{"userName":"eve","externalId":"e1"}`), Identity: request.Identity{ID: "e1"}})
	must(t, err)
	for i, name := range []string{"a", "b"} {
		groups[i], err = here.EnrollGroup(t.Context(), request.EnrolledGroup{Key: name, Name: name}, nil)
		must(t, err)
	}
	return b, here, eve, groups
}

// adds is a change of a group by which a member comes into it.
func adds(member string) func(*request.EnrolledGroup) (request.Membership, error) {
	return func(*request.EnrolledGroup) (request.Membership, error) {
		return request.Membership{Add: []string{member}}, nil
	}
}

// TestTwoGroupsDoNotComeIntoEachOther at once: the one that is later is decided anew.
func TestTwoGroupsDoNotComeIntoEachOther(t *testing.T) {
	t.Parallel()
	s, here, _, of := newBetween(t)
	s.nested, s.do = true, func() {
		if _, err := here.EditGroup(t.Context(), of[1].ID, adds(of[0].ID)); err != nil {
			t.Errorf("a into b: %v", err)
		}
	}
	_, err := here.EditGroup(t.Context(), of[0].ID, adds(of[1].ID))
	must(t, err)
	for i, want := range []int{0, 1} {
		if members, err := here.Members(t.Context(), of[i].ID, "", 10); err != nil || len(members) != want {
			t.Errorf("%s holds %+v, want %d: %v", of[i].Name, members, want, err)
		}
	}
}

// TestAMemberComesWhileTheirGroupDoes: they are in the groups of their group, whichever comes
// first.
func TestAMemberComesWhileTheirGroupDoes(t *testing.T) {
	t.Parallel()
	s, here, eve, of := newBetween(t)
	s.do = func() {
		if _, err := here.EditGroup(t.Context(), of[0].ID, adds(of[1].ID)); err != nil {
			t.Errorf("b into a: %v", err)
		}
	}
	_, err := here.EditGroup(t.Context(), of[1].ID, adds(eve.ID))
	must(t, err)
	who, err := scim.Directory{Store: s, Issuer: "https://id.example.com"}.Lookup(t.Context(), eve.Identity.Person())
	if must(t, err); !slices.Equal(who.Groups, []string{"a", "b"}) {
		t.Errorf("they are in %v", who.Groups)
	}
}

// TestAGroupWithManyGroupsLeavesAnother: groups that were each small enough have come to be more
// than may come into another at once.
func TestAGroupWithManyGroupsLeavesAnother(t *testing.T) {
	t.Parallel()
	s, here, eve, of := newBetween(t)
	ctx, inner := t.Context(), [2]request.EnrolledGroup{}
	for i, name := range []string{"x", "y"} {
		one, err := here.EnrollGroup(ctx, request.EnrolledGroup{Key: name, Name: name}, []string{eve.ID})
		must(t, err)
		inner[i] = one
		for from := 0; from < 700; from += 350 {
			var c store.Change
			for j := range 350 {
				records.Memberships.Insert(&c, records.Membership{Group: one.ID, Key: one.Key, Member: fmt.Sprintf("%s-%d", name, from+j), Nested: true})
			}
			must(t, c.Commit(ctx, s))
		}
	}
	edit := func(g request.EnrolledGroup, m request.Membership) {
		t.Helper()
		now, err := here.EditGroup(ctx, g.ID, func(*request.EnrolledGroup) (request.Membership, error) { return m, nil })
		if must(t, err); now.Pending != nil {
			t.Errorf("of %s this is left: %+v", g.Name, now.Pending)
		}
	}
	edit(of[0], request.Membership{Add: []string{of[1].ID}})
	edit(of[1], request.Membership{Add: []string{inner[0].ID}})
	edit(of[1], request.Membership{Add: []string{inner[1].ID}})
	edit(of[0], request.Membership{Remove: []string{of[1].ID}})
	who, err := scim.Directory{Store: s, Issuer: "https://id.example.com"}.Lookup(ctx, eve.Identity.Person())
	if must(t, err); !slices.Equal(who.Groups, []string{"b", "x", "y"}) {
		t.Errorf("they are in %v", who.Groups)
	}
}
