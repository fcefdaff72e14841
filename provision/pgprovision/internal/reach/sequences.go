package reach

// Counted are common table expressions for a query that begins with "with recursive" and
// has one before them, targets(id), of tables and views. counted(root, id) are the
// sequences by which whoever writes to a target counts: those that belong to it, and those
// that its defaults name, whoever owns them; of a view, those of what it writes to.
const Counted = `
	under(root, id) as (
		select t.id, t.id from targets t
		union
		select u.root, d.refobjid
		from under u
		cross join lateral (select oid from pg_class where oid = u.id and relkind = 'v' offset 0) c
		cross join lateral (select oid from pg_rewrite where ev_class = c.oid and ev_type = '1' offset 0) r
		cross join lateral (select refobjid from pg_depend where classid = 'pg_rewrite'::regclass and objid = r.oid and refclassid = 'pg_class'::regclass and refobjid <> c.oid offset 0) d
	), counted(root, id) as (
		select u.root, d.objid from under u
		cross join lateral (select objid from pg_depend
			where refclassid = 'pg_class'::regclass and refobjid = u.id and classid = 'pg_class'::regclass and deptype in ('a', 'i') offset 0) d
		union
		select u.root, d.refobjid from under u
		cross join lateral (select oid from pg_attrdef where adrelid = u.id offset 0) a
		cross join lateral (select refobjid from pg_depend where classid = 'pg_attrdef'::regclass and objid = a.oid and refclassid = 'pg_class'::regclass and refobjid <> u.id offset 0) d
	)`
