package listing

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/request"
)

// surveyed is a direct grant as it was found.
type surveyed struct {
	schema, table, kind, owner string
	object, grantee, grantor   uint32
	column                     string // empty for the whole of it
	who, by                    string
	canLogin, ours             bool // ours: we gave it ourselves
	rights                     []string
}

// Rights lists the rights on tables and views, and on their columns, that others gave to
// roles directly. It leaves out the rights of owners, of PUBLIC, of superusers, and of the
// roles of PostgreSQL and of Grantwright.
func (l Lister) Rights(ctx context.Context, root catalog.Ref) iter.Seq2[provision.Foreign, error] {
	return func(yield func(provision.Foreign, error) bool) {
		databases, err := l.surveyedDatabases(ctx, root)
		if err != nil {
			yield(provision.Foreign{}, l.Loop.Explain(err))
			return
		}
		for _, database := range databases {
			if !l.surveyDatabase(ctx, database, root, yield) {
				return
			}
		}
	}
}

func (l Lister) surveyedDatabases(ctx context.Context, root catalog.Ref) (databases []string, err error) {
	if path := root.Path(); len(path) > 0 {
		return path[:1], nil
	}
	const query = `select datname from pg_database where datallowconn and not datistemplate and has_database_privilege(oid, 'CONNECT') order by datname`
	err = l.Cluster.ReadOnly(ctx, l.Loop, l.Cluster.Database(), func(ctx context.Context, s *cluster.Session) error {
		databases = nil
		return s.Query(ctx, func(scan func(...any) error) error {
			databases = append(databases, "")
			return scan(&databases[len(databases)-1])
		}, query)
	})
	return databases, err
}

func (l Lister) surveyDatabase(ctx context.Context, database string, root catalog.Ref, yield func(provision.Foreign, error) bool) bool {
	for after := (surveyed{}); ; {
		page, id, err := l.surveyPage(ctx, database, after)
		if err != nil {
			return yield(provision.Foreign{}, l.Loop.Wrap(fmt.Errorf("database %q: %w", database, cluster.Explain(err))))
		}
		for _, found := range merged(page, len(page) < l.Pages.Members) {
			ref, err := catalog.NewRef(l.Connection, database, found.schema, found.table)
			if err != nil || !root.Covers(ref) {
				continue
			}
			if !yield(found.foreign(ref, naming.FormatID(l.Cluster.System, id, found.object, ref)), nil) {
				return false
			}
		}
		if len(page) < l.Pages.Members {
			return true
		}
		after = page[len(page)-1]
		if whole := lastWhole(page); whole != nil {
			after = *whole
		}
	}
}

// surveyPage reads the next direct grants, each column's for itself, in the order
// of objects, grantees, grantors and columns.
func (l Lister) surveyPage(ctx context.Context, database string, after surveyed) (page []surveyed, databaseID uint32, err error) {
	const query = `
		with lists as (
			select c.oid, '' as attname, c.relacl as acl from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relacl is not null
			union all
			select c.oid, t.attname, t.attacl from pg_class c join pg_attribute t on t.attrelid = c.oid
				where c.relkind in ('r', 'p', 'v', 'm', 'f') and t.attacl is not null and t.attnum > 0 and not t.attisdropped
		), given as (
			select l.oid, l.attname, a.grantee, a.grantor, array_agg(a.privilege_type order by a.privilege_type) as rights
			from lists l, aclexplode(l.acl) a
			where a.grantee <> 0
			group by l.oid, l.attname, a.grantee, a.grantor
		)
		select n.nspname, c.relname, c.relkind::text, o.rolname, g.oid, g.grantee, g.grantor, g.attname, r.rolname, b.rolname, r.rolcanlogin, g.grantor = $1, g.rights
		from given g
		join pg_class c on c.oid = g.oid join pg_namespace n on n.oid = c.relnamespace
		join pg_roles o on o.oid = c.relowner join pg_roles r on r.oid = g.grantee join pg_roles b on b.oid = g.grantor
		where g.grantee <> c.relowner and g.grantee <> $1 and not r.rolsuper and r.rolname !~ '^(gw_|pg_)'
			and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
			and (g.oid, g.grantee, g.grantor, g.attname) > ($2::oid, $3::oid, $4::oid, $5::name)
		order by g.oid, g.grantee, g.grantor, g.attname limit $6`
	err = l.Cluster.ReadOnly(ctx, l.Loop, database, func(ctx context.Context, s *cluster.Session) error {
		page, databaseID = nil, s.Server.DatabaseID
		return s.Query(ctx, func(scan func(...any) error) error {
			var f surveyed
			err := scan(&f.schema, &f.table, &f.kind, &f.owner, &f.object, &f.grantee, &f.grantor, &f.column, &f.who, &f.by, &f.canLogin, &f.ours, pq.Array(&f.rights))
			page = append(page, f)
			return err
		}, query, s.Server.Self, after.object, after.grantee, after.grantor, after.column, l.Pages.Members)
	})
	return page, databaseID, err
}

// same reports whether two rows are of the same principal, asset and grantor.
func (f surveyed) same(o surveyed) bool {
	return f.object == o.object && f.grantee == o.grantee && f.grantor == o.grantor
}

// lastWhole is the last row of a page after which another principal, asset or
// grantor begins; nil if all are of one.
func lastWhole(page []surveyed) *surveyed {
	for i := len(page) - 2; i >= 0; i-- {
		if !page[i].same(page[len(page)-1]) {
			return &page[i]
		}
	}
	return nil
}

// columned holds the rights of one principal by one grantor on one object: rights on the
// whole of it, or on columns.
type columned struct {
	surveyed
	columns []string
}

// merged puts the columns of one principal, asset and grantor together, which have
// the same rights. The last on a page that is not the last is read again with the
// next, unless it fills the page.
func merged(page []surveyed, last bool) []columned {
	end := len(page)
	if whole := lastWhole(page); !last && whole != nil {
		end = slices.IndexFunc(page, func(f surveyed) bool { return f.same(page[len(page)-1]) })
	}
	var all []columned
	for _, f := range page[:end] {
		i := slices.IndexFunc(all, func(o columned) bool {
			return o.same(f) && o.column != "" && f.column != "" && slices.Equal(o.rights, f.rights)
		})
		switch {
		case f.column == "":
			all = append(all, columned{surveyed: f})
		case i < 0:
			all = append(all, columned{f, []string{f.column}})
		default:
			all[i].columns = append(all[i].columns, f.column)
		}
	}
	return all
}

// foreign is the finding in the words of provision.
func (f columned) foreign(ref catalog.Ref, id string) provision.Foreign {
	slices.Sort(f.columns)
	found := provision.Foreign{
		Principal: request.Principal{Name: f.who, ID: strconv.FormatUint(uint64(f.grantee), 10), Group: !f.canLogin},
		Asset:     catalog.Asset{Ref: ref, Kind: naming.KindOf(f.kind), ID: id, Source: catalog.Claims{Owner: f.owner}},
		By:        f.by, Rights: f.rights, Access: provision.Access{Privilege: amountsTo(f.rights), Columns: f.columns},
		Takes: f.ours,
		Undo:  []provision.Statement{provision.Statement("set role " + naming.Quote(f.by)), f.revoke(), "reset role"},
	}
	if found.Access.Privilege == "" {
		found.Access.Columns = nil
		found.Remark = "amounts to neither READ nor READ_WRITE"
	}
	return found
}

// revoke takes just these rights away, when it is run as the one who gave them.
func (f columned) revoke() provision.Statement {
	rights := strings.ToLower(strings.Join(f.rights, ", "))
	if len(f.columns) > 0 {
		names := make([]string, len(f.columns))
		for i, c := range f.columns {
			names[i] = naming.Quote(c)
		}
		of := " (" + strings.Join(names, ", ") + ")"
		rights = strings.ToLower(strings.Join(f.rights, of+", ")) + of
	}
	return provision.Statement(fmt.Sprintf("revoke %s on table %s from %s", rights, naming.Quote(f.schema, f.table), naming.Quote(f.who)))
}

// amountsTo is the privilege that rights amount to; empty for none.
func amountsTo(rights []string) request.Privilege {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(rights, n) })
	}
	switch {
	case has("SELECT", "INSERT", "UPDATE", "DELETE"):
		return request.ReadWrite
	case has("SELECT"):
		return request.Read
	}
	return ""
}
