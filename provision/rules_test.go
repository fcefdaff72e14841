package provision_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

func TestAccessOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		of        request.Type
		privilege request.Privilege
		columns   []string
		want      provision.Access
	}{
		{"a whole asset", request.DataAccess, request.Read, nil, provision.Access{Privilege: request.Read}},
		{"some columns", request.DataAccess, request.ReadWrite, []string{"id"}, provision.Access{Privilege: request.ReadWrite, Columns: []string{"id"}}},
		{"an exception", request.MaskingException, request.Read, []string{"id"}, provision.Access{Privilege: request.Read, Unmasked: []string{"id"}}},
		{"an exception never writes", request.MaskingException, request.ReadWrite, []string{"id"}, provision.Access{Privilege: request.Read, Unmasked: []string{"id"}}},
		{"an exception for nothing", request.MaskingException, "", nil, provision.Access{Privilege: request.Read}},
		{"no type is access", "", "", []string{"id"}, provision.Access{Columns: []string{"id"}}},
	} {
		if diff := cmp.Diff(tt.want, provision.AccessOf(request.Request{Type: tt.of}, tt.privilege, tt.columns)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestEventSince(t *testing.T) {
	t.Parallel()
	active := provision.Grant{State: provision.Active, Asset: catalog.Asset{ID: "1"}}
	left := []catalog.Object{{ID: "1"}}
	for _, tt := range []struct {
		name string
		was  provision.Grant
		next func(*provision.Grant)
		want event.Type[event.Grant]
	}{
		{"nothing", active, func(g *provision.Grant) {}, event.GrantProvisioning},
		{"it is begun", provision.Grant{State: provision.Pending}, func(g *provision.Grant) { g.State = provision.Provisioning }, event.GrantProvisioning},
		{"it is to end", active, func(g *provision.Grant) { g.State = provision.Revoking }, event.GrantProvisioning},
		{"its end is near", active, func(g *provision.Grant) { g.Announced = approved }, event.GrantExpiring},
		{"people have to act", provision.Grant{State: provision.Pending}, func(g *provision.Grant) { g.Task.Since = approved }, event.GrantToDo},
		{"they are reminded", active, func(g *provision.Grant) { g.Task.Reminded = approved }, event.GrantOverdue},
		{"reminded goes before a new task", active, func(g *provision.Grant) { g.Task.Reminded, g.Task.Since = approved, approved }, event.GrantOverdue},
		{"they have acted", provision.Grant{State: provision.Pending, Task: provision.Task{Since: approved, Reminded: approved}},
			func(g *provision.Grant) { g.State, g.Task = provision.Active, provision.Task{} }, event.GrantActive},
		{"an attempt has failed", provision.Grant{State: provision.Provisioning}, func(g *provision.Grant) { g.State, g.Attempts = provision.Failed, 1 }, event.GrantFailed},
		{"a removal has failed", provision.Grant{State: provision.Revoking, Attempts: 1}, func(g *provision.Grant) { g.Attempts = 2 }, event.GrantFailed},
		{"the next one worked", provision.Grant{State: provision.Failed, Attempts: 3}, func(g *provision.Grant) { g.State, g.Attempts = provision.Active, 0 }, event.GrantActive},
		{"the asset was replaced", active, func(g *provision.Grant) { g.Asset.ID, g.Healed = "2", []time.Time{approved} }, event.GrantReplaced},
		{"another asset without a repair", active, func(g *provision.Grant) { g.Asset.ID = "2" }, event.GrantProvisioning},
		{"somebody took it away", active, func(g *provision.Grant) { g.State = provision.Suspended }, event.GrantSuspended},
		{"it stays away", provision.Grant{State: provision.Suspended}, func(g *provision.Grant) {}, event.GrantProvisioning},
		{"it works again", provision.Grant{State: provision.Suspended}, func(g *provision.Grant) { g.State = provision.Active }, event.GrantActive},
		{"it is gone", provision.Grant{State: provision.Revoking}, func(g *provision.Grant) { g.State = provision.Revoked }, event.GrantRevoked},
		{"it stays gone, and is cleared", provision.Grant{State: provision.Revoked, Leftovers: left}, func(g *provision.Grant) { g.Leftovers = nil }, event.GrantRevoked},
		{"another object is cleared", provision.Grant{State: provision.Active, Leftovers: left}, func(g *provision.Grant) { g.Leftovers = nil }, event.GrantCleared},
		{"another is to be cleared", active, func(g *provision.Grant) { g.Leftovers = left }, event.GrantProvisioning},
		{"another name is queried", active, func(g *provision.Grant) { g.Query = "v" }, event.GrantMoved},
		{"a part does not work", active, func(g *provision.Grant) { g.Gaps = provision.GapsOf([]provision.Gap{{Part: "v"}}, 0) }, event.GrantGaps},
		{"there is another way in", active, func(g *provision.Grant) { g.Remaining = []provision.Path{"member of staff"} }, event.GrantRemaining},
		{"a trigger came", active, func(g *provision.Grant) { g.Remarks = []string{"writing runs triggers"} }, event.GrantRemarks},
		{"a remark of what becomes active", provision.Grant{State: provision.Provisioning}, func(g *provision.Grant) { g.State, g.Remarks = provision.Active, []string{"r"} }, event.GrantActive},
		{"empty is the same as none", active, func(g *provision.Grant) { g.Remaining = []provision.Path{} }, event.GrantProvisioning},
		{"another name and another way", active, func(g *provision.Grant) { g.Query, g.Remaining = "v", []provision.Path{"p"} }, event.GrantMoved},
		{"a way in to what is not active", provision.Grant{State: provision.Failed}, func(g *provision.Grant) { g.Remaining = []provision.Path{"p"} }, event.GrantProvisioning},
	} {
		next := tt.was
		tt.next(&next)
		if diff := cmp.Diff(tt.want.Name(), next.EventSince(tt.was).Name()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	done := provision.Attestation{Done: true, Note: "given by the desk", At: approved}
	whole := provision.Grant{State: provision.Active, Error: "e", Attempts: 2, Withheld: "w", Ends: approved, Asset: catalog.Asset{ID: "1"}, Remaining: []provision.Path{"a", "b"},
		Waits: approved, Query: "q", Task: provision.Task{Due: approved}, Attestation: done, Prevented: "p"}
	want := event.Grant{State: "ACTIVE", Error: "e", Attempts: 2, Withheld: "w", Ends: approved, Object: "1", Remaining: []string{"a", "b"},
		Waits: approved, Query: "q", Due: approved, Reason: "p"}
	noted := want
	noted.Note = done.Note
	refused := provision.Attestation{Note: "no such table"}
	for _, tt := range []struct {
		name    string
		was, is provision.Grant
		want    event.Grant
	}{
		{"nothing", provision.Grant{}, provision.Grant{}, event.Grant{}},
		{"attested now", provision.Grant{}, whole, noted},
		{"attested before", whole, whole, want},
		{"attested that it cannot be done", provision.Grant{}, provision.Grant{Attestation: refused}, event.Grant{}},
	} {
		if diff := cmp.Diff(tt.want, tt.is.Told(tt.was)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestMaskedTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		said provision.Masked
		want event.Masked
	}{
		{"nothing", provision.Masked{}, event.Masked{Asset: orders.Ref}},
		{"masked", provision.Masked{Name: `"orders_shown"`, Ran: []provision.Statement{"create view"}}, event.Masked{Asset: orders.Ref, Query: `"orders_shown"`, Ran: []string{"create view"}}},
		{"failed", provision.Masked{Err: errors.New("no such table"), Name: `"orders_shown"`, Ran: []provision.Statement{"create view"}},
			event.Masked{Asset: orders.Ref, Error: "no such table", Ran: []string{"create view"}}},
	} {
		if diff := cmp.Diff(tt.want, tt.said.Told(orders.Ref)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestNotRenewable(t *testing.T) {
	t.Parallel()
	approvedRequest := request.Request{Status: request.Approved}
	week := request.For(7, request.Days)
	standing := provision.Grant{State: provision.Active, Duration: week, Started: approved}
	const over = ": only access that stands can be renewed; ask for it anew"
	for _, tt := range []struct {
		name  string
		req   request.Request
		grant provision.Grant
		want  string
	}{
		{"it stands", approvedRequest, standing, ""},
		{"it failed meanwhile, and is tried again", approvedRequest, provision.Grant{State: provision.Failed, Duration: week, Started: approved}, ""},
		{"nothing", request.Request{}, provision.Grant{}, "is " + over},
		{"pending", request.Request{Status: request.Pending}, provision.Grant{}, "is PENDING" + over},
		{"expired", request.Request{Status: request.Expired}, standing, "is EXPIRED" + over},
		{"it is about to end", approvedRequest, provision.Grant{State: provision.Revoking, Ending: request.Revoked, Duration: week, Started: approved}, "is APPROVED" + over},
		{"suspended", approvedRequest, provision.Grant{State: provision.Suspended, Duration: week, Started: approved}, "is APPROVED" + over},
		{"endless", approvedRequest, provision.Grant{State: provision.Active, Duration: request.Endless, Started: approved}, "has no end, and needs no renewal"},
		{"endless, not begun", approvedRequest, provision.Grant{State: provision.Pending, Duration: request.Endless}, "has no end, and needs no renewal"},
		{"not begun", approvedRequest, provision.Grant{State: provision.Pending, Duration: week}, "has not begun yet"},
	} {
		if diff := cmp.Diff(tt.want, tt.grant.NotRenewable(tt.req)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestSettled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		grant provision.Grant
		want  bool
	}{
		{"zero", provision.Grant{}, true},
		{"pending", provision.Grant{State: provision.Pending, How: provision.Auto}, false},
		{"pending, by hand", provision.Grant{State: provision.Pending, How: provision.Manual}, true},
		{"provisioning", provision.Grant{State: provision.Provisioning, How: provision.Webhook}, false},
		{"provisioning, with an error of before", provision.Grant{State: provision.Provisioning, Error: "e"}, false},
		{"waiting for a callback", provision.Grant{State: provision.Provisioning, How: provision.Webhook, Waits: approved}, true},
		{"active", provision.Grant{State: provision.Active}, true},
		{"failed", provision.Grant{State: provision.Failed, Error: "e"}, true},
		{"suspended", provision.Grant{State: provision.Suspended}, true},
		{"revoking", provision.Grant{State: provision.Revoking, How: provision.Auto}, false},
		{"revoking, by hand", provision.Grant{State: provision.Revoking, How: provision.Manual}, true},
		{"revoking, waiting for a callback", provision.Grant{State: provision.Revoking, Waits: approved}, true},
		{"revoking has failed", provision.Grant{State: provision.Revoking, Error: "e"}, true},
		{"revoked", provision.Grant{State: provision.Revoked}, true},
	} {
		if diff := cmp.Diff(tt.want, tt.grant.Settled()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
