package pgprovision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// swap builds a table anew, puts it in the place of the old one, and drops that with
// all that depends on it, as tools that transform data do.
func (w *world) swap(t testing.TB, a catalog.Asset) catalog.Asset {
	t.Helper()
	name := a.Ref.Name()
	w.asOwner(t, customersAs(name+"_new"))
	w.asOwner(t, fmt.Sprintf("begin; alter table %[1]s rename to %[1]s_backup; alter table %[1]s_new rename to %[1]s; commit", name))
	w.asOwner(t, "drop table "+name+"_backup cascade")
	return w.asset(t, "public", name)
}

func TestSwapNeverShowsAClearColumn(t *testing.T) {
	t.Parallel()
	const swaps = 8
	w := newWorld(t)
	p, eve, bob, a := w.open(t), w.person(t), w.person(t), w.customers(t)
	m := hide(a, by("email", catalog.MaskNull), by("iban", catalog.MaskHash))
	name := mustMask(t, p, m).Name
	mustApply(t, p, wantMasked(eve, m, read))
	mustApply(t, p, wantMasked(bob, m, read, clear("email")))
	ctx, stop := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	table, reads := a.Ref.Name(), 0
	reading.Go(func() { reads = w.readUntil(ctx, t, eve.Name, name, table, table+"_backup", table+"_new") })
	for range swaps {
		a = w.swap(t, a)
		if got := w.sees(t, bob.Name, "email", name); !strings.Contains(got, "does not exist") {
			t.Errorf("the view went with the table that it showed, yet shows %s", got)
		}
		m.Asset = a
		if masked := mustMask(t, p, m); masked.Object.ID != a.ID {
			t.Errorf("the view shows %s, want %s", masked.Object.ID, a.ID)
		}
		w.mustSee(t, eve, "id", name, "denied") // nobody was approved for the new one yet
		mustApply(t, p, wantMasked(eve, m, read))
		mustApply(t, p, wantMasked(bob, m, read))
		w.mustSee(t, bob, "coalesce(email, 'null')", name, "null")
		mustApply(t, p, wantMasked(bob, m, read, clear("email")))
		w.mustSee(t, bob, "email", name, "grace@example.com")
	}
	stop()
	reading.Wait()
	if reads < swaps {
		t.Errorf("the reader read only %d times", reads)
	}
}

// readUntil reads all it can of some names, and fails the test where a column is
// clear. It returns how often anything could be read.
func (w *world) readUntil(ctx context.Context, t testing.TB, login string, names ...string) (reads int) {
	db, err := sql.Open("postgres", platform.URL(login, password, w.database))
	if err != nil {
		t.Error(err)
		return 0
	}
	defer func() { _ = db.Close() }()
	for ctx.Err() == nil {
		for _, name := range names {
			var row string
			if db.QueryRow("select concat_ws('|', email, iban) from "+name).Scan(&row) != nil {
				continue
			}
			reads++
			if strings.Contains(row, "grace@example.com") || strings.Contains(row, "DE89") {
				t.Errorf("%s shows %s", name, row)
			}
		}
	}
	return reads
}

func TestRenamedAwayWithoutADropIsMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, m, name := w.masked(t, clear("email"))
	a := m.Asset
	dba := w.person(t)
	w.run(t, fmt.Sprintf("grant usage on schema gw_%s_masked to %s; grant select on %s to %[2]s", w.installation, dba.Name, name))
	w.asOwner(t, fmt.Sprintf("alter table %[1]s rename to %[1]s_backup; %[2]s", a.Ref.Name(), strings.ReplaceAll(customersAs(a.Ref.Name()), "Grace", "Ada")))
	w.mustSee(t, eve, "name, email", name, "Grace|grace@example.com") // what she was approved for
	mustMask(t, p, m)
	w.mustSee(t, eve, "name", name, "denied")
	w.mustSee(t, dba, "name, coalesce(email, 'null')", name, "Ada|null") // others gave this
	if err := apply(t, p, wantMasked(eve, m, read)).Err; !errors.As(err, new(*provision.ReplacedError)) {
		t.Errorf("another table stands there, yet it ended in %v", err)
	}
	w.asOwner(t, "drop table "+a.Ref.Name()+"_backup") // nothing of ours is in the way
}

func TestSuspendedMasksLetAMigrationPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, m, name := w.masked(t)
	a := m.Asset
	migration := "alter table " + a.Ref.Name() + " alter column id type bigint, alter column email type text"
	if err := w.as(t.Context(), w.owner, migration); err == nil || !strings.Contains(err.Error(), "used by a view") {
		t.Fatalf("with the view in place the migration ended in %v", err)
	}
	m.Off = true
	if masked := mustMask(t, p, m); masked.Name != "" {
		t.Errorf("suspended, yet the name to query is %s", masked.Name)
	}
	if err := apply(t, p, wantMasked(eve, m, read)).Err; !errors.Is(err, provision.ErrUnmasked) || !strings.Contains(err.Error(), "suspended") {
		t.Errorf("suspended, yet access ended in %v", err)
	}
	w.mustSee(t, eve, "email", a.Ref.Name(), "denied")
	w.asOwner(t, migration)
	m.Off = false
	mustMask(t, p, m)
	mustApply(t, p, wantMasked(eve, m, read))
	w.mustSee(t, eve, "id, coalesce(email, 'null')", name, "1|null")
}

func TestUnmaskedIsWhoTheRoleWasSetTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, pooler, a := w.open(t), w.person(t), w.person(t), w.person(t), w.customers(t)
	m := hide(a, by("email", catalog.MaskNull))
	name := mustMask(t, p, m).Name
	mustApply(t, p, wantMasked(eve, m, read, clear("email")))
	mustApply(t, p, wantMasked(bob, m, read))
	w.run(t, fmt.Sprintf("grant %s, %s to %s; alter role %[3]s noinherit", eve.Name, bob.Name, pooler.Name))
	if !w.version15(t) {
		w.run(t, fmt.Sprintf("grant %s, %s to %s with inherit false, set true", eve.Name, bob.Name, pooler.Name))
	}
	db, err := sql.Open("postgres", platform.URL(pooler.Name, password, w.database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	for _, tt := range []struct{ as, want string }{{eve.Name, "grace@example.com"}, {bob.Name, "null"}, {eve.Name, "grace@example.com"}} {
		var got string
		if _, err := db.Exec("set role " + tt.as); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRow("select coalesce(email, 'null') from " + name).Scan(&got); err != nil || got != tt.want {
			t.Errorf("behind a pooler %s sees %q (%v), want %q", tt.as, got, err, tt.want)
		}
	}
}

func TestLeakyFunctionSeesNothingClear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, a := w.open(t), w.person(t), w.customers(t)
	m := hide(a, by("email", catalog.MaskNull), by("name", catalog.MaskHash))
	name := mustMask(t, p, m).Name
	mustApply(t, p, wantMasked(eve, m, read))
	area := w.schema(t)
	w.run(t, "grant create, usage on schema "+area+" to "+eve.Name)
	leak := fmt.Sprintf("create function %[1]s.leak(anyelement) returns bool language plpgsql cost 0.0000001 as $$ begin raise exception 'leaked %%', $1; end $$", area)
	if err := w.as(t.Context(), eve.Name, leak); err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{area + ".leak(v)", area + ".leak(v.name)", "v.name like 'x' or " + area + ".leak(coalesce(v.email, 'null'))", "born > '2000-01-01' and " + area + ".leak(v)"} {
		got := w.sees(t, eve.Name, "id", name+" v where "+where)
		if strings.Contains(got, "grace@example.com") || strings.Contains(got, "Grace") {
			t.Errorf("where %s: %s", where, got)
		}
	}
	if n := w.count(t, "select count(*) from pg_class where oid = $1::regclass and reloptions @> '{security_barrier=true}'", name); n != 1 {
		t.Error("the view is no security barrier")
	}
}

func TestWhatIsNotAsWeLeftItIsMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for what, change := range map[string]string{
		"text":    "create or replace view {view} with (security_barrier = true) as select id, name, email, born, iban from {table}",
		"barrier": "alter view {view} set (security_barrier = false)",
		"rights":  "alter view {view} set (security_invoker = true)",
		"dropped": "drop view {view}",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			eve, a := w.person(t), w.customers(t)
			m := hide(a, by("email", catalog.MaskConstant))
			name := mustMask(t, p, m).Name
			mustApply(t, p, wantMasked(eve, m, read))
			w.run(t, strings.NewReplacer("{view}", name, "{table}", a.Ref.Name()).Replace(change))
			if err := apply(t, p, wantMasked(eve, m, read)).Err; !errors.Is(err, provision.ErrUnmasked) {
				t.Errorf("access ended in %v, must wrap ErrUnmasked", err)
			}
			w.mustSee(t, eve, "email", a.Ref.Name(), "denied")
			if masked := mustMask(t, p, m); len(masked.Ran) == 0 {
				t.Error("nothing ran")
			}
			mustApply(t, p, wantMasked(eve, m, read))
			w.mustSee(t, eve, "id, email", name, "1|")
		})
	}
}

func TestConstantThatTheTypeDoesNotReadNeedsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, a := w.open(t), w.customers(t)
	born := by("born", catalog.MaskConstant)
	born.Mask.Constant = "never"
	mustSay(t, p.Mask(t.Context(), []provision.Masking{hide(a, born)})[0].Err, true, "constant", "never")
	born.Mask.Constant = "1900-01-01"
	mustMask(t, p, hide(a, born))
}

// A domain may refuse nothing, and constants: what is masked is shown as the type below it.
func TestMasksOfDomainsCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, name := w.open(t), w.person(t), w.name("contacts")
	w.asOwner(t, fmt.Sprintf(`create domain %[1]s_mail as varchar(40) not null check (value like '%%@%%');
		create domain %[1]s_own as %[1]s_mail check (value like 'g%%');
		create domain %[1]s_days as int[] not null check (array_length(value, 1) = 7);
		create type %[1]s_state as enum ('new', 'old');
		create table %[1]s (id int, name %[1]s_mail, email %[1]s_own, born %[1]s_days, iban %[1]s_state not null);
		insert into %[1]s values (1, 'grace@example.com', 'grace@example.com', '{1,2,3,4,5,6,7}', 'new')`, name))
	a := w.asset(t, "public", name)
	constant := func(column, text string) catalog.MaskedColumn {
		m := by(column, catalog.MaskConstant)
		m.Mask.Constant = text
		return m
	}
	for _, masks := range [][]catalog.MaskedColumn{
		{by("name", catalog.MaskNull), by("email", catalog.MaskNull), by("born", catalog.MaskNull), by("iban", catalog.MaskNull)},
		{constant("name", "hidden"), constant("email", ""), constant("born", "{}"), constant("iban", "old")},
		{by("name", catalog.MaskHash), by("email", catalog.MaskLast), by("born", catalog.MaskHash), by("iban", catalog.MaskLast)},
	} {
		m := hide(a, masks...)
		view := mustMask(t, p, m).Name
		mustApply(t, p, wantMasked(eve, m, read))
		w.mustSee(t, eve, "id", "(select * from "+view+") everything", "1")
		mustApply(t, p, wantMasked(eve, m, read, clear("name", "email", "born", "iban")))
		w.mustSee(t, eve, "name, email, born, iban", view, "grace@example.com|grace@example.com|{1,2,3,4,5,6,7}|new")
		mustApply(t, p, wantMasked(eve, m, read))
	}
	mustSay(t, p.Mask(t.Context(), []provision.Masking{hide(a, constant("iban", "gone"))})[0].Err, true, "cannot show", "gone")
}

func TestWritingToAMaskedAssetIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, a := w.open(t), w.person(t), w.customers(t)
	m := hide(a, by("email", catalog.MaskNull))
	mustMask(t, p, m)
	mustSay(t, apply(t, p, wantMasked(eve, m, provision.Access{Privilege: request.ReadWrite})).Err, true, "only READ")
}

func TestSchemaGivesWhatShowsItsTablesMasked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	plain := w.tableIn(t, area)
	w.asOwner(t, customersAs(area+".people")+";"+customersAs(area+".bare"))
	people, bare := w.asset(t, area, "people"), w.asset(t, area, "bare")
	m, unready := hide(people, by("email", catalog.MaskNull)), hide(bare, by("email", catalog.MaskNull))
	name := mustMask(t, p, m).Name
	s := covering(want(eve, w.container(t, area), request.Read), plain, people, bare)
	s.Masked = []provision.Masking{unready, m}
	if o := mustApply(t, p, s); o.Query != "gw_"+w.installation+"_masked.*" {
		t.Errorf("Query is %s", o.Query)
	}
	w.mustAllow(t, eve, plain, true, false)
	w.mustSee(t, eve, "id, coalesce(email, 'null')", name, "1|null")
	w.mustSee(t, eve, "email", area+".people", "denied")
	w.mustSee(t, eve, "email", area+".bare", "denied")
	other := mustMask(t, p, unready).Name
	mustApply(t, p, s)
	w.mustSee(t, eve, "coalesce(email, 'null')", other, "null")
	mustApply(t, p, want(eve, s.Asset))
	w.mustSee(t, eve, "id", name, "denied")
}

func TestNamesOfWhatShowsMasked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	names := map[string]bool{}
	for _, name := range []string{"Täble", "a__b", "_b", strings.Repeat("n", 63), `q"uote`, "a.b"} {
		w.run(t, "create table "+pq.QuoteIdentifier(name)+" (email text)")
		masked := mustMask(t, p, provision.Masking{Asset: w.asset(t, "public", name), Show: catalog.Masking{Columns: []catalog.MaskedColumn{by("email", catalog.MaskNull)}}})
		if names[masked.Name] {
			t.Errorf("%q is shown as %s, as another is", name, masked.Name)
		}
		names[masked.Name] = true
		w.run(t, "select * from "+masked.Name)
	}
}

func TestTakingFromOneLeavesWhatIsShownToOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, a := w.open(t), w.person(t), w.person(t), w.customers(t)
	m := hide(a, by("email", catalog.MaskNull))
	name := mustMask(t, p, m).Name
	mustApply(t, p, wantMasked(eve, m, read))
	mustApply(t, p, wantMasked(bob, m, read, clear("email")))
	mustApply(t, p, want(eve, a)) // nothing is said of masks
	w.mustSee(t, eve, "id", name, "denied")
	w.mustSee(t, bob, "email", name, "grace@example.com")
	// So it is where another table took the name, and something ends on the one before.
	before := a
	a = w.swap(t, a)
	m.Asset = a
	mustMask(t, p, m)
	mustApply(t, p, wantMasked(bob, m, read))
	mustApply(t, p, want(bob, before))
	w.mustSee(t, bob, "id, coalesce(email, 'null')", name, "1|null")
	mustApply(t, p, want(bob, a))
	w.mustSee(t, bob, "id", name, "denied")
	if roles := w.count(t, "select count(*) from pg_roles where rolname ~ $1", "^gw_"+w.installation+"_.*_("+objectOf(a)+"|"+objectOf(before)+")$"); roles != 0 {
		t.Errorf("nobody is in them, yet %d group roles are left", roles)
	}
}
