package provision

import (
	"context"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Allowance is what a principal may do now with an asset, or with some of its
// columns, by all of its grants together.
type Allowance struct {
	Privilege request.Privilege // the most that is allowed; empty for nothing
	Until     time.Time         // when it ends by itself; zero without an end
	Grants    []GrantID         // by which it is allowed
}

// Reads reports whether reading is allowed.
func (a Allowance) Reads() bool { return a.Privilege == request.Read || a.Writes() }

// Writes reports whether writing is allowed.
func (a Allowance) Writes() bool { return a.Privilege == request.ReadWrite }

// Allow says what some grants of a principal on an asset allow at the time now:
// for the whole of it where no columns are named, which takes a grant for the
// whole, otherwise for all of those columns, each of which may come from another
// grant. Only what is ACTIVE and not over counts.
func Allow(grants []Grant, columns []string, now time.Time) Allowance {
	if len(columns) == 0 {
		columns = []string{wholeAsset}
	}
	for _, p := range []request.Privilege{request.ReadWrite, request.Read} {
		if a, all := allow(p, grants, columns, now); all {
			return a
		}
	}
	return Allowance{}
}

// AllowMasked is Allow of an asset that is masked. To read a masked column clear
// takes a grant that shows it clear beside one to read it. What nobody has
// classified, what another view shows, and what is suspended, is not allowed; nor is
// writing. Where no columns are named, all are meant.
func AllowMasked(grants []Grant, m Masking, columns []string, now time.Time) Allowance {
	if len(columns) == 0 {
		columns = slices.Concat(m.Show.Clear, m.Show.Out)
		for _, c := range m.Show.Columns {
			columns = append(columns, c.Name)
		}
	}
	a, all := allow(request.Read, grants, columns, now)
	if !all || m.Off || len(columns) == 0 {
		return Allowance{}
	}
	for _, c := range columns {
		switch best := longest(grants, func(g Grant) bool { return g.Works(now) && slices.Contains(g.Access.Unmasked, c) }); {
		case slices.Contains(m.Show.Clear, c):
		case !m.Show.Masks(c) || best < 0:
			return Allowance{}
		default:
			a.by(grants[best])
		}
	}
	return a
}

const wholeAsset = "" // no column has this name

func allow(p request.Privilege, grants []Grant, columns []string, now time.Time) (Allowance, bool) {
	a := Allowance{Privilege: p}
	for _, c := range columns {
		best := longest(grants, func(g Grant) bool { return g.Works(now) && g.Access.gives(p, c) })
		if best < 0 {
			return Allowance{}, false
		}
		a.by(grants[best])
	}
	return a, true
}

// by says that a grant is one of those by which it is allowed.
func (a *Allowance) by(g Grant) {
	a.Until = earlier(g.Ends, a.Until)
	if !slices.Contains(a.Grants, g.ID) {
		a.Grants = append(a.Grants, g.ID)
	}
}

// longest is the place of the grant that ends last, of those that serve; -1 for
// none.
func longest(grants []Grant, serves func(Grant) bool) int {
	best := -1
	for i, g := range grants {
		if serves(g) && (best < 0 || lastsLonger(g, grants[best])) {
			best = i
		}
	}
	return best
}

func lastsLonger(g, o Grant) bool {
	return !o.Ends.IsZero() && (g.Ends.IsZero() || g.Ends.After(o.Ends))
}

// Works reports whether the access stood when the platform was last read, and is
// not over.
func (g Grant) Works(now time.Time) bool {
	return g.State == Active && g.Ending == "" && (g.Ends.IsZero() || now.Before(g.Ends))
}

// gives reports whether the access includes a privilege on a column, or on the
// whole asset. What only shows columns clear gives nothing to read.
func (a Access) gives(p request.Privilege, column string) bool {
	return len(a.Unmasked) == 0 && (a.Privilege == p || a.Privilege == request.ReadWrite) && (len(a.Columns) == 0 || slices.Contains(a.Columns, column))
}

// On is the access to an asset as it stands, as far as its columns are known: with the
// names that they have now, where their ids are known, and without those that are gone. It
// is false where nothing is left.
func (a Access) On(asset catalog.Asset) (Access, bool) {
	if len(a.Columns) == 0 || len(asset.Columns) == 0 {
		return a, true
	}
	now := a
	now.Columns, now.ColumnIDs = nil, nil
	for _, c := range asset.Columns {
		known := len(a.ColumnIDs) > 0
		if known && slices.Contains(a.ColumnIDs, c.ID) || !known && slices.Contains(a.Columns, c.Name) {
			now.Columns = append(now.Columns, c.Name)
		}
	}
	return now, len(now.Columns) > 0
}

// Asking is the Provisioner of platforms that ask what is allowed each time,
// instead of being granted. Nothing is to be done there: what the records say
// holds as soon as it is committed.
var Asking Provisioner = Each(func(context.Context, Standing) Outcome { return Outcome{Taken: true} })
