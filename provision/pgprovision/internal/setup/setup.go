// Package setup lists the statements by which an administrator prepares our role on a
// cluster, and keeps the mark of an installation there.
package setup

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// Statement is one statement of Setup with the database to run it in.
type Statement struct {
	Database  string // empty for any: it holds for the whole cluster
	Statement provision.Statement
}

// Setup is about one installation on one cluster.
type Setup struct {
	Cluster *cluster.Cluster
	Loop    cluster.Loop
	To      provision.Target
}

// Statements lists what has to be run still, for these databases only, or for all if none
// is named.
func (p Setup) Statements(ctx context.Context, databases ...string) ([]Statement, error) {
	steps, reachable, err := p.setupCluster(ctx, databases)
	if estranged := (*cluster.EstrangedError)(nil); errors.As(err, &estranged) {
		for _, statement := range estranged.Mend() {
			steps = append(steps, Statement{Statement: statement})
		}
		return steps, nil
	}
	for _, d := range reachable {
		if err != nil {
			break
		}
		var more []Statement
		more, err = p.setupDatabase(ctx, d)
		steps = append(steps, more...)
		if c := cluster.Code(err); c == "3D000" || c == "42501" {
			err = nil // dropped, or closed to us, since we looked
		}
	}
	return steps, err
}

// setupCluster lists the statements for the whole cluster, and the databases that we can
// connect to.
func (p Setup) setupCluster(ctx context.Context, only []string) (steps []Statement, databases []string, err error) {
	s, err := p.Cluster.Begin(ctx, p.Cluster.Database())
	if err != nil {
		return nil, nil, err
	}
	defer s.End()
	for _, query := range []string{setupRoles, setupMark, setupMembers} {
		if err := statements(ctx, s, "", &steps, nil, query, p.To.Installation, s.Server.SetsOptions()); err != nil {
			return nil, nil, err
		}
	}
	if err := p.setupMarker(ctx, s, &steps); err != nil { // here, although the scope may leave this database out
		return nil, nil, err
	}
	const query = `
		select d.datname, has_database_privilege(d.oid, 'CONNECT'),
			exists (select from aclexplode(d.datacl) a where a.grantee = $1 and a.privilege_type = 'CONNECT' and a.is_grantable)
		from pg_database d
		where d.datallowconn and not d.datistemplate and (cardinality($2::name[]) = 0 or d.datname = any($2::name[]))
		order by d.datname`
	err = s.Query(ctx, func(scan func(...any) error) error {
		var name string
		var connects, passes bool
		if err := scan(&name, &connects, &passes); err != nil {
			return err
		}
		if !p.To.Connection.Scope.Holds([]string{name}) {
			return nil
		}
		if !passes && utf8.ValidString(name) {
			steps = append(steps, Statement{Statement: provision.Statement("grant connect on database " + naming.Quote(name) + " to " + naming.Quote(s.Server.SelfName) + " with grant option")})
		}
		if connects {
			databases = append(databases, name)
		}
		return nil
	}, query, s.Server.Self, pq.Array(append([]string{}, only...)))
	return steps, databases, err
}

func (p Setup) setupDatabase(ctx context.Context, database string) ([]Statement, error) {
	s, err := p.Cluster.Begin(ctx, database)
	if err != nil {
		return nil, err
	}
	defer s.End()
	var steps []Statement
	if !s.Server.SetsOptions() {
		if err := p.setupMaker(ctx, s, database, &steps); err != nil {
			return nil, err
		}
	}
	if err := statements(ctx, s, database, &steps, nil, setupMasks, naming.Place{Installation: p.To.Installation}.MaskSchema()); err != nil {
		return nil, err
	}
	inScope := func(names []string) bool {
		schema, err := catalog.ParsePath(names[0])
		return err != nil || p.To.Connection.Scope.Holds([]string{database, schema[0]})
	}
	if err := statements(ctx, s, database, &steps, inScope, setupObjects, naming.Prefix+p.To.Installation); err != nil {
		return nil, err
	}
	if err := statements(ctx, s, database, &steps, nil, setupDefaults, naming.Prefix+p.To.Installation); err != nil {
		return nil, err
	}
	return steps, nil
}

// statements adds the statements that a query returns: in each row one, and the names that
// stand in its places. Names that are no text are those of nothing that can be granted. Holds
// says of the names whether a statement is wanted; nil wants all.
func statements(ctx context.Context, s *cluster.Session, database string, steps *[]Statement, holds func(names []string) bool, query string, args ...any) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var text string
		var names []string
		if err := scan(&text, pq.Array(&names)); err != nil {
			return err
		}
		quoted := make([]any, len(names))
		for i, n := range names {
			if !utf8.ValidString(n) {
				return nil
			}
			quoted[i] = naming.Requote(n)
		}
		if holds != nil && !holds(names) {
			return nil
		}
		*steps = append(*steps, Statement{Database: database, Statement: provision.Statement(fmt.Sprintf(text, quoted...))})
		return nil
	}, query, args...)
}

// setupRoles: from 16 on, CREATEROLE reaches only the roles that we made. Before,
// it would reach every role but superusers, pg_execute_server_program among them:
// there a role that nobody can become has it, and a function of that role makes
// ours. Ending sessions is needed where SET ROLE outlives a membership.
const setupRoles = `
	select 'alter role %s createrole', array[quote_ident(rolname)] from pg_roles where rolname = current_user and not rolcreaterole and $2
	union all
	select 'create role %s nologin createrole', array[quote_ident('gw_' || $1)] where not $2 and not exists (select from pg_roles where rolname = 'gw_' || $1)
	union all
	select 'grant pg_signal_backend to %s', array[quote_ident(current_user)] where not $2 and not pg_has_role('pg_signal_backend', 'USAGE')`

// setupObjects: rights that we may pass on, given by each owner (a statement of a
// superuser's counts as the owner's own).
const setupObjects = `
	with me as (select oid, rolname from pg_roles where rolname = current_user),
	schemas as (select * from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', $1::text, $1::text || '_masked')),
	lacking as (
		select n.nspname, c.relkind from pg_class c join schemas n on n.oid = c.relnamespace, me
		where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
			and (select count(*) from aclexplode(c.relacl) a where a.grantee = me.oid and a.is_grantable
				and a.privilege_type = any(case c.relkind when 'S' then '{USAGE}' else '{SELECT,INSERT,UPDATE,DELETE}' end::text[]))
				< case c.relkind when 'S' then 1 else 4 end
	)
	select 'grant usage on schema %s to %s with grant option', array[quote_ident(n.nspname), quote_ident(me.rolname)] from schemas n, me
	where not exists (select from aclexplode(n.nspacl) a where a.grantee = me.oid and a.is_grantable and a.privilege_type = 'USAGE')
	union all
	select 'grant select, insert, update, delete on all tables in schema %s to %s with grant option', array[quote_ident(nspname), quote_ident(rolname)]
	from (select distinct nspname from lacking where relkind <> 'S') x, me
	union all
	select 'grant usage on all sequences in schema %s to %s with grant option', array[quote_ident(nspname), quote_ident(rolname)]
	from (select distinct nspname from lacking where relkind = 'S') x, me
	order by 1, 2`

// setupMasks: a schema of our own for the masked views, so that we need not be able to
// make one.
const setupMasks = `
	with me as (select oid, rolname from pg_roles where rolname = current_user)
	select case when n.oid is null then 'create schema %s authorization %s' else 'alter schema %s owner to %s' end, array[quote_ident($1::text), quote_ident(me.rolname)]
	from me left join pg_namespace n on n.nspname = $1::text where n.nspowner is distinct from me.oid`

// setupDefaults: the same for what each owner creates later.
const setupDefaults = `
	with me as (select oid, rolname from pg_roles where rolname = current_user),
	schemas as (select * from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', $1::text, $1::text || '_masked')),
	owners as (
		select nspowner as owner from schemas
		union select c.relowner from pg_class c join schemas n on n.oid = c.relnamespace
		union select datdba from pg_database where datname = current_database()
	),
	kinds(type, name, rights, number) as (
		values ('n', 'schemas', 'usage', 1), ('r', 'tables', 'select, insert, update, delete', 4), ('S', 'sequences', 'usage', 1)
	)
	select 'alter default privileges for role %s grant ' || k.rights || ' on ' || k.name || ' to %s with grant option', array[quote_ident(r.rolname), quote_ident(me.rolname)]
	from owners o join pg_roles r on r.oid = o.owner, kinds k, me
	where o.owner <> me.oid and r.rolname !~ '^pg_'
		and (select count(*) from pg_default_acl d, aclexplode(d.defaclacl) a
			where d.defaclrole = o.owner and d.defaclnamespace = 0 and d.defaclobjtype::text = k.type and a.grantee = me.oid and a.is_grantable
				and upper(a.privilege_type) = any(string_to_array(upper(k.rights), ', '))) < k.number
	order by 1, 2`

// setupMaker lists the statements that install the functions by which we make and drop
// our roles before 16. They run as a role that may create roles; one makes only roles of our own
// names, which hold nothing, and the other drops only such as nobody is in. Both name us,
// so that they are listed anew where our login was renamed.
func (p Setup) setupMaker(ctx context.Context, s *cluster.Session, database string, steps *[]Statement) error {
	maker := naming.Prefix + p.To.Installation
	name, remark, us := naming.Literal("^"+maker+"_([a-z2-7]{26}|ending)_[0-9]{1,10}$"), naming.Literal("grantwright "+p.To.Installation+": "), naming.BodyLiteral(s.Server.SelfName)
	stands := false
	err := s.Query(ctx, func(scan func(...any) error) error { return scan(&stands) }, `
		select exists (select from pg_proc f join pg_namespace n on n.oid = f.pronamespace join pg_roles o on o.oid = f.proowner
			where n.nspname = $1 and f.proname in ('make_role', 'drop_role') and o.rolname = $1
				and has_schema_privilege(n.oid, 'USAGE') and has_function_privilege(f.oid, 'EXECUTE') and strpos(f.prosrc, $2) > 0
			having count(*) = 2)`, maker, us)
	if err != nil || stands {
		return err
	}
	statements := []string{"create schema if not exists " + naming.Quote(maker), "grant usage on schema " + naming.Quote(maker) + " to " + naming.Quote(s.Server.SelfName)}
	for _, f := range []struct{ name, definition string }{{"make_role(text, text)", makeRole}, {"drop_role(text)", dropRole}} {
		function := naming.Quote(maker) + "." + f.name
		statements = append(statements,
			fmt.Sprintf(f.definition, naming.Quote(maker), name, remark, us),
			"alter function "+function+" owner to "+naming.Quote(maker),
			"revoke all on function "+function+" from public",
			"grant execute on function "+function+" to "+naming.Quote(s.Server.SelfName))
	}
	for _, statement := range statements {
		*steps = append(*steps, Statement{Database: database, Statement: provision.Statement(statement)})
	}
	return nil
}

const makeRole = `create or replace function %s.make_role(role_name text, remark text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $make_role$
begin
	if role_name is null or remark is null or role_name !~ %s or not starts_with(remark, %s) then
		raise exception 'not a role of this installation of Grantwright' using errcode = 'insufficient_privilege';
	end if;
	execute format('create role %%I nologin', role_name);
	execute format('comment on role %%I is %%L', role_name, remark);
	execute format('grant %%I to %%I with admin option', role_name, %s);
end $make_role$`

const dropRole = `create or replace function %s.drop_role(role_name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $drop_role$
begin
	if not exists (select from pg_roles r where r.rolname = role_name and r.rolname ~ %s and starts_with(shobj_description(r.oid, 'pg_authid'), %s)
		and not exists (select from pg_auth_members m join pg_roles u on u.oid = m.member where m.roleid = r.oid and u.rolname <> %s)) then
		raise exception 'not a role of this installation of Grantwright, or somebody is in it' using errcode = 'insufficient_privilege';
	end if;
	execute format('drop role %%I', role_name);
end $drop_role$`
