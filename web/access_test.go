package web_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
	"github.com/grantwright/grantwright/web/internal/oversight"
	"github.com/grantwright/grantwright/web/internal/site"
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
		"approvers": got["approvers"], "flow": "sales", "rule": got["rule"], "request": string(req.ID), "remaining_ways_in": "", "gaps": "", "emergency": "false", "given_by": "Grantwright", "rights": ""}
	if diff := cmp.Diff(want, got); diff != "" || len(lines) != 3 || lines[2][0] != site.OthersOfPerson || got["approvers"] == "" {
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
		"/access?asset=" + url.QueryEscape("no such thing"):    "Enter the reference of an asset",
		"/access?at=soon": "Enter a time such as",
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

// A name that nothing has is not found, with names that are like it: never "nobody has access".
func TestAccessOfUnknownNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve)
	for _, tt := range []struct{ query, like string }{
		{"asset=customers", `/access?asset=warehouse%3asales.public.customers`},
		{"asset=warehouse:sales.public.order", `/access?asset=warehouse%3asales.public.orders`},
		{"person=eve", `/access?person=eve%40example.com`},
		{"asset=" + string(orders) + "&person=eve", `/access?person=eve%40example.com`},
		{"asset=warehouse:sales.public.zzz&person=" + eve.ID, ""},
	} {
		a := w.page(t, auditor, "GET", "/access?"+tt.query, nil)
		if a.status != http.StatusNotFound || !strings.Contains(a.body, tt.like) || !strings.Contains(a.body, "Check the spelling") || strings.Contains(a.body, "No access") {
			t.Errorf("%s: status %d, want a link to %s:\n%s", tt.query, a.status, tt.like, a.body[strings.Index(a.body, "<main"):])
		}
		for _, file := range []string{"/access.csv?", "/access.jsonl?"} {
			if a := w.page(t, auditor, "GET", file+tt.query, nil); a.status != http.StatusNotFound || a.header.Get("Content-Disposition") != "" {
				t.Errorf("%s%s: status %d", file, tt.query, a.status)
			}
		}
	}
	p := read[web.Problem](t, w.call(t, auditor, "GET", "/assets/"+url.PathEscape("warehouse:sales.public.order")+"/access", ""), 404)
	if p.Code != "NOT_FOUND" || len(p.Candidates) == 0 || p.Candidates[0].Ref != orders || !strings.Contains(p.Detail, string(orders)) {
		t.Errorf("the API says of an unknown asset: %+v", p)
	}
	if p := read[web.Problem](t, w.call(t, auditor, "GET", "/people/eve/access", ""), 404); !strings.Contains(p.Detail, eve.ID) {
		t.Errorf("the API says of an unknown person: %+v", p)
	}
	for path, want := range map[string]int{"/people/team/access": 404, "/people/sales-owners/access": 200, "/people/frank@example.com/access": 200, "/assets/warehouse/access": 200, "/assets/nowhere/access": 404} {
		if a := w.call(t, auditor, "GET", path, ""); a.status != want {
			t.Errorf("%s: status %d, want %d: %s", path, a.status, want, a.body)
		}
	}
}

// An asset and a person together: only the access of this person to this asset.
func TestAccessOfSomebodyToSomething(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve)
	its := w.approved(t, frank)
	both := "asset=" + url.QueryEscape(string(orders)) + "&person=" + url.QueryEscape(frank.ID)
	wantOn(t, w.page(t, auditor, "GET", "/access?"+both, nil), 200, `<h2>frank@example.com</h2>`, string(its.ID))
	for _, path := range []string{"/access?" + both, "/access.csv?" + both, "/access.jsonl?" + both} {
		if a := w.page(t, auditor, "GET", path, nil); strings.Contains(a.body, eve.ID) || !strings.Contains(a.body, frank.ID) || a.status != 200 {
			t.Errorf("%s: status %d, %s", path, a.status, truncated(a.body))
		}
	}
	path := "/assets/" + url.PathEscape(string(orders)) + "/access?person="
	if got := read[api.List[grantwright.Entitlement]](t, w.call(t, auditor, "GET", path+frank.ID, ""), 200); len(got.Items) != 1 || got.Items[0].Request != its.ID {
		t.Errorf("frank's access to the orders: %+v", got.Items)
	}
	if got := read[api.List[grantwright.Entitlement]](t, w.call(t, auditor, "GET", path+owner.ID, ""), 200); len(got.Items) != 0 {
		t.Errorf("access of somebody who has none: %+v", got.Items)
	}
	if got := read[api.List[grantwright.Entitlement]](t, w.call(t, frank, "GET", path+"me", ""), 200); len(got.Items) != 1 {
		t.Errorf("frank's own access to the orders: %+v", got.Items)
	}
	read[web.Problem](t, w.call(t, frank, "GET", path+eve.ID, ""), 403)
	if a := w.page(t, frank, "GET", "/access?asset="+url.QueryEscape(string(orders))+"&person="+eve.ID, nil); a.status != 403 || strings.Contains(a.body, "Whole story") {
		t.Errorf("frank sees the access of eve: status %d", a.status)
	}
}

// Access that others gave stands beside that of ours, for everybody who may see who has
// access; where it is not known, the page says so.
func TestAccessPageListsWhatOthersGave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := "/access?asset=" + url.QueryEscape(string(orders))
	wantOn(t, w.page(t, auditor, "GET", page, nil), 200, "Given by others on the platform", "The platform shows no access that others gave")
	w.platform.Gave("dba", "frank", orders, false, request.Read)
	for _, by := range []request.Identity{auditor, owner} {
		wantOn(t, w.page(t, by, "GET", page, nil), 200, "No access given by Grantwright", "Given by others on the platform", `<th scope="row" class="ref">frank</th>`, `class="ref">dba</td>`)
		wantOn(t, w.page(t, by, "GET", "/assets/"+url.PathEscape(string(orders)), nil), 200, "Given by others on the platform itself: 1.", `#others">See what others gave`)
	}
	wantOn(t, w.page(t, frank, "GET", page+"&person=me", nil), 200, `<th scope="row" class="ref">frank</th>`)
	wantOn(t, w.page(t, auditor, "GET", "/access?asset="+url.QueryEscape("lake:sales.public.orders"), nil), 200, "This platform cannot say what others gave.")
	for path, why := range map[string]string{page + "&at=2026-01-01T00:00": site.OthersBefore, "/access?person=" + eve.ID: site.OthersOfPerson, page + "&person=" + eve.ID: "The platform shows no access that others gave"} {
		a := w.page(t, auditor, "GET", path, nil)
		wantOn(t, a, 200, why)
		if strings.Contains(a.body, "dba") {
			t.Errorf("%s lists what others gave to frank", path)
		}
	}
	for _, path := range []string{page, "/assets/" + url.PathEscape(string(orders))} {
		if a := w.page(t, eve, "GET", path, nil); strings.Contains(a.body, "dba") || strings.Contains(a.body, "Given by others") {
			t.Errorf("%s: eve sees what others gave: status %d", path, a.status)
		}
	}
}

// Files and lists of the API have what others gave too, or say that they do not.
func TestFilesOfAccessHaveWhatOthersGave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve)
	w.platform.Gave("=dba", "frank", orders, false, request.Read)
	on := "asset=" + url.QueryEscape(string(orders))
	api := "/assets/" + url.PathEscape(string(orders)) + "/access"
	for path, body := range map[string]string{"/access.csv?" + on: w.page(t, owner, "GET", "/access.csv?"+on, nil).body, api + ".csv": w.call(t, owner, "GET", api+".csv", "").body} {
		lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		must(t, err)
		if len(lines) != 3 || !slices.Contains(lines[1], "Grantwright") || !slices.Contains(lines[2], "FOREIGN") || !slices.Contains(lines[2], "frank") || !slices.Contains(lines[2], "'=dba") {
			t.Errorf("%s: %q", path, lines)
		}
	}
	for path, body := range map[string]string{
		"of a time before": w.page(t, owner, "GET", "/access.csv?at=2026-01-01&"+on, nil).body + w.page(t, owner, "GET", "/access.jsonl?at=2026-01-01&"+on, nil).body,
		"by the API":       w.call(t, owner, "GET", api+".csv?at=2026-01-01T00:00:00Z", "").body + w.call(t, owner, "GET", api+"?at=2026-01-01T00:00:00Z", "").body,
	} {
		if strings.Count(body, site.OthersBefore) != 2 {
			t.Errorf("%s nothing says that others are not listed: %s", path, body)
		}
	}
	if a := w.page(t, owner, "GET", "/access.jsonl?"+on, nil); strings.Count(a.body, "\n") != 2 || !strings.Contains(a.body, `{"foreign":{"principal":{"name":"frank"`) {
		t.Errorf("JSON lines: %s", a.body)
	}
	for path, want := range map[string]string{api: `"others":{"count":1,"link":"`, "/people/me/access": site.OthersOfPerson, api + "?person=" + eve.ID: `"others":{"count":0,"link":"`} {
		if a := w.call(t, owner, "GET", path, ""); a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("%s: status %d, no %s: %s", path, a.status, want, a.body)
		}
	}
}

// A file has as many lines as there are grants, however many pages that takes.
func TestAccessFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve)
	lines, err := csv.NewReader(strings.NewReader(w.page(t, auditor, "GET", "/access.csv?asset="+url.QueryEscape(string(orders)), nil).body)).ReadAll()
	must(t, err)
	if len(lines) != 2 || !slices.Contains(lines[0], "unmasked") || !slices.Contains(lines[1], string(req.ID)) {
		t.Errorf("the CSV: %q", lines)
	}
	a := w.page(t, auditor, "GET", "/access.jsonl?person="+eve.ID, nil)
	var e grantwright.Entitlement
	must(t, json.Unmarshal([]byte(strings.SplitN(a.body, "\n", 2)[0]), &e))
	if e.Request != req.ID || a.header.Get("Content-Type") != "application/jsonl" || strings.Count(a.body, "\n") != 2 || !strings.Contains(a.body, site.OthersOfPerson) {
		t.Errorf("the file of JSON lines: %v\n%s", a.header, a.body)
	}
	if a := w.page(t, auditor, "GET", "/access.csv?at=2020-01-01&person="+eve.ID, nil); a.status != 200 || strings.Contains(a.body, string(req.ID)) || !strings.HasPrefix(a.body, "beneficiary,") {
		t.Errorf("before there was any: %s", a.body)
	}
	if a := w.page(t, frank, "GET", "/access.csv?person="+eve.ID, nil); a.status != 403 {
		t.Errorf("frank loads the access of eve down: status %d", a.status)
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
	dry := read[api.List[oversight.Claimed]](t, w.call(t, gov, "POST", "/claims", body), 200)
	if len(dry.Items) != 1 || dry.Items[0].Trouble != "" || dry.Items[0].Request != "" {
		t.Errorf("a dry run: %+v", dry.Items)
	}
	done := read[api.List[oversight.Claimed]](t, w.call(t, gov, "POST", "/claims", strings.Replace(body, "true", "false", 1)), 200)
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
