package pgprovision

import (
	"fmt"
	"sync"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/pgsource"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
)

// depth says how much of what lies beneath the asset a look reads. The large queries for it
// cost a platform more than all others together, also where they find nothing.
type depth int

const (
	// deep reads all that is read through the asset, and what writing to it counts by.
	deep depth = iota
	// light reads none of it, of a table that is expected to have none. The look says
	// whether that holds, see view.unread.
	light
	// kept reads none of it: the look before in the same transaction has.
	kept
)

// maxDeep bounds the memory of deep tables.
const maxDeep = 10_000

// deepTables remembers tables beneath which something was found. Forgetting one costs a
// look that is made again.
type deepTables struct {
	mu  sync.Mutex
	ids map[uint32]bool
}

func (t *deepTables) add(id uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ids == nil || len(t.ids) >= maxDeep {
		t.ids = make(map[uint32]bool)
	}
	t.ids[id] = true
}

func (t *deepTables) has(id uint32) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ids[id]
}

// depthOf is how deep the first look of a transaction reads. Containers and masked assets
// take a second message anyhow, and cover much.
func (p *Provisioner) depthOf(j *job) depth {
	plain := j.asset.Kind == catalog.Table && len(j.asset.Through) == 0 && len(j.asset.PartOf) == 0
	if !plain || len(j.masked) > 0 || j.object == 0 || p.deep.has(j.object) {
		return deep
	}
	return light
}

// keep takes over from the look before what lies beneath the covered tables and views. An
// error says that others stand there by now.
func (v *view) keep(before *view) error {
	known := make(map[uint32]*relation, len(before.found))
	for _, r := range before.found {
		known[r.id] = r
	}
	for _, r := range v.covered {
		was := known[r.id]
		if was == nil {
			return fmt.Errorf("%w: %s came in the middle", cluster.ErrUnsettled, visible.Text(r.name))
		}
		r.links, r.partSecured, r.sequences, r.beneath = was.links, was.partSecured, was.sequences, was.beneath
	}
	v.definition = before.definition
	return nil
}

// coveredQueries are those of readCovered, by depth.
var coveredQueries = [...]string{
	deep: wanted + found + `, roots(id) as materialized (select oid from found),` + pgsource.Linked + `, secured(id) as materialized (
			select distinct a.root from above a cross join lateral (select relrowsecurity from pg_class where oid = a.id offset 0) c where c.relrowsecurity
		), views as materialized (
			select distinct c.oid, c.reloptions, n.nspname || '.' || c.relname as name
			from walk w cross join lateral (select * from pg_class where $6 and oid = w.id and relkind in ('v', 'm') offset 0) c join pg_namespace n on n.oid = c.relnamespace
		), defined(digests) as materialized (
			select md5(string_agg(concat(v.name, v.reloptions, pg_get_viewdef(v.oid)), E'\n' order by v.name)) || ' ' ||
				md5(string_agg(concat(v.name, v.reloptions, regexp_replace(r.ev_action::text, ':(location|stmt_location|stmt_len) -?[0-9]+', '', 'g')), E'\n' order by v.name))
			from views v cross join lateral (select ev_action from pg_rewrite where ev_class = v.oid and ev_type = '1' offset 0) r
			where not exists (select from pg_locks l where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid <> pg_backend_pid() and l.relation in (select id from walk))
		)` + ofEach + `k.links, c.oid in (select id from secured), case when not $6 then '' when c.relkind in ('v', 'm') then coalesce((select digests from defined) || ' ' || ` + rowsPin + `, '') else ` + rowsPin + ` end, ` + mayHold + `
		from found c
		join pg_namespace n on n.oid = c.relnamespace
		left join linked k on k.root = c.oid`,
	light: wanted + found + ofEach + `null::bytea, false, case when c.relrowsecurity then '' else '` + rowsOpen + `' end, ` + mayHold + `
		from found c
		join pg_namespace n on n.oid = c.relnamespace`,
	kept: wanted + found + ofEach + `null::bytea, false, '', false
		from found c
		join pg_namespace n on n.oid = c.relnamespace`,
}

// rowsPin is the entry of a definition for the row policies by which readers of the asset see
// its rows, and those of what it reads as a view. Where none holds, it is open: whatever comes
// later shows less.
const (
	rowsOpen = provision.PinOfRows + "=" + catalog.PinOpen
	rowsPin  = `coalesce((
			select '` + provision.PinOfRows + `=' || md5(string_agg(concat(t.id, ' ', k.relforcerowsecurity, ' ', (
				select string_agg(concat(y.polname, ' ', y.polpermissive, ' ', y.polroles, ' ', regexp_replace(y.polqual::text, ':(location|stmt_location|stmt_len) -?[0-9]+', '', 'g')), E'\n' order by y.polname)
				from pg_policy y where y.polrelid = t.id and y.polcmd in ('*', 'r'))), E'\n' order by t.id))
			from (select distinct id from walk where root = c.oid and way in ('', 'QUERY')) t
			cross join lateral (select * from pg_class where oid = t.id offset 0) k
			where k.relrowsecurity
			having count(*) > 0), '` + rowsOpen + `')`
)

// mayHold says that something may lie beneath a table: all that the queries of a deep look
// and of reach.Question.Lacks set out from.
const mayHold = `c.relkind <> 'r' or c.relhassubclass or c.relrowsecurity or c.relchecks > 0 or c.relhastriggers
				or exists (select from pg_inherits where inhrelid = c.oid)
				or exists (select from pg_attribute where attrelid = c.oid and attnum > 0 and (atthasdef or attidentity <> ''))
				or exists (select from pg_depend d join pg_class q on q.oid = d.objid and q.relkind = 'S'
					where d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i'))`

const found = `, found as materialized (
			select c.* from wanted join pg_class c on c.oid = wanted.id
		)`

// ofEach begins the answer of readCovered, with what it says at every depth.
const ofEach = `, owners(owner) as (select distinct relowner from found),` + inside + `
		select c.oid, c.relkind::text, n.oid, n.nspname, c.relname, pg_get_userbyid(c.relowner), c.relowner, c.relrowsecurity, (select array_agg(polname::text order by polname) from pg_policy where polrelid = c.oid and c.relrowsecurity), (c.relowner, $5) in (select * from inside),
			case when c.relkind in ('r', 'p') then true
				when $4 and (c.relkind = 'v' or exists (select from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver
					join pg_foreign_data_wrapper w on w.oid = s.srvfdw where f.ftrelid = c.oid and w.fdwhandler <> 0))
					then pg_relation_is_updatable(c.oid, true) & 28 = 28
				else false end,
			` + closedTo + `, `
