package pgsource_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/pgsource"
	"github.com/grantwright/grantwright/internal/throwaway/pgbouncer"
)

// newDatabase makes a database for one test.
func newDatabase(t testing.TB, name string, statements ...string) catalog.Ref {
	t.Helper()
	run1(t, server.DB, `create database `+pq.QuoteIdentifier(name))
	t.Cleanup(func() { run1(t, server.DB, `drop database if exists `+pq.QuoteIdentifier(name)+` with (force)`) })
	within(t, name, statements...)
	ref, err := catalog.NewRef("warehouse", name)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// readAll reads a root to its end; what it could not read comes apart.
func readAll(t *testing.T, s catalog.Source, root catalog.Ref) (assets []catalog.Asset, unread []*catalog.PartialError) {
	t.Helper()
	for a, err := range s.Assets(t.Context(), root) {
		var partial *catalog.PartialError
		switch {
		case errors.As(err, &partial):
			unread = append(unread, partial)
		case err != nil:
			t.Fatal(err)
		default:
			assets = append(assets, a)
		}
	}
	return assets, unread
}

func TestReadsWhatTheCatalogsSay(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	root := newDatabase(t, "kinds",
		`create role kinds_owner`, `comment on database kinds is 'what we sold'`,
		`create schema shop authorization kinds_owner`, `comment on schema shop is 'the shop'`,
		`create type shop.state as enum ('new', 'paid')`,
		`create table shop.orders (id bigint primary key, dropped int, amount numeric(12,2), state shop.state, at timestamptz[])`,
		`alter table shop.orders drop column dropped`,
		`comment on table shop.orders is 'one row for each order'`, `comment on column shop.orders.amount is 'net'`,
		`create table shop.parted (id int, at date) partition by range (at)`,
		`create table shop.parted_1 partition of shop.parted for values from ('2024-01-01') to ('2025-01-01')`,
		`create view shop.recent as select id from shop.orders`, `alter view shop.recent owner to kinds_owner`,
		`create materialized view shop.totals as select sum(amount) from shop.orders`,
		`create table shop.empty ()`,
		`create schema gw_shop1_masked`, `create view gw_shop1_masked.shop__orders as select id from shop.orders`,
		`create sequence shop.numbers`, `create temporary table scratch (id int)`, `create unlogged table shop.fast (id int)`,
		`create foreign data wrapper elsewhere`, `create server elsewhere foreign data wrapper elsewhere`,
		`create foreign table shop.far (id int) server elsewhere`)
	t.Cleanup(func() {
		run1(t, server.DB, `drop database kinds with (force)`)
		run1(t, server.DB, `drop role kinds_owner`)
	})
	got, unread := readAll(t, h.open(t), root)
	if len(unread) > 0 {
		t.Error(unread)
	}
	for i := range got {
		if !strings.HasPrefix(got[i].ID+"/", databaseID(t, "kinds")+"/") {
			t.Errorf("the id of %s is %s", got[i].Ref, got[i].ID)
		}
		got[i].ID = ""
	}
	asset := func(kind catalog.Kind, below, owner, comment string, columns ...catalog.Column) catalog.Asset {
		columns = slices.Clone(columns)
		for i := range columns {
			if columns[i].ID == "" {
				columns[i].ID = fmt.Sprint(i + 1)
			}
		}
		return catalog.Asset{Ref: root + catalog.Ref(below), Kind: kind, Technology: "postgres", Host: "dwh.example.com",
			Columns: columns, Source: catalog.Claims{Owner: owner, Comment: comment}}
	}
	reading := func(a catalog.Asset, through ...catalog.Through) catalog.Asset { a.Through = through; return a }
	part := func(a catalog.Asset, of string) catalog.Asset {
		a.PartOf = []catalog.Ref{root + catalog.Ref(of)}
		return a
	}
	id := catalog.Column{Name: "id", Type: "integer"}
	want := []catalog.Asset{
		asset(catalog.Database, "", "postgres", "what we sold"),
		asset(catalog.Schema, ".public", "pg_database_owner", "standard public schema"),
		asset(catalog.Schema, ".shop", "kinds_owner", "the shop"),
		asset(catalog.Table, ".shop.orders", "postgres", "one row for each order",
			catalog.Column{Name: "id", Type: "bigint"}, catalog.Column{Name: "amount", Type: "numeric(12,2)", Comment: "net", ID: "3"},
			catalog.Column{Name: "state", Type: "shop.state", ID: "4"}, catalog.Column{Name: "at", Type: "timestamp with time zone[]", ID: "5"}),
		reading(asset(catalog.PartitionedTable, ".shop.parted", "postgres", "", id, catalog.Column{Name: "at", Type: "date"}),
			catalog.Through{Way: catalog.ByPartition, Ref: root + ".shop.parted_1"}),
		part(asset(catalog.Table, ".shop.parted_1", "postgres", "", id, catalog.Column{Name: "at", Type: "date"}), ".shop.parted"),
		reading(asset(catalog.View, ".shop.recent", "kinds_owner", "", catalog.Column{Name: "id", Type: "bigint"}),
			catalog.Through{Way: catalog.ByQuery, Ref: root + ".shop.orders", Columns: []string{"id"}}),
		reading(asset(catalog.MaterializedView, ".shop.totals", "postgres", "", catalog.Column{Name: "sum", Type: "numeric"}),
			catalog.Through{Way: catalog.ByQuery, Ref: root + ".shop.orders", Columns: []string{"amount"}}),
		asset(catalog.Table, ".shop.empty", "postgres", ""),
		asset(catalog.Table, ".shop.fast", "postgres", "", id),
		reading(asset(catalog.ForeignTable, ".shop.far", "postgres", "", id), catalog.Through{Way: catalog.ByServer, Name: "elsewhere", Own: true}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func databaseID(t *testing.T, name string) (id string) {
	t.Helper()
	if err := server.DB.QueryRow(`select s.system_identifier || '/' || d.oid from pg_database d, pg_control_system() s where datname = $1`, name).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestEveryDatabase(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	open := newDatabase(t, "every_open", `create table public.here (id int)`)
	shut := newDatabase(t, "every_shut", `create table public.hidden (id int)`)
	run1(t, server.DB, `revoke connect on database every_shut from public`)
	template := newDatabase(t, "every_template")
	run1(t, server.DB, `alter database every_template is_template true`)
	t.Cleanup(func() { run1(t, server.DB, `alter database every_template is_template false`) })

	assets, unread := readAll(t, h.open(t), "warehouse")
	var found []catalog.Ref
	for _, a := range assets {
		found = append(found, a.Ref)
	}
	for ref, want := range map[catalog.Ref]bool{
		"warehouse:postgres": true, open: true, open + ".public.here": true, shut: true, shut + ".public.hidden": false,
		template: false, "warehouse:template1": false, "warehouse:template0": false, open + ".pg_catalog": false, open + ".information_schema": false,
	} {
		if got := slices.Contains(found, ref); got != want {
			t.Errorf("%s was read: %v, want %v", ref, got, want)
		}
	}
	unread = slices.DeleteFunc(unread, func(p *catalog.PartialError) bool { return p.Ref != shut })
	if len(unread) != 1 || !strings.Contains(unread[0].Error(), "permission denied") {
		t.Errorf("unread are %v, want %s for want of permission", unread, shut)
	}
	_, unread = readAll(t, h.open(t), shut+".public")
	if len(unread) != 1 || unread[0].Ref != shut+".public" {
		t.Errorf("unread are %v, want %s.public", unread, shut)
	}
}

func TestHoldsOneConnection(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for i := range 3 {
		newDatabase(t, fmt.Sprintf("one_%d", i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for a, err := range h.open(t).Assets(ctx, "warehouse") {
		if err != nil && !errors.As(err, new(*catalog.PartialError)) { // of a database that another test has shut, or drops
			t.Fatal(err)
		}
		if a.Kind != catalog.Database {
			continue
		}
		if err := h.atMost(ctx, 1); err != nil {
			t.Fatalf("at %s: %v", a.Ref, err)
		}
	}
}

// What a login may not use it can still be asked for.
func TestNeedsNoRights(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	root := newDatabase(t, "norights", `create schema vault`, `revoke all on schema vault from public`,
		`create table vault.secrets (id int)`, `revoke all on vault.secrets from public`)
	assets, unread := readAll(t, h.open(t), root+".vault")
	if len(assets) != 2 || len(unread) > 0 || len(assets[1].Columns) != 1 {
		t.Errorf("read %+v, unread %v", assets, unread)
	}
}

func TestPagesAndDropsWhileReading(t *testing.T) {
	t.Parallel()
	const n = 1203 // two full pages of tables, and a part of a third
	h := newHarness(t)
	root := newDatabase(t, "pages", manyTables(n, 1), `create type public.mood as enum ('ok')`, `create table public.z (m public.mood)`)
	db, err := server.Open("pages")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	seen := map[catalog.Ref]bool{}
	for a, err := range h.open(t).Assets(t.Context(), root) {
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) == 10 {
			run1(t, db, `drop table public.t1000; drop table public.z; drop type public.mood`)
		}
		if a.Kind == catalog.Table {
			seen[a.Ref] = true
		}
	}
	if len(seen) != n+1 || !seen[root+".public.t1000"] || !seen[root+".public.z"] {
		t.Errorf("%d tables were read, want the %d that stood when the reading began", len(seen), n+1)
	}
}

// manyTables is a statement that makes n tables t1, t2, … with as many columns as
// asked for.
func manyTables(n, columns int) string {
	return fmt.Sprintf(`do $$ begin
		for i in 1..%d loop
			execute format('create table public.t%%s (%%s)', i, (select string_agg(format('c%%s int', j), ', ') from generate_series(1, %d) j));
			if i %% 500 = 0 then commit; end if;
		end loop;
	end $$`, n, columns)
}

func TestSecondSync(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	root := newDatabase(t, "second", `create schema a`, `create schema b`, `create table a.kept (id int)`, `create table a.changed (id int)`,
		`create table a.dropped (id int)`, `create table a.renamed (id int)`, `create view b.v as select 1 as one`, `create table b.replaced (id int)`)
	var m catalog.Memory
	sync := func(want catalog.Synced) {
		t.Helper()
		got, err := m.Replace(t.Context(), root, h.open(t).Assets(t.Context(), root), time.Now())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	sync(catalog.Synced{Added: 10})
	within(t, "second", `alter table a.changed alter id type bigint`, `drop table a.dropped`, `alter table a.renamed rename to named`,
		`drop table b.replaced`, `create table b.replaced (id int)`, `create table b.fresh (id int)`, `comment on schema b is 'new'`)
	sync(catalog.Synced{Added: 2, Changed: 3, Same: 5, Gone: 2, Moved: []catalog.Ref{root + ".a.named"}})
	within(t, "second", `drop schema b cascade`)
	sync(catalog.Synced{Same: 6, Gone: 4})
	sync(catalog.Synced{Same: 6})
	run1(t, server.DB, `drop database second with (force)`)
	sync(catalog.Synced{Gone: 6})
}

// A database without an encoding may hold names and comments that are no text.
func TestBytesThatAreNoText(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	run1(t, server.DB, `create database bytes encoding 'SQL_ASCII' template template0 locale 'C'`)
	t.Cleanup(func() { run1(t, server.DB, `drop database bytes with (force)`) })
	within(t, "bytes",
		`create table public.good (id int)`,
		`do $$ begin
			execute 'comment on table public.good is ''caf' || chr(233) || '''';
			execute 'create table public."caf' || chr(233) || '" (id int)';
			execute 'create schema "' || chr(233) || '"';
			execute 'create table "' || chr(233) || '".below (id int)';
		end $$`, `create table public."größe" (id int)`)
	assets, unread := readAll(t, h.open(t), "warehouse:bytes")
	comments := map[catalog.Ref]string{}
	for _, a := range assets {
		comments[a.Ref] = a.Source.Comment
	}
	want := map[catalog.Ref]string{"warehouse:bytes": "", "warehouse:bytes.public": "standard public schema",
		"warehouse:bytes.public.good": "caf\uFFFD", "warehouse:bytes.public.größe": ""}
	if diff := cmp.Diff(want, comments); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(unread) != 2 || unread[0].Ref.Parent() != "warehouse:bytes" || unread[1].Ref.Parent() != "warehouse:bytes.public" {
		t.Errorf("unread are %v, want a schema and a table", unread)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.open(t)
	var last error
	for a, err := range s.Assets(t.Context(), "warehouse:postgres") {
		if last = err; a.Kind == catalog.Database {
			_ = s.Close()
		}
	}
	if last == nil || errors.Is(last, context.Canceled) {
		t.Errorf("closed while it ran, the stream ended in %v", last)
	}
	for _, last = range s.Assets(t.Context(), "warehouse") {
	}
	if last == nil {
		t.Error("after Close, a stream ended without an error")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := h.Released(ctx); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	const secret = "correct horse"
	for _, tt := range []struct{ name, url, password, want string }{
		{"no sslmode", "postgres://u@127.0.0.1/db", secret, "sslmode"},
		{"no user", "postgres://127.0.0.1/db?sslmode=disable", secret, "user"},
		{"no host", "postgres://u@/db?sslmode=disable", secret, "host"},
		{"no database", "postgres://u@127.0.0.1/?sslmode=disable", secret, "database"},
		{"another scheme", "mysql://u@127.0.0.1/db?sslmode=disable", secret, "postgres://"},
		{"unknown sslmode", "postgres://u@127.0.0.1/db?sslmode=maybe", secret, "sslmode"},
		{"password in the url", "postgres://u:" + "correct%20horse" + "@127.0.0.1/db?sslmode=disable", "", "password"},
		{"nobody there", "postgres://u@127.0.0.1:1/db?sslmode=disable", secret, "refused"},
		{"wrong password", h.connection().URL, "wrong " + secret, "password authentication failed"},
		{"no password", h.connection().URL, "", ""},
	} {
		c := h.connection()
		c.URL = tt.url
		s, err := pgsource.Open(t.Context(), c, tt.password)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: Open returned %v, %v, want an error about %s", tt.name, s, err, tt.want)
		}
	}
}

func TestUnreachableLater(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.open(t)
	run1(t, server.DB, `alter role `+h.login+` nologin`)
	var errs []error
	for _, err := range s.Assets(t.Context(), "warehouse:postgres") {
		errs = append(errs, err)
	}
	var partial *catalog.PartialError
	if len(errs) != 1 || errs[0] == nil || errors.As(errs[0], &partial) {
		t.Errorf("the stream holds %v, want one error that ends it", errs)
	}
}

// What libpq takes from the environment of a process leads elsewhere; the URL does not.
func TestReachesWhatTheURLNames(t *testing.T) {
	h := newHarness(t)
	root := newDatabase(t, "surroundings", "create table here ()")
	for name, value := range map[string]string{"PGHOSTADDR": "192.0.2.1", "PGHOST": "a.invalid,b.invalid", "PGPORT": "1", "PGSERVICE": "elsewhere",
		"PGOPTIONS": "-c search_path=elsewhere", "PGCHANNELBINDING": "require", "PGTARGETSESSIONATTRS": "standby", "PGSSLNEGOTIATION": "direct"} {
		t.Setenv(name, value)
	}
	assets, unread := readAll(t, h.open(t), root)
	if len(assets) != 3 || len(unread) > 0 {
		t.Errorf("the assets are %+v, %v", assets, unread)
	}
}

// A pooler as it comes gives each transaction another connection to the server.
func TestReadsBehindAPooler(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	root := newDatabase(t, "pooled", "create table here (id int)", "create view there as select id from here")
	pooler, err := pgbouncer.Start(t.Context(), server.SuperURL("postgres"), map[string]string{h.login: "correct horse"}, "pool_mode = transaction")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pooler.Stop)
	c := h.connection()
	if c.URL, err = pooler.URL(c.URL); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s, err := pgsource.Open(t.Context(), c, "correct horse")
		if err != nil {
			t.Fatal(err)
		}
		assets, unread := readAll(t, s, root)
		if err := s.Close(); err != nil || len(assets) != 4 || len(unread) > 0 {
			t.Errorf("the assets are %+v, %v, %v", assets, unread, err)
		}
	}
}
