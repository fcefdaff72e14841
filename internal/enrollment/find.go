package enrollment

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// User reads the person who has an ID.
func (en *Enrollment) User(ctx context.Context, issuer, id string) (store.Stored[request.Enrollee], error) {
	return one(ctx, en.Store, records.EnrolledByID, records.Enrolled, id, func(e request.Enrollee) bool { return e.Identity.Issuer == issuer })
}

// Group reads the group that has an ID, and is not gone.
func (en *Enrollment) Group(ctx context.Context, issuer, id string) (store.Stored[request.EnrolledGroup], error) {
	return one(ctx, en.Store, records.GroupsByID, records.EnrolledGroups, id, func(g request.EnrolledGroup) bool { return g.Issuer == issuer && !g.Gone })
}

func one[T any](ctx context.Context, s store.Store, index store.Index[string, T], kind store.Kind[request.PersonID, T], id string, fits func(T) bool) (store.Stored[T], error) {
	found, err := index.Find(ctx, s, id, store.Position{}, 1)
	if err != nil {
		return store.Stored[T]{}, err
	}
	if len(found) == 0 || !fits(found[0].Value) {
		return store.Stored[T]{}, kind.Missing(request.PersonID(id))
	}
	return found[0], nil
}

// Users lists people of an issuer, by who they are to the engine.
func (en *Enrollment) Users(ctx context.Context, issuer string, q request.EnrolledQuery) ([]request.Enrollee, error) {
	if q.ID != "" {
		return only(en.User(ctx, issuer, q.ID))
	}
	return journal.Values(records.EnrolledBy.Find(ctx, en.Store, selected(issuer, q), store.Position{ID: string(q.After)}, journal.PageLimit(q.Limit, store.MaxPage)))
}

// Groups lists groups of an issuer, by who they are as beneficiaries.
func (en *Enrollment) Groups(ctx context.Context, issuer string, q request.EnrolledQuery) ([]request.EnrolledGroup, error) {
	switch {
	case q.ID != "":
		return only(en.Group(ctx, issuer, q.ID))
	case q.Member != "":
		return en.groupsOf(ctx, issuer, q)
	}
	return journal.Values(records.GroupsBy.Find(ctx, en.Store, selected(issuer, q), store.Position{ID: string(q.After)}, journal.PageLimit(q.Limit, store.MaxPage)))
}

func only[T any](read store.Stored[T], err error) ([]T, error) {
	if err != nil {
		return nil, journal.UnlessMissing(err)
	}
	return []T{read.Value}, nil
}

// selected is the value of the index under which those of a query stand.
func selected(issuer string, q request.EnrolledQuery) string {
	switch {
	case q.Name != "":
		return records.EnrolledName(issuer, q.Name)
	case q.ExternalID != "":
		return records.EnrolledExternal(issuer, q.ExternalID)
	}
	return records.EnrolledOf(issuer)
}

// groupsOf lists the groups that somebody is in by themselves: not by a group in a group.
func (en *Enrollment) groupsOf(ctx context.Context, issuer string, q request.EnrolledQuery) ([]request.EnrolledGroup, error) {
	var keys []request.PersonID
	err := records.MembershipsOf.Each(ctx, en.Store, q.Member, func(m store.Stored[records.Membership]) error {
		if p := (request.EnrolledGroup{Issuer: issuer, Key: m.Value.Key}).Person(); p > q.After {
			keys = append(keys, p)
		}
		return nil
	})
	var all []request.EnrolledGroup
	for some := range slices.Chunk(sorted(keys), store.MaxPage) {
		found, err := journal.Values(records.EnrolledGroups.Some(ctx, en.Store, some...))
		if err != nil {
			return nil, err
		}
		for _, g := range found {
			if !g.Gone && g.Issuer == issuer {
				all = append(all, g)
			}
		}
	}
	return all[:min(len(all), journal.PageLimit(q.Limit, store.MaxPage))], err
}

// Members lists the members of a group by their IDs, from the one after a given one on.
func (en *Enrollment) Members(ctx context.Context, group, after string, limit int) ([]request.Member, error) {
	at := store.Position{}
	if after != "" {
		at.ID = records.MembershipKey(group, after)
	}
	found, err := records.MembershipsIn.Find(ctx, en.Store, group, at, journal.PageLimit(limit, store.MaxPage))
	all := make([]request.Member, len(found))
	for i, m := range found {
		all[i] = request.Member{ID: m.Value.Member, Group: m.Value.Nested}
	}
	return all, err
}
