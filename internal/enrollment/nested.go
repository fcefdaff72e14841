package enrollment

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// The bounds of groups in groups.
const (
	maxDepth  = 10
	maxNested = 1000
)

// nesting reads how often groups in groups have changed. It is read before them.
func (en *Enrollment) nesting(ctx context.Context) (store.Stored[records.Nesting], error) {
	read, err := records.Nestings.Some(ctx, en.Store, records.NestingKey)
	if err != nil || len(read) == 0 {
		return store.Stored[records.Nesting]{}, err
	}
	return read[0], nil
}

// nests adds to a change that groups in groups are others by it.
func nests(c *store.Change, read store.Stored[records.Nesting]) {
	next := records.Nesting{Changes: read.Value.Changes + 1}
	if read.Version == 0 {
		records.Nestings.Insert(c, next)
	} else {
		records.Nestings.Update(c, read, next)
	}
}

// holdNesting has a change be decided anew where groups in groups have changed meanwhile.
func (en *Enrollment) holdNesting(ctx context.Context, c *store.Change) error {
	read, err := en.nesting(ctx)
	c.Hold(records.Nestings.Key(records.NestingKey), read.Version)
	return err
}

// groupsOfAll works out the keys of the groups that some people are in, by themselves and
// by groups in groups, after some memberships have come and gone.
func (en *Enrollment) groupsOfAll(ctx context.Context, people []string, changed func(member string) (add, without []records.Membership)) (map[string][]string, error) {
	queries := make([]store.Query, len(people))
	for i, id := range people {
		queries[i] = records.MembershipsOf.Query(id)
	}
	pages, err := membershipsOf(ctx, en.Store, queries)
	if err != nil {
		return nil, err
	}
	direct := map[string][]records.Membership{}
	var first []records.Membership
	for i, id := range people {
		add, without := changed(id)
		own := slices.DeleteFunc(pages[i], func(m records.Membership) bool { return slices.Contains(without, m) })
		for _, m := range add {
			if !slices.Contains(own, m) {
				own = append(own, m)
			}
		}
		direct[id], first = own, append(first, own...)
	}
	above, err := en.above(ctx, first)
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for id, own := range direct {
		keys := []string{}
		for _, m := range own {
			keys = append(keys, above[m.Group]...)
		}
		all[id] = append([]string{}, sorted(keys)...)
	}
	return all, nil
}

// above says of each of some groups the keys of itself and of the groups that it is in, over
// any number of steps up to maxDepth.
func (en *Enrollment) above(ctx context.Context, groups []records.Membership) (map[string][]string, error) {
	keys, parents := map[string]string{}, map[string][]string{}
	var open []string
	for _, m := range groups {
		if _, seen := keys[m.Group]; !seen {
			keys[m.Group], open = m.Key, append(open, m.Group)
		}
	}
	for range maxDepth {
		if len(open) == 0 {
			break
		}
		queries := make([]store.Query, len(open))
		for i, id := range open {
			queries[i] = records.MembershipsOf.Query(id)
		}
		pages, err := membershipsOf(ctx, en.Store, queries)
		if err != nil {
			return nil, err
		}
		var next []string
		for i, page := range pages {
			for _, m := range page {
				parents[open[i]] = append(parents[open[i]], m.Group)
				if _, seen := keys[m.Group]; !seen {
					keys[m.Group], next = m.Key, append(next, m.Group)
				}
			}
		}
		open = next
	}
	all := map[string][]string{}
	for id := range keys {
		all[id] = climb(id, keys, parents)
	}
	return all, nil
}

// climb lists the keys of a group and of all above it. It ends also where groups hold each
// other, which no change lets come about.
func climb(id string, keys map[string]string, parents map[string][]string) []string {
	seen := map[string]bool{id: true}
	for open := []string{id}; len(open) > 0; open = open[1:] {
		for _, p := range parents[open[0]] {
			if !seen[p] {
				seen[p] = true
				open = append(open, p)
			}
		}
	}
	var all []string
	for g := range seen {
		all = append(all, keys[g])
	}
	return sorted(all)
}

// checkNested refuses that a group comes into itself, by others too, and groups that are in
// each other too deep.
func (en *Enrollment) checkNested(ctx context.Context, g, member request.EnrolledGroup) error {
	if member.ID == g.ID {
		return fault("group", "members", "hold the group itself (%q)", g.ID)
	}
	above, err := en.reach(ctx, g.ID, records.MembershipsOf, func(m records.Membership) string { return m.Group })
	if err != nil {
		return err
	}
	if slices.Contains(slices.Concat(above...), member.ID) {
		return fault("group", "members", "hold %q, which this group is in: groups would hold each other", member.ID)
	}
	below, err := en.reach(ctx, member.ID, records.MembershipsIn, nestedMember)
	if err != nil {
		return err
	}
	if len(above)+len(below)+2 > maxDepth {
		return fault("group", "members", "hold %q, by which groups would be more than %d deep", member.ID, maxDepth)
	}
	return nil
}

// reach follows memberships from one group to others, step by step. What cannot be reached in
// maxDepth steps, or in maxNested groups, is too much.
func (en *Enrollment) reach(ctx context.Context, from string, index store.Index[string, records.Membership], next func(records.Membership) string) (steps [][]string, err error) {
	seen := map[string]bool{from: true}
	for open := []string{from}; ; {
		step, err := en.step(ctx, open, seen, index, next)
		if err != nil || len(step) == 0 {
			return steps, err
		}
		if steps, open = append(steps, step), step; len(steps) > maxDepth || len(seen) > maxNested {
			return nil, fault("group", "members", "are in groups that are more than %d deep, or more than %d", maxDepth, maxNested)
		}
	}
}

// step follows memberships from some groups to those that were not seen yet.
func (en *Enrollment) step(ctx context.Context, open []string, seen map[string]bool, index store.Index[string, records.Membership], next func(records.Membership) string) (step []string, err error) {
	for _, id := range open {
		err := index.Each(ctx, en.Store, id, func(m store.Stored[records.Membership]) error {
			if to := next(m.Value); to != "" && !seen[to] {
				seen[to], step = true, append(step, to)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return step, nil
}

// below lists a group and all groups in it, however many: several that were each small enough
// may have come to be more than may come into another at once, and are carried out all the same.
func (en *Enrollment) below(ctx context.Context, group string) ([]string, error) {
	all, seen := []string{group}, map[string]bool{group: true}
	for open := all; len(open) > 0; {
		step, err := en.step(ctx, open, seen, records.MembershipsIn, nestedMember)
		if err != nil {
			return nil, err
		}
		all, open = append(all, step...), step
	}
	return all, nil
}

// nestedMember is the member of a membership if it is a group.
func nestedMember(m records.Membership) string {
	if m.Nested {
		return m.Member
	}
	return ""
}

// membershipsOf reads all pages of some queries of memberships.
func membershipsOf(ctx context.Context, s store.Store, queries []store.Query) ([][]records.Membership, error) {
	read, err := journal.AllOf[records.Membership](ctx, s, queries)
	if err != nil {
		return nil, fmt.Errorf("grantwright: reading who is in which group: %w", err)
	}
	pages := make([][]records.Membership, len(read))
	for i, page := range read {
		for _, m := range page {
			pages[i] = append(pages[i], m.Value)
		}
	}
	return pages, nil
}
