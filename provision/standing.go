package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
)

// Standings says what each principal should have on each asset from all of some
// grants, in the order of the first grant of each. The grants must be all that
// live for those principals and assets. What a grant has left elsewhere makes a
// Standing of its own, in which nothing is wanted unless another grant wants it.
func Standings(grants []Grant) []Standing {
	var all standings
	for _, g := range grants {
		if !g.Live() {
			continue
		}
		s := all.of(Standing{Principal: g.Principal, Asset: g.Asset})
		if g.Wanted() && !slices.ContainsFunc(s.Want, g.Access.Equal) {
			s.Want = append(s.Want, g.Access)
		}
		for _, left := range g.LeftStandings() {
			all.of(left)
		}
	}
	for i := range all {
		all[i].Given = given(all[i], grants)
		slices.SortFunc(all[i].Want, Access.compare)
		slices.SortFunc(all[i].Given, Access.compare)
	}
	return all
}

type standings []Standing

// of finds the Standing of the same pair, or adds it.
func (s *standings) of(pair Standing) *Standing {
	i := slices.IndexFunc(*s, pair.SamePair)
	if i < 0 {
		i = len(*s)
		*s = append(*s, pair)
	}
	return &(*s)[i]
}

// given is what of a Standing was read back before, and is not wanted anew by a
// grant that was decided since: that one is to be given whoever took the other.
func given(s Standing, grants []Grant) []Access {
	var was []Access
	for _, want := range s.Want {
		before, anew := false, false
		for _, g := range grants {
			if g.Wanted() && s.Includes(g) && g.Access.Equal(want) {
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

// LeftStandings are the Standings of what the grant has left elsewhere.
func (g Grant) LeftStandings() []Standing {
	left := make([]Standing, len(g.Leftovers))
	for i, o := range g.Leftovers {
		left[i] = Standing{Principal: g.Principal, Asset: g.Asset}
		left[i].Asset.ID, left[i].Asset.Kind, left[i].Asset.Source.Owner = o.ID, o.Kind, o.Owner
	}
	return left
}

// SamePair reports whether two Standings are about the same principal and the
// same object under the same Ref.
func (s Standing) SamePair(o Standing) bool {
	return s.Principal == o.Principal && s.Asset.Ref == o.Asset.Ref && s.Asset.Object() == o.Asset.Object()
}

// Includes reports whether a grant is about the principal and the asset of s.
func (s Standing) Includes(g Grant) bool {
	return s.SamePair(Standing{Principal: g.Principal, Asset: g.Asset})
}

// Equal reports whether two accesses are the same.
func (a Access) Equal(b Access) bool { return a.compare(b) == 0 }

func (a Access) compare(b Access) int {
	return cmp.Or(cmp.Compare(a.Privilege, b.Privilege), slices.Compare(a.Columns, b.Columns), slices.Compare(a.Unmasked, b.Unmasked))
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
