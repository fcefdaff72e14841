package sqlstore_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// record writes one record of each kind.
func record(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	var c store.Change
	req := request.Request{ID: "r1", Type: request.DataAccess, Asset: "warehouse:sales", Requester: "eve@example.com", Beneficiary: "bob@example.com",
		Principal: request.Principal{Name: "bob"}, Privilege: request.Read, Duration: request.For(30, request.Days), Form: request.FormVersion{Name: "default"},
		Status: request.Approved, Submitted: monday, Decided: monday.Add(time.Hour)}
	records.Requests.Insert(&c, req)
	records.Reviews.Insert(&c, review.Review{Request: "r1", Status: request.Approved, Flow: review.FlowVersion{Name: "careful"}, Rule: "small", Opened: monday})
	records.Grants.Insert(&c, provision.NewGrant(req, catalog.Asset{Ref: "warehouse:sales"}, provision.Access{Privilege: request.Read}, req.Duration, provision.Auto, monday))
	records.Connections.Insert(&c, catalog.Connection{Name: "warehouse", Technology: "postgres", Host: "dwh", URL: "postgres://db.example.com", Secret: "env:DWH", Registered: monday})
	store.Tasks.Insert(&c, store.Task{ID: "provision/warehouse", Due: monday, Holder: "h", Attempts: 2, Error: "refused"})
	c.Emit(store.Event{ID: "e1", Type: "request.created", At: monday, By: "eve@example.com", Request: "r1", Seq: 1,
		About: []store.Subject{"requests/r1", "reviews/r1", "grants/r1", "connections/warehouse"}})
	if err := c.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// The views name what the Go types hold, so a renamed field must not go by.
func TestViews(t *testing.T) {
	t.Parallel()
	s, db := fresh(t, nil)
	record(t, s)
	for _, tt := range []struct{ query, want string }{
		{`select concat_ws('|', id, version, type, status, asset, requester, beneficiary, principal, privilege, duration, form, extract(epoch from decided - submitted)) from grantwright.requests`,
			"r1|1|DATA_ACCESS|APPROVED|warehouse:sales|eve@example.com|bob@example.com|bob|READ|30 DAYS|default|3600.000000"},
		{`select concat_ws('|', id, version, status, flow, rule, opened = timestamptz '2031-05-05 09:30Z') from grantwright.reviews`, "r1|1|APPROVED|careful|small|t"},
		{`select concat_ws('|', id, version, request, state, asset, principal, privilege, duration, approved = timestamptz '2031-05-05 09:30Z') from grantwright.grants`,
			"r1|1|r1|PENDING|warehouse:sales|bob|READ|30 DAYS|t"},
		{`select concat_ws('|', id, version, number, type, by, request, seq, about ->> 0, at = timestamptz '2031-05-05 09:30Z') from grantwright.events`,
			"e1|1|1|request.created|eve@example.com|r1|1|requests/r1|t"},
		{`select concat_ws('|', id, version, technology, host, url, secret, registered = timestamptz '2031-05-05 09:30Z') from grantwright.connections`,
			"warehouse|1|postgres|dwh|postgres://db.example.com|env:DWH|t"},
		{`select concat_ws('|', id, version, holder, attempts, error, due = timestamptz '2031-05-05 09:30Z') from grantwright.tasks`,
			"provision/warehouse|1|h|2|refused|t"},
	} {
		if diff := cmp.Diff([]string{tt.want}, texts(t, db, tt.query)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.query, diff)
		}
	}
}

func TestViewsSQLite(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	record(t, openSQLite(t, path))
	db := raw(t, path)
	for _, tt := range []struct{ query, want string }{
		{`select concat_ws('|', id, version, type, status, asset, requester, beneficiary, principal, privilege, duration, form, unixepoch(decided) - unixepoch(submitted)) from grantwright_requests`,
			"r1|1|DATA_ACCESS|APPROVED|warehouse:sales|eve@example.com|bob@example.com|bob|READ|30 DAYS|default|3600"},
		{`select concat_ws('|', id, version, status, flow, rule, datetime(opened)) from grantwright_reviews`, "r1|1|APPROVED|careful|small|2031-05-05 09:30:00"},
		{`select concat_ws('|', id, version, request, state, asset, principal, privilege, duration, datetime(approved)) from grantwright_grants`,
			"r1|1|r1|PENDING|warehouse:sales|bob|READ|30 DAYS|2031-05-05 09:30:00"},
		{`select concat_ws('|', id, version, number, type, "by", request, seq, json_extract(about, '$[0]'), datetime(at)) from grantwright_events`,
			"e1|1|1|request.created|eve@example.com|r1|1|requests/r1|2031-05-05 09:30:00"},
		{`select concat_ws('|', id, version, technology, host, url, secret, datetime(registered)) from grantwright_connections`,
			"warehouse|1|postgres|dwh|postgres://db.example.com|env:DWH|2031-05-05 09:30:00"},
		{`select concat_ws('|', id, version, holder, attempts, error, datetime(due)) from grantwright_tasks`,
			"provision/warehouse|1|h|2|refused|2031-05-05 09:30:00"},
	} {
		if diff := cmp.Diff([]string{tt.want}, texts(t, db, tt.query)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.query, diff)
		}
	}
}

// Both databases have the same views, with the same columns.
func TestViewsAreTheSame(t *testing.T) {
	t.Parallel()
	_, postgres := fresh(t, nil)
	path := newFile(t)
	openSQLite(t, path)
	want := texts(t, postgres, `select table_name || '.' || column_name from information_schema.columns
		where table_schema = 'grantwright' and table_name in (select table_name from information_schema.views) order by table_name collate "C", ordinal_position`)
	got := texts(t, raw(t, path), `select substr(v.name, 13) || '.' || c.name from sqlite_schema v, pragma_table_info(v.name) c where v.type = 'view' order by v.name, c.cid`)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("columns (-PostgreSQL +SQLite)\n%s", diff)
	}
}

// Whatever a store takes as a body, both databases read as JSON: one record that it
// does not would break a view for all.
func TestBodiesAreReadable(t *testing.T) {
	t.Parallel()
	s, db := fresh(t, nil)
	deep := make([]byte, 0, 1000)
	for range 500 {
		deep = append(deep, '[')
	}
	for range 500 {
		deep = append(deep, ']')
	}
	path := newFile(t)
	lite := openSQLite(t, path)
	for i, body := range []string{`"\\u0000"`, `"\ud83d\ude00 \ufffe \u0001"`, `1e9999`, `-1.5E-9999`, `1e+308`, `{"":{"":""}}`, `{"a":1,"a":2}`, string(deep), ` [ ] `} {
		for _, s := range []*sqlstore.Store{s, lite} {
			if err := s.Write(t.Context(), store.Commit{Writes: []store.Write{{Kind: "requests", ID: string(rune('a' + i)), Body: []byte(body)}}}); err != nil {
				t.Errorf("%.40s: %v", body, err)
			}
		}
	}
	if diff := cmp.Diff([]string{"9"}, texts(t, db, `select count(body::text) from grantwright.requests`)); diff != "" {
		t.Errorf("readable bodies (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"9"}, texts(t, raw(t, path), `select count(*) from grantwright_requests where coalesce(type, '') = ''`)); diff != "" {
		t.Errorf("bodies that json_extract reads (-want +got)\n%s", diff)
	}
}
