package reach

import (
	"strconv"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/request"
)

// Lack is one reason why a login cannot use covered tables.
type Lack struct {
	Writing bool // only from writing
	what    string
	class   string   // of the things that it is about; empty if about none
	count   int      // of them
	names   []string // the first few of them, in order
}

// doubt is the class of what perhaps is no lack: only columns that are not read may need it.
const doubt = "doubt"

// Phrase says it as briefly as the asset allows: of a table that is the asset itself, and
// of its schema, the name is known.
func (l Lack) Phrase(container bool) string {
	switch {
	case l.count == 0 || !container && l.class == "table":
		return l.what
	case !container && l.class == "schema":
		return l.what + " on the schema"
	}
	return l.what + " on " + l.class + strings.TrimPrefix(of(l.count, l.names), " of")
}

// Lacks asks the platform for the effective rights of the logins, whoever gave them.
// A person who inherits a group role of ours has its rights: of that person only the
// rights that the role lacks are asked. Doubts are what perhaps is no lack, each as a remark.
func (q Question) Lacks(lacks map[uint32][]Lack, doubts map[uint32][]string) cluster.Reading {
	return cluster.Reading{SQL: q.lacksQuery(), Args: q.lackArgs(), Scan: func(scan func(...any) error) error {
		var id uint32
		var l Lack
		err := scan(&id, &l.Writing, &l.what, &l.class, &l.count, pq.Array(&l.names))
		l.what = visible.Text(l.what) // it holds names of others
		for i, name := range l.names {
			l.names[i] = naming.Requote(name)
		}
		if q.reads(id) && l.class == "table" && l.what == "no SELECT" {
			return err // on the whole of it, which they need not have
		}
		if l.class == doubt {
			doubts[id] = append(doubts[id], "reading"+of(l.count, l.names)+" may fail: "+l.what+", perhaps in a column that is not read")
			return err
		}
		lacks[id] = append(lacks[id], l)
		return err
	}}
}

// lacksQuery asks what is lacking beneath only where something lies there.
func (q Question) lacksQuery() string {
	counted, sequences, deeper, deep := "", "", "", ""
	if q.Beneath {
		counted, sequences, deeper, deep = `, targets(id) as (select unnest($7::oid[])),`+Counted, countedSequences, beneath+`,`, `
			union all select * from beneath`
	}
	return lackers + counted + wants + sequences + doubtful + deeper + logins + missing + deep + q.within() + answer + strconv.Itoa(q.named()) + grouped + q.counts()
}

const (
	countedSequences = `
			union all select distinct 'sequence', c.oid, 'USAGE', true from counted d cross join lateral (select oid from pg_class where oid = d.id and relkind = 'S' offset 0) c`
	lackers = `
		with recursive people as materialized (
			select r.*, r.oid = any($2::oid[]) as writes, r.oid = any($3::oid[]) as crowd, r.oid = any($10::oid[]) as partly from pg_roles r where r.oid = any($1::oid[])
		), roles as materialized (
			select oid, rolname = $9 as writes from pg_roles where rolname in ($8, $9)
		)`
	wants = `, wants(class, id, what, writing) as materialized (
			select 'schema', unnest($5::oid[]), 'USAGE', false
			union all select 'table', oid, 'SELECT', false from pg_class where oid = any($6::oid[])
			union all select 'table', oid, w, true from pg_class, unnest('{INSERT,UPDATE,DELETE}'::text[]) w where oid = any($7::oid[])`
	doubtful = `
		), gaps as materialized (
			select r.oid as role, w.* from roles r join wants w on r.writes or not w.writing
			where not case w.class when 'schema' then has_schema_privilege(r.oid, w.id, w.what)
				when 'sequence' then has_sequence_privilege(r.oid, w.id, w.what) else has_table_privilege(r.oid, w.id, w.what) end
		), uses as materialized (
			select p.oid as person, r.oid as role, r.writes from people p join roles r on pg_has_role(p.oid, r.oid, 'USAGE')
		), doubtful as (
			select u.person, g.class, g.id, g.what, g.writing from uses u join gaps g on g.role = u.role
			union select p.oid, w.* from people p join wants w on not w.writing where not exists (select from uses u where u.person = p.oid)
			union select p.oid, w.* from people p join wants w on w.writing where p.writes and not exists (select from uses u where u.person = p.oid and u.writes)
		),`
	missing = `, missing as (
			select person, writing, 'no ' || what as what, class, case when class = 'schema' then id::regnamespace::text else id::regclass::text end as name
			from doubtful
			where not case class when 'schema' then has_schema_privilege(person, id, what)
				when 'sequence' then has_sequence_privilege(person, id, what) else has_table_privilege(person, id, what) end
			union all select p.oid, false, 'the materialized view holds no data yet (REFRESH it)', 'table', c.oid::regclass::text
				from people p, pg_class c where c.oid = any($6::oid[]) and not c.relispopulated`
	answer = `
		)
		select p.oid, false, x.what, '', 0, '{}'::text[]
		from people p
		cross join lateral (
			select 'cannot log in (NOLOGIN)' where not p.rolcanlogin and not p.crowd
			union all select 'no longer valid (VALID UNTIL)' where p.rolvaliduntil <= clock_timestamp() and not p.crowd
			union all select 'may have no connections (CONNECTION LIMIT 0)' where p.rolconnlimit = 0 and not p.crowd
			union all select 'no CONNECT on the database' where not has_database_privilege(p.oid, $4::oid, 'CONNECT')
		) x(what)
		union all` + loginLacks + `
		union all
		select person, writing, what, class, count(distinct name), (array_agg(distinct name order by name))[1:`
	grouped = `] from missing group by person, writing, what, class`
)

func (q Question) lackArgs() []any {
	return []any{cluster.IDs(q.People), cluster.IDs(q.Writers), cluster.IDs(q.Groups), q.Database, cluster.IDs(q.Schemas), cluster.IDs(q.Relations), cluster.IDs(q.Writable),
		q.Place.Role(request.Read, q.Object), q.Place.Role(request.ReadWrite, q.Object), cluster.IDs(q.partly())}
}
