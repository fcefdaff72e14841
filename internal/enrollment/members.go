package enrollment

import (
	"context"
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
	old, err := records.Memberships.Some(ctx, en.Store, keysOf(g.ID, d.remove)...)
	if err != nil {
		return said{}, err
	}
	for _, m := range old {
		records.Memberships.Delete(c, m)
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
		en.regroup(ctx, c, u, groups[id])
	}
	store.AfterCommit(ctx, func() { en.noticeGroup(g.Key) })
	return s, nil
}

// regroup writes the groups that stand with a person, also where they are the same: of two
// changes of the groups of one person at once, one is decided anew.
func (en *Enrollment) regroup(ctx context.Context, c *store.Change, u store.Stored[request.Enrollee], groups []string) {
	next := clone(u.Value)
	next.Identity.Groups = groups
	records.Enrolled.Update(c, u, next)
	if !slices.Equal(u.Value.Identity.Groups, groups) {
		store.AfterCommit(ctx, func() { en.notice(next.Identity.Person()) })
	}
}
