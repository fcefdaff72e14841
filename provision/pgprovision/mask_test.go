package pgprovision_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

// customers makes a table of one person, with columns that are worth a mask.
func (w *world) customers(t testing.TB) catalog.Asset {
	t.Helper()
	name := w.name("customers")
	w.asOwner(t, customersAs(name))
	return w.asset(t, "public", name)
}

func customersAs(name string) string {
	return "create table " + name + " (id int, name text, email varchar(80), born date, iban text); " +
		"insert into " + name + " values (1, 'Grace', 'grace@example.com', '1990-01-02', 'DE89370400440532013000')"
}

// hide masks columns of an asset; the others are shown, but what is out.
func hide(a catalog.Asset, masks ...catalog.MaskedColumn) provision.Masking {
	m := provision.Masking{Asset: a, Show: catalog.Masking{Columns: masks}}
	for _, column := range []string{"id", "name", "email", "born", "iban"} {
		if !m.Show.Masks(column) {
			m.Show.Clear = append(m.Show.Clear, column)
		}
	}
	return m
}

func by(column string, how catalog.MaskHow) catalog.MaskedColumn {
	m := catalog.MaskedColumn{Name: column, Mask: catalog.Mask{Name: "m", How: how}}
	if how == catalog.MaskLast {
		m.Mask.Last = 4
	}
	return m
}

func mustMask(t testing.TB, p *pgprovision.Provisioner, m provision.Masking) provision.Masked {
	t.Helper()
	masked := p.Mask(t.Context(), []provision.Masking{m})[0]
	if masked.Err != nil {
		t.Fatalf("masking %s: %v", m.Asset.Ref, masked.Err)
	}
	return masked
}

// wantMasked wants access to an asset as it is masked.
func wantMasked(who request.Principal, m provision.Masking, access ...provision.Access) provision.Standing {
	return provision.Standing{Principal: who, Asset: m.Asset, Masked: []provision.Masking{m}, Want: access}
}

var read = provision.Access{Privilege: request.Read}

func clear(columns ...string) provision.Access {
	return provision.Access{Privilege: request.Read, Unmasked: columns}
}

// masked gives somebody access to a table whose emails are masked.
func (w *world) masked(t testing.TB, access ...provision.Access) (p *pgprovision.Provisioner, eve request.Principal, m provision.Masking, name string) {
	t.Helper()
	p, eve = w.open(t), w.person(t)
	m = hide(w.customers(t), by("email", catalog.MaskNull))
	name = mustMask(t, p, m).Name
	mustApply(t, p, wantMasked(eve, m, append([]provision.Access{read}, access...)...))
	return p, eve, m, name
}

// sees logs in as somebody and reads the only row, as text; or why it cannot be read.
func (w *world) sees(t testing.TB, login, columns, from string) string {
	t.Helper()
	db, err := sql.Open("postgres", platform.URL(login, password, w.database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var row string
	if err := db.QueryRow("select concat_ws('|', " + columns + ") from " + from).Scan(&row); err != nil {
		return err.Error()
	}
	return row
}

func (w *world) mustSee(t testing.TB, who request.Principal, columns, from, want string) {
	t.Helper()
	if got := w.sees(t, who.Name, columns, from); got != want && (want != "denied" || !strings.Contains(got, "permission denied")) {
		t.Errorf("%s sees %q in %s, want %q", who.Name, got, from, want)
	}
}

func TestMaskedForAllAndClearForOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, a := w.open(t), w.person(t), w.person(t), w.customers(t)
	constant := by("name", catalog.MaskConstant)
	constant.Mask.Constant = "somebody"
	m := hide(a, constant, by("email", catalog.MaskNull), by("born", catalog.MaskNull), by("iban", catalog.MaskLast))
	masked := mustMask(t, p, m)
	if want := fmt.Sprintf("gw_%s_masked.public__%s", w.installation, a.Ref.Name()); masked.Name != want {
		t.Errorf("the name to query is %q, want %q", masked.Name, want)
	}
	if again := mustMask(t, p, m); len(again.Ran) > 0 {
		t.Errorf("it is in force, yet this ran: %q", again.Ran)
	}
	const all = "id, name, coalesce(email, 'null'), coalesce(born::text, 'null'), iban"
	const hidden = "1|somebody|null|null|***3000"
	w.mustSee(t, eve, all, masked.Name, "denied")
	for _, who := range []request.Principal{eve, bob} {
		if o := mustApply(t, p, wantMasked(who, m, read)); o.Query != masked.Name {
			t.Errorf("Query is %q, want %q", o.Query, masked.Name)
		}
		w.mustSee(t, who, all, masked.Name, hidden)
		w.mustSee(t, who, all, a.Ref.Name(), "denied")
	}
	mustApply(t, p, wantMasked(eve, m, read, clear("email", "iban")))
	w.mustSee(t, eve, all, masked.Name, "1|somebody|grace@example.com|null|DE89370400440532013000")
	w.mustSee(t, eve, all, a.Ref.Name(), "denied")
	w.mustSee(t, bob, all, masked.Name, hidden)
	mustApply(t, p, wantMasked(eve, m, read, clear("email")))
	w.mustSee(t, eve, all, masked.Name, "1|somebody|grace@example.com|null|***3000")
	mustApply(t, p, wantMasked(eve, m, read))
	w.mustSee(t, eve, all, masked.Name, hidden)
	mustApply(t, p, wantMasked(bob, m))
	w.mustSee(t, bob, all, masked.Name, "denied")
}

func TestUnmaskingGivesNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, a := w.open(t), w.person(t), w.customers(t)
	m := hide(a, by("email", catalog.MaskNull))
	name := mustMask(t, p, m).Name
	mustSay(t, apply(t, p, wantMasked(eve, m, clear("email"))).Err, false, "cannot use it", "no SELECT")
	w.mustSee(t, eve, "email", name, "denied")
	mustApply(t, p, wantMasked(eve, m, read, clear("email")))
	w.mustSee(t, eve, "email", name, "grace@example.com")
	o := apply(t, p, wantMasked(eve, m, clear("email")))
	if mustSay(t, o.Err, false, "no SELECT"); !o.Taken {
		t.Error("the read is gone, yet Taken is false")
	}
	mustApply(t, p, wantMasked(eve, m))
	if roles := w.count(t, "select count(*) from pg_roles where rolname ~ $1", "^gw_"+w.installation+"_.*_"+objectOf(a)+"$"); roles != 0 {
		t.Errorf("nobody is in them, yet %d group roles are left", roles)
	}
}

func (w *world) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	if err := w.db.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func objectOf(a catalog.Asset) string { return a.ID[strings.LastIndex(a.ID, "/")+1:] }

func TestDeclaringAMaskTakesTheTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, a := w.open(t), w.person(t), w.customers(t)
	mustApply(t, p, want(eve, a, request.Read))
	w.mustSee(t, eve, "email", a.Ref.Name(), "grace@example.com")
	m := hide(a, by("email", catalog.MaskNull))
	standing := wantMasked(eve, m, read)
	standing.Given = standing.Want
	o := apply(t, p, standing) // the view is not there yet: less, never more
	if !errors.Is(o.Err, provision.ErrUnmasked) || len(o.Withdrawn) > 0 {
		t.Errorf("without the view: %v, withdrawn %v", o.Err, o.Withdrawn)
	}
	w.mustSee(t, eve, "email", a.Ref.Name(), "denied")
	name := mustMask(t, p, m).Name
	if o := mustApply(t, p, standing); len(o.Withdrawn) > 0 {
		t.Errorf("nobody took anything away, yet withdrawn is %v", o.Withdrawn)
	}
	w.mustSee(t, eve, "id", name, "1")
	w.mustSee(t, eve, "email", a.Ref.Name(), "denied")
	// And back, where governance takes the mask away.
	mustApply(t, p, want(eve, a, request.Read))
	w.mustSee(t, eve, "email", a.Ref.Name(), "grace@example.com")
	w.mustSee(t, eve, "id", name, "denied")
	m.Show = catalog.Masking{}
	mustMask(t, p, m)
	if n := w.count(t, "select count(*) from pg_views where schemaname like '%masked' and viewname like '%' || $1", a.Ref.Name()); n != 0 {
		t.Error("the asset is masked no longer, yet the view stands")
	}
}

func TestHashIsKeyedAndTellsNobodyTheKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, a, b := w.open(t), w.person(t), w.customers(t), w.customers(t)
	withKey := by("email", catalog.MaskHash)
	withKey.Mask.Key = "env:MASK_KEY"
	m, other := hide(a, by("name", catalog.MaskHash), withKey), hide(b, withKey)
	m.Keys = map[string]string{"env:MASK_KEY": "hunter2-hunter2"}
	other.Keys = m.Keys
	names := []string{mustMask(t, p, m).Name, mustMask(t, p, other).Name}
	mustApply(t, p, wantMasked(eve, m, read))
	mustApply(t, p, wantMasked(eve, other, read))
	one, two := w.sees(t, eve.Name, "email", names[0]), w.sees(t, eve.Name, "email", names[1])
	if one != two || len(one) != 64 || one != hmacOf("hunter2-hunter2", "grace@example.com") {
		t.Errorf("hashes are %s and %s, want both %s", one, two, hmacOf("hunter2-hunter2", "grace@example.com"))
	}
	if own := w.sees(t, eve.Name, "name", names[0]); len(own) != 64 || own == hmacOf("", "Grace") {
		t.Errorf("under the platform's own key the hash is %s", own)
	}
	definition := w.sees(t, eve.Name, "definition", "pg_views where viewname = 'public__"+a.Ref.Name()+"'")
	if !strings.Contains(definition, "keys") || strings.Contains(definition, "hunter2") || strings.Contains(definition, "example.com") {
		t.Errorf("the definition that everybody may read is %s", definition)
	}
	w.mustSee(t, eve, "pad_in", fmt.Sprintf("gw_%s_masked.keys limit 1", w.installation), "denied")
	// Another key is another hash.
	m.Keys = map[string]string{"env:MASK_KEY": "another"}
	mustMask(t, p, m)
	if three := w.sees(t, eve.Name, "email", names[0]); three != hmacOf("another", "grace@example.com") {
		t.Errorf("under another key the hash is %s", three)
	}
	m.Keys = nil
	mustSay(t, p.Mask(t.Context(), []provision.Masking{m})[0].Err, true, "env:MASK_KEY", "could not be read")
	// The keys are kept from those who were let in by others.
	w.run(t, fmt.Sprintf("grant select on gw_%s_masked.keys to %s", w.installation, eve.Name))
	mustSay(t, p.Mask(t.Context(), []provision.Masking{other})[0].Err, true, "keys", "others were given rights")
}

func TestNewColumnsStayOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, m, name := w.masked(t, clear("email"))
	a := m.Asset
	w.asOwner(t, "alter table "+a.Ref.Name()+" add column phone text default '0171'")
	if masked := mustMask(t, p, m); !slices.Equal(masked.Out, []string{"phone"}) || len(masked.Ran) > 0 {
		t.Errorf("left out are %v, ran %q", masked.Out, masked.Ran)
	}
	if got := w.sees(t, eve.Name, "phone", name); !strings.Contains(got, "does not exist") {
		t.Errorf("the new column shows %s", got)
	}
	m.Show.Clear = append(m.Show.Clear, "phone")
	if masked := mustMask(t, p, m); len(masked.Out) > 0 {
		t.Errorf("left out are %v", masked.Out)
	}
	w.mustSee(t, eve, "phone, email", name, "0171|grace@example.com")
}

func TestRenamedColumnIsANewOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, m, name := w.masked(t)
	a := m.Asset
	// Two columns change their names with each other: what is shown must not.
	w.asOwner(t, fmt.Sprintf("alter table %[1]s rename email to x; alter table %[1]s rename name to email; alter table %[1]s rename x to name", a.Ref.Name()))
	w.mustSee(t, eve, "name, coalesce(email, 'null')", name, "Grace|null")
	if masked := mustMask(t, p, m); len(masked.Ran) == 0 {
		t.Error("the columns have other names, and nothing was made anew")
	}
	w.mustSee(t, eve, "coalesce(email, 'null')", name, "null")
}

func TestSecuredRowsAreMaskedByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, m, name := w.masked(t)
	a := m.Asset
	w.asOwner(t, fmt.Sprintf("create policy mine on %[1]s using (name = current_user); alter table %[1]s enable row level security", a.Ref.Name()))
	masked := p.Mask(t.Context(), []provision.Masking{m})[0]
	if mustSay(t, masked.Err, true, "row level security", "mine"); !errors.Is(masked.Err, provision.ErrByHand) {
		t.Errorf("%v must wrap ErrByHand", masked.Err)
	}
	if got := w.sees(t, eve.Name, "id", name); !strings.Contains(got, "does not exist") {
		t.Errorf("the view still shows %s", got)
	}
	if _, err := p.Check(t.Context(), wantMasked(eve, m, read)); !errors.Is(err, provision.ErrByHand) {
		t.Errorf("Check says %v, must wrap ErrByHand", err)
	}
	// A view of the owner's that repeats the policy will do.
	view := a.Ref.Name() + "_v"
	w.asOwner(t, fmt.Sprintf("create view %s as select id, name from %s where name = current_user", view, a.Ref.Name()))
	m.Show = catalog.Masking{View: w.asset(t, "public", view).Ref}
	masked = mustMask(t, p, m)
	if m.Pinned = masked.Definition; masked.Name != "public."+view || m.Pinned == "" {
		t.Errorf("the name to query is %s, defined as %q", masked.Name, m.Pinned)
	}
	plan := p.Plan(t.Context(), []provision.Standing{wantMasked(eve, m, read)})[0]
	if plan.Err != nil || !strings.Contains(fmt.Sprint(plan.Remarks), "mine") || plan.Query != "public."+view {
		t.Errorf("the plan must name the policies: %+v", plan)
	}
	if o := mustApply(t, p, wantMasked(eve, m, read)); o.Query != "public."+view {
		t.Errorf("Query is %s", o.Query)
	}
	if got := w.sees(t, eve.Name, "count(*)", view); got != "0" {
		t.Errorf("the view shows %s", got)
	}
	w.mustSee(t, eve, "id", a.Ref.Name(), "denied")
	mustSay(t, apply(t, p, wantMasked(eve, m, read, clear("email"))).Err, true, "not shown by a view of ours")
}

func TestViewsOfOthersOnAMaskedOneKeepTheirPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, m, name := w.masked(t)
	w.run(t, "create schema mine_"+eve.Name+" authorization "+eve.Name)
	if err := w.as(t.Context(), eve.Name, "create view mine_"+eve.Name+".v as select id, email from "+name); err != nil {
		t.Fatal(err)
	}
	m.Show.Columns = append(m.Show.Columns, by("born", catalog.MaskNull))
	m.Show.Clear = slices.DeleteFunc(m.Show.Clear, func(c string) bool { return c == "born" })
	mustMask(t, p, m)
	w.mustSee(t, eve, "id, coalesce(email, 'null')", "mine_"+eve.Name+".v", "1|null")
	m.Off = true
	mustSay(t, p.Mask(t.Context(), []provision.Masking{m})[0].Err, true, "others have built on")
}

func TestForeignViewOfOurNameIsNotTouched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, a := w.open(t), w.customers(t)
	w.run(t, fmt.Sprintf("create view gw_%s_masked.public__%s as select * from %[2]s", w.installation, a.Ref.Name()))
	mustSay(t, p.Mask(t.Context(), []provision.Masking{hide(a, by("email", catalog.MaskNull))})[0].Err, true, "without our comment")
}

func TestListNamesWhoseColumnsAreClear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, a := w.open(t), w.person(t), w.customers(t)
	m := hide(a, by("email", catalog.MaskNull), by("iban", catalog.MaskNull))
	mustMask(t, p, m)
	mustApply(t, p, wantMasked(eve, m, read, clear("email", "iban")))
	var got []provision.Access
	for s, err := range p.List(t.Context(), a.Ref) {
		if err != nil {
			t.Fatal(err)
		}
		if s.Asset.ID != a.ID || s.Principal.ID != eve.ID {
			t.Errorf("listed is %+v", s)
		}
		got = append(got, s.Want...)
	}
	slices.SortFunc(got, func(x, y provision.Access) int { return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)) })
	if diff := cmp.Diff([]provision.Access{read, clear("email"), clear("iban")}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnmaskingThatSomeoneTookIsNotPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, a := w.open(t), w.person(t), w.customers(t)
	m := hide(a, by("email", catalog.MaskNull), by("iban", catalog.MaskNull))
	name := mustMask(t, p, m).Name
	s := wantMasked(eve, m, read, clear("email", "iban"))
	mustApply(t, p, s)
	w.run(t, w.revokeUnmasking(t, eve, "iban"))
	s.Given = s.Want
	o := mustApply(t, p, s)
	if diff := cmp.Diff([]provision.Access{clear("email", "iban")}, o.Withdrawn); diff != "" {
		t.Errorf("withdrawn (-want +got):\n%s", diff)
	}
	w.mustSee(t, eve, "coalesce(iban, 'null')", name, "null")
}

// revokeUnmasking ends the membership by which somebody sees a column clear, as an
// administrator would.
func (w *world) revokeUnmasking(t testing.TB, who request.Principal, column string) (statement string) {
	t.Helper()
	const query = `
		select format('revoke %I from %I granted by %I', r.rolname, u.rolname, m.grantor::regrole::text)
		from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
		where u.rolname = $1 and shobj_description(r.oid, 'pg_authid') like '%UNMASK "' || $2 || '" on %'`
	if err := w.db.QueryRow(query, who.Name, column).Scan(&statement); err != nil {
		t.Fatal(err)
	}
	return statement
}

// hmacOf is HMAC-SHA-256 as Go has it.
func hmacOf(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}
