package pgprovision

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/request"
)

// maxOpens bounds how many assets one plan lists as opened.
const maxOpens = 100

// Check implements provision.Checker. An asset without an id is taken as it
// stands now; one with an id must be that object still.
func (p *Provisioner) Check(ctx context.Context, want provision.Standing) (provision.Standing, error) {
	return p.loop.Check(ctx, want)
}

func (p *Provisioner) check(ctx context.Context, j *job, want provision.Standing) (provision.Standing, error) {
	j.Add(0, want)
	// No lock: nothing will be changed.
	s, v, err := p.visit(ctx, j, "rollback")
	if err != nil {
		return want, err
	}
	s.End()
	if want.Asset.ID == "" && v.object != nil {
		j.object = v.object.id
		want.Asset.ID = naming.FormatID(p.cluster.System, v.server.DatabaseID, v.object.id, want.Asset.Ref)
		if want.Asset.Source.Owner == "" {
			want.Asset.Source.Owner = v.object.owner
		}
		j.asset = want.Asset
	}
	if len(want.Want) == 0 {
		// Whether access could be given is asked, even where none is wanted yet.
		j.people[0].want = []request.Privilege{request.Read}
	}
	// The masked view may be made before access is given.
	if err := j.decide(v).errs[0]; err != nil && (!errors.Is(err, provision.ErrUnmasked) || errors.Is(err, provision.ErrByHand)) {
		return want, err
	}
	want.Principal.ID = strconv.FormatUint(uint64(v.people[0].id), 10)
	return want, nil
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
	paths, opens, crowds := make(map[uint32][]provision.Path), make(map[uint32][]string), make(map[uint32]crowd)
	var readings []cluster.Reading
	if v.here && len(v.peopleIDs()) > 0 {
		readings = []cluster.Reading{readPaths(j, v, paths), readOpens(j, v, opens), readCrowds(j, v, crowds)}
	}
	if err := s.Conclude(ctx, readings); err != nil {
		return nil, err
	}
	plans := make([]provision.Plan, len(j.people))
	for i, person := range j.people {
		plan := &plans[i]
		plan.Withdrawn = person.accessWithdrawn()
		plan.Statements = ranFor(d.acts, i)
		l := v.people[i]
		if l != nil {
			plan.Paths = paths[l.id]
		}
		switch {
		case d.errs[i] != nil:
			plan.Err = d.errs[i]
		case len(person.want) > 0:
			plan.Query = v.query
			plan.Opens = append(j.remarks(v, crowds[l.id]), opens[l.id]...)
			plan.Err = d.short[i]
		}
	}
	return plans, nil
}

// remarks list other things than the grant that limit how much of the asset is seen.
func (j *job) remarks(v *view, c crowd) []string {
	var secured, remarks []string
	for _, r := range v.covered {
		if r.rowSecured {
			secured = append(secured, naming.Quote(r.schema, r.name)+" ("+policiesOf(r)+")")
		}
	}
	if len(secured) > 0 {
		remarks = append(remarks, "row level security holds on "+naming.Few(secured)+": its policies decide which rows are seen")
	}
	if len(v.left) > 0 {
		remarks = append(remarks, naming.Few(v.left)+" stands no longer as it was last seen, and is left out until the next sync")
	}
	if c.without > 0 {
		remarks = append(remarks, "in the group without inheriting from it, so that they have the access only where they set role to it: "+c.text())
	}
	return remarks
}

// readOpens lists the tables that new CONNECT and USAGE would open beside the asset: the
// people have rights on them already, and cannot use these today.
func readOpens(j *job, v *view, opens map[uint32][]string) cluster.Reading {
	const query = `
		with people as (select oid from pg_roles where oid = any($1::oid[])),
		asleep as materialized (
			select p.oid as person, n.oid as schema, n.nspname
			from people p cross join pg_namespace n
			where n.nspname not in ('pg_catalog', 'information_schema')
				and (n.oid = any($2::oid[]) or has_schema_privilege(p.oid, n.oid, 'USAGE'))
				and not (has_database_privilege(p.oid, $4::oid, 'CONNECT') and has_schema_privilege(p.oid, n.oid, 'USAGE'))
		)
		select p.oid, x.line from people p cross join lateral (
			select format('%I.%I', a.nspname, c.relname) || ' becomes readable' as line
			from asleep a join pg_class c on c.relnamespace = a.schema
			where a.person = p.oid and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.oid <> all($3::oid[])
				and has_table_privilege(p.oid, c.oid, 'SELECT')
			order by 1 limit $5
		) x`
	relations, _ := v.relationIDs()
	args := []any{cluster.IDs(v.peopleIDs()), cluster.IDs(v.schemaIDs()), cluster.IDs(relations), v.server.DatabaseID, maxOpens}
	return cluster.Reading{SQL: query, Args: args, Scan: func(scan func(...any) error) error {
		var person uint32
		var line string
		err := scan(&person, &line)
		if opens[person] = append(opens[person], line); len(opens[person]) == maxOpens {
			opens[person] = append(opens[person], fmt.Sprintf("and perhaps more: the first %d are listed", maxOpens))
		}
		return err
	}}
}
