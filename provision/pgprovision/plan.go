package pgprovision

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/reach"
	"github.com/grantwright/grantwright/request"
)

// Check implements provision.Checker. An asset without an id is taken as it
// stands now; one with an id must be that object still.
func (p *Provisioner) Check(ctx context.Context, want provision.Standing) (provision.Standing, error) {
	return p.loop.Check(ctx, want)
}

func (p *Provisioner) check(ctx context.Context, j *job, want []provision.Standing) ([]converge.Checked, error) {
	for i, w := range want {
		j.Add(i, w)
	}
	// No lock: nothing will be changed.
	s, v, err := p.visit(ctx, j, "rollback")
	if err != nil {
		return nil, err
	}
	s.End()
	if j.asset.ID == "" && v.object != nil {
		j.object = v.object.id
		j.asset.ID = naming.FormatID(p.cluster.System, v.server.DatabaseID, v.object.id, j.asset.Ref)
		j.asset.Source.Owner = cmp.Or(j.asset.Source.Owner, v.object.owner)
	}
	for i, w := range want {
		if len(w.Want) == 0 {
			// Whether access could be given is asked, even where none is wanted yet.
			j.people[i].want = []request.Privilege{request.Read}
		}
	}
	checked := make([]converge.Checked, len(want))
	for i, err := range j.decide(v).errs {
		if err == nil {
			err = j.unlessAll(v, j.people[i])
		}
		checked[i] = j.checked(v, i, want[i], err)
	}
	return checked, nil
}

// checked is a Standing with the ids of its asset and its principal, unless an error
// keeps access from being given. The masked view may be made before.
func (j *job) checked(v *view, i int, want provision.Standing, err error) converge.Checked {
	if err != nil && (!errors.Is(err, provision.ErrUnmasked) || errors.Is(err, provision.ErrByHand)) {
		return converge.Checked{Err: err}
	}
	want.Asset, want.Want = j.asset, j.withIDs(v, want.Want)
	want.Asset.Through, want.Asset.Definition = v.reach, v.definition
	want.Principal.ID = strconv.FormatUint(uint64(v.people[i].id), 10)
	return converge.Checked{Standing: want}
}

// Plan implements provision.Planner: the statements are those that Apply would
// run now.
func (p *Provisioner) Plan(ctx context.Context, want []provision.Standing) []provision.Plan {
	return p.loop.Plan(ctx, want)
}

func (p *Provisioner) plan(ctx context.Context, j *job) ([]provision.Plan, error) {
	s, v, err := p.visit(ctx, j, "")
	if err != nil {
		return nil, err
	}
	defer s.End()
	j = j.withoutWithdrawn(v)
	d := j.decide(v)
	paths, opens, crowds := make(map[uint32][]provision.Path), make(map[uint32][]string), make(map[uint32]reach.Crowd)
	var readings []cluster.Reading
	lacks, doubts := make(map[uint32][]reach.Lack), make(map[uint32][]string)
	r := round{job: j, view: v, decision: d, proof: proof{lacks: lacks, doubts: doubts, paths: paths, crowds: crowds}}
	stands := v.here && v.object != nil && len(d.acts) == 0 && j.gives() // then what is lacking stays so
	if v.here && len(v.peopleIDs()) > 0 {
		q := j.question(v)
		readings = []cluster.Reading{q.Paths(paths, make(map[uint32][]string)), q.Opens(opens), q.Crowds(crowds)}
		if stands {
			readings = append(readings, q.Lacks(lacks, doubts))
		}
	}
	if err := s.Conclude(ctx, readings); err != nil {
		return nil, err
	}
	plans := make([]provision.Plan, len(j.people))
	for i, person := range j.people {
		plan := &plans[i]
		plan.Withdrawn = person.accessWithdrawn()
		plan.Statements = ranFor(d.acts, i)
		plan.Reach, plan.Definition = v.reach, v.definition
		l := v.people[i]
		if l != nil {
			plan.Paths = append(paths[l.id], j.besides(v, i)...)
		}
		switch {
		case d.errs[i] != nil:
			plan.Err = d.errs[i]
		case len(person.want) > 0:
			plan.Query = v.query
			plan.Opens, plan.Remarks = opens[l.id], append(j.remarks(v, person, crowds[l.id]), doubts[l.id]...)
			if plan.Gaps = d.gaps(v, i); stands {
				plan.Gaps, plan.Err = r.works(i)
			}
		}
	}
	return plans, nil
}

// remarks list other things than the grant that limit how much of the asset is seen, and
// say what cannot be known of it.
func (j *job) remarks(v *view, p person, c reach.Crowd) []string {
	var secured, parts, remarks []string
	for _, r := range v.covered {
		name := naming.Quote(r.schema, r.name)
		if r.rowSecured {
			secured = append(secured, name+" ("+policiesOf(r)+")")
		}
		if r.partSecured {
			parts = append(parts, name)
		}
	}
	if len(secured) > 0 {
		remarks = append(remarks, "row level security holds on "+naming.Few(secured)+": its policies decide which rows are seen")
	}
	if len(parts) > 0 {
		remarks = append(remarks, "row level security holds on the table that "+naming.Few(parts)+" is a part of, and not on the part alone: all its rows are seen")
	}
	if len(v.left) > 0 {
		remarks = append(remarks, naming.Few(v.left)+" stands no longer as it was last seen, and is left out until the next sync")
	}
	if len(v.aside) > 0 {
		remarks = append(remarks, "left out: "+naming.Few(v.aside))
	}
	if c.Without > 0 {
		remarks = append(remarks, "in the group without inheriting from it, so that they have the access only where they set role to it: "+c.Text())
	}
	if c.Unmapped > 0 {
		remarks = append(remarks, "in the group without a user mapping for the foreign servers, so that they cannot read the rows there: "+c.Strangers())
	}
	remarks = append(remarks, j.columnRemarks(v, p)...)
	return append(remarks, v.reach.Remarks(slices.Contains(p.want, request.ReadWrite))...)
}
