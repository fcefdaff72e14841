package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Standings says what each principal should have on each asset from all of some
// grants, in the order of the first grant of each. The grants must be all that
// live for those principals and assets. What a grant has left elsewhere makes a
// Standing of its own, in which nothing is wanted unless another grant wants it.
func Standings(grants []Grant) []Standing {
	all := standings{at: map[pair]int{}}
	about := map[pair][]Grant{}
	for _, g := range grants {
		here := Standing{Principal: g.Principal, Asset: g.Asset}
		about[here.pair()] = append(about[here.pair()], g)
		if !g.Live() {
			continue
		}
		s := all.of(here)
		if g.Wanted() && !slices.ContainsFunc(s.Want, g.Access.Equal) {
			s.Want = append(s.Want, g.Access)
		}
		for _, left := range g.LeftStandings() {
			all.of(left)
		}
	}
	for i, s := range all.list {
		s.Given, s.Definitions = given(s, about[s.pair()]), definitions(about[s.pair()])
		s.Reached = reached(s, about[s.pair()])
		slices.SortFunc(s.Want, Access.compare)
		slices.SortFunc(s.Given, Access.compare)
		all.list[i] = s
	}
	return all.list
}

// standings are a list, and where in it each pair is.
type standings struct {
	list []Standing
	at   map[pair]int
}

// of finds the Standing of the same pair, or adds it.
func (s *standings) of(one Standing) *Standing {
	i, known := s.at[one.pair()]
	if !known {
		i = len(s.list)
		s.at[one.pair()], s.list = i, append(s.list, one)
	}
	return &s.list[i]
}

// given is what of a Standing was read back before, and is not wanted anew by a
// grant that was decided since: that one is to be given whoever took the other. The
// grants are those about the same pair.
func given(s Standing, grants []Grant) []Access {
	var was []Access
	for _, want := range s.Want {
		before, anew := false, false
		for _, g := range grants {
			if g.Wanted() && g.Access.Equal(want) {
				before = before || g.State == Active
				anew = anew || g.State != Active
			}
		}
		if before && !anew {
			was = append(was, want)
		}
	}
	return was
}

// definitions are those of what was approved by the grants that are wanted; none where one
// of them was approved whatever it shows.
func definitions(grants []Grant) []string {
	var all []string
	for _, g := range grants {
		switch {
		case !g.Wanted():
		case g.Asset.Definition == "":
			return nil
		case !slices.Contains(all, g.Asset.Definition):
			all = append(all, g.Asset.Definition)
		}
	}
	return all
}

// reached are the digests of what was known of a Standing of which nothing is given. A
// container leaves out what others decide about.
func reached(s Standing, grants []Grant) []string {
	if s.Asset.Kind.Container() || len(s.Want) == 0 || len(s.Given) > 0 {
		return nil
	}
	var all []string
	for _, g := range grants {
		if g.Wanted() && !slices.Contains(all, g.Reached) {
			all = append(all, g.Reached)
		}
	}
	return all
}

// Shows reports whether the asset may be given where it is defined so, and so much is read
// through it.
func (s Standing) Shows(definition string, r Reach) bool {
	a := s.Asset
	a.Definition, a.Through = definition, r
	now := Pinned(a, true)
	return len(s.Definitions) == 0 || slices.ContainsFunc(s.Definitions, func(d string) bool { return catalog.SameDefinition(d, now) })
}

// Known says why the asset is not given although it may be: others are opened with it than
// was known. What is given already is not asked about.
func (s Standing) Known(now Reach) error {
	if s.Reached == nil || len(s.Given) > 0 || slices.Contains(s.Reached, now.Digest()) {
		return nil
	}
	return &ReachedError{What: fmt.Sprintf("asset %q", s.Asset.Ref), Reach: now}
}

// LeftStandings are the Standings of what the grant has left elsewhere.
func (g Grant) LeftStandings() []Standing {
	left := make([]Standing, len(g.Leftovers))
	for i, o := range g.Leftovers {
		left[i] = Standing{Principal: g.Principal, Asset: g.Asset}
		left[i].Asset.Definition = ""
		left[i].Asset.ID, left[i].Asset.Kind, left[i].Asset.Source.Owner = o.ID, o.Kind, o.Owner
	}
	return left
}

// SamePair reports whether two Standings are about the same principal and the
// same object under the same Ref.
func (s Standing) SamePair(o Standing) bool { return s.pair() == o.pair() }

// pair is a principal and an object under a Ref.
type pair struct {
	principal request.Principal
	ref       catalog.Ref
	object    catalog.Object
}

func (s Standing) pair() pair { return pair{s.Principal, s.Asset.Ref, s.Asset.Object()} }

// Includes reports whether a grant is about the principal and the asset of s.
func (s Standing) Includes(g Grant) bool {
	return s.SamePair(Standing{Principal: g.Principal, Asset: g.Asset})
}

// Equal reports whether two accesses are the same.
func (a Access) Equal(b Access) bool { return a.compare(b) == 0 }

func (a Access) compare(b Access) int {
	return cmp.Or(cmp.Compare(a.Privilege, b.Privilege), slices.Compare(a.Columns, b.Columns), slices.Compare(a.ColumnIDs, b.ColumnIDs), slices.Compare(a.Unmasked, b.Unmasked))
}

func (a Access) String() string {
	if len(a.Unmasked) > 0 {
		return "unmasking of " + strings.Join(a.Unmasked, ", ")
	}
	if len(a.Columns) == 0 {
		return string(a.Privilege)
	}
	return fmt.Sprintf("%s (%s)", a.Privilege, catalog.FormatPath(a.Columns))
}
