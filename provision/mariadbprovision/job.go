package mariadbprovision

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/request"
)

// job is one asset with all the people of one Apply for it.
type job struct {
	asset        catalog.Asset
	installation string
	path         string // as our records on the platform have it
	database     string
	table        string // empty for a database
	server       string // of the approved object
	object       string // the approved object, as its server calls it; empty if no id was given
	people       []person

	covered bool            // below is known
	below   []catalog.Asset // the assets that access to the database covers

	ran   []act // done, or perhaps done
	apart bool  // an act on several people failed: each is acted on alone
}

// person is the principal of one Standing, with the privileges that it wants.
type person struct {
	index     int // of the Standing in the call
	principal request.Principal
	account   account             // zero if the principal's name is none
	want      []request.Privilege // sorted; sets of columns too
	given     []request.Privilege // of want, those that stood when they were read back before
	gave      []provision.Access  // that given comes from
	withdrawn []request.Privilege // of given, those that someone took away
	hold      bool                // of which the rest is left as it is
	err       error               // why it cannot be given at all

	shows func(definition string, r provision.Reach) bool // whether what shows this may be given
	known func(provision.Reach) error                     // why it may not be given with what is opened with it
}

// personRole names the role of ours that is the default role of a person's account.
func (j *job) personRole(i int) string { return j.people[i].account.role(j.installation) }

// roleOf names the role of a privilege on the approved object.
func (j *job) roleOf(p request.Privilege) string {
	letter := letters[p]
	if readsColumns(p) {
		letter = letters[request.Read]
	}
	return roleName(j.installation, letter, j.path, j.object, string(p))
}

func (j *job) container() bool { return j.table == "" }

// kinds are the assets that can be granted, by how many parts their paths have.
var kinds = map[catalog.Kind]int{catalog.Database: 1, catalog.Table: 2, catalog.PartitionedTable: 2, catalog.View: 2, catalog.ForeignTable: 2}

func refusePrincipal(p request.Principal, format string, args ...any) error {
	return &provision.RefusedError{What: fmt.Sprintf("principal %q", excerpt.Of(p.Name, maxShown)), Reason: fmt.Sprintf(format, args...)}
}

// newJob reads where an asset stands, without its people.
func (p *Provisioner) newJob(a catalog.Asset) (*job, error) {
	path := a.Ref.Path()
	// A removal needs no kind: the object may be known by its id alone.
	parts, grantable := kinds[a.Kind]
	if !grantable && a.Kind != "" {
		return nil, converge.RefuseAsset(a.Ref, "is a %s; only tables, views and databases can be granted on MariaDB", a.Kind)
	}
	if len(path) == 0 || len(path) > 2 || a.Kind != "" && len(path) != parts || a.Ref.Connection() != p.to.Connection.Name {
		return nil, converge.RefuseAsset(a.Ref, "is no database, and no table in one, on connection %s", p.to.Connection.Name)
	}
	for _, part := range path {
		if utf8.RuneCountInString(part) > maxName || part == "" || strings.ContainsRune(part, 0) {
			return nil, converge.RefuseAsset(a.Ref, "holds a name that is empty, or longer than %d characters", maxName)
		}
	}
	j := &job{asset: a, installation: p.to.Installation, path: catalog.FormatPath(path), database: path[0]}
	if len(path) == 2 {
		j.table = path[1]
	}
	if system(j.database) {
		return nil, converge.RefuseAsset(a.Ref, "is of the server itself, or of Grantwright")
	}
	if a.ID != "" {
		var whole bool
		if j.server, j.object, whole = strings.Cut(a.ID, "/"); !whole || j.server == "" || j.object == "" {
			return nil, converge.RefuseAsset(a.Ref, "has the id %q, must be <id of the server>/<id of the object>", excerpt.Of(a.ID, maxShown))
		}
	}
	return j, nil
}

// system reports whether a database holds no data of people's.
func system(database string) bool {
	name := strings.ToLower(database)
	return slices.Contains([]string{"mysql", "information_schema", "performance_schema", "sys"}, name) || strings.HasPrefix(name, "gw_")
}

// People implements converge.Job.
func (j *job) People() []int {
	indexes := make([]int, len(j.people))
	for i, p := range j.people {
		indexes[i] = p.index
	}
	return indexes
}

// Add implements converge.Job.
func (j *job) Add(index int, w provision.Standing) {
	p := person{index: index, principal: w.Principal, hold: w.Hold, shows: w.Shows, known: w.Known}
	for _, a := range w.Want {
		switch {
		case len(a.Unmasked) > 0:
			p.err = converge.RefuseAsset(w.Asset.Ref, "is unmasked for nobody by us on MariaDB, where we put no masks into force")
		case len(a.Columns) > 0 && j.columnsRefused(a) != nil:
			p.err = j.columnsRefused(a)
		case !slices.Contains(privileges, a.Privilege):
			p.err = converge.RefusePrivilege(a)
		case !slices.Contains(p.want, privilegeOf(a)):
			p.want = append(p.want, privilegeOf(a))
		}
	}
	slices.Sort(p.want)
	for _, a := range w.Given {
		if len(a.Unmasked) == 0 && slices.Contains(p.want, privilegeOf(a)) {
			p.given, p.gave = append(p.given, privilegeOf(a)), append(p.gave, a)
		}
	}
	slices.Sort(p.given)
	if _, masked := w.MaskingOf(w.Asset.Ref); masked && len(w.Want) > 0 && p.err == nil {
		p.err = fmt.Errorf("%w: %w", provision.ErrUnmasked, converge.RefuseAsset(w.Asset.Ref, "is masked, and we put no masks into force on MariaDB; register a view that masks it, and ask for that"))
	}
	if err := j.setCoverage(w); err != nil && p.err == nil {
		p.err = err
	}
	var err error
	if p.account, err = parseAccount(w.Principal.Name); err != nil && len(p.want) > 0 && p.err == nil {
		p.err = refusePrincipal(w.Principal, "%v", err)
	}
	if w.Principal.Group && len(p.want) > 0 && p.err == nil {
		p.err = refusePrincipal(w.Principal, "is a group; on MariaDB one role is active when somebody logs in, so that a group role reaches nobody who has access of their own; ask for each person")
	}
	j.people = append(j.people, p)
}

// setCoverage notes the assets that access to a database covers, which are the same for
// all its people. Masked assets are left out: we make no masked views on MariaDB, and give
// nobody the table itself.
func (j *job) setCoverage(w provision.Standing) error {
	if !j.container() || len(w.Want) == 0 {
		return nil
	}
	below := slices.DeleteFunc(slices.Clone(w.Below), func(a catalog.Asset) bool { _, masked := w.MaskingOf(a.Ref); return masked })
	if j.covered && !slices.EqualFunc(j.below, below, func(a, b catalog.Asset) bool { return a.Ref == b.Ref && a.Object() == b.Object() }) {
		return fmt.Errorf("%w: access to %s is said to cover this and that in one call", provision.ErrPermanent, w.Asset.Ref)
	}
	j.covered, j.below = true, below
	return nil
}

// keys name the locks of the job: that of the asset, and those of the people whose own
// role may change. Every job takes its asset first and then its people in order, so that no
// two wait for each other.
func (j *job) keys() []string {
	people := make([]string, 0, len(j.people))
	for _, p := range j.people {
		if p.account.user != "" {
			people = append(people, "person "+p.account.String())
		}
	}
	slices.Sort(people)
	return append([]string{"asset " + j.path}, slices.Compact(people)...)
}

// elsewhere refuses to act on another server than the one that the asset was approved on.
func (j *job) elsewhere(s server) error {
	if j.server == "" || j.server == s.id {
		return nil
	}
	return converge.RefuseAsset(j.asset.Ref, "was approved on the server with the id %s, and the connection leads to %s now; nothing was changed", j.server, s.id)
}
