package pgprovision

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/columns"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/masks"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/request"
)

// view is the state of the platform that one look found for a job.
type view struct {
	server  cluster.Server
	here    bool        // the database is the one of the approved object
	object  *object     // under the asset's name; nil for none
	usurper *object     // the same where another database has the name of the approved one
	covered []*relation // the tables and views that access to the asset gives
	left    []string    // names of those that are left out, because they stand no longer as the last sync saw them
	aside   []string    // names of those that are left out for another reason, with the reason
	roles   []*role     // ours for this name, of all objects that ever stood there
	ending  *role       // ours, see naming.Place.Ending
	rights  rights      // that we may pass on
	people  []*login    // by position in job.people; nil for no such role
	holders []*login    // who has the names of job.people now; nil for no one
	members map[membership]standing
	act     int64     // the transaction of the look, once it has changed something
	strays  []holding // rights and objects outside the asset that our roles hold or own

	columns map[uint32]columns.Names // the names of columns by their numbers, of what is read and of the asset; only where columns are granted

	gaps       []provision.Gap // what a container covers and does not give now
	definition string          // of the asset, if it is a view: see catalog.SameDefinition
	reach      provision.Reach // of all that is covered
	found      []*relation     // covered, and left out
	unread     bool            // something lies beneath the table that a light look has not read

	shown   []masks.Shown // the masked assets of the job, with their masked views
	unshown error         // why the asset can be given to nobody: it has no proven masked view
	query   string        // name to query in place of the asset

	byID   map[uint32]*login
	byName map[string]*login
}

// object stands under the name of the asset.
type object struct {
	id        uint32
	name      string
	kind      string // see naming.Relkinds
	owner     string
	ownerID   uint32
	ownerIsUs bool   // our role is a member of the owner
	closed    string // see closedTo
}

// relation is a table, a view or another thing with rows.
type relation struct {
	id         uint32
	kind       string // relkind
	schemaID   uint32
	schema     string
	name       string
	ownerID    uint32
	ownerIsUs  bool
	closed     string // see closedTo
	updatable  bool   // takes inserts, updates and deletes; asked only where someone wants to write
	rowSecured bool
	policies   []string // of row level security, where it holds
	sequences  []sequence
	beneath    bool // something may lie beneath it: it is no plain table, or has defaults, checks, triggers, policies, parts or sequences

	links       catalog.Links // what is read through it, and what it is a part of
	partSecured bool          // row level security holds on what it is a part of

	base  uint32 // the table that it shows masked; zero where it is no masked view
	shows columns.Showing
}

type sequence struct {
	id           uint32
	schema, name string
}

// role is one group role of ours.
type role struct {
	id        uint32
	name      string
	comment   string
	unsafe    string            // why it is more than a group role; empty is right
	object    uint32            // that it is for, from its name
	privilege request.Privilege // that it is for, from its name
	others    bool              // somebody is in it beside the people of the job and us, by whomever
	drops     bool              // we may drop it
	holds     rights            // given by us
}

// thing is a catalog object that rights can be on.
type thing struct {
	class string // database, schema, table, sequence
	id    uint32
}

// right is a privilege on something that a grant touches.
type right struct {
	thing
	name string // such as SELECT, or SELECT 3 on a column
}

type rights map[right]struct{}

func (r rights) has(x right) bool { _, has := r[x]; return has }

// login is a principal as the platform knows it.
type login struct {
	id       uint32
	name     string
	canLogin bool
	expired  bool
	inherits bool
	refused  string // why it can have no grant, whatever the asset
}

// membership is a pair of one of our roles and one of the people.
type membership struct{ role, person uint32 }

// standing says how a membership stands: as given by us, or by others, or both.
type standing struct {
	ours  bool
	works bool     // ours passes on the rights of the role
	right bool     // ours has the options that we give
	by    []string // the others who gave it, quoted where that is needed
	act   int64    // the last by which it was given
}

// others reports whether others gave the membership.
func (s standing) others() bool { return len(s.by) > 0 }

// holding is a right or an object outside the asset that a role of ours holds or owns.
type holding struct {
	role   string
	owned  bool
	what   string // in words
	class  string // of the thing that can be taken back; empty if we cannot
	thing  string // its name, quoted
	rights string // on it, such as "select, insert"
}

func newView() *view {
	return &view{rights: make(rights), members: make(map[membership]standing), byID: make(map[uint32]*login), byName: make(map[string]*login), columns: make(map[uint32]columns.Names)}
}

// look reads all that a decision depends on, in a message that may do something before
// and ask more afterwards. It changes nothing itself. A container and a masked asset take
// two messages. Before is the look before in the same transaction, if d is kept.
func look(ctx context.Context, s *cluster.Session, j *job, d depth, before *view, m cluster.Message, after ...cluster.Reading) (*view, error) {
	if j.place.DatabaseID == 0 {
		if err := s.Ask(ctx, cluster.Message{First: m.First, Readings: m.Readings}); err != nil {
			return nil, err
		}
		j.place.DatabaseID, m.First, m.Readings = s.Server.DatabaseID, "", nil
	}
	v := newView()
	here, last := s.Name == j.database, m.Last
	m.Readings = append(m.Readings, readScope(j, v, here, d), readRoles(j, v), readPeople(v))
	if here {
		m.Readings = append(m.Readings, readCovered(j, v, d))
		if d == deep {
			m.Readings = append(m.Readings, readSequences(j, v))
		}
		if len(j.masked) > 0 {
			m.Readings = append(m.Readings, readShown(j, v)...)
		}
		if j.container() {
			m.Readings = append(m.Readings, readContainer(j, v))
		}
	}
	rest := append([]cluster.Reading{readMembers(j, v), readRights(j, v), readStrays(j, v)}, after...)
	if j.container() || len(j.masked) > 0 {
		m.Last = ""
	} else {
		m.Readings, rest = append(m.Readings, rest...), nil
	}
	if err := s.Ask(ctx, m); err != nil {
		return nil, err
	}
	if d == kept {
		if err := v.keep(before); err != nil {
			return nil, err
		}
	}
	j.fit(v, s.Server)
	if rest == nil {
		return v, nil
	}
	err := s.Ask(ctx, cluster.Message{Readings: append([]cluster.Reading{readNarrowed(j, v)}, rest...), Last: last})
	j.leaveParts(v)
	return v, err
}

// fit brings together what the first readings of a look found.
func (j *job) fit(v *view, on cluster.Server) {
	v.server, v.found = on, slices.Clone(v.covered)
	v.here = on.Database == j.database && on.DatabaseID == j.place.DatabaseID
	if !v.here {
		v.object, v.usurper, v.covered = nil, v.object, nil
	}
	v.people, v.holders = make([]*login, len(j.people)), make([]*login, len(j.people))
	for i, p := range j.people {
		v.people[i], v.holders[i] = v.login(p.principal), v.byName[p.principal.Name]
	}
	j.matchCoverage(v)
	v.findReach()
	j.withMasks(v)
	v.passOn()
}

// login is a principal by id where that is known, and by name otherwise.
func (v *view) login(p request.Principal) *login {
	if p.ID == "" {
		return v.byName[p.Name]
	}
	if id, ok := naming.RoleID(p); ok {
		return v.byID[id]
	}
	return nil
}

// ownsAll reports whether a role owns the asset and all that access to it covers.
func (v *view) ownsAll(id uint32) bool {
	return v.object.ownerID == id && !slices.ContainsFunc(v.covered, func(r *relation) bool { return r.ownerID != id })
}

// schemas are those that hold something covered, by name, and the asset itself
// where it is one.
func (v *view) schemas() map[string]uint32 {
	schemas := make(map[string]uint32)
	if v.object != nil && v.object.kind == naming.Relkinds[catalog.Schema] {
		schemas[v.object.name] = v.object.id
	}
	for _, r := range v.covered {
		schemas[r.schema] = r.schemaID
	}
	return schemas
}

// relationIDs are the ids of the covered tables and views, and of their sequences.
func (v *view) relationIDs() (relations, sequences []int64) {
	for _, r := range v.covered {
		relations = append(relations, int64(r.id))
		for _, q := range r.sequences {
			sequences = append(sequences, int64(q.id))
		}
	}
	return relations, sequences
}

func (v *view) schemaIDs() []int64 {
	var ids []int64
	for _, id := range v.schemas() {
		ids = append(ids, int64(id))
	}
	slices.Sort(ids)
	return ids
}

func (v *view) peopleIDs() []int64 {
	ids := make(map[int64]bool)
	for _, l := range v.people {
		if l != nil {
			ids[int64(l.id)] = true
		}
	}
	return slices.SortedFunc(maps.Keys(ids), cmp.Compare[int64])
}
