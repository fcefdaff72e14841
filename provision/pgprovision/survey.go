package pgprovision

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
	"github.com/grantwright/grantwright/provision/internal/converge"
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

// Survey implements provision.Surveyor. It lists the rights on tables and views, and on
// their columns, that others gave to roles directly. It leaves out the rights of owners,
// of PUBLIC, of superusers, and of the roles of PostgreSQL and of Grantwright. Between two
// pages no session is open on the platform.
func (p *Provisioner) Survey(ctx context.Context, root catalog.Ref) iter.Seq2[provision.Foreign, error] {
	return func(yield func(provision.Foreign, error) bool) {
		databases, err := p.surveyedDatabases(ctx, root)
		if err != nil {
			yield(provision.Foreign{}, p.loop.Explain(err))
			return
		}
		for _, database := range databases {
			if !p.surveyDatabase(ctx, database, root, yield) {
				return
			}
		}
	}
}

func (p *Provisioner) surveyedDatabases(ctx context.Context, root catalog.Ref) (databases []string, err error) {
	if path := root.Path(); len(path) > 0 {
		return path[:1], nil
	}
	const query = `select datname from pg_database where datallowconn and not datistemplate and has_database_privilege(oid, 'CONNECT') order by datname`
	err = p.read(ctx, func(ctx context.Context, s *cluster.Session) error {
		databases = nil
		return s.Query(ctx, func(scan func(...any) error) error {
			databases = append(databases, "")
			return scan(&databases[len(databases)-1])
		}, query)
	})
	return databases, err
}

func (p *Provisioner) surveyDatabase(ctx context.Context, database string, root catalog.Ref, yield func(provision.Foreign, error) bool) bool {
	for after := (surveyed{}); ; {
		page, id, err := p.surveyPage(ctx, database, after)
		if err != nil {
			return yield(provision.Foreign{}, p.loop.Wrap(fmt.Errorf("database %q: %w", database, cluster.Explain(err))))
		}
		for _, found := range merged(page, len(page) < p.pages.members) {
			ref, err := catalog.NewRef(p.to.Connection.Name, database, found.schema, found.table)
			if err != nil || !root.Covers(ref) {
				continue
			}
			if !yield(found.foreign(ref, naming.FormatID(p.cluster.System, id, found.object, ref)), nil) {
				return false
			}
		}
		if len(page) < p.pages.members {
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
func (p *Provisioner) surveyPage(ctx context.Context, database string, after surveyed) (page []surveyed, databaseID uint32, err error) {
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
	err = p.readIn(ctx, database, func(ctx context.Context, s *cluster.Session) error {
		page, databaseID = nil, s.Server.DatabaseID
		return s.Query(ctx, func(scan func(...any) error) error {
			var f surveyed
			err := scan(&f.schema, &f.table, &f.kind, &f.owner, &f.object, &f.grantee, &f.grantor, &f.column, &f.who, &f.by, &f.canLogin, &f.ours, pq.Array(&f.rights))
			page = append(page, f)
			return err
		}, query, s.Server.Self, after.object, after.grantee, after.grantor, after.column, p.pages.members)
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

// Take implements provision.Taker. Only the grantor of a right can revoke it. Take revokes
// the rights that we granted ourselves, and refuses all others with the statements by
// which their grantor can revoke them.
func (p *Provisioner) Take(ctx context.Context, all []provision.Foreign) []provision.Outcome {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	outcomes := make([]provision.Outcome, len(all))
	for i, f := range all {
		err := p.loop.Persevere(ctx, func() (err error) {
			outcomes[i].Ran, err = p.takeOne(ctx, f)
			return err
		})
		if err != nil {
			outcomes[i] = provision.Outcome{Err: p.loop.Explain(err)}
		}
	}
	return outcomes
}

func (p *Provisioner) takeOne(ctx context.Context, f provision.Foreign) ([]provision.Statement, error) {
	system, _, object, err := naming.ParseID(f.Asset.ID, f.Asset.Ref)
	path := f.Asset.Ref.Path()
	if err != nil || system != p.cluster.System || len(path) != 3 || len(f.Undo) != 3 {
		return nil, converge.RefuseAsset(f.Asset.Ref, "is not as it was surveyed here")
	}
	s, err := p.cluster.Begin(ctx, path[0], cluster.Locking(naming.LockKey("object", object)))
	if err != nil {
		return nil, err
	}
	defer s.End()
	if f.By != s.Server.SelfName {
		return nil, &provision.RefusedError{What: fmt.Sprintf("access of %q to %s", f.Principal.Name, f.Asset.Ref), Reason: fmt.Sprintf(
			"was given by %q, who alone can take it away: %s", f.By, provision.Script(f.Undo))}
	}
	return p.takeOurs(ctx, s, f, object)
}

// takeOurs revokes rights that we granted ourselves, and reads back that they are gone.
func (p *Provisioner) takeOurs(ctx context.Context, s *cluster.Session, f provision.Foreign, object uint32) ([]provision.Statement, error) {
	const query = `
		select exists (select from pg_class c, aclexplode(c.relacl) a where c.oid = $1 and a.grantee::text = $2 and a.grantor = $3 and a.privilege_type = any($4))
			or exists (select from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = $1 and a.grantee::text = $2 and a.grantor = $3 and a.privilege_type = any($4))`
	stands := func() (yes bool, err error) {
		err = s.Query(ctx, func(scan func(...any) error) error { return scan(&yes) }, query, object, f.Principal.ID, s.Server.Self, pq.Array(f.Rights))
		return yes, err
	}
	if yes, err := stands(); err != nil || !yes {
		return nil, err
	}
	if err := s.Exec(ctx, string(f.Undo[1])); err != nil {
		return nil, err
	}
	switch yes, err := stands(); {
	case err != nil:
		return nil, err
	case yes:
		return nil, fmt.Errorf("%w: it stands after %s", cluster.ErrUnsettled, f.Undo[1])
	}
	if err := s.Commit(ctx); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return f.Undo[1:2], nil
}
