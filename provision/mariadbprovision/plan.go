package mariadbprovision

import (
	"context"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Check implements provision.Checker. An asset without an id is taken as it stands
// now; one with an id must be that object still. An account of MariaDB has no id.
func (p *Provisioner) Check(ctx context.Context, want provision.Standing) (provision.Standing, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	var checked provision.Standing
	err := persevere(ctx, func() (err error) {
		checked, err = p.check(ctx, want)
		return err
	})
	if err != nil {
		return want, p.wrap(explain(err))
	}
	return checked, nil
}

func (p *Provisioner) check(ctx context.Context, want provision.Standing) (provision.Standing, error) {
	j, err := p.newJob(want.Asset)
	if err != nil {
		return want, err
	}
	if len(want.Want) == 0 {
		// Whether access could be given is asked, even where none is wanted yet.
		asked := want
		asked.Want = []provision.Access{{Privilege: request.Read}}
		j.add(0, asked)
	} else {
		j.add(0, want)
	}
	s, v, err := p.peek(ctx, j)
	if err != nil {
		return want, err
	}
	defer s.end()
	if o := v.object(j); want.Asset.ID == "" && o != nil {
		j.server, j.object = v.server.id, o.id
		want.Asset.ID = v.server.id + "/" + o.id
		if want.Asset.Source.Owner == "" {
			want.Asset.Source.Owner = o.owner
		}
		j.asset = want.Asset
	}
	return want, j.decide(v).errs[0]
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

// Plan implements provision.Planner: the statements are those that Apply would run
// now. They open nothing else: MariaDB has no right that wakes another.
func (p *Provisioner) Plan(ctx context.Context, want []provision.Standing) []provision.Plan {
	ctx, cancel := bounded(ctx)
	defer cancel()
	plans := make([]provision.Plan, len(want))
	for _, j := range p.jobs(want, func(i int, err error) { plans[i].Err = err }) {
		if err := persevere(ctx, func() error { return p.plan(ctx, j, plans) }); err != nil {
			for _, person := range j.people {
				plans[person.index].Err = p.wrap(explain(err))
			}
		}
	}
	return plans
}

func (p *Provisioner) plan(ctx context.Context, j *job, plans []provision.Plan) error {
	s, v, err := p.peek(ctx, j)
	if err != nil {
		return err
	}
	defer s.end()
	j = j.heed(v)
	c := j.decide(v)
	paths, err := s.paths(ctx, j, v)
	if err != nil {
		return err
	}
	for i, person := range j.people {
		plan := &plans[person.index]
		plan.Withdrawn = person.accessWithdrawn()
		plan.Statements = ranFor(c.acts, i)
		plan.Paths = paths[i]
		if c.errs[i] != nil {
			plan.Err = p.wrap(c.errs[i])
		}
	}
	return nil
}
