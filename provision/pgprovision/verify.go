package pgprovision

import (
	"slices"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/reach"
	"github.com/grantwright/grantwright/request"
)

// proof is what the platform says of the people: what they lack to use the access, by which
// other ways they get in, and who is in those that are groups.
type proof struct {
	lacks  map[uint32][]reach.Lack
	paths  map[uint32][]provision.Path
	crowds map[uint32]reach.Crowd

	doubts  map[uint32][]string // what they perhaps lack, in words
	unknown map[uint32][]string // what cannot be known of the other ways
}

// prove lists the readings of a proof. It asks for the effective rights of the logins, for
// the people and the things that a view found.
func (j *job) prove(v *view) (proof, []cluster.Reading) {
	found := proof{make(map[uint32][]reach.Lack), make(map[uint32][]provision.Path), make(map[uint32]reach.Crowd), make(map[uint32][]string), make(map[uint32][]string)}
	q := j.question(v)
	var readings []cluster.Reading
	if v.here && len(q.People) > 0 {
		readings = append(readings, q.Paths(found.paths, found.unknown))
	}
	if v.here && v.object != nil && j.gives() {
		readings = append(readings, q.Lacks(found.lacks, found.doubts))
		if len(q.Columns) > 0 {
			readings = append(readings, q.ColumnLacks(found.lacks))
		}
	}
	if len(q.Groups) > 0 {
		readings = append(readings, q.Crowds(found.crowds))
	}
	return found, readings
}

// outcomes are what became of the people: whether the login can use the access now, and by
// which other ways it gets in.
func (r round) outcomes(ended []act) []provision.Outcome {
	j, v, d := r.job, r.view, r.decision
	outcomes := make([]provision.Outcome, len(j.people))
	for i, person := range j.people {
		o := &outcomes[i]
		o.Ran = append(ranFor(j.ran, i), ranFor(ended, i)...)
		o.Taken = d.found == nil && d.kept[i] == nil
		o.Withdrawn = person.accessWithdrawn()
		o.Act = j.lastAct(v, i)
		o.Reach, o.Definition = v.reach, v.definition
		if l := v.people[i]; l != nil {
			o.Remaining = append(r.proof.paths[l.id], j.besides(v, i)...)
			if len(person.want) == 0 {
				o.Remarks = r.proof.unknown[l.id]
			}
		}
		switch {
		case d.errs[i] != nil:
			o.Err = d.errs[i]
		case d.found != nil:
			o.Err = d.found
		case d.kept[i] != nil:
			o.Err = d.kept[i]
		case len(person.want) > 0:
			o.Gaps, o.Err = r.works(i)
			o.Query = v.query
			o.Remarks = append(j.remarks(v, person, r.proof.crowds[v.people[i].id]), r.proof.doubts[v.people[i].id]...)
		}
	}
	return outcomes
}

// lastAct is the last act about one of the people: ours, or whichever gave what stands.
func (j *job) lastAct(v *view, i int) int64 {
	last := j.act
	for _, r := range v.roles {
		if l := v.people[i]; l != nil && r.object == j.object {
			last = max(last, v.members[membership{r.id, l.id}].act)
		}
	}
	return last
}

// groups are the principals that are groups.
func (j *job) groups(v *view) []int64 {
	var groups []int64
	for i, l := range v.people {
		if l != nil && j.people[i].principal.Group {
			groups = append(groups, int64(l.id))
		}
	}
	return groups
}

// question is about the people and the things that a view found.
func (j *job) question(v *view) reach.Question {
	q := reach.Question{Place: j.place, Object: j.object, Container: j.container(), People: v.peopleIDs(), Groups: j.groups(v),
		Database: v.server.DatabaseID, Schemas: v.schemaIDs(), Bases: v.baseIDs()}
	for i, l := range v.people {
		if l != nil && slices.Contains(j.people[i].want, request.ReadWrite) {
			q.Writers = append(q.Writers, int64(l.id))
		}
	}
	for _, r := range v.covered {
		q.Relations = append(q.Relations, int64(r.id))
		q.Beneath = q.Beneath || r.beneath || r.base != 0
		if r.updatable {
			q.Writable = append(q.Writable, int64(r.id))
		}
	}
	q.Columns = j.columnsAsked(v)
	if !j.container() && j.object != 0 {
		q.Bases = []int64{int64(j.object)} // wherever it is by now
	}
	return q
}
