package mariadbprovision

import (
	"cmp"
	"context"
	"slices"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/request"
)

// Check implements provision.Checker. An asset without an id is taken as it stands
// now; one with an id must be that object still. An account of MariaDB has no id.
func (p *Provisioner) Check(ctx context.Context, want provision.Standing) (provision.Standing, error) {
	return p.loop.Check(ctx, want)
}

func (p *Provisioner) check(ctx context.Context, j *job, want []provision.Standing) ([]converge.Checked, error) {
	for i, w := range want {
		if len(w.Want) == 0 {
			// Whether access could be given is asked, even where none is wanted yet.
			w.Want = []provision.Access{{Privilege: request.Read}}
		}
		j.Add(i, w)
	}
	s, v, err := p.peek(ctx, j)
	if err != nil {
		return nil, err
	}
	defer s.end()
	asset := want[0].Asset
	if o := v.object(j); asset.ID == "" && o != nil {
		j.server, j.object = v.server.id, o.id
		asset.ID = v.server.id + "/" + o.id
		asset.Source.Owner = cmp.Or(asset.Source.Owner, o.owner)
		j.asset = asset
	}
	asset.Through, asset.Definition = v.reach, v.definition
	checked := make([]converge.Checked, len(want))
	for i, err := range j.decide(v).errs {
		if err == nil {
			err = j.unlessAll(v, j.people[i])
		}
		w := want[i]
		w.Asset = asset
		checked[i] = converge.Checked{Standing: w, Err: err}
	}
	return checked, nil
}

// peek looks without locks; nothing will be changed.
func (p *Provisioner) peek(ctx context.Context, j *job) (*session, *view, error) {
	s, err := p.session(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := j.elsewhere(s.server); err != nil {
		s.end()
		return nil, nil, err
	}
	v, err := s.look(ctx, j)
	if err != nil {
		s.end()
		return nil, nil, err
	}
	return s, v, nil
}

// remarks say what limits the access, and what cannot be known of it.
func (j *job) remarks(v *view, p person) []string {
	return append(j.columnRemarks(v, p), v.reach.Remarks(slices.Contains(p.want, request.ReadWrite))...)
}

// Plan implements provision.Planner: the statements are those that Apply would run
// now. They open nothing else: MariaDB has no right that wakes another.
func (p *Provisioner) Plan(ctx context.Context, want []provision.Standing) []provision.Plan {
	return p.loop.Plan(ctx, want)
}

func (p *Provisioner) plan(ctx context.Context, j *job) ([]provision.Plan, error) {
	s, v, err := p.peek(ctx, j)
	if err != nil {
		return nil, err
	}
	defer s.end()
	j = j.withoutWithdrawn(v)
	d := j.decide(v)
	paths, err := s.paths(ctx, j, v)
	if err != nil {
		return nil, err
	}
	b, err := s.readBroken(ctx, j, v)
	if err != nil {
		return nil, err
	}
	plans := make([]provision.Plan, len(j.people))
	for i, person := range j.people {
		plans[i] = provision.Plan{Err: d.errs[i], Withdrawn: person.accessWithdrawn(), Statements: ranFor(d.acts, i), Paths: paths[i],
			Reach: v.reach, Definition: v.definition, Remarks: append(j.remarks(v, person), namesakeRemarks(v.namesakes[i])...)}
		if len(person.want) > 0 && plans[i].Err == nil {
			plans[i].Gaps, plans[i].Err = j.works(v, b, i)
		}
	}
	return plans, nil
}
