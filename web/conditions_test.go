package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
)

// edits are one of each kind that is edited: how it is made, and how it is changed.
var edits = []struct {
	kind, path, first, then string
	by                      request.Identity
}{
	{"form", "/forms/asking", `{"title":"Ask","flow":"sales","questions":[{"id":"d","type":"ACCESS_DURATION","title":"How long?","choices":["7 DAYS"]}]}`, `{"title":"Ask anew"}`, gov},
	{"agreement", "/agreements/terms", `{"title":"Terms","text":"Be kind."}`, `{"title":"Terms","text":"Be kinder."}`, gov},
	{"flow", "/flows/two", `{"rules":[{"name":"r","when":"request.duration < duration('1h')","then":{"act":"APPROVE","comment":"fine"}}],"default":{"act":"DENY","comment":"no"},"max":"30 DAYS","reasons":["DENY"]}`, `{"default":{"act":"DENY"}}`, gov},
	{"guardrail", "/guardrails/rail", `{"at":["warehouse"],"require":"true","reason":"because"}`, `{"at":["lake"],"require":"true"}`, gov},
	{"mask", "/masks/pii", `{"at":"warehouse:sales.public.orders","columns":["email"],"how":"LAST","last":3}`, `{"at":"warehouse:sales.public.orders","columns":["email"],"how":"NULL"}`, gov},
	{"classification", "/assets/warehouse:sales.public.orders/classification", `{"columns":[{"name":"email","tags":["pii"]},{"name":"id"}]}`, `{"columns":[{"name":"email"}]}`, gov},
	{"attachment", "/assets/warehouse:sales.public.prices/attachments/DATA_ACCESS", `{"form":"survey","flow":"sales"}`, `{"flow":"sales"}`, gov},
	{"connection", "/connections/more", `{"technology":"fake","host":"more.example.com","principals":{"table":{"eve@example.com":"eve"},"kinds":["PERSON"]},"scope":{"include":["sales"]},"syncEvery":"15m0s"}`, `{"technology":"fake"}`, admin},
	{"webhook", "", `{"name":"catalog","url":"https://hooks.example.com/a","events":["grant.*"]}`, `{"name":"catalog","url":"https://hooks.example.com/b"}`, admin},
}

// made makes one of a kind, and returns its path.
func (w *world) made(t *testing.T, path, body string, by request.Identity) string {
	t.Helper()
	if path == "" {
		hook := read[api.WebhookWithSecret](t, w.call(t, by, "POST", "/webhooks", body), 201)
		return "/webhooks/" + string(hook.Webhook.ID)
	}
	if a := w.call(t, by, "PUT", path, body); a.status >= 300 {
		t.Fatalf("PUT %s: %d %s", path, a.status, a.body)
	}
	return path
}

// logged is the number of the last event.
func (w *world) logged(t *testing.T) int64 {
	t.Helper()
	for n := int64(0); ; {
		page, err := w.engine.Log().Events(t.Context(), auditor, n, store.MaxPage)
		must(t, err)
		if len(page) == 0 {
			return n
		}
		n = page[len(page)-1].Number
	}
}

// What GET returns can be sent back as it is, with and without If-Match: nothing is saved,
// and nothing is logged.
func TestWhatIsReadCanBeSentBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range edits {
		path := w.made(t, tt.path, tt.first, tt.by)
		first := w.call(t, tt.by, "GET", path, "")
		tag := first.header.Get("ETag")
		if first.status != 200 || !strings.HasPrefix(tag, `"`) {
			t.Fatalf("%s: %d, ETag %q: %s", tt.kind, first.status, tag, first.body)
		}
		before := w.logged(t)
		for _, headers := range [][]string{nil, {"If-Match", tag}} {
			if a := w.call(t, tt.by, "PUT", path, first.body, headers...); a.status >= 300 {
				t.Errorf("%s sent back with %v: %d %s", tt.kind, headers, a.status, a.body)
			}
		}
		again := w.call(t, tt.by, "GET", path, "")
		if again.body != first.body || again.header.Get("ETag") != tag {
			t.Errorf("%s was %s, and is %s", tt.kind, first.body, again.body)
		}
		if after := w.logged(t); after != before {
			t.Errorf("%s: %d events", tt.kind, after-before)
		}
		if a := w.call(t, nobody, "PUT", path, first.body); a.status != 403 {
			t.Errorf("%s sent back by nobody: %d", tt.kind, a.status)
		}
		if a := w.call(t, auditor, "PUT", path, first.body); a.status != 403 {
			t.Errorf("%s sent back by who may only read it: %d", tt.kind, a.status)
		}
	}
}

// A change is made if nobody was faster, and refused with the ETag of now otherwise.
func TestChangesAreConditional(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range edits {
		path := w.made(t, tt.path, tt.first, tt.by)
		old := w.call(t, tt.by, "GET", path, "").header.Get("ETag")
		changed := w.call(t, tt.by, "PUT", path, tt.then, "If-Match", old)
		if changed.status >= 300 {
			t.Fatalf("%s: %d %s", tt.kind, changed.status, changed.body)
		}
		now := w.call(t, tt.by, "GET", path, "").header.Get("ETag")
		if now == old || changed.status == 200 && changed.header.Get("ETag") != now {
			t.Errorf("%s: the tag was %s, is %s, and the answer to the change had %s", tt.kind, old, now, changed.header.Get("ETag"))
		}
		body := w.call(t, tt.by, "GET", path, "").body
		for _, method := range []string{"PUT", "DELETE"} {
			if method == "DELETE" && (tt.kind == "connection" || tt.kind == "classification") {
				continue // these are not deleted
			}
			text := tt.first
			if method == "DELETE" {
				text = ""
			}
			for _, stale := range []string{old, `W/` + now, `"none"`} {
				a := w.call(t, tt.by, method, path, text, "If-Match", stale)
				if p := read[web.Problem](t, a, 412); p.Code != "STALE" || stale == old && a.header.Get("ETag") != now {
					t.Errorf("%s %s with %s: %+v, ETag %q, want %s", method, tt.kind, stale, p, a.header.Get("ETag"), now)
				}
			}
			if a := w.call(t, tt.by, method, path, text, "If-Match", "3"); a.status != 422 {
				t.Errorf("%s %s with no tag: %d", method, tt.kind, a.status)
			}
		}
		if is := w.call(t, tt.by, "GET", path, "").body; is != body {
			t.Errorf("%s was changed by what was refused: %s", tt.kind, is)
		}
		if tt.kind == "connection" || tt.kind == "classification" {
			continue
		}
		if a := w.call(t, tt.by, "DELETE", path, "", "If-Match", now); a.status >= 300 {
			t.Errorf("deleting %s: %d %s", tt.kind, a.status, a.body)
		}
	}
}

// Without a condition, a change names its version in the body, and a conflict says so.
func TestStaleFieldsAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.made(t, "/agreements/terms", `{"title":"Terms","text":"Be kind."}`, gov)
	for _, tt := range []struct {
		method, path, body string
		headers            []string
		status             int
		fault              web.Fault
	}{
		{"PUT", "/forms/survey", `{"based":7,"title":"x"}`, nil, 409, web.Fault{Pointer: "#/based", Detail: "is 7, and the newest is 1"}},
		{"PUT", "/forms/survey", `{"based":1,"version":2,"title":"x"}`, nil, 422, web.Fault{Pointer: "#/based"}},
		{"PUT", "/forms/survey", `{"name":"other","version":1,"title":"x"}`, nil, 422, web.Fault{Pointer: "#/name"}},
		{"PUT", "/forms/survey", `{"based":1,"title":"x"}`, []string{"If-Match", `"2"`}, 422, web.Fault{Pointer: "#/based"}},
		{"PUT", "/forms/survey", `{"title":"x"}`, []string{"If-None-Match", `"2"`}, 422, web.Fault{Header: "If-None-Match"}},
		{"DELETE", "/agreements/terms?version=7", "", nil, 409, web.Fault{Parameter: "version", Detail: "is 7, and the newest is 1"}},
		{"DELETE", "/forms/survey", "", nil, 428, web.Fault{Parameter: "version"}},
		{"PUT", "/connections/warehouse", `{"version":77,"technology":"fake"}`, nil, 409, web.Fault{Pointer: "#/version"}},
	} {
		by := gov
		if strings.HasPrefix(tt.path, "/connections") {
			by = admin
		}
		p := read[web.Problem](t, w.call(t, by, tt.method, tt.path, tt.body, tt.headers...), tt.status)
		if len(p.Errors) != 1 || p.Errors[0].Pointer != tt.fault.Pointer || p.Errors[0].Parameter != tt.fault.Parameter || p.Errors[0].Header != tt.fault.Header ||
			tt.fault.Detail != "" && p.Errors[0].Detail != tt.fault.Detail {
			t.Errorf("%s %s %s: %+v, want %+v", tt.method, tt.path, tt.body, p.Errors, tt.fault)
		}
	}
}

// If-None-Match: * makes what is new only, and If-Match: * changes what is there only.
func TestWhatIsNewAndWhatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		by                request.Identity
		there, none, body string
	}{
		{gov, "/forms/survey", "/forms/none", `{"title":"x","questions":[{"id":"d","type":"ACCESS_DURATION","title":"x"}]}`},
		{admin, "/connections/warehouse", "/connections/none", `{"technology":"fake"}`},
	} {
		put := func(path string, headers ...string) int {
			a := w.call(t, tt.by, "PUT", path, tt.body, headers...)
			if a.status == 422 {
				t.Error(a.body)
			}
			return a.status
		}
		there, none := tt.there, tt.none
		if got := put(none, "If-Match", "*"); got != 412 {
			t.Errorf("changing %s: %d", none, got)
		}
		if got := put(there, "If-None-Match", "*"); got != 412 {
			t.Errorf("making %s: %d", there, got)
		}
		if got := put(none, "If-None-Match", "*"); got >= 300 {
			t.Errorf("making %s: %d", none, got)
		}
		if got := put(there, "If-Match", "*"); got >= 300 {
			t.Errorf("changing %s: %d", there, got)
		}
	}
}

// Where two people have to see a change, what is sent back unchanged is none, and what is
// stale is not proposed.
func TestConditionsWhereItTakesTwo(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) { c.FourEyes = manifest.FourEyesAlways })
	first := w.call(t, gov, "GET", "/forms/survey", "")
	if a := w.call(t, gov, "PUT", "/forms/survey", first.body); a.status != 200 {
		t.Errorf("sent back: %d %s", a.status, a.body)
	}
	a := w.call(t, gov, "PUT", "/forms/survey", `{"title":"x"}`, "If-Match", first.header.Get("ETag"))
	waits := read[api.Awaiting](t, a, 202)
	if at := a.header.Get("Location"); at != "/api/v1/proposals/"+string(waits.Proposal) {
		t.Errorf("it waits at %s", at)
	}
	open := read[api.List[api.Proposal]](t, w.call(t, gov, "GET", "/proposals?status=PENDING", ""), 200)
	if len(open.Items) != 1 {
		t.Errorf("%d proposals are open", len(open.Items))
	}
	if a := w.call(t, gov, "PUT", "/forms/survey", `{"title":"y"}`, "If-Match", `"9"`); a.status != http.StatusPreconditionFailed {
		t.Errorf("a stale change: %d %s", a.status, a.body)
	}
}
