package tests

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// to lists who has access to an asset, and in which state that is.
func (w *world) to(t *testing.T, ref catalog.Ref, at time.Time) map[request.PersonID]provision.State {
	t.Helper()
	page, err := w.Access().To(t.Context(), auditor, ref, grantwright.AccessQuery{At: at})
	must(t, err)
	return states(page)
}

func (w *world) of(t *testing.T, who request.Identity, at time.Time) map[catalog.Ref]provision.State {
	t.Helper()
	page, err := w.Access().Of(t.Context(), who, who.Person(), grantwright.AccessQuery{At: at})
	must(t, err)
	all := map[catalog.Ref]provision.State{}
	for _, e := range page.Entitlements {
		all[e.At] = e.State
	}
	return all
}

func states(page grantwright.AccessPage) map[request.PersonID]provision.State {
	all := map[request.PersonID]provision.State{}
	for _, e := range page.Entitlements {
		all[e.Beneficiary] = e.State
	}
	return all
}

// approvedOn asks for an asset as somebody, and has it approved and granted.
func (w *world) approvedOn(t *testing.T, by request.Identity, s request.Submission) request.Request {
	t.Helper()
	if s.Answers == nil {
		s.Answers = asking("30 DAYS").Answers
	}
	req, err := w.Submit(t.Context(), by, s)
	must(t, err)
	if req.Status == request.Pending {
		req = w.determine(t, twice, req, review.Approve)
	}
	w.settle(t, req)
	return req
}

func TestAccessSaysWhoHasItAndWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	now := w.clock.Now()
	page, err := w.Access().To(t.Context(), auditor, orders, grantwright.AccessQuery{})
	must(t, err)
	want := []grantwright.Entitlement{{
		Grant: provision.GrantID(req.ID), Request: req.ID, Type: request.DataAccess, Beneficiary: eve.Person(), Principal: "eve",
		At: orders, Access: provision.Access{Privilege: request.Read}, Since: now, Until: now.Add(30 * 24 * time.Hour),
		State: provision.Active, How: provision.Auto, Evidence: provision.Verified,
		Approved: now, Approvers: []grantwright.Approver{{Person: twice.Person(), At: now}}, Flow: "sales", Rule: "default",
	}}
	if diff := cmp.Diff(want, page.Entitlements); diff != "" {
		t.Errorf("who has access (-want +got):\n%s", diff)
	}
	of, err := w.Access().Of(t.Context(), eve, eve.Person(), grantwright.AccessQuery{})
	must(t, err)
	if diff := cmp.Diff(want, of.Entitlements); diff != "" {
		t.Errorf("what eve has access to (-want +got):\n%s", diff)
	}
}

// Whoever approved what was edited afterwards has not approved what is given.
func TestAccessWasApprovedByWhomItCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, privacy, req, review.Approve)
	_, err := w.Reviews().Edit(t.Context(), eve, req.ID, request.Answers{"purpose": {"another report"}, "duration": {"20 DAYS"}})
	must(t, err)
	w.settle(t, w.determine(t, twice, req, review.Approve))
	page, err := w.Access().To(t.Context(), auditor, orders, grantwright.AccessQuery{})
	must(t, err)
	if len(page.Entitlements) != 1 || len(page.Entitlements[0].Approvers) != 1 || page.Entitlements[0].Approvers[0].Person != twice.Person() {
		t.Errorf("approved by %+v, want by %s alone", page.Entitlements, twice.Person())
	}
}

// TestAccessAtAnyTime looks back at each step of a grant's life.
func TestAccessAtAnyTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.clock.Now()
	w.clock.Move(time.Hour)
	req := w.submit(t, eve, "30 DAYS")
	pending := w.clock.Now()
	w.clock.Move(time.Hour)
	w.determine(t, twice, req, review.Approve)
	w.settle(t, req)
	active := w.clock.Now()
	w.clock.Move(time.Hour)
	w.platform.Set("eve", orders, "3") // someone takes it away
	_, err := w.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{})
	must(t, err)
	suspended := w.clock.Now()
	w.clock.Move(time.Hour)
	_, err = w.Revoke(t.Context(), eve, req.ID, "done")
	must(t, err)
	w.settle(t, req)
	gone := w.clock.Now()
	w.clock.Move(time.Hour)

	for _, tt := range []struct {
		name string
		at   time.Time
		want provision.State
	}{
		{"before it was asked for", before, ""},
		{"while it was pending", pending, ""},
		{"when it was active", active, provision.Active},
		{"just before it was taken away", suspended.Add(-time.Microsecond), provision.Active},
		{"when it was suspended", suspended, provision.Suspended},
		{"just before it was gone", gone.Add(-time.Microsecond), provision.Suspended},
		{"when it was gone", gone, ""},
		{"now", time.Time{}, ""},
	} {
		if got := w.to(t, orders, tt.at)[eve.Person()]; got != tt.want {
			t.Errorf("%s the asset says %q, want %q", tt.name, got, tt.want)
		}
		if got := w.of(t, eve, tt.at)[orders]; got != tt.want {
			t.Errorf("%s eve's access is %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestAccessThroughContainers counts a grant on a schema for what it covers, then
// and now.
func TestAccessThroughContainers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approvedOn(t, eve, request.Submission{Asset: "warehouse:sales.public"})
	covered := w.clock.Now()
	w.clock.Move(time.Hour)
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "sales"}))
	excluded := w.clock.Now()
	for _, tt := range []struct {
		ref  catalog.Ref
		at   time.Time
		want provision.State
	}{
		{customersTable, time.Time{}, provision.Active},
		{customersTable, excluded, provision.Active},
		{orders, covered, provision.Active},
		{orders, excluded, ""},
		{orders, time.Time{}, ""},
		{"warehouse:sales", time.Time{}, ""},
	} {
		if got := w.to(t, tt.ref, tt.at)[eve.Person()]; got != tt.want {
			t.Errorf("%s at %s: %q, want %q", tt.ref, tt.at, got, tt.want)
		}
	}
}

func TestAccessThroughGroups(t *testing.T) {
	t.Parallel()
	analysts := request.Identity{ID: "analysts", Kind: request.Group, Attributes: map[string][]string{"login": {"analysts"}}}
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = append(request.Roster{analysts}, everybody...) })
	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "warehouse", Technology: "fake",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]", Kinds: []string{"PERSON", "GROUP"}}}))
	w.approvedOn(t, frank, request.Submission{Asset: orders, Beneficiary: analysts.Person()})
	page, err := w.Access().Of(t.Context(), auditor, eve.Person(), grantwright.AccessQuery{})
	must(t, err)
	if len(page.Entitlements) != 1 || page.Entitlements[0].Beneficiary != "analysts" || page.Entitlements[0].For != request.Group {
		t.Errorf("eve, an analyst, has %+v", page.Entitlements)
	}
}

func TestAccessIsPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.approvedOn(t, eve, request.Submission{Asset: orders})
		w.clock.Move(time.Hour)
	}
	ended := w.approvedOn(t, eve, request.Submission{Asset: customersTable})
	_, err := w.Revoke(t.Context(), eve, ended.ID, "")
	must(t, err)
	w.settle(t, ended)
	w.approvedOn(t, eve, request.Submission{Asset: "warehouse:sales"})
	for name, read := range map[string]func(q grantwright.AccessQuery) (grantwright.AccessPage, error){
		"of eve": func(q grantwright.AccessQuery) (grantwright.AccessPage, error) {
			return w.Access().Of(t.Context(), eve, eve.Person(), q)
		},
		"to orders": func(q grantwright.AccessQuery) (grantwright.AccessPage, error) {
			return w.Access().To(t.Context(), gov, orders, q)
		},
	} {
		seen := map[provision.GrantID]bool{}
		q := grantwright.AccessQuery{Limit: 2}
		for pages := 0; pages == 0 || !q.After.Zero(); pages++ {
			page, err := read(q)
			must(t, err)
			if len(page.Entitlements) > 2 || pages > 5 {
				t.Fatalf("%s: page %d has %d", name, pages, len(page.Entitlements))
			}
			for _, e := range page.Entitlements {
				if seen[e.Grant] {
					t.Errorf("%s: %s comes twice", name, e.Grant)
				}
				seen[e.Grant] = true
			}
			q.After = page.Next
		}
		if len(seen) != 4 {
			t.Errorf("%s: %d entitlements, want 4", name, len(seen))
		}
	}
}

func TestWhoMaySeeAccess(t *testing.T) {
	t.Parallel()
	dba := request.Identity{ID: "dba@example.com", Attributes: map[string][]string{"login": {"dba"}}}
	w := newWorld(t)
	w.platform.Replace(customersTable, "4", "dba")
	_, err := w.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	for _, tt := range []struct {
		name string
		by   request.Identity
		ref  catalog.Ref
		may  bool
	}{
		{"governance", gov, orders, true},
		{"audit", auditor, orders, true},
		{"a data steward", owner, orders, true},
		{"whoever owns it on the platform", dba, customersTable, true},
		{"whoever owns another table", dba, orders, false},
		{"the beneficiary", eve, orders, false},
		{"an administrator", admin, orders, false},
		{"a steward, of what no sync has seen", owner, "warehouse:sales.public.nothing", false},
		{"audit, of what no sync has seen", auditor, "warehouse:sales.public.nothing", true},
	} {
		_, err := w.Access().To(t.Context(), tt.by, tt.ref, grantwright.AccessQuery{})
		if may := err == nil || errors.Is(err, catalog.ErrNotFound); may != tt.may || !may && !errors.Is(err, request.ErrForbidden) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	unknown := (*catalog.UnknownError)(nil)
	if _, err := w.Access().To(t.Context(), auditor, "warehouse:sales.public.nothing", grantwright.AccessQuery{}); !errors.As(err, &unknown) {
		t.Errorf("an asset that nobody knows is said to be one to which nobody has access: %v", err)
	}
	if _, err := w.Access().Of(t.Context(), frank, eve.Person(), grantwright.AccessQuery{}); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("frank lists the access of eve: %v", err)
	}
}
