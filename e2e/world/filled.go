package world

import (
	"slices"

	"github.com/grantwright/grantwright/catalog"
)

// right is the right of an owner to read what another owns, which the owner of a view gets.
type right struct {
	relation int
	role     string
}

// fills reports whether a view can be made: a materialized view reads what lies beneath it
// at once, and whatever is lacking there is an error.
func (w *World) fills(s Step) bool {
	if s.Do != MakeCopy {
		return true
	}
	fails := func(name string) bool {
		base := w.relation(name)
		return base != nil && !w.feeds(s.Owner, s.Owner, base)
	}
	return (!s.Calls || len(w.closed) == 0) && !slices.ContainsFunc(s.Of, fails)
}

// feeds reports whether the rows of a relation are seen without an error by whoever may read it
// with the rights of a role. A view with the reader's rights has those of whoever reads,
// whichever view lies between.
func (w *World) feeds(whoever, role string, r *Relation) bool {
	foreign := func(o *Relation) bool { return o.Kind == catalog.ForeignTable }
	mapped := slices.Contains(w.mapped, role) || slices.Contains(w.mapped, Everybody)
	switch {
	case !mapped && slices.ContainsFunc(w.family(r), foreign), r.Policy && !r.First && role != r.Owner, r.Calls && len(w.closed) > 0:
		return false
	case r.Kind != catalog.View:
		return true
	}
	reader := r.Owner
	if r.Own {
		reader = whoever
	}
	return !slices.ContainsFunc(r.Uses, func(u Use) bool {
		base := w.Relations[u.Relation]
		return base.Owner != reader && !w.rightOn[right{base.ID, reader}] || !w.feeds(whoever, reader, base)
	})
}
