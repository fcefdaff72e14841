package pgprovision

import (
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
			below = append(below, j.seen(a, path))
		}
	}
	j.covers, j.below = w.Below, below
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
	for _, c := range j.below {
		if r := found[c]; r != nil {
			v.covered = append(v.covered, r)
		} else {
			v.left = append(v.left, naming.Quote(c.schema, c.name))
		}
	}
}
