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

// perRun bounds the commits of one run of the task of a group: what is left is due again at
// once, so that no run takes longer than its lease.
const perRun = 10

// CarryOut carries out some of what is pending of the members of a group, or of one that is
// gone, and is due again while there is more. It can be interrupted anywhere: done again, it
// changes only what is left.
func (en *Enrollment) CarryOut(ctx context.Context, group request.PersonID) (c store.Change, next time.Time, err error) {
	read, err := records.EnrolledGroups.Some(ctx, en.Store, group)
	if err != nil || len(read) == 0 {
		return c, next, err
	}
	g, told := read[0].Value, event.GroupChanged
	switch {
	case g.Pending != nil:
		left, err := en.carry(ctx, g, *g.Pending)
		if err != nil {
			return c, next, err
		}
		if g.Pending = nil; len(left.Add)+len(left.Remove) > 0 {
			g.Pending = &left
		}
		if g.Pending != nil || g.Gone {
			next = en.Now()
		}
		records.EnrolledGroups.Update(&c, read[0], g)
	case g.Gone:
		more, err := en.dissolve(ctx, g)
		if err != nil || more {
			return c, en.Now(), err
		}
		told = event.GroupLeft
		records.EnrolledGroups.Delete(&c, read[0])
	default:
		return c, next, nil
	}
	said := event.Members{Group: group, Name: g.Name}
	if g.Pending != nil {
		said.Follows = len(g.Pending.Add) + len(g.Pending.Remove)
	}
	en.Emit(&c, told.With(said), request.SystemID, nil, records.EnrolledGroups.Subject(group))
	return c, next, nil
}

// dissolve takes some out of a group, and says whether more are in it; then the group out of
// others.
func (en *Enrollment) dissolve(ctx context.Context, g request.EnrolledGroup) (more bool, err error) {
	members, err := en.Members(ctx, g.ID, "", store.MaxPage)
	if err != nil {
		return false, err
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	if _, err := en.carry(ctx, g, request.Membership{Remove: ids}); err != nil || len(ids) == store.MaxPage {
		return true, err
	}
	for {
		some := 0
		err := en.Commit(ctx, func(c *store.Change) error {
			read, err := en.nesting(ctx)
			if err != nil {
				return err
			}
			above, err := records.MembershipsOf.Find(ctx, en.Store, g.ID, store.Position{}, maxOwn)
			for _, m := range above {
				records.Memberships.Delete(c, m)
			}
			if some = len(above); some > 0 {
				nests(c, read)
			}
			return err
		})
		if err != nil || some < maxOwn {
			return false, err
		}
	}
}

// nestedIn lists the groups that are members of a group.
func (en *Enrollment) nestedIn(ctx context.Context, group string) (all []string, err error) {
	for after := ""; ; {
		page, err := en.Members(ctx, group, after, store.MaxPage)
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			if after = m.ID; m.Group {
				all = append(all, m.ID)
			}
		}
		if len(page) < store.MaxPage {
			return all, nil
		}
	}
}

// carry carries out a part of a change of members, some in each commit, and returns the rest.
func (en *Enrollment) carry(ctx context.Context, g request.EnrolledGroup, m request.Membership) (left request.Membership, err error) {
	for range perRun {
		some := request.Membership{Add: m.Add[:min(len(m.Add), atOnce)]}
		if m.Add = m.Add[len(some.Add):]; len(some.Add) == 0 {
			some.Remove = m.Remove[:min(len(m.Remove), atOnce)]
			m.Remove = m.Remove[len(some.Remove):]
		}
		if len(some.Add)+len(some.Remove) == 0 {
			break
		}
		if err := en.carrySome(ctx, g, some); err != nil {
			return m, err
		}
	}
	return m, nil
}

// carrySome carries out a few. Of groups it writes the membership first, and then brings
// everybody below up to date.
func (en *Enrollment) carrySome(ctx context.Context, g request.EnrolledGroup, m request.Membership) error {
	var nested []string
	var s said
	err := en.Change(ctx, func(c *store.Change) error {
		nested, s = nil, said{}
		read, err := en.nesting(ctx)
		if err != nil {
			return err
		}
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
		if len(d.add)+len(d.remove) > len(own.add)+len(own.remove) {
			nests(c, read)
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
			en.Logger.WarnContext(ctx, "a group does not come into another", "group", g.Person(), "member", found.Value.Person(), "error", err)
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
	all, err := en.below(ctx, group)
	if err != nil {
		return err
	}
	for _, id := range all {
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
		if err := en.holdNesting(ctx, c); err != nil {
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
