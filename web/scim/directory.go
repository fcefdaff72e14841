package scim

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/enrollment"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Directory is a request.Directory over the people whom a provider keeps here. It knows
// all of them, and so the members of each group that the provider has written: only of
// groups that it has not, and while a large change of members is being carried out, it
// does not say that it knows everybody. Inactive people are not found.
type Directory struct {
	Store  store.Store // of the engine's records
	Issuer string      // of the provider, as in Options

	// Permissions are those that the members of a group have, by its key.
	Permissions map[string][]request.Permission

	// Beside knows everybody else: people of other issuers and, where Issuer is empty,
	// those of no issuer whom the provider does not keep here. Nil is nobody.
	Beside request.Directory
}

// Lookup finds a person, or a group as a beneficiary.
func (d Directory) Lookup(ctx context.Context, id request.PersonID) (request.Identity, error) {
	if id.Identity().Issuer == d.Issuer {
		who, found, err := d.own(ctx, id)
		if err != nil || found {
			return who, err
		}
	}
	if d.Beside == nil || !d.others(id) {
		return request.Identity{}, fmt.Errorf("%w: %q is nobody whom the provider of identities keeps here", request.ErrUnknownPerson, id)
	}
	return d.Beside.Lookup(ctx, id)
}

// others reports whether Beside is asked about an id.
func (d Directory) others(id request.PersonID) bool {
	return d.Issuer == "" || id.Identity().Issuer != d.Issuer
}

// own finds a person or a group of the provider. Who is inactive may not act, and is
// unknown.
func (d Directory) own(ctx context.Context, id request.PersonID) (request.Identity, bool, error) {
	people, err := records.Enrolled.Some(ctx, d.Store, id)
	if err != nil {
		return request.Identity{}, false, err
	}
	if len(people) > 0 {
		if people[0].Value.Inactive {
			return request.Identity{}, false, fmt.Errorf("%w: the provider of identities says that the account of %q is not active", request.ErrUnknownPerson, id)
		}
		return d.permitted(people[0].Value.Identity), true, nil
	}
	groups, err := records.EnrolledGroups.Some(ctx, d.Store, id)
	if err != nil || len(groups) == 0 || groups[0].Value.Gone {
		return request.Identity{}, false, err
	}
	return groups[0].Value.Identity(), true, nil
}

// permitted fills in the permissions that somebody has by their groups.
func (d Directory) permitted(who request.Identity) request.Identity {
	for _, g := range who.Groups {
		for _, p := range d.Permissions[g] {
			if !slices.Contains(who.Permissions, p) {
				who.Permissions = append(slices.Clip(who.Permissions), p)
			}
		}
	}
	return who
}

// People finds those who meet a criterion.
func (d Directory) People(ctx context.Context, c request.Criterion, after request.PersonID, limit int) ([]request.Identity, bool, error) {
	if limit <= 0 {
		return nil, false, nil
	}
	own, complete, err := d.meeting(ctx, c, after, limit)
	if err != nil || d.Beside == nil {
		return own, complete, err
	}
	beside, all, err := d.beside(ctx, c, own, after, limit)
	if err != nil {
		return nil, false, err
	}
	who := append(own, beside...)
	slices.SortFunc(who, func(a, b request.Identity) int { return strings.Compare(string(a.Person()), string(b.Person())) })
	return who[:min(len(who), limit)], complete && all, nil
}

// beside finds those of others who meet a criterion, as many pages as it takes.
func (d Directory) beside(ctx context.Context, c request.Criterion, own []request.Identity, after request.PersonID, limit int) (who []request.Identity, complete bool, err error) {
	known := map[request.PersonID]bool{}
	for _, i := range own {
		known[i.Person()] = true
	}
	for len(who) < limit {
		page, all, err := d.Beside.People(ctx, c, after, limit)
		if err != nil {
			return nil, false, err
		}
		complete = all
		var ids []request.PersonID
		for _, i := range page {
			if after = i.Person(); d.others(after) && !known[after] {
				who, ids = append(who, i), append(ids, after)
			}
		}
		if d.Issuer == "" { // the provider's word counts for those whom both know
			if who, err = d.without(ctx, who, ids); err != nil {
				return nil, false, err
			}
		}
		if len(page) < limit {
			break
		}
	}
	return who, complete, nil
}

// without leaves out those whom the provider keeps here.
func (d Directory) without(ctx context.Context, who []request.Identity, ids []request.PersonID) ([]request.Identity, error) {
	kept, err := records.Enrolled.Some(ctx, d.Store, ids...)
	for _, k := range kept {
		who = slices.DeleteFunc(who, func(i request.Identity) bool { return i.Person() == k.Value.Identity.Person() })
	}
	return who, err
}

// meeting finds those of the provider's people who meet a criterion.
func (d Directory) meeting(ctx context.Context, c request.Criterion, after request.PersonID, limit int) (who []request.Identity, complete bool, err error) {
	if c.Person != "" {
		return d.one(ctx, c.Person, after)
	}
	for {
		found, last, full, all, err := d.page(ctx, c, after, min(limit, store.MaxPage))
		if err != nil {
			return nil, false, err
		}
		complete = all
		for _, e := range found {
			if i := d.permitted(e.Identity); i.Issuer == d.Issuer && !e.Inactive && c.Holds(i) && len(who) < limit {
				who = append(who, i)
			}
		}
		if !full || len(who) == limit {
			return who, complete, nil
		}
		after = last
	}
}

func (d Directory) one(ctx context.Context, id, after request.PersonID) ([]request.Identity, bool, error) {
	if id <= after || id.Identity().Issuer != d.Issuer {
		return nil, true, nil
	}
	people, err := records.Enrolled.Some(ctx, d.Store, id)
	if err != nil {
		return nil, false, err
	}
	if len(people) == 0 { // nothing is known before the provider has written anybody
		some, err := records.EnrolledBy.Find(ctx, d.Store, records.EnrolledOf(d.Issuer), store.Position{}, 1)
		return nil, err == nil && len(some) > 0, err
	}
	if people[0].Value.Inactive {
		return nil, true, nil
	}
	return []request.Identity{d.permitted(people[0].Value.Identity)}, true, nil
}

// page reads one page of those who may meet a criterion, and what says whether all are
// known, in one message. Last is where the page ends, and full says that more may follow.
func (d Directory) page(ctx context.Context, c request.Criterion, after request.PersonID, size int) (found []request.Enrollee, last request.PersonID, full, complete bool, err error) {
	queries, groups, every := d.queries(c, after, size)
	people := len(queries)
	queries = append(queries, records.GroupsPending.Query(records.EnrolledOf(d.Issuer)), records.EnrolledBy.Query(records.EnrolledOf(d.Issuer)))
	for _, g := range groups {
		queries = append(queries, records.GroupsBy.Query(records.EnrolledKey(d.Issuer, g)))
	}
	for i := people; i < len(queries); i++ {
		queries[i].Limit = 1
	}
	pages, err := d.Store.Find(ctx, queries...)
	if err != nil {
		return nil, "", false, false, err
	}
	complete = every && len(pages[people]) == 0 && len(pages[people+1]) > 0
	for _, known := range pages[people+2:] {
		complete = complete && len(known) > 0
	}
	found, last, full, err = merge(pages[:people], size)
	return found, last, full, complete, err
}

// maxGranting bounds the groups that are looked through for one permission.
const maxGranting = 40

// queries ask for those who may meet a criterion, and name the groups that have to be known
// for it. Every says that they ask for all.
func (d Directory) queries(c request.Criterion, after request.PersonID, size int) (queries []store.Query, groups []string, every bool) {
	var values []string
	every = true
	switch {
	case c.Everybody:
		queries = append(queries, records.EnrolledBy.Query(records.EnrolledOf(d.Issuer)))
	case c.Group != "": // of another issuer's, nobody of ours is a member
		if of := request.PersonID(c.Group).Identity(); of.Issuer == d.Issuer {
			groups = []string{of.ID}
		}
	case c.Permission != "":
		every = slices.ContainsFunc(slices.Collect(maps.Values(d.Permissions)), func(all []request.Permission) bool { return slices.Contains(all, c.Permission) })
		for _, g := range slices.Sorted(maps.Keys(d.Permissions)) {
			if !slices.Contains(d.Permissions[g], c.Permission) {
				continue
			}
			if every = every && len(groups) < maxGranting; every {
				groups = append(groups, g)
			}
		}
	case c.Attribute != request.Attribute{}:
		values = []string{records.MeetingOf(request.Criterion{Attribute: c.Attribute})}
	}
	for _, g := range groups {
		values = append(values, records.MeetingOf(request.Criterion{Group: g}))
	}
	if len(values) > 0 {
		values = append(values, records.MeetingMany)
	}
	for _, v := range values {
		queries = append(queries, records.EnrolledMeeting.Query(v))
	}
	for i := range queries {
		queries[i].After, queries[i].Limit = store.Position{ID: string(after)}, size
	}
	return queries, groups, every
}

// merge puts pages of people together that are in order, each person once, up to where the
// first full page ends.
func merge(pages [][]store.Record, size int) (all []request.Enrollee, last request.PersonID, full bool, err error) {
	of := map[request.PersonID]request.Enrollee{}
	for _, page := range pages {
		read, err := records.EnrolledBy.Read(page)
		if err != nil {
			return nil, "", false, err
		}
		for _, r := range read {
			of[r.Value.Identity.Person()] = r.Value
		}
		if len(page) == size {
			if end := request.PersonID(page[size-1].ID); !full || end < last {
				last = end
			}
			full = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		if !full || id <= last {
			all = append(all, of[id])
		}
	}
	return all, last, full, nil
}

// Complete returns somebody who has signed in as the provider knows them: its groups and
// its attributes count, whatever the sign-in has said, and permissions by groups are added
// to those of the sign-in. Of whom the provider does not know yet, the groups are not
// known. People of other issuers stay as they are. Whoever is inactive is refused.
func (d Directory) Complete(ctx context.Context, who request.Identity) (request.Identity, error) {
	if who.Issuer != d.Issuer || !who.Is(request.Person) {
		return who, nil
	}
	kept, err := records.Enrolled.Some(ctx, d.Store, who.Person())
	if err != nil {
		return request.Identity{}, err
	}
	if len(kept) == 0 {
		if d.Issuer != "" || d.Beside == nil {
			who.Groups = nil
		}
		return who, nil
	}
	if kept[0].Value.Inactive {
		return request.Identity{}, &site.Problem{Status: http.StatusForbidden, Code: "FORBIDDEN", Detail: "Your account is not active, as the provider of identities says."}
	}
	known := d.permitted(kept[0].Value.Identity)
	for _, p := range who.Permissions {
		if !slices.Contains(known.Permissions, p) {
			known.Permissions = append(slices.Clip(known.Permissions), p)
		}
	}
	attributes := maps.Clone(who.Attributes)
	if attributes == nil {
		attributes = map[string][]string{}
	}
	delete(attributes, enrollment.ManagerAttribute) // the provider alone says who that is
	maps.Copy(attributes, known.Attributes)
	known.Attributes, known.SignedIn = attributes, who.SignedIn
	if known.Name == "" {
		known.Name = who.Name
	}
	if known.Email == "" {
		known.Email = who.Email
	}
	return known, nil
}
