package enrollment

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// said is what an event of a group says of its members.
type said struct {
	added, removed []request.PersonID
	follows        int

	changed []request.PersonID // whose groups are others now
}

// settle adds a difference to the change of a group, if it is small and of people alone.
// Else it leaves it to a task.
func (en *Enrollment) settle(ctx context.Context, c *store.Change, g *request.EnrolledGroup, d difference) (said, error) {
	if d.empty() {
		return said{}, nil
	}
	if n := len(d.add) + len(d.remove); n > atOnce || len(d.users) < n {
		g.Pending = &request.Membership{Add: d.add, Remove: d.remove}
		return said{follows: n}, nil
	}
	return en.move(ctx, c, *g, d)
}

// move adds to a change that people come into a group and leave it: their memberships, and
// the groups that stand with them.
func (en *Enrollment) move(ctx context.Context, c *store.Change, g request.EnrolledGroup, d difference) (said, error) {
	if err := errors.Join(en.holdNesting(ctx, c), en.release(ctx, c, g, d.remove)); err != nil {
		return said{}, err
	}
	for _, id := range d.add {
		records.Memberships.Insert(c, records.Membership{Group: g.ID, Key: g.Key, Member: id})
	}
	var s said
	groups, err := en.groupsOfAll(ctx, sorted(slices.Concat(d.add, d.remove)), func(member string) (add, without []records.Membership) {
		this := []records.Membership{{Group: g.ID, Key: g.Key, Member: member}}
		if slices.Contains(d.add, member) {
			return this, nil
		}
		return nil, this
	})
	if err != nil {
		return said{}, err
	}
	for _, id := range slices.Sorted(maps.Keys(d.users)) {
		u := d.users[id]
		person := u.Value.Identity.Person()
		if slices.Contains(d.add, id) {
			s.added = append(s.added, person)
		} else {
			s.removed = append(s.removed, person)
		}
		if regroup(c, u, groups[id]) {
			s.changed = append(s.changed, person)
		}
	}
	return s, nil
}

// release adds to a change that some are no members of a group any more.
func (en *Enrollment) release(ctx context.Context, c *store.Change, g request.EnrolledGroup, members []string) error {
	if len(members) == 0 {
		return nil
	}
	old, err := records.Memberships.Some(ctx, en.Store, keysOf(g.ID, members)...)
	for _, m := range old {
		records.Memberships.Delete(c, m)
	}
	return err
}

// regroup writes the groups that stand with a person, and reports whether they are others.
// It writes them also where they are the same: of two changes of the groups of one person at
// once, one is decided anew.
func regroup(c *store.Change, u store.Stored[request.Enrollee], groups []string) bool {
	next := clone(u.Value)
	next.Identity.Groups = groups
	records.Enrolled.Update(c, u, next)
	return !slices.Equal(u.Value.Identity.Groups, groups)
}
