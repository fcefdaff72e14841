package pgprovision_test

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

// columns is READ of some columns, with the ids that they have now.
func (w *world) columns(t testing.TB, a catalog.Asset, names ...string) provision.Access {
	t.Helper()
	access := provision.Access{Privilege: request.Read, Columns: slices.Sorted(slices.Values(names))}
	for _, name := range access.Columns {
		var id string
		object := a.ID[strings.LastIndex(a.ID, "/")+1:]
		if err := w.db.QueryRow("select attnum::text from pg_attribute where attrelid = $1::oid and attname = $2", object, name).Scan(&id); err != nil {
			t.Fatalf("column %q of %s: %v", name, a.Ref, err)
		}
		access.ColumnIDs = append(access.ColumnIDs, id)
	}
	return access
}

// wantOf wants some accesses to an asset.
func wantOf(who request.Principal, a catalog.Asset, access ...provision.Access) provision.Standing {
	return provision.Standing{Principal: who, Asset: a, Want: access}
}

// stands lists everything of ours on an asset.
func stands(t testing.TB, p *pgprovision.Provisioner, a catalog.Asset) (all []provision.Access) {
	t.Helper()
	for s, err := range p.List(t.Context(), a.Ref) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s.Want...)
	}
	return all
}

// mustStand applies a Standing, and fails the test if another look would do more.
func mustStand(t testing.TB, p *pgprovision.Provisioner, s provision.Standing) provision.Outcome {
	t.Helper()
	o := mustApply(t, p, s)
	if again := mustApply(t, p, s); len(again.Ran) > 0 {
		t.Errorf("applied again, it runs %q", again.Ran)
	}
	return o
}

func TestSomeColumnsAreReadAndNoOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, a := w.open(t), w.person(t), w.person(t), w.customers(t)
	table, some := "public."+a.Ref.Name(), w.columns(t, a, "id", "name")
	plan := p.Plan(t.Context(), []provision.Standing{wantOf(eve, a, some)})[0]
	o := mustStand(t, p, wantOf(eve, a, some))
	if diff := cmp.Diff(plan.Statements, o.Ran); plan.Err != nil || diff != "" {
		t.Errorf("the plan says %v, and was not what ran (-plan +ran):\n%s", plan.Err, diff)
	}
	if !slices.ContainsFunc(o.Ran, func(s provision.Statement) bool {
		return strings.HasPrefix(string(s), `grant select ("id", "name") on table `)
	}) {
		t.Errorf("it ran %q", o.Ran)
	}
	if remark := "only these columns are read, and a query has to name them, instead of *: id, name"; !slices.Contains(o.Remarks, remark) {
		t.Errorf("the remarks are %q", o.Remarks)
	}
	mustStand(t, p, wantOf(bob, a, some))
	for _, who := range []request.Principal{eve, bob} {
		w.mustSee(t, who, "id, name", table, "1|Grace")
		w.mustSee(t, who, "count(*)", table, "1")
		for _, not := range []string{"email", "id, iban", table + ".*"} {
			w.mustSee(t, who, strings.ReplaceAll(not, table, a.Ref.Name()), table, "denied")
		}
		for _, act := range []string{"update " + table + " set id = 2", "insert into " + table + " (id) values (2)", "delete from " + table} {
			if err := w.as(t.Context(), who.Name, act); err == nil || !strings.Contains(err.Error(), "permission denied") {
				t.Errorf("%s: %v", act, err)
			}
		}
	}
	if diff := cmp.Diff([]provision.Access{some, some}, stands(t, p, a)); diff != "" {
		t.Errorf("what stands (-want +got):\n%s", diff)
	}
	mustStand(t, p, wantOf(eve, a))
	w.mustSee(t, eve, "id", table, "denied")
	w.mustSee(t, bob, "id", table, "1")
	mustStand(t, p, wantOf(bob, a))
	w.mustSee(t, bob, "id", table, "denied")
	var left int
	if err := w.db.QueryRow("select count(*) from pg_roles where rolname like $1", "gw\\_"+w.installation+"\\_%\\_"+a.ID[strings.LastIndex(a.ID, "/")+1:]).Scan(&left); err != nil || left > 0 {
		t.Errorf("%d roles are left, %v", left, err)
	}
}

func TestColumnsAndTheWholeOverlap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, a := w.open(t), w.person(t), w.customers(t)
	table, one, two := "public."+a.Ref.Name(), w.columns(t, a, "id", "name"), w.columns(t, a, "id", "email")
	write := provision.Access{Privilege: request.ReadWrite}
	for _, tt := range []struct {
		want                     []provision.Access
		id, name, email, all, is string // that is seen, or denied
	}{
		{[]provision.Access{one, two}, "1", "Grace", "grace@example.com", "denied", "two sets are both read"},
		{[]provision.Access{two}, "1", "denied", "grace@example.com", "denied", "the end of one leaves the other"},
		{[]provision.Access{read, two}, "1", "Grace", "grace@example.com", "1", "the whole beside columns"},
		{[]provision.Access{read}, "1", "Grace", "grace@example.com", "1", "the end of columns leaves the whole"},
		{[]provision.Access{one, write}, "1", "Grace", "grace@example.com", "1", "writing beside columns"},
		{[]provision.Access{one}, "1", "Grace", "denied", "denied", "the end of the whole leaves columns"},
		{nil, "denied", "denied", "denied", "denied", "nothing"},
	} {
		mustStand(t, p, wantOf(eve, a, tt.want...))
		w.mustSee(t, eve, "id", table, tt.id)
		w.mustSee(t, eve, "name", table, tt.name)
		w.mustSee(t, eve, "email", table, tt.email)
		w.mustSee(t, eve, "count(x)", "(select * from "+table+") x", tt.all)
		if t.Failed() {
			t.Fatal(tt.is)
		}
		for _, want := range tt.want {
			if !slices.ContainsFunc(stands(t, p, a), want.Equal) {
				t.Errorf("%s: %s is not listed", tt.is, want)
			}
		}
	}
}

// A column is the same under another name, and another one under its name is not.
func TestColumnsThatChangeTheirNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		name       string
		change     string // of table %
		ids        bool   // those that were approved are known
		reads, not string
		remark     string
		withdrawn  bool
	}{
		{"renamed", "alter table % rename email to mail", true, "id|grace@example.com", "", `column "email" is called "mail" by now`, false},
		{"renamed, by name only", "alter table % rename email to mail", false, "id", "mail", `column "email" stands no longer`, false},
		{"dropped", "alter table % drop email", true, "id", "name", `column "email" stands no longer`, false},
		{"dropped, by name only", "alter table % drop email", false, "id", "name", `column "email" stands no longer`, false},
		{"made anew", "alter table % drop email; alter table % add email text default 'x'", true, "id", "email", `column "email" stands no longer`, false},
		{"made anew, by name only", "alter table % drop email; alter table % add email text default 'x'", false, "", "email", "", true},
		{"swapped", "alter table % rename email to x; alter table % rename iban to email; alter table % rename x to iban", true, "id|grace@example.com", "email", `column "email" is called "iban" by now`, false},
		{"swapped, by name only", "alter table % rename email to x; alter table % rename iban to email; alter table % rename x to iban", false, "", "email", "", true},
		{"another came", "alter table % add more text default 'x'", true, "id|grace@example.com", "more", "", false},
		{"of another type", "alter table % alter email type text", true, "id|grace@example.com", "name", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, eve, a := w.open(t), w.person(t), w.customers(t)
			table, some := "public."+a.Ref.Name(), w.columns(t, a, "id", "email")
			if !tt.ids {
				some.ColumnIDs = nil
			}
			mustStand(t, p, wantOf(eve, a, some))
			w.mustSee(t, eve, "id, email", table, "1|grace@example.com")
			w.asOwner(t, strings.ReplaceAll(tt.change, "%", table))
			s := wantOf(eve, a, some)
			s.Given = s.Want
			o := mustStand(t, p, s)
			if gone := len(o.Withdrawn) > 0; gone != tt.withdrawn {
				t.Errorf("withdrawn is %v", o.Withdrawn)
			}
			if !slices.ContainsFunc(o.Remarks, func(r string) bool { return r == tt.remark }) && tt.remark != "" {
				t.Errorf("the remarks are %q", o.Remarks)
			}
			switch tt.reads {
			case "":
				w.mustSee(t, eve, "id", table, "denied")
			case "id":
				w.mustSee(t, eve, "id", table, "1")
			default:
				w.mustSee(t, eve, "id, "+w.nameOf(t, a, 3), table, "1|grace@example.com")
			}
			if tt.not != "" {
				w.mustSee(t, eve, tt.not, table, "denied")
			}
		})
	}
}

// nameOf is the name of the column of a number.
func (w *world) nameOf(t testing.TB, a catalog.Asset, number int) (name string) {
	t.Helper()
	object := a.ID[strings.LastIndex(a.ID, "/")+1:]
	if err := w.db.QueryRow("select quote_ident(attname) from pg_attribute where attrelid = $1::oid and attnum = $2", object, number).Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestColumnsThatAllAreGoneAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, a := w.open(t), w.person(t), w.customers(t)
	table, some := "public."+a.Ref.Name(), w.columns(t, a, "email")
	mustStand(t, p, wantOf(eve, a, some))
	w.asOwner(t, "alter table "+table+" drop email; alter table "+table+" add email text")
	whole := provision.Access{Privilege: request.Read}
	for _, all := range [][]provision.Access{{some}, {some, whole}} {
		err := apply(t, p, wantOf(eve, a, all...)).Err
		mustSay(t, err, true, `has none of the columns: column "email" stands no longer`)
		if refused := (*provision.RefusedError)(nil); !errors.As(err, &refused) || refused.Of == nil || !refused.Of(some) || refused.Of(whole) {
			t.Errorf("of %v, %v is refused otherwise than as the columns alone", all, err)
		}
	}
	w.mustSee(t, eve, "email", table, "denied")
	mustStand(t, p, wantOf(eve, a, whole))
	w.mustSee(t, eve, "id", table, "1")
	mustStand(t, p, wantOf(eve, a))
	if all := stands(t, p, a); len(all) > 0 {
		t.Errorf("%v stands", all)
	}
}

// What somebody adds to a role of ours, or takes from it, is set right, or said.
func TestColumnsThatOthersWidenAndNarrow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		name      string
		by        string // us, or the owner
		act       string // on table %t, about role %r
		reads     bool   // more than was approved, afterwards
		remaining string
		withdrawn bool
	}{
		{"another column in our name", "us", "grant select (iban) on %t to %r", false, "", false},
		{"writing a column in our name", "us", "grant update (id) on %t to %r", false, "", false},
		{"the whole in our name", "us", "grant select on %t to %r", false, "", false},
		{"more than reading in our name", "us", "grant select, insert, delete on %t to %r", false, "", false},
		{"another column by the owner", "owner", "grant select (iban) on %t to %r", true, "iban of table", false},
		{"the whole by the owner", "owner", "grant select on %t to %r", true, "who opened to role", false},
		{"one column less", "us", "revoke select (id) on %t from %r", false, "", true},
		{"no column left", "us", "revoke select on %t from %r", false, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, eve, a := w.open(t), w.person(t), w.customers(t)
			table, some := "public."+a.Ref.Name(), w.columns(t, a, "id", "email")
			mustStand(t, p, wantOf(eve, a, some))
			act := strings.NewReplacer("%t", table, "%r", w.roleOf(t, a)).Replace(tt.act)
			if tt.by == "us" {
				w.run(t, "set session authorization "+w.provisioner+"; "+act+"; reset session authorization")
			} else {
				w.asOwner(t, act)
			}
			s := wantOf(eve, a, some)
			s.Given = s.Want
			o := mustStand(t, p, s)
			if gone := len(o.Withdrawn) > 0; gone != tt.withdrawn {
				t.Errorf("withdrawn is %v", o.Withdrawn)
			}
			if tt.withdrawn {
				w.mustSee(t, eve, "email", table, "denied")
				return
			}
			w.mustSee(t, eve, "id, email", table, "1|grace@example.com")
			if more := w.sees(t, eve.Name, "iban", table); tt.reads != strings.HasPrefix(more, "DE89") {
				t.Errorf("more is read: %s", more)
			}
			if err := w.as(t.Context(), eve.Name, "update "+table+" set id = 2"); err == nil {
				t.Error("a column can be written")
			}
			told := slices.ContainsFunc(o.Remaining, func(path provision.Path) bool { return strings.Contains(string(path), tt.remaining) })
			if told != (tt.remaining != "") && tt.remaining != "" || tt.remaining == "" && len(o.Remaining) > 0 {
				t.Errorf("other ways in are %q", o.Remaining)
			}
			mustApply(t, p, wantOf(eve, a))
			w.mustSee(t, eve, "id", table, "denied")
		})
	}
}

// roleOf is the only role of ours on an asset.
func (w *world) roleOf(t testing.TB, a catalog.Asset) (name string) {
	t.Helper()
	if err := w.db.QueryRow("select rolname from pg_roles where starts_with(rolname, $1) and rolname like $2", "gw_"+w.installation+"_", "%\\_"+a.ID[strings.LastIndex(a.ID, "/")+1:]).Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestColumnsOfWhatIsMasked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, a := w.open(t), w.person(t), w.person(t), w.customers(t)
	table, some := "public."+a.Ref.Name(), w.columns(t, a, "id", "email")
	mustStand(t, p, wantOf(eve, a, some))

	// The masks come while the columns of the table are read.
	m := hide(a, by("email", catalog.MaskNull))
	m.Show.Clear = slices.DeleteFunc(m.Show.Clear, func(c string) bool { return c == "iban" }) // nobody has classified it
	name := mustMask(t, p, m).Name
	if o := mustStand(t, p, wantMasked(eve, m, some)); o.Query != name {
		t.Errorf("what is queried is %q, want %q", o.Query, name)
	}
	w.mustSee(t, eve, "id, coalesce(email, 'null')", name, "1|null")
	w.mustSee(t, eve, "name", name, "denied")
	w.mustSee(t, eve, "id", table, "denied")

	// Another person sees the column clear, and no other column.
	mustStand(t, p, wantMasked(bob, m, some, clear("email")))
	w.mustSee(t, bob, "id, email", name, "1|grace@example.com")
	w.mustSee(t, bob, "name", name, "denied")
	mustStand(t, p, wantMasked(bob, m, some))
	w.mustSee(t, bob, "coalesce(email, 'null')", name, "null")

	// The view is made anew, under other masks and with the column under another name.
	w.asOwner(t, "alter table "+table+" rename email to mail")
	m = hide(a, by("mail", catalog.MaskHash))
	m.Show.Columns[0].Mask.Key, m.Keys = "k", map[string]string{"k": "a key that nobody knows, of 32 bytes"}
	m.Show.Clear = []string{"id", "name"}
	name = mustMask(t, p, m).Name
	s := wantMasked(eve, m, some)
	s.Given = s.Want
	if o := mustStand(t, p, s); len(o.Withdrawn) > 0 {
		t.Errorf("withdrawn is %v", o.Withdrawn)
	}
	w.mustSee(t, eve, "id, length(mail)", name, "1|64")
	w.mustSee(t, eve, "name", name, "denied")

	// A column that the view does not show cannot be asked for, and is none of what is read.
	_, err := p.Check(t.Context(), wantMasked(eve, m, w.columns(t, a, "id", "iban")))
	mustSay(t, err, true, `column "iban" is not shown by the view that masks the asset`)

	// The masks end: it is the table again.
	off := provision.Masking{Asset: a}
	mustMask(t, p, off)
	mustStand(t, p, wantOf(eve, a, some))
	w.mustSee(t, eve, "id, mail", table, "1|grace@example.com")
	w.mustSee(t, eve, "name", table, "denied")
}

func TestColumnsOfEveryKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	base := w.customers(t).Ref.Name()
	for _, tt := range []struct{ kind, make string }{
		{"view", "create view % as select * from " + base},
		{"materialized view", "create materialized view % as select * from " + base},
		{"partitioned table", "create table % (like " + base + ") partition by list (id); create table %_1 partition of % for values in (1); insert into % select * from " + base},
		{"parent", "create table % (like " + base + "); create table %_kid () inherits (%); insert into %_kid select * from " + base},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel()
			p, eve, name := w.open(t), w.person(t), w.name("shown")
			w.asOwner(t, strings.ReplaceAll(tt.make, "%", name))
			a := w.asset(t, "public", name)
			some := w.columns(t, a, "id", "email")
			mustStand(t, p, wantOf(eve, a, some))
			w.mustSee(t, eve, "id, email", name, "1|grace@example.com")
			w.mustSee(t, eve, "iban", name, "denied")
			mustStand(t, p, wantOf(eve, a))
			w.mustSee(t, eve, "id", name, "denied")
		})
	}
}

// Names of columns are data: nothing that they hold becomes a statement.
func TestColumnsOfHostileNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, name := w.open(t), w.person(t), w.name("names")
	hostile := []string{`a" 3, "b`, "x) on x to public;--", "line\nbreak; create role mallory superuser;--", `back\slash`, "$1", "Zeta", "select", "ümlaut", "\u202eright"}
	quoted := make([]string, len(hostile))
	for i, column := range hostile {
		quoted[i] = `"` + strings.ReplaceAll(column, `"`, `""`) + `"`
	}
	w.asOwner(t, "create table "+name+" (secret text default 's', "+strings.Join(quoted, " text default 'v', ")+" text default 'v'); insert into "+name+" default values")
	a := w.asset(t, "public", name)
	some := w.columns(t, a, hostile...)
	o := mustStand(t, p, wantOf(eve, a, some))
	for _, s := range o.Ran {
		if strings.ContainsAny(string(s), "\n\u202e") {
			t.Errorf("the statement %q stands on more than a line", s)
		}
	}
	w.mustSee(t, eve, strings.Join(quoted, ", "), name, strings.Repeat("|v", len(hostile))[1:])
	w.mustSee(t, eve, "secret", name, "denied")
	if diff := cmp.Diff([]provision.Access{some}, stands(t, p, a)); diff != "" {
		t.Errorf("what stands (-want +got):\n%s", diff)
	}
	// In a masked view's place, rights on the columns of the table are strays.
	m := provision.Masking{Asset: a, Show: catalog.Masking{Columns: []catalog.MaskedColumn{by("secret", catalog.MaskNull)}, Clear: hostile}}
	query := mustMask(t, p, m).Name
	mustStand(t, p, wantMasked(eve, m, some))
	w.mustSee(t, eve, quoted[0], name, "denied")
	w.mustSee(t, eve, quoted[0], query, "v")
	mustStand(t, p, wantMasked(eve, m))
	w.mustSee(t, eve, quoted[0], query, "denied")
}

func TestColumnsThatCannotBeGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, a := w.open(t), w.person(t), w.customers(t)
	some := w.columns(t, a, "id", "name")
	change := func(f func(*provision.Access)) provision.Access {
		one := some
		f(&one)
		return one
	}
	for _, tt := range []struct {
		asset catalog.Asset
		want  provision.Access
		says  string
	}{
		{a, change(func(x *provision.Access) { x.Privilege = request.ReadWrite }), "by column for READ only"},
		{w.container(t, "public"), some, "has no columns of its own"},
		{a, change(func(x *provision.Access) { x.Columns, x.ColumnIDs = []string{"id", "nothing"}, nil }), `column "nothing" stands no longer`},
		{a, change(func(x *provision.Access) { x.ColumnIDs = []string{"1", "99"} }), `column "name" stands no longer`},
		{a, change(func(x *provision.Access) { x.ColumnIDs = []string{"1"} }), "which must be the number of each"},
		{a, change(func(x *provision.Access) { x.ColumnIDs = []string{"1", "-1"} }), "which must be the number of each"},
		{a, change(func(x *provision.Access) { x.ColumnIDs = []string{"1", "x"} }), "which must be the number of each"},
	} {
		_, err := p.Check(t.Context(), wantOf(eve, tt.asset, tt.want))
		mustSay(t, err, true, tt.says)
	}
	byName := some
	byName.ColumnIDs = nil
	checked, err := p.Check(t.Context(), wantOf(request.Principal{Name: eve.Name}, a, byName))
	if diff := cmp.Diff([]provision.Access{some}, checked.Want); err != nil || diff != "" {
		t.Errorf("%v; ids are filled in (-want +got):\n%s", err, diff)
	}
	if len(byName.ColumnIDs) > 0 {
		t.Error("the Standing of the caller was changed")
	}
}

// The rights of the person decide, and not that we gave some.
func TestColumnsThatDoNotWorkAreNotSaidToWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, name := w.open(t), w.person(t), w.name("shown")
	base := w.customers(t).Ref.Name()
	w.asOwner(t, "create view "+name+" with (security_invoker) as select id, name from "+base)
	a := w.asset(t, "public", name)
	mustSay(t, apply(t, p, wantOf(eve, a, w.columns(t, a, "id"))).Err, false, "the view reads with the reader's own rights")
	w.mustSee(t, eve, "id", name, "denied")

	// Where others gave the whole, it works, and is said.
	b := w.customers(t)
	w.asOwner(t, "grant select on "+b.Ref.Name()+" to "+eve.Name)
	o := mustStand(t, p, wantOf(eve, b, w.columns(t, b, "id")))
	if len(o.Remaining) != 1 || !strings.Contains(string(o.Remaining[0]), "granted directly") {
		t.Errorf("other ways in are %q", o.Remaining)
	}
	w.mustSee(t, eve, "iban", b.Ref.Name(), "DE89370400440532013000")
}

// Whoever is let into a role about columns by others is listed, and taken.
func TestColumnsOfWhomOthersLetIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, a := w.open(t), w.person(t), w.person(t), w.customers(t)
	some := w.columns(t, a, "id")
	mustStand(t, p, wantOf(eve, a, some))
	w.run(t, "set session authorization "+w.provisioner+"; grant "+w.roleOf(t, a)+" to "+bob.Name+"; reset session authorization")
	w.mustSee(t, bob, "id", a.Ref.Name(), "1")
	if diff := cmp.Diff([]provision.Access{some, some}, stands(t, p, a)); diff != "" {
		t.Errorf("what stands (-want +got):\n%s", diff)
	}
	mustStand(t, p, wantOf(bob, a))
	w.mustSee(t, bob, "id", a.Ref.Name(), "denied")
	w.mustSee(t, eve, "id", a.Ref.Name(), "1")
}

// A group reads columns as a person does.
func TestColumnsOfAGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, a := w.open(t), w.person(t), w.customers(t)
	group := w.group(t, eve)
	mustStand(t, p, wantOf(group, a, w.columns(t, a, "id", "name")))
	w.mustSee(t, eve, "id, name", a.Ref.Name(), "1|Grace")
	w.mustSee(t, eve, "email", a.Ref.Name(), "denied")
	mustStand(t, p, wantOf(group, a))
	w.mustSee(t, eve, "id", a.Ref.Name(), "denied")
}

// A table may have as many columns as PostgreSQL takes.
func TestColumnsOfAWideTable(t *testing.T) {
	t.Parallel()
	const wide = 1600
	w := newWorld(t)
	p, eve, name := w.open(t), w.person(t), w.name("wide")
	w.run(t, "do $$ begin execute (select 'create table "+name+" (' || string_agg('a_column_with_a_rather_long_name_' || n || ' int', ', ') || ')' from generate_series(1, "+"1600"+") n); end $$; alter table "+name+" owner to "+w.owner)
	w.setup(t)
	a := w.asset(t, "public", name)
	var names []string
	rows, err := w.db.Query("select attname from pg_attribute where attrelid = $1::regclass and attnum > 1 order by attnum", name)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var column sql.NullString
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		names = append(names, column.String)
	}
	if err := rows.Err(); err != nil || len(names) != wide-1 {
		t.Fatalf("%d columns, %v", len(names), err)
	}
	some := provision.Access{Privilege: request.Read, Columns: slices.Sorted(slices.Values(names))}
	mustStand(t, p, wantOf(eve, a, some))
	w.mustSee(t, eve, "count(a_column_with_a_rather_long_name_1600)", name, "0")
	w.mustSee(t, eve, "count(a_column_with_a_rather_long_name_1)", name, "denied")
	mustStand(t, p, wantOf(eve, a))
}
