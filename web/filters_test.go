package web_test

import (
	"bufio"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
)

// found are the ids of the requests that a filter finds, page by page.
func (w *world) found(t *testing.T, by request.Identity, query url.Values) []request.ID {
	t.Helper()
	ids := []request.ID{}
	query.Set("limit", "1")
	for range 50 {
		page := read[api.List[request.Request]](t, w.call(t, by, "GET", "/requests?"+query.Encode(), ""), 200)
		for _, r := range page.Items {
			ids = append(ids, r.ID)
		}
		if page.Next == "" {
			return ids
		}
		query.Set("cursor", page.Next)
	}
	t.Fatalf("%v goes on for ever", query)
	return nil
}

// Requests are found by each filter and by several, page by page, by whoever may see them.
func TestRequestsAreFiltered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(by request.Identity, body string) request.Request {
		w.clock.Move(time.Hour)
		return read[request.Request](t, w.call(t, by, "POST", "/requests", body), 201)
	}
	first := ask(eve, submission)
	w.clock.Move(time.Hour)
	granted, err := w.engine.Submit(t.Context(), frank, request.Submission{Asset: orders, Answers: request.Answers{"purpose": {"the Quarterly numbers"}, "duration": {"30 DAYS"}}})
	must(t, err)
	for _, who := range []request.Identity{owner, privacy} {
		_, err := w.engine.Determine(t.Context(), who, granted.ID, review.Determination{Act: review.Approve})
		must(t, err)
	}
	_, err = w.engine.WaitForGrant(t.Context(), gov, granted.ID)
	must(t, err)
	lake := ask(frank, `{"asset":"lake:sales.public.prices","beneficiary":"eve@example.com","answers":{"purpose":["x"],"duration":["20 DAYS"]}}`)
	wantStatus(t, w.call(t, owner, "POST", "/requests/"+string(lake.ID)+"/determinations", `{"act":"DENY","reason":"no"}`), 201)
	moment := func(at time.Time) string { return at.Format(time.RFC3339) }
	for _, tt := range []struct {
		name  string
		by    request.Identity
		query url.Values
		want  []request.ID
	}{
		{"all", auditor, url.Values{}, []request.ID{lake.ID, granted.ID, first.ID}},
		{"an asset", auditor, url.Values{"asset": {string(orders)}}, []request.ID{granted.ID, first.ID}},
		{"a container", auditor, url.Values{"asset": {"lake:sales"}}, []request.ID{lake.ID}},
		{"a connection", auditor, url.Values{"connection": {"warehouse"}}, []request.ID{granted.ID, first.ID}},
		{"a person", auditor, url.Values{"person": {eve.ID}}, []request.ID{lake.ID, first.ID}},
		{"a person and a status", auditor, url.Values{"person": {eve.ID}, "status": {"DENIED"}}, []request.ID{lake.ID}},
		{"a flow", auditor, url.Values{"flow": {"sales"}}, []request.ID{lake.ID, granted.ID, first.ID}},
		{"a flow and a status", auditor, url.Values{"flow": {"sales"}, "status": {"PENDING"}}, []request.ID{first.ID}},
		{"another flow", auditor, url.Values{"flow": {"none"}}, []request.ID{}},
		{"a person and a flow", auditor, url.Values{"flow": {"sales"}, "person": {frank.ID}}, []request.ID{lake.ID, granted.ID}},
		{"a type", auditor, url.Values{"type": {"MASKING_EXCEPTION"}}, []request.ID{}},
		{"a time", auditor, url.Values{"from": {moment(first.Submitted)}, "until": {moment(lake.Submitted)}}, []request.ID{granted.ID, first.ID}},
		{"from a time on", auditor, url.Values{"from": {moment(lake.Submitted)}}, []request.ID{lake.ID}},
		{"until a time, of a person", auditor, url.Values{"until": {moment(lake.Submitted)}, "person": {eve.ID}}, []request.ID{first.ID}},
		{"text", auditor, url.Values{"text": {"QUARTERLY"}}, []request.ID{granted.ID}},
		{"who decided", auditor, url.Values{"decidedBy": {owner.ID}}, []request.ID{lake.ID, granted.ID}},
		{"who decided, in a type", auditor, url.Values{"decidedBy": {privacy.ID}, "type": {"DATA_ACCESS"}}, []request.ID{granted.ID}},
		{"what ends", auditor, url.Values{"endsBefore": {moment(w.clock.Now().AddDate(0, 0, 31))}}, []request.ID{granted.ID}},
		{"what ends later", auditor, url.Values{"endsBefore": {moment(w.clock.Now().AddDate(0, 0, 29))}}, []request.ID{}},
		{"of one's own", eve, url.Values{"role": {"CONCERNED"}, "connection": {"warehouse"}}, []request.ID{first.ID}},
		{"of others, for oneself", eve, url.Values{"role": {"CONCERNED"}, "person": {frank.ID}}, []request.ID{lake.ID}},
		{"a queue", privacy, url.Values{"role": {"STEWARD"}, "asset": {string(orders)}, "from": {moment(first.Submitted)}}, []request.ID{first.ID}},
		{"a queue from later on", privacy, url.Values{"role": {"STEWARD"}, "from": {moment(lake.Submitted)}}, []request.ID{}},
	} {
		if !tt.query.Has("role") {
			tt.query.Set("role", "OVERSEER")
		}
		if got := w.found(t, tt.by, tt.query); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if a := w.call(t, eve, "GET", "/requests?role=OVERSEER&person="+frank.ID, ""); a.status != http.StatusForbidden {
		t.Errorf("eve filters the requests of all: %d", a.status)
	}
	p := read[web.Problem](t, w.call(t, auditor, "GET", "/requests?role=OVERSEER&from=2026-02-02T00:00:00Z&until=2026-01-01T00:00:00Z", ""), 422)
	if len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Detail, "before until") {
		t.Errorf("the wrong way round: %+v", p)
	}
}

// Events are found by each filter, in both forms, and by those only who may read the log.
func TestEventsAreFiltered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.clock.Now()
	w.clock.Move(24 * time.Hour)
	req := w.pending(t, "30 DAYS")
	w.clock.Move(24 * time.Hour)
	wantStatus(t, w.call(t, owner, "POST", "/requests/"+string(req.ID)+"/determinations", `{"act":"DENY","reason":"no"}`), 201)
	wantStatus(t, w.call(t, admin, "PUT", "/connections/lake", `{"technology":"hand","principals":{"expression":"person.attributes.login[0]"},"host":"lake.example.com"}`), 204)
	day := func(n int) string { return start.AddDate(0, 0, n).Add(-time.Hour).Format(time.RFC3339) }
	for _, tt := range []struct {
		name  string
		query url.Values
		want  []string
	}{
		{"a type", url.Values{"type": {"request.created"}}, []string{"request.created"}},
		{"types", url.Values{"type": {"request.*"}}, []string{"request.created", "request.determined"}},
		{"some types", url.Values{"type": {"request.created,connection.*"}, "from": {day(1)}}, []string{"request.created", "connection.registered"}},
		{"who did it", url.Values{"by": {owner.ID}}, []string{"request.determined"}},
		{"a connection", url.Values{"subject": {"connections/lake"}, "from": {day(1)}}, []string{"connection.registered"}},
		{"a request", url.Values{"subject": {"requests/" + string(req.ID)}}, []string{"request.created", "request.determined"}},
		{"a request, by type", url.Values{"subject": {"requests/" + string(req.ID)}, "type": {"request.determined"}}, []string{"request.determined"}},
		{"a request, after an event about something else", url.Values{"subject": {"requests/" + string(req.ID)}, "after": {"1"}}, []string{"request.created", "request.determined"}},
		{"a request, after all numbers", url.Values{"subject": {"requests/" + string(req.ID)}, "after": {"999999"}}, nil},
		{"a connection, after all numbers", url.Values{"subject": {"connections/lake"}, "after": {"999999"}}, nil},
		{"a time", url.Values{"from": {day(1)}, "until": {day(2)}}, []string{"principal.claimed", "request.created"}},
		{"later", url.Values{"from": {day(3)}}, nil},
	} {
		if followed := maps.Clone(tt.query); len(tt.want) > 0 && !tt.query.Has("after") {
			followed.Del("until")
			if got := w.messages(t, followed, len(tt.want)); !slices.Equal(got, tt.want) {
				t.Errorf("%s as a stream: %v, want %v", tt.name, got, tt.want)
			}
		}
		tt.query.Set("limit", "1")
		for _, accept := range []string{"application/json", "application/cloudevents-batch+json"} {
			var got []string
			for path := "/events?" + tt.query.Encode(); path != ""; {
				a := w.call(t, auditor, "GET", path, "", "Accept", accept)
				if a.status != 200 || a.header.Get("Content-Type") != accept {
					t.Fatalf("%s: %d %s", tt.name, a.status, a.body)
				}
				got = append(got, typesIn(t, accept, a.body)...)
				path, _, _ = strings.Cut(strings.TrimPrefix(a.header.Get("Link"), "</api/v1"), ">")
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s as %s: %v, want %v", tt.name, accept, got, tt.want)
			}
		}
	}
	for query, where := range map[string]string{"type=request.*,nonsense": "type", "subject=lake": "subject", "from=2026-02-02T00:00:00Z&until=2026-01-01T00:00:00Z": "from"} {
		p := read[web.Problem](t, w.call(t, auditor, "GET", "/events?"+query, ""), 422)
		if len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Pointer+p.Errors[0].Parameter, where) {
			t.Errorf("%s: %+v", query, p)
		}
	}
	if a := w.call(t, gov, "GET", "/events?type=request.created", ""); a.status != 403 {
		t.Errorf("who may not read the log: %d", a.status)
	}
}

// messages are the types of the first n messages of a stream.
func (w *world) messages(t *testing.T, query url.Values, n int) (types []string) {
	t.Helper()
	a := w.asking(t, "?"+query.Encode(), "text/event-stream")
	if a.StatusCode != 200 {
		t.Fatalf("%v: status %d", query, a.StatusCode)
	}
	defer func() { _ = a.Body.Close() }()
	for lines := bufio.NewScanner(a.Body); len(types) < n && lines.Scan(); {
		if is, found := strings.CutPrefix(lines.Text(), "event: "); found {
			types = append(types, is)
		}
	}
	return types
}

// A stream refuses what only a page can be asked for, and what is no filter, as a page does.
func TestAStreamChecksItsFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, where := range map[string]string{"until=2027-01-01T00:00:00Z": "until", "limit=5": "limit", "subject=lake": "subject", "type=nonsense": "type", "after=x": "after",
		"by=" + strings.Repeat("x", 600): "by", "else=1": "else"} {
		p := read[web.Problem](t, w.call(t, auditor, "GET", "/events?"+query, "", "Accept", "text/event-stream"), 422)
		if len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Pointer+p.Errors[0].Parameter, where) {
			t.Errorf("%s: %+v", query, p)
		}
	}
	if p := read[web.Problem](t, w.call(t, auditor, "GET", "/events", "", "Accept", "text/event-stream", "Last-Event-ID", "x"), 400); p.Errors[0].Header != "Last-Event-ID" {
		t.Errorf("the last event is none: %+v", p)
	}
}

// typesIn are the types of the events of a page.
func typesIn(t *testing.T, kind, body string) (types []string) {
	t.Helper()
	if kind == "application/json" {
		var page struct{ Items []struct{ Type string } }
		must(t, json.Unmarshal([]byte(body), &page))
		for _, e := range page.Items {
			types = append(types, e.Type)
		}
		return types
	}
	var events []notify.CloudEvent
	must(t, json.Unmarshal([]byte(body), &events))
	for _, e := range events {
		types = append(types, string(e.Data.Type))
	}
	return types
}
