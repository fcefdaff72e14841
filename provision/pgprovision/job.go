package pgprovision

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/request"
)

// maxGroup bounds how many people one statement names. The engine stores the statement
// with the grant of each of them.
const maxGroup = 100

// job is one asset with all the people of one Apply for it.
type job struct {
	asset    catalog.Asset
	database string
	schema   string       // empty for a database
	name     string       // empty for a container
	place    naming.Place // its system is filled in when it is known
	object   uint32       // the approved object; zero if no id was given
	people   []person

	below     []cover         // the assets that access to a container covers; nil if they are not known
	covers    []catalog.Asset // the Standing.Below that they were read from
	known     []catalog.Links // of each of below, as a sync saw it
	deciding  []catalog.Ref   // the Standing.Deciding
	uncovered error           // why they are not known, though access is wanted

	masked []provision.Masking // the masks of the asset, and of what is below it

	shut   error // why its database lets us in no longer; nil where it does
	act    int64 // the last that changed something
	spares bool  // roles that nobody is in are left to a later call: somebody's lock is in the way

	done []act // committed
	ran  []act // committed, or perhaps committed
}

// person is the principal of one Standing, with the privileges that it wants.
type person struct {
	index     int // of the Standing in the call
	principal request.Principal
	want      []request.Privilege // sorted; sets of columns, and unmask of each that is to be shown clear
	given     []request.Privilege // of want, those that stood when they were read back before
	gave      []provision.Access  // that given comes from
	withdrawn []request.Privilege // of given, those that someone took away
	hold      bool                // of which the rest is left as it is
	err       error               // why it cannot be given at all

	shows func(definition string, r provision.Reach) bool // whether what shows this may be given
	known func(provision.Reach) error                     // why it may not be given with what is opened with it
}

// shape names the parts of the path of an asset of a kind.
func shape(k catalog.Kind) []string {
	switch k {
	case catalog.Database:
		return []string{"database"}
	case catalog.Schema:
		return []string{"database", "schema"}
	}
	return []string{"database", "schema", "object"}
}

// newJob reads where an asset stands, without its people.
func (p *Provisioner) newJob(a catalog.Asset) (*job, error) {
	path := a.Ref.Path()
	// A removal needs no kind: the object may be known by its id alone.
	if _, grantable := naming.Relkinds[a.Kind]; !grantable && a.Kind != "" {
		return nil, converge.RefuseAsset(a.Ref, "is a %s; only tables, views, schemas and databases can be granted on PostgreSQL", a.Kind)
	}
	parts := shape(a.Kind)
	if len(path) != len(parts) && (a.Kind != "" || len(path) == 0 || len(path) > len(parts)) || a.Ref.Connection() != p.to.Connection.Name {
		return nil, converge.RefuseAsset(a.Ref, "is not %s on connection %s", strings.Join(parts, "."), p.to.Connection.Name)
	}
	for _, part := range path {
		if len(part) > naming.MaxName {
			return nil, converge.RefuseAsset(a.Ref, "holds a name of more than %d bytes, which PostgreSQL would cut", naming.MaxName)
		}
	}
	path = append(path, "", "")
	j := &job{asset: a, database: path[0], schema: path[1], name: path[2]}
	j.place = naming.Place{Ref: a.Ref, System: p.cluster.System, Installation: p.to.Installation}
	if a.ID != "" {
		system, database, object, err := naming.ParseID(a.ID, a.Ref)
		if err != nil {
			return nil, converge.RefuseAsset(a.Ref, "has the id %q, which %v", a.ID, err)
		}
		if system != p.cluster.System {
			return nil, &converge.ElsewhereError{Err: converge.RefuseAsset(a.Ref, "was approved on the cluster with system identifier %s, and the connection leads to %s now; nothing was changed", system, p.cluster.System)}
		}
		j.place.DatabaseID, j.object = database, object
	}
	return j, nil
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
		case len(a.Columns) > 0 && j.columnsRefused(a) != nil:
			p.err = j.columnsRefused(a)
		case !slices.Contains(naming.Privileges, a.Privilege):
			p.err = converge.RefusePrivilege(a)
		default:
			p.want = append(p.want, privilegesOf(a)...)
		}
	}
	p.want = sorted(p.want)
	for _, a := range w.Given {
		if within(privilegesOf(a), p.want) {
			p.gave, p.given = append(p.gave, a), append(p.given, privilegesOf(a)...)
		}
	}
	p.given = sorted(p.given)
	j.setMasks(w)
	if err := j.setCoverage(w); err != nil && p.err == nil {
		p.err = err
	}
	if err := naming.CheckPrincipal(w.Principal.Name); err != nil && len(p.want) > 0 && p.err == nil {
		p.err = refusePrincipal(w.Principal, err.Error())
	}
	j.people = append(j.people, p)
}

// privilegesOf are those that an access is made of.
func privilegesOf(a provision.Access) []request.Privilege {
	switch {
	case len(a.Columns) > 0:
		return []request.Privilege{naming.Columns(a.Columns, a.ColumnIDs)}
	case len(a.Unmasked) == 0:
		return []request.Privilege{a.Privilege}
	}
	all := make([]request.Privilege, len(a.Unmasked))
	for i, column := range a.Unmasked {
		all[i] = naming.Unmask(column)
	}
	return all
}

func sorted(all []request.Privilege) []request.Privilege {
	slices.Sort(all)
	return slices.Compact(all)
}

func within(some, all []request.Privilege) bool {
	return !slices.ContainsFunc(some, func(p request.Privilege) bool { return !slices.Contains(all, p) })
}

// refused says why the asset can have no grant.
func (j *job) refused(format string, args ...any) error {
	return converge.RefuseAsset(j.asset.Ref, format, args...)
}

func refusePrincipal(p request.Principal, reason string) error {
	return &provision.RefusedError{What: fmt.Sprintf("principal %q", excerpt.Of(p.Name, 2*naming.MaxName)), Reason: reason}
}

// gives reports whether anyone on the job should get anything.
func (j *job) gives() bool {
	return slices.ContainsFunc(j.people, func(p person) bool { return len(p.want) > 0 })
}

// samePair reports whether two Standings of the same names may mean the same
// person and object. Under one name several can have stood, one after another:
// each has grants of its own, which end on their own.
func samePair(a, b provision.Standing) bool {
	same := func(a, b string) bool { return a == "" || b == "" || a == b }
	return same(a.Principal.ID, b.Principal.ID) && same(a.Asset.ID, b.Asset.ID)
}

// apart makes jobs of the people that a statement failed for, in two halves, and of
// all others.
func apart(j *job, err error) []*job {
	var failed *actError
	if !errors.As(err, &failed) || !failed.act.named || len(j.people) < 2 {
		return nil
	}
	people := failed.act.people
	var others []int
	for i := range j.people {
		if !slices.Contains(people, i) {
			others = append(others, i)
		}
	}
	var jobs []*job
	for _, group := range [][]int{others, people[:len(people)/2], people[len(people)/2:]} {
		if len(group) > 0 {
			jobs = append(jobs, j.some(group))
		}
	}
	return jobs
}

// some is a job for some of the people alone, by their positions.
func (j *job) some(positions []int) *job {
	one := *j
	one.people = make([]person, len(positions))
	for k, i := range positions {
		one.people[k] = j.people[i]
	}
	one.done = nil
	for _, a := range j.done {
		if a.people != nil {
			moved := []int{}
			for k, i := range positions {
				if slices.Contains(a.people, i) {
					moved = append(moved, k)
				}
			}
			a.people = moved
		}
		one.done = append(one.done, a)
	}
	one.ran = one.done
	return &one
}
