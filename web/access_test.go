package web_test

import (
	"encoding/csv"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
)

func TestAccessAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.clock.Now()
	w.clock.Move(time.Hour)
	req := w.approved(t, eve)
	path := "/assets/" + url.PathEscape(string(orders)) + "/access"
	got := read[api.List[grantwright.Entitlement]](t, w.call(t, auditor, "GET", path, ""), 200)
	if len(got.Items) != 1 || got.Items[0].Request != req.ID || got.Items[0].Beneficiary != eve.Person() || got.Next != "" {
		t.Errorf("who has access: %+v", got)
	}
	mine := read[api.List[grantwright.Entitlement]](t, w.call(t, eve, "GET", "/people/me/access", ""), 200)
	if diff := cmp.Diff(got, mine); diff != "" {
		t.Errorf("eve's own (-asset +person):\n%s", diff)
	}
	then := read[api.List[grantwright.Entitlement]](t, w.call(t, auditor, "GET", path+"?at="+url.QueryEscape(before.Format(time.RFC3339)), ""), 200)
	if len(then.Items) != 0 {
		t.Errorf("before it was granted: %+v", then)
	}
	read[web.Problem](t, w.call(t, frank, "GET", "/people/eve@example.com/access", ""), 403)
	read[web.Problem](t, w.call(t, frank, "GET", path, ""), 403)
	read[web.Problem](t, w.call(t, frank, "GET", path+".csv", ""), 403)
	read[web.Problem](t, w.call(t, auditor, "GET", path+"?at=yesterday", ""), 422)
}

func TestAccessAsCSV(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve)
	a := w.call(t, eve, "GET", "/people/me/access.csv", "")
	if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") || a.header.Get("Link") != "" {
		t.Fatalf("status %d, %v", a.status, a.header)
	}
	lines, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	must(t, err)
	got := map[string]string{}
	for i, name := range lines[0] {
		got[name] = lines[1][i]
	}
	now := w.clock.Now().Format(time.RFC3339)
	want := map[string]string{"beneficiary": "eve@example.com", "beneficiary_kind": "PERSON", "principal": "eve", "asset": string(orders),
		"type": "DATA_ACCESS", "privilege": "READ", "columns": "", "unmasked": "", "state": "ACTIVE", "evidence": "VERIFIED", "how": "AUTO",
		"since": now, "until": w.clock.Now().Add(30 * 24 * time.Hour).Format(time.RFC3339), "gone": "", "approved": now,
		"approvers": got["approvers"], "flow": "sales", "rule": got["rule"], "request": string(req.ID), "remaining_ways_in": "", "gaps": ""}
	if diff := cmp.Diff(want, got); diff != "" || len(lines) != 2 || got["approvers"] == "" {
		t.Errorf("%d lines (-want +got):\n%s", len(lines), diff)
	}
}

func TestAccessPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve)
	for path, want := range map[string]string{
		"/access?asset=" + url.QueryEscape(string(orders)):     "eve@example.com",
		"/access?person=eve%40example.com":                     "sales.public.orders",
		"/access?person=eve%40example.com&at=2020-01-01T00:00": "No access",
		"/access?asset=" + url.QueryEscape("no such thing"):    "This did not work",
		"/access?at=soon": "must be a time",
		"/access":         "Your access",
	} {
		if a := w.page(t, auditor, "GET", path, nil); !strings.Contains(a.body, want) {
			t.Errorf("%s says nothing of %q: status %d\n%s", path, want, a.status, truncated(a.body))
		}
	}
	if a := w.page(t, frank, "GET", "/access?asset="+url.QueryEscape(string(orders)), nil); a.status != 403 || strings.Contains(a.body, "eve@example.com") {
		t.Errorf("frank sees who has access to the orders: status %d", a.status)
	}
}

func TestClaimsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Gave("dba", "frank", orders, false, request.Read)
	path := "/assets/" + url.PathEscape("warehouse:sales") + "/foreign"
	found := read[api.List[provision.Foreign]](t, w.call(t, auditor, "GET", path, ""), 200)
	if len(found.Items) != 1 || found.Items[0].By != "dba" || found.Next != "" {
		t.Errorf("what others gave: %+v", found)
	}
	read[web.Problem](t, w.call(t, frank, "GET", path, ""), 403)
	body := `{"dryRun": true, "items": [{"asset": "` + string(orders) + `", "principal": "frank", "owner": "frank@example.com", "duration": "90 DAYS", "reason": "has had it for years"}]}`
	dry := read[api.List[api.Claimed]](t, w.call(t, gov, "POST", "/claims", body), 200)
	if len(dry.Items) != 1 || dry.Items[0].Trouble != "" || dry.Items[0].Request != "" {
		t.Errorf("a dry run: %+v", dry.Items)
	}
	done := read[api.List[api.Claimed]](t, w.call(t, gov, "POST", "/claims", strings.Replace(body, "true", "false", 1)), 200)
	if len(done.Items) != 1 || done.Items[0].Request == "" {
		t.Fatalf("claiming: %+v", done.Items)
	}
	if c := read[api.Case](t, w.call(t, frank, "GET", "/requests/"+string(done.Items[0].Request)+"?wait=10", ""), 200); c.Grant.State != provision.Active {
		t.Errorf("the grant is %s", c.Grant.State)
	}
	endless := read[web.Problem](t, w.call(t, gov, "POST", "/claims", strings.Replace(body, "90 DAYS", "ENDLESS", 1)), 422)
	if len(endless.Errors) != 1 || endless.Errors[0].Pointer != "#/claims/0/duration" {
		t.Errorf("without an end: %+v", endless)
	}
	read[web.Problem](t, w.call(t, admin, "POST", "/claims", body), 403)
}
