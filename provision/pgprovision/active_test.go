package pgprovision_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// version15 reports whether the platform is older than 16.
func (w *world) version15(t testing.TB) bool {
	t.Helper()
	var version int
	if err := w.db.QueryRow("select current_setting('server_version_num')::int").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version < 160000
}

func TestActiveMeansThatTheLoginWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	tests := []struct {
		name      string
		breaks    string // run as the superuser before; %[1]s is the person, %[2]s the table
		says      string
		permanent bool
	}{
		{"no login", "alter role %[1]s nologin", "NOLOGIN", true},
		{"no longer valid", "alter role %[1]s valid until '2020-01-01'", "VALID UNTIL", true},
		{"no connections", "alter role %[1]s connection limit 0", "CONNECTION LIMIT 0", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			eve, orders := w.person(t), w.table(t)
			w.run(t, fmt.Sprintf(tt.breaks, eve.Name, orders.Ref.Name()))
			mustSay(t, apply(t, p, want(eve, orders, request.Read)).Err, tt.permanent, tt.says)
			if err := w.as(t.Context(), eve.Name, "select 1"); err == nil {
				t.Error("the login works, so that the error is wrong")
			}
		})
	}
}

func TestActiveNeedsInheritance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	w.run(t, "alter role "+eve.Name+" noinherit")
	o := apply(t, p, want(eve, orders, request.Read))
	if w.version15(t) {
		mustSay(t, o.Err, true, "NOINHERIT")
		w.mustAllow(t, eve, orders, false, false)
		return
	}
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	w.mustAllow(t, eve, orders, true, false)
}

func TestGivesConnectAndUsageWhereNobodyElseDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(t, "revoke connect on database "+w.database+" from public")
	w.run(t, "grant connect on database "+w.database+" to "+w.owner)
	w.run(t, "create schema inner_rooms authorization "+w.owner)
	w.asOwner(t, "create table inner_rooms.ledger (id serial primary key, note text)")
	ledger, eve := w.asset(t, "inner_rooms", "ledger"), w.person(t)
	p := w.open(t)
	if err := w.as(t.Context(), eve.Name, "select 1"); err == nil {
		t.Fatal("connecting works before the grant")
	}
	mustApply(t, p, want(eve, ledger, request.ReadWrite))
	w.mustAllow(t, eve, ledger, true, true)
	mustApply(t, p, want(eve, ledger))
	if err := w.as(t.Context(), eve.Name, "select 1"); err == nil {
		t.Error("connecting works after the end")
	}
}

func TestActiveOnForeignTableNeedsUserMapping(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	w.run(t, "create extension postgres_fdw")
	host, port := platformAddress(t)
	w.run(t, fmt.Sprintf("create server remote foreign data wrapper postgres_fdw options (host '%s', port '%s', dbname '%s')", host, port, w.database))
	w.run(t, "create foreign table far_orders (id int, note text) server remote options (schema_name 'public', table_name '"+orders.Ref.Name()+"')")
	far := w.asset(t, "public", "far_orders")
	w.setup(t)
	mustSay(t, apply(t, p, want(eve, far, request.Read)).Err, false, "user mapping", "remote")
	w.run(t, "create user mapping for "+eve.Name+" server remote options (user '"+w.owner+"', password '"+password+"')")
	mustApply(t, p, want(eve, far, request.Read))
	w.mustAllow(t, eve, far, true, false)
	mustApply(t, p, want(eve, far, request.ReadWrite))
	w.run(t, "drop user mapping for "+eve.Name+" server remote")
	o := apply(t, p, given(want(eve, far, request.ReadWrite)))
	mustSay(t, o.Err, false, "user mapping", "remote")
	if len(o.Withdrawn) > 0 {
		t.Errorf("Withdrawn is %v, though it was not taken from the person", o.Withdrawn)
	}
	mustApply(t, p, want(eve, far))
	w.mustAllow(t, eve, far, false, false)
}

func TestActiveOnViewsMeansThatTheyCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	w.asOwner(t, "create view own_rights as select id, note from "+orders.Ref.Name())
	w.asOwner(t, "create view readers_rights with (security_invoker = true) as select id, note from "+orders.Ref.Name())
	w.asOwner(t, "create view counted as select count(*) as note from "+orders.Ref.Name())
	w.asOwner(t, "create materialized view kept as select note from "+orders.Ref.Name()+" with no data")
	own, readers, counted, kept := w.asset(t, "public", "own_rights"), w.asset(t, "public", "readers_rights"), w.asset(t, "public", "counted"), w.asset(t, "public", "kept")

	mustApply(t, p, want(eve, own, request.ReadWrite))
	w.mustAllow(t, eve, orders, false, false)
	if ok, err := w.allowed(t.Context(), eve, own, request.Read); err != nil || !ok {
		t.Errorf("reading the view: %v, %v", ok, err)
	}
	mustSay(t, apply(t, p, want(eve, readers, request.Read)).Err, false, "own rights", "public."+orders.Ref.Name())
	mustApply(t, p, want(eve, orders, request.Read))
	mustApply(t, p, want(eve, readers, request.Read))
	mustSay(t, apply(t, p, want(eve, counted, request.ReadWrite)).Err, true, "cannot be written")
	mustSay(t, apply(t, p, want(eve, kept, request.Read)).Err, false, "holds no data")
	w.asOwner(t, "refresh materialized view kept")
	mustApply(t, p, want(eve, kept, request.Read))
	mustSay(t, apply(t, p, want(eve, kept, request.ReadWrite)).Err, true, "cannot be written")
}

func TestReadOnPartitionedTableReadsItsPartitions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve := w.open(t), w.person(t)
	w.asOwner(t, "create table days (id int, note text) partition by range (id); create table days_1 partition of days for values from (0) to (9); insert into days values (1, 'first')")
	days, part := w.asset(t, "public", "days"), w.asset(t, "public", "days_1")
	mustApply(t, p, want(eve, days, request.Read))
	w.mustAllow(t, eve, days, true, false)
	w.mustAllow(t, eve, part, false, false)
	o := mustApply(t, p, want(eve, part))
	if len(o.Remaining) != 1 || !strings.Contains(string(o.Remaining[0]), "of table public.days") {
		t.Errorf("Remaining is %q, must name the table that the partition can be read through", o.Remaining)
	}
}

func TestReadWriteIsExactlyThat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.ReadWrite))
	got := make(map[string]bool)
	for _, privilege := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"} {
		var has bool
		if err := w.db.QueryRow("select has_table_privilege($1, $2, $3)", eve.Name, orders.Ref.Name(), privilege).Scan(&has); err != nil {
			t.Fatal(err)
		}
		got[privilege] = has
	}
	wantPrivileges := map[string]bool{"SELECT": true, "INSERT": true, "UPDATE": true, "DELETE": true, "TRUNCATE": false, "REFERENCES": false, "TRIGGER": false}
	if diff := cmp.Diff(wantPrivileges, got); diff != "" {
		t.Errorf("privileges (-want +got):\n%s", diff)
	}
}

func TestSequenceOfSerialColumnIsUsableOnlyForWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	sequence := "select nextval('" + orders.Ref.Name() + "_id_seq')"
	mustApply(t, p, want(eve, orders, request.Read))
	if err := w.as(t.Context(), eve.Name, sequence); err == nil {
		t.Error("a reader may use the sequence")
	}
	mustApply(t, p, want(eve, orders, request.ReadWrite))
	if err := w.as(t.Context(), eve.Name, sequence); err != nil {
		t.Errorf("a writer may not use the sequence: %v", err)
	}
}

func TestOddNamesAreTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for i, name := range []string{`Order "Book"`, "a.b", "größe 量", "select", "x'); drop table y; --", strings.Repeat("n", 63)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			person := fmt.Sprintf(`%d "Eve" O'Neil.x %s`, i, w.installation)
			w.run(t, "create role "+quoted(person)+" login password '"+password+"'")
			schema := fmt.Sprintf(`S "%d"`, i)
			w.run(t, "create schema "+quoted(schema)+" authorization "+w.owner)
			w.asOwner(t, "create table "+quoted(schema)+"."+quoted(name)+" (id serial primary key, note text)")
			eve, asset := w.principal(t, person), w.asset(t, schema, name)
			mustApply(t, p, want(eve, asset, request.ReadWrite))
			w.mustAllow(t, eve, asset, true, true)
			mustApply(t, p, want(eve, asset))
			w.mustAllow(t, eve, asset, false, false)
		})
	}
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func TestRefusesWhatItCannotGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	changed := func(f func(*catalog.Asset)) provision.Standing {
		a := orders
		f(&a)
		return want(eve, a, request.Read)
	}
	columns := want(eve, orders, request.ReadWrite)
	columns.Want[0].Columns = []string{"note"}
	tests := []struct {
		name string
		want provision.Standing
		says string
	}{
		{"a schema that is none", changed(func(a *catalog.Asset) { a.Kind = catalog.Schema }), "database.schema on connection"},
		{"a database that is none", changed(func(a *catalog.Asset) { a.Kind = catalog.Database }), "is not database on"},
		{"another kind", changed(func(a *catalog.Asset) { a.Kind = "TOPIC" }), "is a TOPIC"},
		{"columns", columns, "by column"},
		{"privilege", want(eve, orders, "ADMIN"), `"ADMIN"`},
		{"no kind", changed(func(a *catalog.Asset) { a.Kind = "" }), "has no kind"},
		{"other database of its name", changed(func(a *catalog.Asset) { a.ID, a.Ref = strings.Split(a.ID, "/")[0]+"/1/1", a.Ref+"_gone" }), "was approved in database 1"},
		{"other cluster", changed(func(a *catalog.Asset) { a.ID = "7" + a.ID }), "system identifier"},
		{"no id", changed(func(a *catalog.Asset) { a.ID = "" }), "no id"},
		{"an id that is none", changed(func(a *catalog.Asset) { a.ID = "orders" }), "<system identifier>/<database oid>/<object oid>"},
		{"other connection", changed(func(a *catalog.Asset) { a.Ref = "other" + a.Ref[2:] }), "connection wh"},
		{"no such table", changed(func(a *catalog.Asset) { a.Ref += "_gone" }), "stands no longer"},
		{"no such database", changed(func(a *catalog.Asset) { a.Ref = "wh:nowhere.public.orders" }), "no database"},
		{"name that would be cut", changed(func(a *catalog.Asset) { a.Ref += catalog.Ref(strings.Repeat("x", 64)) }), "63 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mustSay(t, apply(t, p, tt.want).Err, true, tt.says)
			var refused *provision.RefusedError
			if plan := p.Plan(t.Context(), []provision.Standing{tt.want})[0]; !errors.As(plan.Err, &refused) {
				t.Errorf("Plan says %v, want a RefusedError", plan.Err)
			}
		})
	}
}
