package pgprovision

import (
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// cover is one asset below a container, as a sync saw it.
type cover struct {
	database, id uint32 // zero where they are not known
	kind         string // relkind
	schema, name string
}

// container reports whether the asset is a schema or a database.
func (j *job) container() bool { return j.name == "" }

// setCoverage notes the assets below a container that access to it covers. They are the
// same for all its people, because the people share its group roles. A Standing that
// wants nothing need not name them.
func (j *job) setCoverage(w provision.Standing) error {
	if !j.container() || len(w.Want) == 0 && (w.Below == nil || j.below != nil) {
		return nil
	}
	switch {
	case j.uncovered != nil:
		return j.uncovered
	case j.below != nil && !sameAssets(j.covers, w.Below):
		return j.refused("covers other assets for %q than for %q in one call", w.Principal.Name, j.people[0].principal.Name)
	case j.below != nil:
		return nil
	}
	below := make([]cover, 0, len(w.Below))
	for _, a := range w.Below {
		if a.Ref == j.asset.Ref || !j.asset.Ref.Covers(a.Ref) {
			j.uncovered = j.refused("is said to cover %s, which is not below it", a.Ref)
			return j.uncovered
		}
		if path := a.Ref.Path(); len(path) == 3 {
			below, j.known = append(below, j.seen(a, path)), append(j.known, a.Links())
		}
	}
	j.covers, j.below, j.deciding = w.Below, below, w.Deciding
	return nil
}

// seen reads where an asset below stands. The ids stay zero where its own id is of
// another cluster.
func (j *job) seen(a catalog.Asset, path []string) cover {
	c := cover{kind: naming.Relkinds[a.Kind], schema: path[1], name: path[2]}
	if system, database, object, err := naming.ParseID(a.ID, a.Ref); err == nil && system == j.place.System {
		c.database, c.id = database, object
	}
	return c
}

// sameAssets is quick where both are the same slice, as they are by contract.
func sameAssets(a, b []catalog.Asset) bool {
	if len(a) != len(b) || len(a) == 0 || &a[0] == &b[0] {
		return len(a) == len(b)
	}
	return slices.EqualFunc(a, b, func(x, y catalog.Asset) bool { return x.Ref == y.Ref && x.ID == y.ID })
}

// coveredIDs are the object ids of the assets below a container.
func (j *job) coveredIDs() []int64 {
	ids := make([]int64, 0, len(j.below))
	for _, c := range j.below {
		if c.id != 0 {
			ids = append(ids, int64(c.id))
		}
	}
	return ids
}

// matchCoverage compares the assets below a container with the platform. An asset that
// no longer stands as the last sync saw it is left out until the next sync.
func (j *job) matchCoverage(v *view) {
	if !j.container() {
		return
	}
	found := make(map[cover]*relation, len(v.covered))
	for _, r := range v.covered {
		found[cover{v.server.DatabaseID, r.id, r.kind, r.schema, r.name}] = r
	}
	v.covered = v.covered[:0]
	for i, c := range j.below {
		name := naming.Quote(c.schema, c.name)
		r := found[c]
		if r == nil {
			v.left = append(v.left, name)
		} else if why := j.outside(r, j.known[i]); why != "" {
			v.aside = append(v.aside, name+" ("+why+")")
		} else if why := provision.Reach(r.links.Through).Grown(j.known[i].Through); why != "" {
			v.gaps = append(v.gaps, provision.Gap{Part: naming.Identify(r.schema, r.name), Reason: why})
		} else {
			v.covered = append(v.covered, r)
		}
	}
}

// outside says why a container does not cover something that stands as a sync saw it: it
// shows rows that the policies of a table hide, or others decide about what is read through
// it by now.
func (j *job) outside(r *relation, known catalog.Links) string {
	if r.partSecured {
		return "is a part of a table whose row policies do not hold for it"
	}
	for _, t := range provision.Reach(r.links.Through).Beyond(known.Through) {
		if provision.Stricter(j.deciding, j.asset.Ref, t.Ref) {
			return fmt.Sprintf("others decide about %s, which is read through it by now", t.Ref)
		}
	}
	return ""
}

// leaveParts leaves out of a container the parts of covered tables on which we may pass on
// nothing: they are read through those.
func (j *job) leaveParts(v *view) {
	if !j.container() {
		return
	}
	names := make(map[catalog.Ref]bool, len(v.covered))
	for _, r := range v.covered {
		names[j.ref(r)] = true
	}
	v.covered = slices.DeleteFunc(v.covered, func(r *relation) bool {
		given := v.rights.has(right{thing{"table", r.id}, "SELECT"}) || r.base != 0
		if given || !slices.ContainsFunc(r.links.PartOf, func(whole catalog.Ref) bool { return names[whole] }) {
			return false
		}
		v.aside = append(v.aside, naming.Quote(r.schema, r.name)+" (we may not pass on rights on it; it is read through the table that it is a part of)")
		return true
	})
}

// ref names a relation in the database of the job; empty where no Ref can.
func (j *job) ref(r *relation) catalog.Ref {
	ref, _ := catalog.NewRef(j.asset.Ref.Connection(), j.database, r.schema, r.name)
	return ref
}

// findReach joins what is read through all that is covered.
func (v *view) findReach() {
	all := make([][]catalog.Through, len(v.covered))
	for i, r := range v.covered {
		all[i] = r.links.Through
	}
	v.reach = catalog.Join(all...)
}
