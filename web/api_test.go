package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
	"github.com/grantwright/grantwright/web/internal/site"
)

const submission = `{"asset":"warehouse:sales.public.orders","answers":{"purpose":["monthly report"],"duration":["30 DAYS"]}}`

// read decodes an answer of the API.
func read[T any](t *testing.T, a answer, status int) T {
	t.Helper()
	var v T
	if a.status != status {
		t.Fatalf("%s: status %d, want %d:\n%s", a.url, a.status, status, truncated(a.body))
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%s: %v:\n%s", a.url, err, truncated(a.body))
	}
	return v
}

// submitted makes a request for the orders.
func (w *world) submitted(t *testing.T, by request.Identity) request.Request {
	t.Helper()
	return read[request.Request](t, w.call(t, by, "POST", "/requests", submission), http.StatusCreated)
}

// approved makes a request and has it approved.
func (w *world) approved(t *testing.T, by request.Identity) request.Request {
	t.Helper()
	req := w.submitted(t, by)
	for _, steward := range []request.Identity{owner, privacy} {
		req = read[request.Request](t, w.call(t, steward, "POST", "/requests/"+string(req.ID)+"/determinations", `{"act":"APPROVE"}`), http.StatusCreated)
	}
	w.call(t, by, "GET", "/requests/"+string(req.ID)+"?wait=20", "") // for the platform
	return req
}

func TestFromLinkToAccessOverTheAPI(t *testing.T) {
	t.Parallel()
	for _, tt := range mounts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, tt.base, tt.options, tt.mount)
			entry := read[api.Entry](t, w.call(t, eve, "GET", "/resolve?fullyQualifiedName=sales.public.orders&technology=fake&host=warehouse&utm=x", ""), 200)
			if entry.Asset.Ref != orders || entry.Form.Name != "default" || entry.InheritedFrom.Flow != "warehouse:sales" || entry.InheritedFrom.Form != "" {
				t.Errorf("the link leads to %+v", entry)
			}

			a := w.call(t, eve, "POST", "/requests", submission)
			req := read[request.Request](t, a, http.StatusCreated)
			its := "/requests/" + string(req.ID)
			if got, want := a.header.Get("Location"), tt.base+"/api/v1"+its; got != want {
				t.Errorf("Location is %q, want %q", got, want)
			}
			w.call(t, owner, "POST", its+"/determinations", `{"act":"APPROVE","version":1,"reason":"fine"}`)
			req = read[request.Request](t, w.call(t, privacy, "POST", its+"/determinations", `{"act":"APPROVE","duration":"7 DAYS","version":2}`), http.StatusCreated)
			if req.Status != request.Approved {
				t.Fatalf("after both approvals the request is %s", req.Status)
			}

			c := read[api.Case](t, w.call(t, eve, "GET", its+"?wait=20", ""), 200)
			if c.Grant == nil || c.Grant.State != "ACTIVE" || !c.Grant.Ends.Equal(w.clock.Now().AddDate(0, 0, 7)) || !w.platform.Allows("eve", orders) {
				t.Fatalf("the grant is %+v", c.Grant)
			}
			var types []string
			for _, e := range c.Events {
				types = append(types, string(e.Type))
			}
			want := []string{"request.created", "request.determined", "request.determined", "grant.provisioning", "grant.active"}
			if diff := cmp.Diff(want, types); diff != "" {
				t.Errorf("the time line differs (-want +got):\n%s", diff)
			}

			w.call(t, eve, "POST", its+"/revoke", `{"reason":"done"}`)
			c = read[api.Case](t, w.call(t, eve, "GET", its+"?wait=20", ""), 200)
			if c.Request.Status != request.Revoked || c.Grant.State != "REVOKED" || w.platform.Allows("eve", orders) {
				t.Errorf("after revoking: %s, %s", c.Request.Status, c.Grant.State)
			}
		})
	}
}

// TestRoles asks every route on behalf of everybody.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	its := "/requests/" + string(w.submitted(t, eve).ID)
	own := "/requests/" + string(w.approved(t, frank).ID)
	hand := read[request.Request](t, w.call(t, eve, "POST", "/requests", `{"asset":"lake:sales.public.orders","answers":{"purpose":["x"],"duration":["1 HOURS"]}}`), 201)
	all := []request.Identity{eve, frank, owner, gov, admin, auditor, nobody}
	tests := []struct {
		method, path, body string
		want               string // statuses, in the order of all
	}{
		{"GET", "/people/me", "", "200 200 200 200 200 200 200"},
		{"GET", "/connections", "", "403 403 403 200 200 200 403"},
		{"PUT", "/connections/other", `{"technology":"fake"}`, "403 403 403 403 204 403 403"},
		{"POST", "/connections/warehouse/sync", "", "403 403 403 403 200 403 403"},
		{"GET", "/connections/warehouse/setup", "", "403 403 403 403 200 403 403"},
		{"GET", "/assets?below=warehouse:sales", "", "200 200 200 200 200 200 200"},
		{"GET", "/assets/warehouse:sales.public.orders", "", "200 200 200 200 200 200 200"},
		{"GET", "/assets/warehouse:sales.public.orders/form", "", "200 200 200 200 200 200 200"},
		{"GET", "/assets/warehouse:sales.public.orders/grants", "", "403 403 403 200 403 200 403"},
		{"GET", "/resolve?fullyQualifiedName=sales.public.orders&technology=fake&host=warehouse", "", "200 200 200 200 200 200 200"},
		{"GET", "/forms", "", "403 403 403 200 403 200 403"},
		{"GET", "/forms/survey", "", "403 403 403 200 403 200 403"},
		{"GET", "/forms/survey/versions/1", "", "403 403 403 200 403 200 403"},
		{"PUT", "/forms/fresh", `{"title":"Fresh"}`, "403 403 403 200 403 403 403"},
		{"DELETE", "/forms/fresh?version=1", "", "403 403 403 204 403 403 403"},
		{"PUT", "/agreements/terms", `{"title":"Terms","text":"Be kind."}`, "403 403 403 200 403 403 403"},
		{"GET", "/agreements", "", "403 403 403 200 403 200 403"},
		{"GET", "/agreements/terms", "", "200 200 200 200 200 200 200"},
		{"GET", "/agreements/terms/versions/1", "", "200 200 200 200 200 200 200"},
		{"DELETE", "/agreements/terms?version=1", "", "403 403 403 204 403 403 403"},
		{"GET", "/attachments", "", "403 403 403 200 403 200 403"},
		{"GET", "/assets/warehouse:sales.public.orders/attachments/DATA_ACCESS", "", "200 200 200 200 200 200 200"},
		{"PUT", "/assets/warehouse/attachments/MASKING_EXCEPTION", `{"form":"survey"}`, "403 403 403 200 403 403 403"},
		{"DELETE", "/assets/warehouse/attachments/MASKING_EXCEPTION", "", "403 403 403 204 403 403 403"},
		{"GET", "/assets/warehouse:sales.public.orders/links", "", "200 200 200 200 200 200 200"},
		{"GET", "/connections/warehouse/links", "", "403 403 403 200 200 200 403"},
		{"POST", "/wanted", `{"fullyQualifiedName":"no.where"}`, "201 201 201 201 201 201 201"},
		{"GET", "/wanted", "", "403 403 403 200 200 200 403"},
		{"POST", "/wanted/none/dismiss", `{}`, "403 403 403 404 404 403 403"},
		{"GET", "/requests", "", "200 200 200 200 200 200 200"},
		{"GET", "/requests?role=STEWARD", "", "200 200 200 200 200 200 200"},
		{"GET", "/requests?role=OVERSEER", "", "403 403 403 200 403 200 403"},
		{"GET", its, "", "200 404 200 200 404 200 404"},
		{"GET", its + "/events", "", "200 404 200 200 404 200 404"},
		{"GET", its + "/plan", "", "200 404 200 200 404 200 404"},
		{"POST", its + "/determinations", `{"act":"APPROVE"}`, "403 404 201 403 404 403 404"},
		{"POST", its + "/cancel", "", "200 404 403 403 404 403 404"},
		{"POST", own + "/revoke", `{}`, "404 200 409 409 404 403 404"},
		{"GET", "/grants/todo", "", "403 403 403 200 200 403 403"},
		{"POST", "/grants/" + string(hand.ID) + "/attestations", `{"done":true}`, "403 403 403 201 409 403 403"},
		{"GET", "/events", "", "403 403 403 403 403 200 403"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			var got []string
			for _, by := range all {
				got = append(got, fmt.Sprint(w.call(t, by, tt.method, tt.path, tt.body).status))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("statuses differ (-want +got):\n%s", diff)
			}
		})
	}
	stranger := w.call(t, request.Identity{ID: "stranger@example.com"}, "GET", "/people/me", "")
	if p := read[web.Problem](t, stranger, 401); p.Code != "SIGN_IN" {
		t.Errorf("a stranger is told %+v", p)
	}
}

// TestProblems sends what is wrong, and wants to be told what and where.
func TestProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	its := "/requests/" + string(w.submitted(t, eve).ID)
	decided := "/requests/" + string(w.approved(t, frank).ID)
	read[request.FormVersion](t, w.call(t, gov, "PUT", "/forms/deciding", `{"title":"x","flow":"sales"}`), 200)
	survey := func(answers string) string {
		return `{"asset":"warehouse:sales.public.customers","answers":` + answers + `}`
	}
	tests := []struct {
		name, method, path, body string
		by                       request.Identity
		status                   int
		code                     string
		errors                   []web.Fault
	}{
		{"every fault at once", "POST", "/requests", survey(`{"region":["MARS"],"ticket":["x"],"agree":["I keep it to myself"],"time":["2 YEARS"],"a/b":["?"]}`), eve, 422, "INVALID", []web.Fault{
			{Pointer: "#/answers/a~1b", Detail: `answers no question of the form "survey"`},
			{Pointer: "#/answers/purpose", Detail: "is required"},
			{Pointer: "#/answers/region", Detail: `"MARS" is not one of the options`},
			{Pointer: "#/answers/ticket", Detail: "must match [A-Z]+-[0-9]+"},
			{Pointer: "#/answers/time", Detail: "is 2 YEARS, at most 90 DAYS is allowed"}}},
		{"answers and columns", "POST", "/requests", `{"asset":"warehouse:sales.public.orders","columns":["nothing","id","customer_id"],"answers":{"purpose":["x"]}}`, eve, 422, "INVALID", []web.Fault{
			{Pointer: "#/answers/duration", Detail: "is required"},
			{Pointer: "#/columns/0", Detail: `"nothing" is no column of warehouse:sales.public.orders`}}},
		{"unknown field below another", "PUT", "/connections/x", `{"technology":"fake","principals":{"tabel":{}}}`, admin, 422, "INVALID", []web.Fault{{Pointer: "#/principals/tabel", Detail: "unexpected property"}}},
		{"unknown field", "POST", "/requests", `{"asset":"warehouse:sales.public.orders","ansers":{}}`, eve, 422, "INVALID", []web.Fault{{Pointer: "#/ansers", Detail: "unexpected property"}}},
		{"wrong type", "POST", "/requests", `{"asset":"warehouse:sales.public.orders","answers":{"purpose":"x"}}`, eve, 422, "INVALID", []web.Fault{{Pointer: "#/answers/purpose", Detail: "expected array"}}},
		{"not JSON", "POST", "/requests", `{"asset":`, eve, 400, "BODY", []web.Fault{{Pointer: "#", Detail: "unexpected end of JSON input"}}},
		{"two documents", "POST", "/requests", submission + submission, eve, 400, "BODY", []web.Fault{{Pointer: "#", Detail: "invalid character '{' after top-level value"}}},
		{"unknown beneficiary", "POST", "/requests", strings.Replace(submission, `{"asset"`, `{"beneficiary":"who@example.com","asset"`, 1), eve, 422, "UNKNOWN_PERSON", []web.Fault{{Pointer: "#/beneficiary", Detail: "is nobody we know"}}},
		{"no principal", "POST", "/requests", submission, nobody, 409, "NO_PRINCIPAL", nil},
		{"open for someone else", "POST", "/requests", strings.Replace(submission, `{"asset"`, `{"beneficiary":"eve@example.com","asset"`, 1), frank, 409, "OPEN", nil},
		{"stale form", "PUT", "/forms/survey", `{"title":"x"}`, gov, 409, "STALE", []web.Fault{{Pointer: "#/based", Detail: "is 0, and the newest is 1"}}},
		{"built-in form", "PUT", "/forms/default", `{"title":"x"}`, gov, 422, "INVALID", []web.Fault{{Pointer: "#/name", Detail: `must be given, and not be "default", which is built in`}}},
		{"deleting the built-in form", "DELETE", "/forms/default?version=1", "", gov, 404, "NOT_FOUND", nil},
		{"form with an agreement that is not there", "PUT", "/forms/f", `{"title":"x","agreements":["none"]}`, gov, 404, "NOT_FOUND", nil},
		{"attachment without effect", "PUT", "/assets/warehouse:sales.public.customers/attachments/DATA_ACCESS", `{"form":"deciding","flow":"sales"}`, gov, 422, "INVALID", []web.Fault{
			{Pointer: "#/flow", Detail: `"sales" at warehouse:sales.public.customers would have no effect: form "deciding", attached at the same place, has the flow "sales", which decides before it and never delegates; leave the flow out, or attach it to what lies nearer`}}},
		{"form in use", "DELETE", "/forms/survey?version=1", "", gov, 409, "IN_USE", nil},
		{"form with a bad condition", "PUT", "/forms/f", `{"title":"x","questions":[{"id":"a","type":"SHORT_ANSWER","title":"A","when":"answers.b == 1"}]}`, gov, 422, "CONDITION", []web.Fault{
			{Pointer: "#/questions/0/when", Detail: "line 1, column 1: answers.b is the answer to no earlier question", Snippet: "answers.b == 1\n^"}}},
		{"batch", "POST", "/batches", `{"items":[{"asset":"warehouse:sales.public.orders"},{"asset":"warehouse:sales.public.orders"}]}`, eve, 422, "INVALID", []web.Fault{
			{Pointer: "#/items/0/answers/duration", Detail: "is required"}, {Pointer: "#/items/0/answers/purpose", Detail: "is required"},
			{Pointer: "#/items/1/answers/duration", Detail: "is required"}, {Pointer: "#/items/1/answers/purpose", Detail: "is required"},
			{Pointer: "#/items/1/asset", Detail: "is that of items[0] already"}}},
		{"wanted, and there", "POST", "/wanted", `{"fullyQualifiedName":"sales.public.orders"}`, eve, 409, "STATE", nil},
		{"no such asset", "GET", "/assets/warehouse:sales.public.nothing", "", eve, 404, "NOT_FOUND", nil},
		{"no reference", "GET", "/assets/Warehouse:sales", "", eve, 400, "REFERENCE", nil},
		{"no such request", "GET", "/requests/nothing", "", eve, 404, "NOT_FOUND", nil},
		{"link without a name", "GET", "/resolve?technology=fake", "", eve, 400, "LINK", nil},
		{"link with a name twice", "GET", "/resolve?fullyQualifiedName=a&fullyQualifiedName=b", "", eve, 400, "LINK", nil},
		{"link with an unknown type", "GET", "/resolve?fullyQualifiedName=a&requestType=x", "", eve, 400, "LINK", nil},
		{"link to nothing", "GET", "/resolve?fullyQualifiedName=a.b.c", "", eve, 404, "NOT_FOUND", nil},
		{"stale", "POST", its + "/determinations", `{"act":"APPROVE","version":7}`, owner, 409, "STALE", nil},
		{"own request", "POST", its + "/determinations", `{"act":"APPROVE"}`, eve, 403, "OWN_REQUEST", nil},
		{"not a steward", "POST", its + "/determinations", `{"act":"APPROVE"}`, gov, 403, "NOT_STEWARD", nil},
		{"a stranger", "POST", its + "/determinations", `{"act":"APPROVE"}`, frank, 404, "NOT_FOUND", nil},
		{"decided", "POST", decided + "/determinations", `{"act":"DENY"}`, owner, 409, "DECIDED", nil},
		{"no act", "POST", its + "/determinations", `{"act":"REVIEW"}`, owner, 422, "INVALID", []web.Fault{{Pointer: "#/act", Detail: `expected value to be one of "APPROVE, DENY"`}}},
		{"duration", "POST", its + "/determinations", `{"act":"APPROVE","duration":"soon"}`, owner, 422, "INVALID", []web.Fault{{Pointer: "#/duration", Detail: "must be a number from 1 to 999 and a unit, such as 30 DAYS, or ENDLESS"}}},
		{"duration of a denial", "POST", its + "/determinations", `{"act":"DENY","duration":"1 DAYS"}`, owner, 422, "INVALID", []web.Fault{{Pointer: "#/duration", Detail: "is for an approval"}}},
		{"revoke what is pending", "POST", its + "/revoke", `{}`, eve, 409, "STATE", nil},
		{"cursor", "GET", "/requests?cursor=eyJ9", "", eve, 400, "CURSOR", []web.Fault{{Parameter: "cursor", Detail: "must be the next of the page before, as it was given"}}},
		{"cursor in another spelling", "GET", "/requests?cursor=WyAiYSIsImIiXQ", "", eve, 400, "CURSOR", []web.Fault{{Parameter: "cursor", Detail: "must be the next of the page before, as it was given"}}},
		{"limit", "GET", "/requests?limit=501", "", eve, 422, "INVALID", []web.Fault{{Parameter: "limit", Detail: "expected number <= 500"}}},
		{"status", "GET", "/requests?status=GONE", "", eve, 422, "INVALID", []web.Fault{{Parameter: "status", Detail: `expected value to be one of "PENDING, APPROVED, DENIED, CANCELED, LAPSED, EXPIRED, REVOKED"`}}},
		{"unknown parameter", "GET", "/requests?stauts=PENDING", "", eve, 422, "INVALID", []web.Fault{{Parameter: "stauts", Detail: "unknown query parameter"}}},
		{"technology", "PUT", "/connections/x", `{"technology":"nothing"}`, admin, 409, "NO_PLATFORM", nil},
		{"connection", "PUT", "/connections/x", `{"technology":"fake","secret":"hunter2"}`, admin, 422, "CONNECTION", nil},
		{"expression", "PUT", "/connections/x", `{"technology":"fake","principals":{"expression":"person.nme"}}`, admin, 422, "CONDITION", []web.Fault{{Pointer: "#/principals/expression", Detail: "line 1, column 7: undefined field 'nme'; is name meant?", Snippet: "person.nme\n      ^"}}},
		{"sync every", "PUT", "/connections/x", `{"technology":"fake","syncEvery":"often"}`, admin, 422, "INVALID", []web.Fault{{Pointer: "#/syncEvery", Detail: `must be a duration such as "15m" or "1h30m"`}}},
		{"sync elsewhere", "POST", "/connections/warehouse/sync?root=lake:sales", "", admin, 422, "INVALID", []web.Fault{{Parameter: "root", Detail: "must begin with warehouse:"}}},
		{"plan by hand", "GET", "/grants/nothing", "", eve, 404, "NOT_FOUND", nil},
		{"method", "DELETE", "/requests", "", eve, 405, "METHOD", nil},
		{"attest without a note", "POST", "/grants/x/attestations", `{"done":false}`, admin, 422, "INVALID", []web.Fault{{Pointer: "#/note", Detail: "is required for what could not be done"}}},
		{"too large", "POST", "/requests", `"` + strings.Repeat("x", web.MaxBodyBytes) + `"`, eve, 413, "TOO_LARGE", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := w.call(t, tt.by, tt.method, tt.path, tt.body)
			p := read[web.Problem](t, a, tt.status)
			if got := a.header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("the content type is %q", got)
			}
			if p.Code != tt.code || p.Status != tt.status || p.Title != http.StatusText(tt.status) || p.Detail == "" {
				t.Errorf("the problem is %+v, want code %s", p, tt.code)
			}
			if diff := cmp.Diff(tt.errors, p.Errors, cmp.AllowUnexported(web.Fault{})); diff != "" {
				t.Errorf("errors differ (-want +got):\n%s", diff)
			}
			if strings.Contains(a.body, "hunter2") {
				t.Error("the answer repeats a secret")
			}
		})
	}
}

func TestContentType(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for kind, want := range map[string]int{
		"application/json": 201, "application/json; charset=utf-8": 201,
		"text/plain": 415, "application/x-www-form-urlencoded": 415, "application/merge-patch+json": 415, "": 415,
	} {
		if a := w.call(t, eve, "POST", "/requests", submission, "Content-Type", kind); a.status != want && (a.status != 200 || want != 201) { // 200 where it was open already
			t.Errorf("content type %q: status %d, want %d", kind, a.status, want)
		}
	}
}

func TestConnectionsRoundTrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := filepath.Join(t.TempDir(), "password")
	must(t, os.WriteFile(secret, []byte("hunter2"), 0o600))
	body := `{"technology":"fake","host":"h.example.com","url":"postgres://me@h.example.com/db","secret":"file:` + secret + `","principals":{"table":{"eve@example.com":"eve"},"expression":"person.id"},"syncEvery":"15m0s"}`
	if a := w.call(t, admin, "PUT", "/connections/new-one", body); a.status != http.StatusNoContent {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	all := read[api.List[api.Connection]](t, w.call(t, admin, "GET", "/connections", ""), 200)
	want := api.Connection{Name: "new-one", Technology: "fake", Host: "h.example.com", URL: "postgres://me@h.example.com/db", Secret: "file:" + secret,
		Principals: api.Principals{Table: map[string]string{"eve@example.com": "eve"}, Expression: "person.id"}, SyncEvery: "15m0s", Registered: w.clock.Now()}
	if diff := cmp.Diff(want, all.Items[1]); diff != "" {
		t.Errorf("the connection differs (-want +got):\n%s", diff)
	}
	synced := read[api.Synced](t, w.call(t, admin, "POST", "/connections/new-one/sync", ""), 200)
	if diff := cmp.Diff(api.Synced{Added: len(assets), Unread: []api.Unread{}}, synced); diff != "" {
		t.Errorf("the sync differs (-want +got):\n%s", diff)
	}
}

func TestPlanIsNotRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	its := "/requests/" + string(w.submitted(t, eve).ID) + "/plan"
	plan := read[site.Plan](t, w.call(t, owner, "GET", its, ""), 200)
	if len(plan.Statements) != 1 || len(plan.Opens) != 1 || plan.Error != "" || w.platform.Allows("eve", orders) {
		t.Errorf("the plan is %+v", plan)
	}
	w.platform.Fail(errPlatform)
	if plan = read[site.Plan](t, w.call(t, owner, "GET", its, ""), 200); plan.Error != "" || plan.Unknown != "The platform is down." {
		t.Errorf("the plan is %+v", plan)
	}
	hand := read[request.Request](t, w.call(t, eve, "POST", "/requests", strings.Replace(submission, "warehouse:", "lake:", 1)), 201)
	if p := read[web.Problem](t, w.call(t, eve, "GET", "/requests/"+string(hand.ID)+"/plan", ""), 409); p.Code != "NO_PLATFORM" {
		t.Errorf("by hand: %+v", p)
	}
}

// TestNamesWithSlashes asks for an asset whose name would be another path.
func TestNamesWithSlashes(t *testing.T) {
	t.Parallel()
	for _, tt := range mounts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, tt.base, tt.options, tt.mount)
			ref := "warehouse:" + string(assets[5].Ref)
			entry := read[api.Entry](t, w.call(t, eve, "GET", "/assets/"+url.PathEscape(ref)+"/form", ""), 200)
			if string(entry.Asset.Ref) != ref {
				t.Errorf("the asset is %s, want %s", entry.Asset.Ref, ref)
			}
		})
	}
}

// TestFaultsOfTheServerStayInTheLog looks for the words of the database.
func TestFaultsOfTheServerStayInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{Authenticate: func(*http.Request) (request.Identity, error) {
		return request.Identity{}, fmt.Errorf("dial tcp 10.0.0.1: secret words")
	}}, nil)
	a := w.call(t, eve, "GET", "/people/me", "")
	p := read[web.Problem](t, a, 500)
	if p.ID == "" || strings.Contains(a.body, "secret words") || !strings.Contains(w.log.String(), p.ID) || !strings.Contains(w.log.String(), "secret words") {
		t.Errorf("told: %s\nlogged: %s", a.body, w.log)
	}
	page := w.browser(t).open("/requests")
	id := regexp.MustCompile(`<span class="ref">([A-Z0-9]{16})</span>`).FindStringSubmatch(page.body)
	if page.status != 500 || id == nil || strings.Contains(page.body, "secret words") || !strings.Contains(w.log.String(), id[1]) {
		t.Errorf("shown: %d %s", page.status, page.body)
	}
}
