package mariadbprovision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
	"github.com/grantwright/grantwright/request"
)

// Who can have nothing is told why, before and when it would be given.
func TestRefusesPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, orders := w.open(t), w.table(t)
	made := func(statements ...string) string {
		name := w.name("bob")
		w.run(t, "create user "+name+"@'%' identified by '"+password+"'")
		for _, s := range statements {
			w.run(t, strings.ReplaceAll(s, "BOB", name+"@'%'"))
		}
		return name + "@%"
	}
	role := w.name("analysts")
	w.run(t, "create role "+role)
	for _, tt := range []struct{ name, principal, says string }{
		{"nobody", "", "has no name"},
		{"no host", "eve", "such as eve@%"},
		{"an empty host", "eve@", "names no host"},
		{"the user of everybody", "@localhost", "everybody's"},
		{"NUL", "eve\x00@%", "is not text"},
		{"a long name", strings.Repeat("x", 129) + "@%", "is longer than"},
		{"unknown", "nobody@%", "does not exist"},
		{"of another host", strings.Replace(made(), "%", "localhost", 1), "does not exist"},
		{"a role", role + "@", "names no host"},
		{"our login", w.login + "@%", "is an account of Grantwright"},
		{"the owner of our procedures", "gw_" + w.installation + "@localhost", "is an account of Grantwright"},
		{"root", "root@127.0.0.1", "may read everything anyhow"},
		{"who reads everything", made("grant select on *.* to BOB"), "may read everything anyhow"},
		{"who makes users", made("grant create user on *.* to BOB"), "can give itself everything"},
		{"a default role", made("grant "+role+" to BOB", "set default role "+role+" for BOB"), `has the default role "` + role + `"`},
		{"locked", made("alter user BOB account lock"), "cannot log in (ACCOUNT LOCK)"},
		{"an expired password", made("alter user BOB password expire"), "PASSWORD EXPIRE"},
	} {
		s := want(request.Principal{Name: tt.principal}, orders, request.Read)
		_, err := p.Check(t.Context(), s)
		for _, err := range []error{err, p.Plan(t.Context(), []provision.Standing{s})[0].Err, apply(t, p, s).Err} {
			if !errors.Is(err, provision.ErrPermanent) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s: %v, want one that says %q and needs a person", tt.name, err, tt.says)
			}
		}
		mustApply(t, p, want(s.Principal, orders))
	}
	group := want(request.Principal{Name: role, Group: true}, orders, request.Read)
	mustSay(t, apply(t, p, group).Err, true, "such as")
	group.Principal.Name = role + "@%"
	mustSay(t, apply(t, p, group).Err, true, "is a group")
}

// Who loses the account later keeps nothing that works, and is told so: the grant is
// not active.
func TestTellsOfAccountsThatCannotLogIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.run(t, "alter user "+quoted(eve)+" account lock")
	mustSay(t, apply(t, p, want(eve, orders, request.Read)).Err, true, "ACCOUNT LOCK")
	w.run(t, "alter user "+quoted(eve)+" account unlock")
	if o := mustApply(t, p, want(eve, orders, request.Read)); len(o.Ran) > 0 {
		t.Errorf("all was as wanted, yet this ran: %q", o.Ran)
	}
	w.run(t, "drop user "+quoted(eve))
	mustSay(t, apply(t, p, want(eve, orders, request.Read)).Err, true, "does not exist")
	mustApply(t, p, want(eve, orders))
	if role := w.personRole(t, eve); role != "" {
		t.Errorf("the role %s of an account that is gone is left", role)
	}
}

func TestAwkwardNamesOfAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, orders := w.open(t), w.table(t)
	for _, user := range []string{"o'brien", "back\\slash", "back`tick", `dou"ble`, "with space", "a@b", "größe", "per%cent", "semi;colon --"} {
		user += w.name("")
		who := request.Principal{Name: user + "@%"}
		w.run(t, "create user "+quote(user)+"@'%' identified by '"+password+"'")
		reads := func() bool {
			db, err := platform.Open(user, password)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			_, err = db.ExecContext(t.Context(), "select * from "+quote(orders.Ref.Path()...))
			if unlessDenied(err) != nil {
				t.Fatalf("%s: %v", user, err)
			}
			return err == nil
		}
		o := mustApply(t, p, want(who, orders, request.Read))
		if !reads() {
			t.Errorf("%s may not read", user)
		}
		// What is said to have run is what MariaDB understands.
		w.run(t, string(o.Ran[len(o.Ran)-2]))
		mustApply(t, p, want(who, orders))
		if reads() {
			t.Errorf("%s may still read", user)
		}
	}
}

func TestRefusesAssets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	table := quote(orders.Ref.Path()...)
	view := func(how string) catalog.Asset {
		name := w.name("view")
		w.run(t, strings.ReplaceAll(how, "VIEW", "view "+quote(w.database, name)))
		return w.asset(t, w.database, name)
	}
	gone := w.name("gone")
	w.run(t, "create user "+gone+"@'%'")
	invoker := view("create sql security invoker VIEW as select * from " + table)
	orphan := view("create definer = " + gone + "@'%' VIEW as select * from " + table)
	w.run(t, "drop user "+gone+"@'%'")
	counted := view("create VIEW as select count(*) as n from " + table)
	elsewhere, noID, noKind := orders, orders, orders
	elsewhere.ID, noID.ID, noKind.Kind = "another"+orders.ID[strings.Index(orders.ID, "/"):], "", ""
	bad := orders
	bad.ID = "7"
	for _, tt := range []struct {
		name  string
		asset catalog.Asset
		want  request.Privilege
		says  string
	}{
		{"the reader's rights", invoker, request.Read, "SQL SECURITY INVOKER"},
		{"nobody's rights", orphan, request.Read, "there is no such account"},
		{"no writing", counted, request.ReadWrite, "only READ can be granted"},
		{"another server", elsewhere, request.Read, "was approved on the server with the id another"},
		{"no id", noID, request.Read, "has no id"},
		{"no kind", noKind, request.Read, "has no kind"},
		{"no id of ours", bad, request.Read, "must be <id of the server>/<id of the object>"},
		{"a schema", catalog.Asset{Ref: "shop:a.b.c", Kind: catalog.Schema}, request.Read, "is a SCHEMA"},
		{"the server's own", catalog.Asset{Ref: "shop:mysql.user", Kind: catalog.Table}, request.Read, "of the server itself"},
		{"ours", catalog.Asset{Ref: "shop:gw_x.asset_roles", Kind: catalog.Table}, request.Read, "or of Grantwright"},
		{"another connection", catalog.Asset{Ref: "lake:sales.orders", Kind: catalog.Table}, request.Read, "on connection shop"},
		{"a name that is none", catalog.Asset{Ref: catalog.Ref("shop:sales." + strings.Repeat("x", 65)), Kind: catalog.Table}, request.Read, "longer than 64"},
		{"a privilege that is none", orders, "OWN", "none of READ and READ_WRITE"},
	} {
		mustSayOf(t, tt.name, apply(t, p, want(eve, tt.asset, tt.want)).Err, tt.says)
	}
	columns, unmasked, masked := want(eve, orders, request.ReadWrite), want(eve, orders, request.Read), want(eve, orders, request.Read)
	columns.Want[0].Columns, unmasked.Want[0].Unmasked, masked.Masked = []string{"id"}, []string{"id"}, []provision.Masking{{Asset: orders}}
	mustSayOf(t, "columns", apply(t, p, columns).Err, "can be granted by column for READ only")
	mustSayOf(t, "unmasked", apply(t, p, unmasked).Err, "we put no masks into force")
	mustSayOf(t, "masked", apply(t, p, masked).Err, "is masked")
	w.mustAllow(t, eve, orders, false, false)
	mustApply(t, p, want(eve, counted, request.Read))
	if reads, err := w.allowed(t.Context(), eve, counted, request.Read); err != nil || !reads {
		t.Errorf("a view that was given: reads %v, %v", reads, err)
	}
	if checked, err := p.Check(t.Context(), want(eve, noID)); err != nil || checked.Asset.ID != orders.ID {
		t.Errorf("Check of what has no id says %q, %v", checked.Asset.ID, err)
	}
}

func mustSayOf(t *testing.T, name string, err error, says string) {
	t.Helper()
	if err == nil || !errors.Is(err, provision.ErrPermanent) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v, want one that says %q and needs a person", name, err, says)
	}
}

func TestPatternsOfDatabases(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, database string
		want              bool
	}{
		{"sales", "sales", true}, {"sales", "sales2", false}, {"sales_", "sales2", true}, {`sales\_`, "sales2", false}, {`sales\_`, "sales_", true},
		{"%", "sales", true}, {"s%s", "sales", true}, {"s%x", "sales", false}, {`100\%`, "100%", true}, {`100\%`, "100x", false},
		{"größe_", "größe1", true}, {"", "", true}, {"%%", "", true}, {"_", "", false}, {`back\slash`, `back\slash`, true},
	} {
		if got := mariadbprovision.Matches(tt.pattern, tt.database); got != tt.want {
			t.Errorf("%q is about %q: %v, want %v", tt.pattern, tt.database, got, tt.want)
		}
	}
}

func TestWhenPasswordsAreOver(t *testing.T) {
	t.Parallel()
	const day, now = 24 * 60 * 60, 1_000 * 24 * 60 * 60
	for _, tt := range []struct {
		name              string
		byDefault         int
		changed, lifetime int64
		want              bool
	}{
		{"never", 0, now - 900*day, -1, false},
		{"declared so", 0, 0, -1, true},
		{"no password", 30, -1, -1, false},
		{"by default", 30, now - 30*day, -1, true},
		{"not yet", 30, now - 29*day, -1, false},
		{"its own", 0, now - 7*day, 7, true},
		{"its own never", 30, now - 90*day, 0, false},
	} {
		if got := mariadbprovision.Expired(now, tt.byDefault, tt.changed, tt.lifetime); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// A Plan says what would run, and runs nothing.
func TestPlans(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	for _, s := range []provision.Standing{want(eve, orders, request.ReadWrite), want(eve, orders, request.Read), want(eve, orders)} {
		plan := p.Plan(t.Context(), []provision.Standing{s})[0]
		ran := mustApply(t, p, s).Ran
		if plan.Err != nil || provision.Script(plan.Statements) != provision.Script(ran) || len(ran) == 0 {
			t.Errorf("%v was planned as %q, %v, and ran as %q", s.Want, plan.Statements, plan.Err, ran)
		}
	}
}
