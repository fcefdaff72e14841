package web_test

import (
	"encoding/csv"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
)

// A file of requests has those of the list, filtered as it is, and nothing that a spreadsheet
// would take for a formula.
func TestFilesOfRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.approved(t, eve)
	its := w.approved(t, frank)
	read[request.Request](t, w.call(t, eve, "POST", "/requests/"+string(of.ID)+"/revoke", `{"reason":"=1+1"}`), 200)
	for name, body := range map[string]string{
		"page":                 w.page(t, auditor, "GET", "/requests.csv?role=OVERSEER", nil).body,
		"API":                  w.call(t, auditor, "GET", "/requests.csv?role=OVERSEER", "").body,
		"page, filtered":       w.page(t, auditor, "GET", "/requests.csv?role=OVERSEER&person="+url.QueryEscape(eve.ID), nil).body,
		"API, filtered":        w.call(t, auditor, "GET", "/requests.csv?role=OVERSEER&person="+url.QueryEscape(eve.ID), "").body,
		"page, of one's own":   w.page(t, eve, "GET", "/requests.csv", nil).body,
		"page, by its status":  w.page(t, auditor, "GET", "/requests.csv?role=OVERSEER&status=REVOKED", nil).body,
		"API, of one's own":    w.call(t, eve, "GET", "/requests.csv", "").body,
		"API, as everybody is": w.call(t, frank, "GET", "/requests.csv?role=OVERSEER", "").body,
	} {
		lines, _ := csv.NewReader(strings.NewReader(body)).ReadAll()
		if name == "API, as everybody is" {
			if strings.Contains(body, eve.ID) || !strings.Contains(body, "FORBIDDEN") {
				t.Errorf("%s: %s", name, body)
			}
			continue
		}
		want := 2
		if name == "page" || name == "API" {
			want = 3
		}
		if len(lines) != want || !strings.Contains(body, "'=1+1") || strings.Contains(body, string(its.ID)) != (want == 3) {
			t.Errorf("%s: %q", name, body)
			continue
		}
		if at := slices.Index(lines[0], "answers"); !strings.HasPrefix(lines[1][at], `{"`) {
			t.Errorf("%s: the answers are %q", name, lines[1][at])
		}
	}
	a := w.page(t, auditor, "GET", "/requests.jsonl?role=OVERSEER&status=REVOKED", nil)
	if a.status != 200 || strings.Count(a.body, "\n") != 1 || !strings.Contains(a.body, string(of.ID)) || a.header.Get("Content-Type") != "application/jsonl" {
		t.Errorf("JSON lines: status %d, %s", a.status, a.body)
	}
	if a := w.page(t, frank, "GET", "/requests.jsonl?role=OVERSEER", nil); a.status != 403 || a.header.Get("Content-Disposition") != "" {
		t.Errorf("frank loads all requests down: status %d", a.status)
	}
	wantOn(t, w.page(t, auditor, "GET", "/requests?role=OVERSEER&status=REVOKED", nil), 200, `/requests.csv?role=OVERSEER&amp;status=REVOKED`)
}
