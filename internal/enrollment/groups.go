package enrollment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	// atOnce bounds the members that come and go in one commit.
	atOnce = 100

	// MaxMembers bounds the members that come and go by one change of a group, which is
	// kept in one record.
	MaxMembers = 30_000

	// maxName bounds the bytes of the name of a group.
	maxName = 1000
)

// EnrollGroup keeps a new group with its members. Its key is its own for as long as it lives.
func (en *Enrollment) EnrollGroup(ctx context.Context, g request.EnrolledGroup, members []string) (request.EnrolledGroup, error) {
	var s said
	g.ID, g.Version, g.Gone = en.NewID(), 1, false
	if g.Key == "" {
		g.Key = g.ID
	}
	err := en.Change(ctx, func(c *store.Change) error {
		g.Created, g.Changed, g.Pending = en.Now(), en.Now(), nil
		if err := checkGroup(g); err != nil {
			return err
		}
		if err := en.free(ctx, "displayName", g.Person()); err != nil {
			return err
		}
		d, err := en.difference(ctx, g, request.Membership{Add: members})
		if err != nil {
			return err
		}
		if s, err = en.settle(ctx, c, &g, d); err != nil {
			return err
		}
		records.EnrolledGroups.Insert(c, g)
		return en.tell(ctx, c, event.GroupEnrolled, g, s)
	})
	if err != nil {
		return request.EnrolledGroup{}, err
	}
	en.noticed(ctx, g, s)
	return en.followGroup(ctx, g)
}

// EditGroup changes a group and who is in it. Nothing is written where the change changes
// nothing. What an earlier change has left to a task is carried out first; where others are
// at it, the error wraps store.ErrState.
func (en *Enrollment) EditGroup(ctx context.Context, issuer, id string, change func(*request.EnrolledGroup) (request.Membership, error)) (request.EnrolledGroup, error) {
	g, err := en.edit(ctx, issuer, id, change)
	if errors.Is(err, errPending) {
		if _, err = en.followGroup(ctx, g); err == nil {
			g, err = en.edit(ctx, issuer, id, change)
		}
	}
	if errors.Is(err, errPending) {
		return request.EnrolledGroup{}, fmt.Errorf("%w: an earlier change of group %s is still being carried out; try again in a moment", store.ErrState, g.Person())
	}
	if err != nil {
		return request.EnrolledGroup{}, err
	}
	return en.followGroup(ctx, g)
}

// errPending says that an earlier change of a group is not carried out yet.
var errPending = errors.New("an earlier change is pending")

func (en *Enrollment) edit(ctx context.Context, issuer, id string, change func(*request.EnrolledGroup) (request.Membership, error)) (g request.EnrolledGroup, err error) {
	var s said
	err = en.Change(ctx, func(c *store.Change) error {
		s = said{}
		read, err := en.Group(ctx, issuer, id)
		if err != nil {
			return err
		}
		was := read.Value
		if g = was; was.Pending != nil {
			return errPending
		}
		members, err := change(&g)
		if err != nil {
			return err
		}
		g.ID, g.Issuer, g.Key, g.Created, g.Changed, g.Version = was.ID, was.Issuer, was.Key, was.Created, was.Changed, was.Version
		if err := checkGroup(g); err != nil {
			return err
		}
		d, err := en.difference(ctx, g, members)
		if err != nil || d.empty() && g == was {
			return err
		}
		g.Changed, g.Version = en.Now(), was.Version+1
		if s, err = en.settle(ctx, c, &g, d); err != nil {
			return err
		}
		records.EnrolledGroups.Update(c, read, g)
		return en.tell(ctx, c, event.GroupChanged, g, s)
	})
	if err == nil {
		en.noticed(ctx, g, s)
	}
	return g, err
}

// RemoveGroup removes a group. Who was in it is in it no more once a task has carried that
// out, which is tried at once.
func (en *Enrollment) RemoveGroup(ctx context.Context, issuer, id string, check func(request.EnrolledGroup) error) error {
	var g request.EnrolledGroup
	if err := en.Change(ctx, func(c *store.Change) error {
		read, err := en.Group(ctx, issuer, id)
		if err != nil {
			return err
		}
		if g = read.Value; check(g) != nil {
			return check(g)
		}
		nested, err := en.nestedIn(ctx, id)
		if err != nil {
			return err
		}
		// They are named until everybody below was brought up to date.
		if g.Pending = nil; len(nested) > 0 {
			g.Pending = &request.Membership{Remove: nested}
		}
		g.Gone, g.Changed, g.Version = true, en.Now(), g.Version+1
		records.EnrolledGroups.Update(c, read, g)
		return en.tell(ctx, c, event.GroupLeft, g, said{})
	}); err != nil {
		return err
	}
	_, err := en.followGroup(ctx, g)
	return err
}

// tell adds the event of a group to a change, and the task that carries out the rest.
func (en *Enrollment) tell(ctx context.Context, c *store.Change, t event.Type[event.Members], g request.EnrolledGroup, s said) error {
	en.Emit(c, t.With(event.Members{Group: g.Person(), Name: g.Name, Added: s.added, Removed: s.removed, Follows: s.follows}), request.SystemID, nil, records.EnrolledGroups.Subject(g.Person()))
	if g.Pending == nil && !g.Gone {
		return nil
	}
	return store.Ring(ctx, en.Store, c, journal.MemberTask(g.Person()), en.Now())
}

// maxRuns bounds the runs of the task of a group that somebody waits for.
const maxRuns = MaxMembers/(perRun*atOnce) + 10

// followGroup carries out at once what a change has left to a task, and returns the group
// as it is then. What cannot be done now is done later.
func (en *Enrollment) followGroup(ctx context.Context, g request.EnrolledGroup) (request.EnrolledGroup, error) {
	for range maxRuns {
		if g.Pending == nil && !g.Gone {
			return g, nil
		}
		if err := en.Worker.Do(ctx, journal.MemberTask(g.Person())); err != nil {
			if !errors.Is(err, store.ErrConflict) {
				en.Logger.WarnContext(ctx, "the members of a group are brought up to date later", "group", g.Person(), "error", err)
			}
			return g, nil
		}
		read, err := records.EnrolledGroups.Some(ctx, en.Store, g.Person())
		if err != nil || len(read) == 0 || read[0].Value.ID != g.ID {
			return g, err
		}
		g = read[0].Value
	}
	return g, nil
}

func checkGroup(g request.EnrolledGroup) error {
	if strings.TrimSpace(g.Name) == "" {
		return fault("group", "displayName", "is missing")
	}
	if len(g.Name) > maxName || len(g.ExternalID) > maxName {
		return fault("group", "displayName", "or externalId has more than %d bytes", maxName)
	}
	return g.Identity().Check()
}

// difference is what a change of members really changes: who is a member of it already, or
// is none, is left out.
type difference struct {
	users  map[string]store.Stored[request.Enrollee] // those who come or go
	groups map[string]request.EnrolledGroup          // the same, of groups in the group
	add    []string
	remove []string
}

func (d difference) empty() bool { return len(d.add)+len(d.remove) == 0 }

// difference works out what a change of members changes, and refuses members that are
// nobody here, and a group in itself.
func (en *Enrollment) difference(ctx context.Context, g request.EnrolledGroup, m request.Membership) (difference, error) {
	d := difference{users: map[string]store.Stored[request.Enrollee]{}, groups: map[string]request.EnrolledGroup{}}
	in, err := en.membersAmong(ctx, g.ID, m)
	if err != nil {
		return d, err
	}
	for _, id := range sorted(m.Add) {
		if !in[id] {
			d.add = append(d.add, id)
		}
	}
	gone := m.Remove
	if m.Reset {
		stay := map[string]bool{}
		for _, id := range m.Add {
			stay[id] = true
		}
		gone = slices.DeleteFunc(slices.Collect(maps.Keys(in)), func(id string) bool { return stay[id] })
	}
	for _, id := range sorted(gone) {
		if in[id] {
			d.remove = append(d.remove, id)
		}
	}
	if n := len(d.add) + len(d.remove); n > MaxMembers {
		return d, fault("group", "members", "come and go by %d in one change, at most %d may", n, MaxMembers)
	}
	return d, en.resolve(ctx, g, &d)
}

// membersAmong are the members of a group: all of them where a change says who stays, and
// otherwise those of whom it speaks.
func (en *Enrollment) membersAmong(ctx context.Context, group string, m request.Membership) (map[string]bool, error) {
	in := map[string]bool{}
	if m.Reset {
		return in, records.MembershipsIn.Each(ctx, en.Store, group, func(found store.Stored[records.Membership]) error {
			in[found.Value.Member] = true
			return nil
		})
	}
	for some := range slices.Chunk(sorted(slices.Concat(m.Add, m.Remove)), store.MaxPage) {
		found, err := records.Memberships.Some(ctx, en.Store, keysOf(group, some)...)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			in[f.Value.Member] = true
		}
	}
	return in, nil
}

func keysOf(group string, members []string) []string {
	keys := make([]string, len(members))
	for i, m := range members {
		keys[i] = records.MembershipKey(group, m)
	}
	return keys
}

// sorted returns some ids in order, each once.
func sorted[T ~string](ids []T) []T { return slices.Compact(slices.Sorted(slices.Values(ids))) }

// resolve reads who the members of a difference are.
func (en *Enrollment) resolve(ctx context.Context, g request.EnrolledGroup, d *difference) error {
	all := sorted(slices.Concat(d.add, d.remove))
	users, err := findBy(ctx, en.Store, records.EnrolledByID, all)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Value.Identity.Issuer == g.Issuer {
			d.users[u.Value.ID] = u
		}
	}
	rest := slices.DeleteFunc(slices.Clone(all), func(id string) bool { _, is := d.users[id]; return is })
	groups, err := findBy(ctx, en.Store, records.GroupsByID, rest)
	if err != nil {
		return err
	}
	for _, found := range groups {
		if found.Value.Issuer == g.Issuer && !found.Value.Gone {
			d.groups[found.Value.ID] = found.Value
		}
	}
	for _, id := range d.add {
		_, user := d.users[id]
		nested, group := d.groups[id]
		switch {
		case !user && !group:
			return fault("group", "members", "%q is the id of no user and of no group here", id)
		case group:
			if err := en.checkNested(ctx, g, nested); err != nil {
				return err
			}
		}
	}
	return nil
}

// findBy reads those that have some ids, many at once.
func findBy[T any](ctx context.Context, s store.Store, index store.Index[string, T], ids []string) ([]store.Stored[T], error) {
	queries := make([]store.Query, len(ids))
	for i, id := range ids {
		queries[i] = index.Query(id)
	}
	pages, err := journal.AllOf[T](ctx, s, queries)
	return slices.Concat(pages...), err
}
