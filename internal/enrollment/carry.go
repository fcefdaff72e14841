package enrollment

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// CarryOut carries out what is pending of the members of a group, or that it is gone. It can
// be interrupted anywhere: done again, it changes only what is left.
func (en *Enrollment) CarryOut(ctx context.Context, group request.PersonID) (store.Change, time.Time, error) {
	var c store.Change
	read, err := records.EnrolledGroups.Some(ctx, en.Store, group)
	if err != nil || len(read) == 0 {
		return c, time.Time{}, err
	}
	g := read[0].Value
	switch {
	case g.Gone:
		if err := en.dissolve(ctx, g); err != nil {
			return c, time.Time{}, err
		}
		records.EnrolledGroups.Delete(&c, read[0])
	case g.Pending != nil:
		if err := en.carry(ctx, g, g.Pending.Add, g.Pending.Remove); err != nil {
			return c, time.Time{}, err
		}
		g.Pending = nil
		records.EnrolledGroups.Update(&c, read[0], g)
	default:
		return c, time.Time{}, nil
	}
	what := event.GroupChanged
	if g.Gone {
		what = event.GroupLeft
	}
	en.Emit(&c, what.With(event.Members{Group: group, Name: g.Name}), request.SystemID, nil, records.EnrolledGroups.Subject(group))
	return c, time.Time{}, nil
}

// dissolve takes everybody out of a group, and the group out of others.
func (en *Enrollment) dissolve(ctx context.Context, g request.EnrolledGroup) error {
	var members []string
	err := records.MembershipsIn.Each(ctx, en.Store, g.ID, func(m store.Stored[records.Membership]) error {
		members = append(members, m.Value.Member)
		return nil
	})
	if err != nil {
		return err
	}
	if err := en.carry(ctx, g, nil, members); err != nil {
		return err
	}
	return en.Commit(ctx, func(c *store.Change) error {
		above, err := records.MembershipsOf.Find(ctx, en.Store, g.ID, store.Position{}, maxOwn)
		for _, m := range above {
			records.Memberships.Delete(c, m)
		}
		return err
	})
}

// carry carries out a change of members, some in each commit.
func (en *Enrollment) carry(ctx context.Context, g request.EnrolledGroup, add, remove []string) error {
	for some := range slices.Chunk(add, atOnce) {
		if err := en.carrySome(ctx, g, request.Membership{Add: some}); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(remove, atOnce) {
		if err := en.carrySome(ctx, g, request.Membership{Remove: some}); err != nil {
			return err
		}
	}
	return nil
}

// carrySome carries out a few. Of groups it writes the membership first, and then brings
// everybody below up to date.
func (en *Enrollment) carrySome(ctx context.Context, g request.EnrolledGroup, m request.Membership) error {
	var nested []string
	var s said
	err := en.Change(ctx, func(c *store.Change) error {
		nested, s = nil, said{}
		d, err := en.left(ctx, g, m, &nested)
		if err != nil || d.empty() {
			return err
		}
		own := difference{users: d.users}
		var groups []string
		for _, id := range d.add {
			if _, is := d.users[id]; is {
				own.add = append(own.add, id)
			} else {
				records.Memberships.Insert(c, records.Membership{Group: g.ID, Key: g.Key, Member: id, Nested: true})
			}
		}
		for _, id := range d.remove {
			if _, is := d.users[id]; is {
				own.remove = append(own.remove, id)
			} else {
				groups = append(groups, id)
			}
		}
		if err := en.release(ctx, c, g, groups); err != nil {
			return err
		}
		if s, err = en.move(ctx, c, g, own); err != nil {
			return err
		}
		en.Emit(c, event.GroupChanged.With(event.Members{Group: g.Person(), Name: g.Name, Added: append(s.added, named(d, d.add)...), Removed: append(s.removed, named(d, d.remove)...)}),
			request.SystemID, nil, records.EnrolledGroups.Subject(g.Person()))
		return nil
	})
	if err != nil {
		return err
	}
	en.noticed(ctx, g, s)
	for _, id := range nested {
		if err := en.refreshBelow(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// named are the groups among the members of a difference.
func named(d difference, ids []string) (all []request.PersonID) {
	for _, id := range ids {
		if g, is := d.groups[id]; is {
			all = append(all, g.Person())
		}
	}
	return all
}

// left is what is left to do of a change of members, and which groups are among them. Those
// who were removed meanwhile are left out.
func (en *Enrollment) left(ctx context.Context, g request.EnrolledGroup, m request.Membership, nested *[]string) (difference, error) {
	groups, err := findBy(ctx, en.Store, records.GroupsByID, slices.Concat(m.Add, m.Remove))
	if err != nil {
		return difference{}, err
	}
	there := map[string]bool{}
	for _, found := range groups {
		*nested = append(*nested, found.Value.ID)
		there[found.Value.ID] = !found.Value.Gone
		if !slices.Contains(m.Add, found.Value.ID) {
			continue
		}
		switch err := en.checkNested(ctx, g, found.Value); {
		case errors.As(err, new(*request.InvalidError)): // others have put this group into that one meanwhile
			en.Logger.Warn("a group does not come into another", "group", g.Person(), "member", found.Value.Person(), "error", err)
			there[found.Value.ID] = false
		case err != nil:
			return difference{}, err
		}
	}
	users, err := findBy(ctx, en.Store, records.EnrolledByID, m.Add)
	if err != nil {
		return difference{}, err
	}
	for _, u := range users {
		there[u.Value.ID] = true
	}
	m.Add = slices.DeleteFunc(slices.Clone(m.Add), func(id string) bool { return !there[id] })
	return en.difference(ctx, g, m)
}

// refreshBelow brings the groups up to date that stand with everybody in a group, also in
// groups in it.
func (en *Enrollment) refreshBelow(ctx context.Context, group string) error {
	steps, err := en.reach(ctx, group, records.MembershipsIn, func(m records.Membership) string {
		if m.Nested {
			return m.Member
		}
		return ""
	})
	if err != nil {
		return err
	}
	for _, id := range append([]string{group}, slices.Concat(steps...)...) {
		after := ""
		for {
			page, err := en.Members(ctx, id, after, atOnce)
			if err != nil {
				return err
			}
			var people []string
			for _, m := range page {
				if after = m.ID; !m.Group {
					people = append(people, m.ID)
				}
			}
			if err := en.refresh(ctx, people); err != nil {
				return err
			}
			if len(page) < atOnce {
				break
			}
		}
	}
	return nil
}

// refresh brings the groups up to date that stand with some people.
func (en *Enrollment) refresh(ctx context.Context, people []string) error {
	if len(people) == 0 {
		return nil
	}
	var changed []request.PersonID
	err := en.Commit(ctx, func(c *store.Change) error {
		users, err := findBy(ctx, en.Store, records.EnrolledByID, people)
		if err != nil {
			return err
		}
		groups, err := en.groupsOfAll(ctx, people, func(string) (add, without []records.Membership) { return nil, nil })
		if err != nil {
			return err
		}
		changed = nil
		for _, u := range users {
			if now := groups[u.Value.ID]; !slices.Equal(u.Value.Identity.Groups, now) && regroup(c, u, now) {
				changed = append(changed, u.Value.Identity.Person())
			}
		}
		return nil
	})
	if err == nil {
		store.AfterCommit(ctx, func() { en.notice(changed...) })
	}
	return err
}
