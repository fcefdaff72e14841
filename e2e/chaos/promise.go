package main

import (
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// promises are what the records say of one platform, held against the relations that stand
// there. They are worked out here from the grants and the masks, and not by the engine.
type promises struct {
	platform *platform
	ground   *ground
	grants   []provision.Grant // that are in force there
	idle     []provision.Grant // that are of no use without another, which a member of a group may have
	shown    map[string]string // relations by what shows them masked
	hidden   map[string]records.MaskedAsset
}

func (r *readings) promises(p *platform, g *ground) *promises {
	all := &promises{platform: p, ground: g, shown: map[string]string{}, hidden: map[string]records.MaskedAsset{}}
	for _, grant := range r.grants {
		if grant.Asset.Ref.Connection() != p.name {
			continue
		}
		if inForce(grant) {
			all.grants = append(all.grants, grant)
		}
		if grant.State == provision.Failed && strings.Contains(grant.Error, "cannot use it") {
			all.idle = append(all.idle, grant)
		}
	}
	for _, m := range r.masked {
		if m.Ref.Connection() != p.name {
			continue
		}
		for _, relation := range g.relations {
			if p.ref(relation) == m.Ref {
				all.hidden[relation] = m
				all.shown[m.Query] = relation
			}
		}
	}
	delete(all.shown, "")
	return all
}

// inForce reports whether a grant gives something. An exception that is FAILED for want of the
// access that it is about holds for that of a group, or of a member, all the same.
func inForce(g provision.Grant) bool {
	return g.State == provision.Active || g.State == provision.Failed && len(g.Access.Unmasked) > 0 && strings.Contains(g.Error, "cannot use it")
}

// completes reports whether a login has beneath a view with the reader's own rights what a group
// of it lacks there: the view is granted to the group, and is of no use to it.
func (s *promises) completes(holders []string, relation, column string) bool {
	r := s.platform.relation(relation)
	beneath := func(g provision.Grant) bool { return opens(g, note) && opens(g, address) }
	granted := func(g provision.Grant) bool {
		return slices.Contains(holders, g.Principal.Name) && g.Asset.Ref == s.platform.ref(relation) && opens(g, column)
	}
	gapped := func(g provision.Grant) bool {
		return slices.Contains(holders, g.Principal.Name) && g.Asset.Ref == s.platform.ref(container) && slices.ContainsFunc(g.Gaps.Parts, func(gap provision.Gap) bool { return partOf(gap) == relation })
	}
	return r.shape == borrowed && s.any(holders, r.of, beneath) && (slices.ContainsFunc(s.idle, granted) || slices.ContainsFunc(s.grants, gapped))
}

func partOf(gap provision.Gap) string { return strings.ReplaceAll(gap.Part, `"`, "") }

// holders are the names under which a login has what grants say: its own and its groups'.
func (s *promises) holders(login string) []string {
	all := []string{s.platform.principal(login)}
	for _, group := range s.ground.groups[login] {
		all = append(all, s.platform.principal(group))
	}
	return all
}

// covers reports whether a grant is for a relation, itself or by its schema. A guardrail
// takes it out of that.
func (s *promises) covers(g provision.Grant, relation string) bool {
	p := s.platform
	gap := func(gap provision.Gap) bool { return partOf(gap) == relation }
	return g.Asset.Ref == p.ref(relation) ||
		g.Asset.Ref == p.ref(container) && strings.HasPrefix(relation, container+".") && !p.relation(relation).guarded && !slices.ContainsFunc(g.Gaps.Parts, gap)
}

// any reports whether some of the grants of a login on a relation is so.
func (s *promises) any(holders []string, relation string, is func(provision.Grant) bool) bool {
	return slices.ContainsFunc(s.grants, func(g provision.Grant) bool {
		return slices.Contains(holders, g.Principal.Name) && s.covers(g, relation) && is(g)
	})
}

// opens reports whether a grant opens a column.
func opens(g provision.Grant, column string) bool {
	return len(g.Access.Unmasked) == 0 && (len(g.Access.Columns) == 0 || slices.Contains(g.Access.Columns, column))
}

// shade is how the records say that a login sees a column of a relation.
func (s *promises) shade(at spot) shade {
	holders := s.holders(at.login)
	of, isShown := s.shown[at.relation]
	asked := at.relation
	if isShown {
		asked = of
	}
	hides := s.platform.relation(asked).masked
	if _, known := s.hidden[asked]; hides != isShown || known && !isShown {
		return dark // what is masked is seen by what shows it alone
	}
	switch {
	case !s.any(holders, asked, func(g provision.Grant) bool { return opens(g, at.column) }) && !s.completes(holders, asked, at.column):
		return dark
	case hides && slices.Contains(s.hidden[asked].Out, at.column):
		return dark
	case hides && at.column == mailbox && !s.any(holders, asked, func(g provision.Grant) bool { return slices.Contains(g.Access.Unmasked, at.column) }):
		return masked
	}
	return bright
}

// writes reports whether the records say that a login writes to a relation. Nobody writes to
// what is masked.
func (s *promises) writes(at pair) bool {
	return !s.platform.relation(at.relation).masked && s.any(s.holders(at.login), at.relation, func(g provision.Grant) bool {
		return g.Access.Privilege == request.ReadWrite && opens(g, note)
	})
}

// excused reports whether a grant may be FAILED although its object and its principal stand:
// it is of no use without another that is missing, or nothing can mask its asset.
func (s *promises) excused(g provision.Grant) bool {
	for _, relation := range s.ground.relations {
		if s.platform.ref(relation) != g.Asset.Ref {
			continue
		}
		r := s.platform.relation(relation)
		holders := []string{g.Principal.Name}
		whole := func(o provision.Grant) bool { return opens(o, note) && opens(o, address) }
		shown := func(o provision.Grant) bool {
			return slices.ContainsFunc(g.Access.Unmasked, func(column string) bool { return opens(o, column) })
		}
		return r.shape == borrowed && !s.any(holders, r.of, whole) || r.masked && !s.platform.masks ||
			len(g.Access.Unmasked) > 0 && !s.any(holders, relation, shown)
	}
	return false
}
