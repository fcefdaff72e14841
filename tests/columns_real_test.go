//go:build unix

package tests

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// columned is a platform whose orders have a phone number too, with an engine.
func columned(t *testing.T, change ...func(*grantwright.Config)) (*realPlatform, *grantwright.Engine) {
	t.Helper()
	p := newRealPlatform(t)
	superuser(t, p.Database, "alter table public.orders add phone text default '555'")
	e := p.engine(t, change...)
	p.furnish(t, e)
	return p, e
}

// askFor asks for some columns of the orders.
func (p *realPlatform) askFor(duration string, columns ...string) request.Submission {
	s := p.asking(duration)
	s.Columns = columns
	return s
}

// columns has somebody read some columns of the orders.
func (p *realPlatform) columns(t testing.TB, e *grantwright.Engine, who request.Identity, columns ...string) provision.Grant {
	t.Helper()
	req, err := e.Submit(t.Context(), who, p.askFor("30 DAYS", columns...))
	if err != nil {
		t.Fatal(err)
	}
	g := p.approve(t, e, req)
	if g.State != provision.Active || g.Known != provision.Verified {
		t.Fatalf("the grant of %v is %s, %s: %s", columns, g.State, g.Known, g.Error)
	}
	return g
}

// mustRead fails the test unless somebody reads just these columns of a table or a view.
func (p *realPlatform) mustRead(t testing.TB, who request.Identity, from string, columns ...string) {
	t.Helper()
	for _, column := range []string{"id", "email", "phone", "more"} {
		got := p.shows(t, who, "coalesce("+column+"::text, 'null')", from)
		missing := strings.Contains(got, "does not exist")
		if denied := strings.Contains(got, "permission denied"); denied == slices.Contains(columns, column) && !missing || missing && slices.Contains(columns, column) {
			t.Errorf("%s sees %q in column %s of %s, and should read %v", who.ID, got, column, from, columns)
		}
	}
}

const ordersTable = "public.orders"

// revoked ends a grant before its time.
func (p *realPlatform) revoked(t testing.TB, e *grantwright.Engine, g provision.Grant) {
	t.Helper()
	if _, err := e.Revoke(t.Context(), gov, g.Request, ""); err != nil {
		t.Fatal(err)
	}
	if g, err := e.WaitForGrant(t.Context(), gov, g.Request); err != nil || g.State != provision.Revoked {
		t.Fatalf("revoked, the grant is %s (%s), %v", g.State, g.Error, err)
	}
}

// compared reconciles the platform, and lists the kinds of what was found.
func (p *realPlatform) compared(t testing.TB, e *grantwright.Engine) (kinds []provision.FindingKind) {
	t.Helper()
	done, err := e.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{})
	if err != nil || done.Doubt != "" {
		t.Fatalf("reconciling says %q, %v", done.Doubt, err)
	}
	for _, f := range done.Findings {
		kinds = append(kinds, f.Kind)
	}
	return kinds
}

// groupRoleOf is the role of ours by which somebody reads columns of the orders.
func (p *realPlatform) groupRoleOf(t testing.TB, who request.Identity) (name string) {
	t.Helper()
	db, err := server.Open(p.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const query = "select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid where m.member = $1::regrole and starts_with(shobj_description(r.oid, 'pg_authid'), $2)"
	if err := db.QueryRow(query, who.Attributes["login"][0], "grantwright "+p.Installation+": COLUMNS ").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestSomeColumnsTheWholeWay(t *testing.T) {
	t.Parallel()
	p, e := columned(t)
	eve, frank := p.login(t, "eve"), p.login(t, "frank")
	seen, err := e.Preview(t.Context(), eve, p.askFor("30 DAYS", "id", "email"))
	must(t, err)
	if !slices.ContainsFunc(seen.Plan.Statements, func(s provision.Statement) bool {
		return strings.HasPrefix(string(s), `grant select ("email", "id") on table "public"."orders" to `)
	}) {
		t.Errorf("the preview says %q", seen.Plan.Statements)
	}
	one := p.columns(t, e, eve, "id", "email")
	if diff := cmp.Diff(provision.Access{Privilege: request.Read, Columns: []string{"email", "id"}, ColumnIDs: []string{"2", "1"}}, one.Access); diff != "" {
		t.Errorf("the access (-want +got):\n%s", diff)
	}
	if remark := "only these columns are read, and a query has to name them, instead of *: email, id"; !slices.Contains(one.Remarks, remark) {
		t.Errorf("the remarks are %q", one.Remarks)
	}
	p.columns(t, e, frank, "email", "id")
	for _, who := range []request.Identity{eve, frank} {
		p.mustRead(t, who, ordersTable, "id", "email")
	}
	may, err := e.Allowed(t.Context(), one.Principal, p.orders(), []string{"email"})
	if must(t, err); may.Privilege != request.Read {
		t.Errorf("a column that was granted: %+v", may)
	}
	if may, err = e.Allowed(t.Context(), one.Principal, p.orders(), []string{"email", "phone"}); err != nil || may.Privilege != "" {
		t.Errorf("a column that was not: %+v, %v", may, err)
	}

	// A second set, and the whole, beside it.
	two := p.columns(t, e, eve, "phone")
	p.mustRead(t, eve, ordersTable, "id", "email", "phone")
	whole := p.access(t, e, eve)
	if kinds := p.compared(t, e); len(kinds) > 0 {
		t.Errorf("reconciling found %v", kinds)
	}
	p.revoked(t, e, one)
	p.revoked(t, e, two)
	p.mustRead(t, eve, ordersTable, "id", "email", "phone")
	three := p.columns(t, e, eve, "phone")
	p.revoked(t, e, whole)
	p.mustRead(t, eve, ordersTable, "phone")
	p.mustRead(t, frank, ordersTable, "id", "email")
	p.revoked(t, e, three)
	p.mustRead(t, eve, ordersTable)
	if kinds := p.compared(t, e); len(kinds) > 0 {
		t.Errorf("reconciling found %v", kinds)
	}
}

// What was granted is a column, whatever it is called.
func TestColumnsStayWithWhatWasApproved(t *testing.T) {
	t.Parallel()
	p, e := columned(t)
	eve := p.login(t, "eve")
	g := p.columns(t, e, eve, "id", "email")
	for _, tt := range []struct {
		change string
		reads  []string
		kinds  []provision.FindingKind
		remark string
	}{
		{"alter table public.orders add more text", []string{"id", "email"}, nil, ""},
		{"alter table public.orders rename phone to other; alter table public.orders rename email to phone; alter table public.orders rename other to email", []string{"id", "phone"}, []provision.FindingKind{provision.FoundReplaced}, `column "email" is called "phone" by now`},
		// It is built beside and swapped in, with its columns in another order: names are all that is known.
		{"create table public.built as select more, email as phone, phone as email, id from public.orders; drop table public.orders; alter table public.built rename to orders", []string{"id", "email"}, []provision.FindingKind{provision.FoundReplaced}, ""},
		{"alter table public.orders drop email", []string{"id"}, []provision.FindingKind{provision.FoundReplaced}, `column "email" stands no longer`},
	} {
		superuser(t, p.Database, tt.change)
		p.prepare(t)
		if _, err := e.Sync(t.Context(), admin, catalog.Ref("warehouse:"+p.Database)); err != nil {
			t.Fatal(err)
		}
		if dry, err := e.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{DryRun: true}); err != nil || len(dry.Findings) != len(tt.kinds) {
			t.Errorf("%s: a dry run finds %+v, %v", tt.change, dry.Findings, err)
		}
		if diff := cmp.Diff(tt.kinds, p.compared(t, e)); diff != "" {
			t.Errorf("%s: found (-want +got):\n%s", tt.change, diff)
		}
		becomes(t, e, g.Request, provision.Active)
		p.mustRead(t, eve, ordersTable, tt.reads...)
		for _, column := range []string{"id", "email", "phone"} {
			may, err := e.Allowed(t.Context(), g.Principal, p.orders(), []string{column})
			if must(t, err); (may.Privilege == request.Read) != slices.Contains(tt.reads, column) {
				t.Errorf("%s: column %s is allowed: %+v", tt.change, column, may)
			}
		}
		all, err := e.Request(t.Context(), gov, g.Request)
		if must(t, err); tt.remark != "" && !slices.Contains(all.Grant.Remarks, tt.remark) {
			t.Errorf("%s: the remarks are %q", tt.change, all.Grant.Remarks)
		}
	}
	p.revoked(t, e, g)
	p.mustRead(t, eve, ordersTable)
}

func TestColumnsThatSomebodyWidensOrNarrows(t *testing.T) {
	t.Parallel()
	p, e := columned(t)
	eve := p.login(t, "eve")
	g := p.columns(t, e, eve, "id", "email")
	role := p.groupRoleOf(t, eve)
	as := func(statement string) {
		superuser(t, p.Database, "set session authorization "+p.Role+"; "+fmt.Sprintf(statement, role)+"; reset session authorization")
	}
	for _, widened := range []string{"grant select (phone) on public.orders to %s", "grant select on public.orders to %s"} {
		as(widened)
		p.mustRead(t, eve, ordersTable, "id", "email", "phone")
		if dry, err := e.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{DryRun: true}); err != nil || len(dry.Findings) != 1 || dry.Findings[0].Mended {
			t.Errorf("a dry run finds %+v, %v", dry.Findings, err)
		}
		p.mustRead(t, eve, ordersTable, "id", "email", "phone")
		p.compared(t, e)
		p.mustRead(t, eve, ordersTable, "id", "email")
	}
	as("revoke select (email) on public.orders from %s")
	if diff := cmp.Diff([]provision.FindingKind{provision.FoundSuspended}, p.compared(t, e)); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	becomes(t, e, g.Request, provision.Suspended)
	p.mustRead(t, eve, ordersTable)
	_, err := e.Grants().Resume(t.Context(), gov, g.ID, "it was a mistake")
	must(t, err)
	becomes(t, e, g.Request, provision.Active)
	p.mustRead(t, eve, ordersTable, "id", "email")

	// The owner may give what is theirs: that is named.
	superuser(t, p.Database, fmt.Sprintf("grant select (phone) on public.orders to %s", role))
	if diff := cmp.Diff([]provision.FindingKind{provision.FoundForeign}, p.compared(t, e)); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	all, err := e.Request(t.Context(), gov, g.Request)
	if must(t, err); len(all.Grant.Remaining) != 1 || !strings.Contains(string(all.Grant.Remaining[0]), "column phone of table") {
		t.Errorf("other ways in are %q", all.Grant.Remaining)
	}
}

func TestColumnsEndAndAreRenewed(t *testing.T) {
	t.Parallel()
	p, e := columned(t, func(c *grantwright.Config) { c.Now = time.Now })
	eve := p.login(t, "eve")
	first := p.columns(t, e, eve, "id", "email")
	again := p.askFor("60 DAYS", "email", "id")
	again.Renews = first.Request
	req, err := e.Submit(t.Context(), eve, again)
	must(t, err)
	if second := p.approve(t, e, req); second.State != provision.Active || !second.Access.Equal(first.Access) || second.Renews != first.ID || !second.Ends.After(first.Ends) {
		t.Errorf("the renewal is %+v", second)
	}
	again.Columns = []string{"id", "phone"}
	if _, err := e.Submit(t.Context(), eve, again); err == nil {
		t.Error("a renewal for other columns was taken")
	}
	p.revoked(t, e, first)
	p.mustRead(t, eve, ordersTable, "id", "email")

	req, err = e.Submit(t.Context(), eve, p.askFor("1 SECONDS", "phone"))
	must(t, err)
	becomes(t, e, req.ID, provision.Revoked)
	p.mustRead(t, eve, ordersTable, "id", "email")
	if all, err := e.Request(t.Context(), eve, req.ID); err != nil || all.Request.Status != request.Expired {
		t.Errorf("the request is %s, %v", all.Request.Status, err)
	}
}

// A steward approves fewer columns than were asked for, or some of the whole.
func TestColumnsThatAStewardLeaves(t *testing.T) {
	t.Parallel()
	p, e := columned(t)
	eve, frank := p.login(t, "eve"), p.login(t, "frank")
	for who, s := range map[*request.Identity]request.Submission{&eve: p.askFor("30 DAYS", "id", "email"), &frank: p.asking("30 DAYS")} {
		req, err := e.Submit(t.Context(), *who, s)
		must(t, err)
		_, err = e.Determine(t.Context(), twice, req.ID, review.Determination{Act: review.Approve, Columns: []string{"id"}})
		must(t, err)
		if g, err := e.WaitForGrant(t.Context(), gov, req.ID); err != nil || g.State != provision.Active || !slices.Equal(g.Access.Columns, []string{"id"}) {
			t.Errorf("the grant is %s of %s, %v", g.State, g.Access, err)
		}
		p.mustRead(t, *who, ordersTable, "id")
	}
}

func TestColumnsOfMaskedOrders(t *testing.T) {
	t.Parallel()
	p, e := columned(t)
	must(t, attach(t.Context(), e.Governance(), gov, request.Attachment{At: "warehouse", Type: request.MaskingException, Flow: "sales"}))
	eve := p.login(t, "eve")
	g := p.columns(t, e, eve, "id", "email")
	_, err := e.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "pii", At: catalog.Ref("warehouse:" + p.Database), Columns: []string{"email"}, How: catalog.MaskNull})
	must(t, err)
	view := p.inForce(t, e, func(m request.AssetMasks) bool { return m.Query != "" }).Query
	becomes(t, e, g.Request, provision.Active)
	p.mustRead(t, eve, ordersTable)
	p.mustRead(t, eve, view, "id", "email")
	p.mustShow(t, eve, "coalesce(email, 'null')", view, "null")
	exception := p.exception(t, e, eve, "1 HOURS", "email")
	if exception.State != provision.Active {
		t.Fatalf("the exception is %s: %s", exception.State, exception.Error)
	}
	p.mustShow(t, eve, "email", view, "1@example.com")
	p.mustRead(t, eve, view, "id", "email")
	p.revoked(t, e, exception)
	p.mustShow(t, eve, "coalesce(email, 'null')", view, "null")

	// One asks for columns of what is masked already.
	frank := p.login(t, "frank")
	if g := p.columns(t, e, frank, "email"); g.Query != view {
		t.Errorf("what is queried is %q", g.Query)
	}
	p.mustRead(t, frank, view, "email")
	p.mustShow(t, frank, "coalesce(email, 'null')", view, "null")
	if kinds := p.compared(t, e); len(kinds) > 0 {
		t.Errorf("reconciling found %v", kinds)
	}
}

// What the platform cannot give is refused when it is asked for, and not when it was
// approved.
func TestColumnsThatThePlatformCannotGive(t *testing.T) {
	t.Parallel()
	p, e := columned(t)
	who := p.login(t, "eve")
	s := p.askFor("1 HOURS", "id")
	s.Privilege = request.ReadWrite
	_, err := e.Submit(t.Context(), who, s)
	var refused *provision.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "by column") {
		t.Errorf("writing one column says %v", err)
	}
	if _, err := e.Preview(t.Context(), who, s); err == nil {
		t.Errorf("previewing says %v", err)
	}
	container := p.askFor("1 HOURS", "id")
	container.Asset = catalog.Ref("warehouse:" + p.Database + ".public")
	var invalid *request.InvalidError
	if _, err := e.Submit(t.Context(), who, container); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "columns") {
		t.Errorf("columns of a schema say %v", err)
	}

	// The column that was seen is gone, and another has its name.
	superuser(t, p.Database, "alter table public.orders drop phone; alter table public.orders add phone text")
	if _, err := e.Submit(t.Context(), who, p.askFor("1 HOURS", "phone")); !errors.As(err, &refused) || !strings.Contains(err.Error(), "stands no longer") {
		t.Errorf("a column that was made anew says %v", err)
	}
	if _, err := e.Sync(t.Context(), admin, catalog.Ref("warehouse:"+p.Database)); err != nil {
		t.Fatal(err)
	}
	if g := p.columns(t, e, who, "phone"); !slices.Equal(g.Access.ColumnIDs, []string{"4"}) {
		t.Errorf("after a sync the access is %+v", g.Access)
	}
	p.mustRead(t, who, ordersTable, "phone")
	if req, err := e.Submit(t.Context(), who, p.asking("30 DAYS")); err != nil {
		t.Error(err)
	} else if _, err := e.Determine(t.Context(), twice, req.ID, review.Determination{Act: review.Approve, Columns: []string{"nothing"}}); err == nil {
		t.Error("approving a column that is none was taken")
	}
}
