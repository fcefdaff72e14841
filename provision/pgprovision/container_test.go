package pgprovision_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/pgsource"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// container reads the database, or a schema of it, as a sync would.
func (w *world) container(t testing.TB, path ...string) catalog.Asset {
	t.Helper()
	ref, err := catalog.NewRef("wh", append([]string{w.database}, path...)...)
	if err != nil {
		t.Fatal(err)
	}
	a := catalog.Asset{Ref: ref, Technology: "postgres", Kind: catalog.Database}
	query := "select s.system_identifier || '/' || d.oid, pg_get_userbyid(d.datdba) from pg_database d, pg_control_system() s where d.datname = current_database() and $1 = ''"
	if len(path) > 0 {
		a.Kind = catalog.Schema
		query = "select s.system_identifier || '/' || d.oid || '/' || n.oid, pg_get_userbyid(n.nspowner) from pg_namespace n, pg_database d, pg_control_system() s where d.datname = current_database() and n.nspname = $1"
	}
	if err := w.db.QueryRow(query, strings.Join(path, "")).Scan(&a.ID, &a.Source.Owner); err != nil {
		t.Fatalf("%s: %v", ref, err)
	}
	return a
}

// schema makes one with nothing in it, which nobody may use.
func (w *world) schema(t testing.TB) string {
	t.Helper()
	name := w.name("area")
	w.run(t, "create schema "+name+" authorization "+w.owner)
	return name
}

// tableIn makes a table with a row and a serial column in a schema.
func (w *world) tableIn(t testing.TB, schema string) catalog.Asset {
	t.Helper()
	name := w.name("orders")
	w.asOwner(t, fmt.Sprintf("create table %[1]s.%[2]s (id serial primary key, note text); insert into %[1]s.%[2]s (note) values ('first')", schema, name))
	return w.asset(t, schema, name)
}

// covering is want for a container.
func covering(s provision.Standing, below ...catalog.Asset) provision.Standing {
	slices.SortFunc(below, func(a, b catalog.Asset) int { return strings.Compare(string(a.Ref), string(b.Ref)) })
	s.Below = below
	return s
}

func TestSchemaGivesExactlyWhatItCovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	one, two, secret := w.tableIn(t, area), w.tableIn(t, area), w.tableIn(t, area)
	w.asOwner(t, fmt.Sprintf("create view %[1]s.seen as select id, note from %[1]s.%[2]s; create materialized view %[1]s.kept as select id, note from %[1]s.%[2]s", area, one.Ref.Name()))
	seen, kept, schema := w.asset(t, area, "seen"), w.asset(t, area, "kept"), w.container(t, area)

	o := mustApply(t, p, covering(want(eve, schema, request.Read), one, two, kept, seen))
	for _, a := range []catalog.Asset{one, two, kept, seen} {
		w.mustAllow(t, eve, a, true, false)
	}
	w.mustAllow(t, eve, secret, false, false)
	if len(o.Remaining) > 0 {
		t.Errorf("nobody else gave anything, yet Remaining is %q", o.Remaining)
	}
	o = mustApply(t, p, covering(want(eve, schema, request.ReadWrite), one, two, kept, seen))
	w.mustAllow(t, eve, one, true, true)
	w.mustAllow(t, eve, two, true, true)
	if ok, err := w.allowed(t.Context(), eve, kept, request.Read); err != nil || !ok {
		t.Errorf("READ_WRITE on the schema does not read what cannot be written to: %v", err)
	}
	if o := mustApply(t, p, covering(want(eve, schema, request.ReadWrite), one, two, kept, seen)); len(o.Ran) > 0 {
		t.Errorf("all was as wanted, yet this ran: %q", o.Ran)
	}
	mustApply(t, p, covering(want(eve, schema), one, two, kept, seen))
	for _, a := range []catalog.Asset{one, two, kept, seen, secret} {
		w.mustAllow(t, eve, a, false, false)
	}
}

func TestContainerFollowsWhatItCovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, north, south := w.open(t), w.person(t), w.person(t), w.schema(t), w.schema(t)
	database, first, second := w.container(t), w.tableIn(t, north), w.tableIn(t, south)
	uses := func(schema string) (does bool) {
		if err := w.db.QueryRow("select has_schema_privilege($1, $2, 'USAGE')", eve.Name, schema).Scan(&does); err != nil {
			t.Fatal(err)
		}
		return does
	}
	mustApply(t, p, covering(want(eve, database, request.ReadWrite), first))
	mustApply(t, p, covering(want(bob, database, request.ReadWrite), first))
	w.mustAllow(t, eve, first, true, true)
	w.mustAllow(t, eve, second, false, false)
	if uses(south) {
		t.Error("USAGE on a schema that holds nothing covered")
	}
	later := w.tableIn(t, north)
	mustApply(t, p, covering(want(eve, database, request.ReadWrite), first, second, later))
	for _, a := range []catalog.Asset{first, second, later} {
		w.mustAllow(t, eve, a, true, true)
		w.mustAllow(t, bob, a, true, true)
	}
	mustApply(t, p, covering(want(eve, database, request.ReadWrite), second))
	w.mustAllow(t, eve, first, false, false)
	w.mustAllow(t, bob, later, false, false)
	w.mustAllow(t, eve, second, true, true)
	if uses(north) {
		t.Error("USAGE is left on a schema that holds nothing covered any more")
	}
	// Who ends takes nothing from who stays, whether or not it is said what is covered.
	mustApply(t, p, want(bob, database))
	w.mustAllow(t, bob, second, false, false)
	w.mustAllow(t, eve, second, true, true)
}

func TestEmptyContainerGivesConnectAndUsageOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(t, "revoke connect on database "+w.database+" from public")
	w.run(t, "grant connect on database "+w.database+" to "+w.owner)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	schema, secret := w.container(t, area), w.tableIn(t, area)
	mustApply(t, p, want(eve, schema, request.ReadWrite))
	w.mustAllow(t, eve, secret, false, false)
	if err := w.as(t.Context(), eve.Name, "select '"+area+"."+secret.Ref.Name()+"'::regclass"); err != nil {
		t.Errorf("the schema cannot be used: %v", err)
	}
	mustApply(t, p, want(eve, schema))
	if err := w.as(t.Context(), eve.Name, "select 1"); err == nil {
		t.Error("connecting works after the end")
	}
}

// Two approvals overlap: a table within a granted schema. Ending one leaves what
// the other needs, and says so.
func TestTableWithinAGrantedSchema(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	schema, one, two := w.container(t, area), w.tableIn(t, area), w.tableIn(t, area)
	both := func() {
		mustApply(t, p, covering(want(eve, schema, request.Read), one, two))
		mustApply(t, p, want(eve, one, request.ReadWrite))
		w.mustAllow(t, eve, one, true, true)
		w.mustAllow(t, eve, two, true, false)
	}
	both()
	o := mustApply(t, p, want(eve, one))
	w.mustAllow(t, eve, one, true, false)
	w.mustAllow(t, eve, two, true, false)
	wanted := []provision.Path{provision.Path("SELECT through another grant of Grantwright, READ on " + string(schema.Ref))}
	if diff := cmp.Diff(wanted, o.Remaining); diff != "" {
		t.Errorf("Remaining (-want +got):\n%s", diff)
	}
	both()
	mustApply(t, p, covering(want(eve, schema), one, two))
	w.mustAllow(t, eve, one, true, true)
	w.mustAllow(t, eve, two, false, false)
	mustApply(t, p, want(eve, one))
	w.mustAllow(t, eve, one, false, false)
}

func TestWhatIsNoLongerAsItWasSeenBelowIsLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	schema, kept, dropped, renamed, replaced := w.container(t, area), w.tableIn(t, area), w.tableIn(t, area), w.tableIn(t, area), w.tableIn(t, area)
	standing := covering(want(eve, schema, request.Read), kept, dropped, renamed, replaced)
	mustApply(t, p, standing)
	w.asOwner(t, strings.NewReplacer("{area}", area, "{dropped}", dropped.Ref.Name(), "{renamed}", renamed.Ref.Name(), "{replaced}", replaced.Ref.Name()).Replace(
		"drop table {area}.{dropped}, {area}.{replaced}; alter table {area}.{renamed} rename to elsewhere; create table {area}.{replaced} (id serial primary key, note text)"))
	plan := p.Plan(t.Context(), []provision.Standing{standing})[0]
	if text := fmt.Sprint(plan.Remarks); plan.Err != nil || !strings.Contains(text, renamed.Ref.Name()) || !strings.Contains(text, "left out until the next sync") {
		t.Errorf("Plan says %q and %v, must name what is left out", plan.Remarks, plan.Err)
	}
	mustApply(t, p, standing)
	w.mustAllow(t, eve, kept, true, false)
	w.mustAllow(t, eve, w.asset(t, area, "elsewhere"), false, false)
	w.mustAllow(t, eve, replaced, false, false)
	mustApply(t, p, covering(want(eve, schema, request.Read), kept, w.asset(t, area, replaced.Ref.Name()), w.asset(t, area, "elsewhere")))
	w.mustAllow(t, eve, replaced, true, false)
}

func TestContainerThatWasReplacedGivesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	schema := w.container(t, area)
	mustApply(t, p, covering(want(eve, schema, request.Read), w.tableIn(t, area)))
	w.run(t, "drop schema "+area+" cascade")
	w.run(t, "create schema "+area+" authorization "+w.owner)
	now, anew := w.container(t, area), w.tableIn(t, area)
	mustSay(t, apply(t, p, covering(want(eve, schema, request.Read), anew)).Err, true, "is another object now")
	w.mustAllow(t, eve, anew, false, false)
	mustApply(t, p, want(eve, schema))
	mustApply(t, p, covering(want(eve, now, request.Read), anew))
	w.mustAllow(t, eve, anew, true, false)
}

// What a sync reads is what can be granted: the ids and kinds are the same.
func TestContainersAreThoseThatASyncReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	orders := w.tableIn(t, area)
	source, err := pgsource.Open(t.Context(), w.target().Connection, password)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	var containers, below []catalog.Asset
	for a, err := range source.Assets(t.Context(), orders.Ref.Parent().Parent()) {
		switch {
		case err != nil:
			t.Fatal(err)
		case !a.Kind.Container():
			below = append(below, a)
		case a.Ref.Covers(orders.Ref):
			containers = append(containers, a)
		}
	}
	if len(containers) != 2 || len(below) != 1 {
		t.Fatalf("read %d containers and %d tables, want 2 and 1", len(containers), len(below))
	}
	for _, c := range containers {
		mustApply(t, p, covering(want(eve, c, request.ReadWrite), below...))
		w.mustAllow(t, eve, orders, true, true)
		mustApply(t, p, want(eve, c))
		w.mustAllow(t, eve, orders, false, false)
	}
}

func TestRefusesContainersThatAreSaidToCoverOtherThings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, area := w.open(t), w.person(t), w.person(t), w.schema(t)
	schema, inside, outside := w.container(t, area), w.tableIn(t, area), w.table(t)
	mustApply(t, p, covering(want(eve, schema, request.Read), inside))
	for _, o := range p.Apply(t.Context(), []provision.Standing{covering(want(eve, schema, request.Read), outside), covering(want(bob, schema, request.Read), inside)}) {
		mustSay(t, o.Err, true, "not below it")
	}
	w.mustAllow(t, eve, inside, true, false)
	outcomes := p.Apply(t.Context(), []provision.Standing{covering(want(eve, schema, request.Read), inside), want(bob, schema, request.Read)})
	if outcomes[0].Err != nil {
		t.Error(outcomes[0].Err)
	}
	mustSay(t, outcomes[1].Err, true, "covers other assets")
	w.mustAllow(t, eve, inside, true, false)
	w.mustAllow(t, bob, inside, false, false)
}

func TestCheckFillsInTheIDsOfContainers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve := w.open(t), w.person(t)
	for _, a := range []catalog.Asset{w.container(t), w.container(t, "public")} {
		asked := a
		asked.ID, asked.Source.Owner = "", ""
		got, err := p.Check(t.Context(), want(request.Principal{Name: eve.Name}, asked))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want(eve, a), got); diff != "" {
			t.Errorf("checked (-want +got):\n%s", diff)
		}
	}
}
