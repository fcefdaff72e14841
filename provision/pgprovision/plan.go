package pgprovision

import (
	"context"
	"fmt"
	"strconv"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// maxOpens bounds what one plan lists.
const maxOpens = 100

// Check implements provision.Checker. An asset without an id is taken as it
// stands now; one with an id must be that object still.
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
	j.add(0, want)
	s, v, err := p.peek(ctx, j)
	if err != nil {
		return want, err
	}
	defer s.end()
	if want.Asset.ID == "" && v.object != nil {
		j.object = v.object.id
		want.Asset.ID = formatID(p.system, v.server.databaseID, v.object.id)
		if want.Asset.Source.Owner == "" {
			want.Asset.Source.Owner = v.object.owner
		}
		j.asset = want.Asset
	}
	if len(want.Want) == 0 {
		// Whether access could be given is asked, even where none is wanted yet.
		j.people[0].want = []request.Privilege{request.Read}
	}
	if err := j.decide(v).errs[0]; err != nil {
		return want, err
	}
	want.Principal.ID = strconv.FormatUint(uint64(v.people[0].id), 10)
	return want, nil
}

// peek looks without the lock; nothing will be changed.
func (p *Provisioner) peek(ctx context.Context, j *job) (*session, *view, error) {
	s, err := p.arrive(ctx, j)
	if err != nil {
		return nil, nil, err
	}
	v, err := s.look(ctx, j)
	if err != nil {
		s.end()
		return nil, nil, err
	}
	return s, v, nil
}

// Plan implements provision.Planner: the statements are those that Apply would
// run now.
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
		if c.errs[i] != nil {
			plan.Err = p.wrap(c.errs[i])
		} else if plan.Opens, err = s.opens(ctx, j, v, i); err != nil {
			return err
		}
		plan.Statements = ranFor(c.acts, i)
		if l := v.people[i]; l != nil {
			plan.Paths = paths[l.id]
		}
	}
	return nil
}

// opens lists what new CONNECT and USAGE would wake beside what is wanted:
// rights that the person has already, and cannot use today.
func (s *session) opens(ctx context.Context, j *job, v *view, i int) ([]string, error) {
	const query = `
		select format('%I.%I', n.nspname, c.relname) || ' becomes readable' from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.oid <> $3 and n.nspname not in ('pg_catalog', 'information_schema')
			and has_table_privilege($1::oid, c.oid, 'SELECT')
			and (n.oid = $2 or has_schema_privilege($1::oid, n.oid, 'USAGE'))
			and not (has_database_privilege($1::oid, $4::oid, 'CONNECT') and has_schema_privilege($1::oid, n.oid, 'USAGE'))
		order by 1 limit $5`
	if len(j.people[i].want) == 0 {
		return nil, nil
	}
	var opens []string
	if v.object.rowSecured {
		opens = append(opens, "row level security holds on "+quote(j.schema, j.name)+": its policies decide which rows are seen")
	}
	err := s.query(ctx, func(scan func(...any) error) error {
		var line string
		err := scan(&line)
		opens = append(opens, line)
		return err
	}, query, v.people[i].id, v.object.schemaID, v.object.id, s.server.databaseID, maxOpens)
	if len(opens) == maxOpens {
		opens = append(opens, fmt.Sprintf("and perhaps more: the first %d are listed", maxOpens))
	}
	return opens, err
}
