package pgsource

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/pgwire"
)

const (
	applicationName = "grantwright"
	connectTimeout  = 15 * time.Second
	pageTimeout     = 90 * time.Second // more than the server's own statement_timeout below
	pageSize        = 500
)

// configure says what is missing in the URL, and takes nothing from the environment of the
// process in its place.
func configure(c catalog.Connection, password string) (pq.Config, error) {
	refuse := func(reason string) (pq.Config, error) {
		return pq.Config{}, fmt.Errorf("%w %s: url %s", catalog.ErrConnection, c.Name, reason)
	}
	if err := c.Check(); err != nil {
		return pq.Config{}, err
	}
	config, err := pgwire.Config(c.URL, password)
	if err != nil {
		return refuse(err.Error())
	}
	switch {
	case config.User == "":
		return refuse("names no user")
	case config.Database == "":
		return refuse("names no database to begin with")
	case !saysTLS(c.URL):
		return refuse("sets no sslmode; verify-full is right wherever the network is not trusted")
	}
	config.ApplicationName = applicationName
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	return config, nil
}

func saysTLS(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Query().Get("sslmode") != ""
}

// session is one transaction on one database, with a pool that holds nothing but
// its connection.
type session struct {
	pool     *sql.DB
	tx       *sql.Tx
	system   string // the cluster's own identifier
	database int64  // the oid of the database that we are in
}

func (s *Source) begin(ctx context.Context, database string) (*session, error) {
	config := s.config.Clone()
	config.Database = database
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, err
	}
	connector.Dialer(pgwire.Dialer{})
	in := &session{pool: sql.OpenDB(pgwire.Connector(connector, pageTimeout, 0))}
	in.pool.SetMaxOpenConns(1)
	err = in.start(ctx)
	if err == nil && s.Admit != nil {
		in.system, err = s.Admit(in.system)
	}
	if err != nil {
		in.end()
		return nil, err
	}
	return in, nil
}

func (in *session) start(ctx context.Context) (err error) {
	in.tx, err = in.pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	// Set for the transaction only, so that it holds behind a pooler too.
	// What recursion costs is overrated by far: compiling the query took seconds for each page.
	if _, err := in.tx.ExecContext(ctx, `set local search_path to pg_catalog;
		set local jit to off;
		set local statement_timeout to '60s';
		set local idle_in_transaction_session_timeout to '15min'`); err != nil {
		return err
	}
	var encoding string
	err = in.tx.QueryRowContext(ctx, `
		select (select system_identifier::text from pg_control_system()), oid, getdatabaseencoding()
		from pg_database
		where datname = current_database()`).Scan(&in.system, &in.database, &encoding)
	if err != nil || encoding != "SQL_ASCII" {
		return err
	}
	// Such a database holds bytes of any encoding, and the server would refuse to
	// send what is not UTF-8. We take the bytes, and look ourselves.
	_, err = in.tx.ExecContext(ctx, `set local client_encoding to 'SQL_ASCII'`)
	return err
}

func (in *session) end() {
	if in.tx != nil {
		_ = in.tx.Rollback()
	}
	_ = in.pool.Close()
}

// row is one object as the catalogs have it.
type row struct {
	oid     int64
	kind    catalog.Kind
	schema  string // of a relation
	name    string
	details []byte // JSON, see details
}

func (in *session) rows(ctx context.Context, query string, args ...any) ([]row, error) {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	found, err := in.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	page := make([]row, 0, pageSize)
	for found.Next() {
		var r row
		if err := found.Scan(&r.oid, &r.kind, &r.schema, &r.name, &r.details); err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, found.Err()
}

// databases, schemas and relations read a page each, by oid; an empty name is
// any. The schemas of ours hold no assets.

func (in *session) databases(ctx context.Context, after int64, name string) ([]row, error) {
	return in.rows(ctx, `
		select d.oid, 'DATABASE', '', d.datname,
			json_build_object('owner', pg_get_userbyid(d.datdba), 'comment', c.description)
		from pg_database d
		left join pg_shdescription c on c.objoid = d.oid and c.classoid = 'pg_database'::regclass
		where d.oid > $1 and d.datallowconn and not d.datistemplate
			and d.datconnlimit <> -2 -- a drop that was broken off
			and ($2 = '' or d.datname = $2)
		order by d.oid
		limit $3`, after, name, pageSize)
}

func (in *session) schemas(ctx context.Context, after int64, name string) ([]row, error) {
	return in.rows(ctx, `
		select n.oid, 'SCHEMA', '', n.nspname,
			json_build_object('owner', pg_get_userbyid(n.nspowner), 'comment', c.description)
		from pg_namespace n
		left join pg_description c on c.objoid = n.oid and c.classoid = 'pg_namespace'::regclass and c.objsubid = 0
		where n.oid > $1 and left(n.nspname, 3) <> 'pg_' and n.nspname <> 'information_schema' and n.nspname !~ '^gw_[a-z0-9]{1,16}_masked$'
			-- nor that of the functions by which a role of ours makes others
			and not (n.nspname ~ '^gw_[a-z0-9]{1,16}$' and exists (select from pg_proc f where f.pronamespace = n.oid and pg_get_userbyid(f.proowner) = n.nspname))
			and ($2 = '' or n.nspname = $2)
		order by n.oid
		limit $3`, after, name, pageSize)
}

func (in *session) relations(ctx context.Context, after int64, schema, name string) ([]row, error) {
	return in.rows(ctx, relationsQuery, after, schema, name, pageSize)
}

// relationsQuery gathers the columns of a page in one go, not a query for each.
const relationsQuery = `
	with recursive page as materialized (
		select c.oid, c.relkind, c.relname, c.relowner, n.nspname
		from pg_class c
		join pg_namespace n on n.oid = c.relnamespace
		where c.oid > $1 and c.relkind in ('r', 'p', 'v', 'm', 'f')
			and left(n.nspname, 3) <> 'pg_' and n.nspname <> 'information_schema' and n.nspname !~ '^gw_[a-z0-9]{1,16}_masked$'
			and ($2 = '' or n.nspname = $2) and ($3 = '' or c.relname = $3)
		order by c.oid
		limit $4
	), roots(id) as materialized (select oid from page),` + Linked + `
	select p.oid,
		case p.relkind when 'r' then 'TABLE' when 'p' then 'PARTITIONED_TABLE' when 'v' then 'VIEW'
			when 'm' then 'MATERIALIZED_VIEW' else 'FOREIGN_TABLE' end,
		p.nspname, p.relname,
		json_build_object('owner', pg_get_userbyid(p.relowner), 'comment', c.description, 'columns', a.columns, 'links', k.links)
	from page p
	left join linked k on k.root = p.oid
	left join pg_description c on c.objoid = p.oid and c.classoid = 'pg_class'::regclass and c.objsubid = 0
	left join lateral (
		select json_agg(json_build_object(
			'name', a.attname, 'id', a.attnum::text, 'type', format_type(a.atttypid, a.atttypmod), 'comment', c.description,
			'from', case when a.attgenerated <> '' then (` + computedFrom + `) end) order by a.attnum) as columns
		from pg_attribute a
		left join pg_description c on c.objoid = a.attrelid and c.classoid = 'pg_class'::regclass and c.objsubid = a.attnum
		where a.attrelid = p.oid and a.attnum > 0 and not a.attisdropped
	) a on true
	order by p.oid`

// computedFrom gathers the names of the columns that a generated column a is computed from. Of
// its default they are kept since version 15, and of the column itself before.
const computedFrom = `
				select json_agg(o.attname order by o.attname collate "C")
				from pg_attribute o
				where o.attrelid = a.attrelid and o.attnum > 0 and o.attnum <> a.attnum and o.attnum in (
					select d.refobjsubid from pg_depend d
					where d.refclassid = 'pg_class'::regclass and d.refobjid = a.attrelid and (
						d.classid = 'pg_class'::regclass and d.objid = a.attrelid and d.objsubid = a.attnum
						or d.classid = 'pg_attrdef'::regclass and d.objid = (select f.oid from pg_attrdef f where f.adrelid = a.attrelid and f.adnum = a.attnum)))`
