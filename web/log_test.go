package web_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// rows are the events that a page of the log lists, by their numbers, in its order.
func rows(a answer) (all []string) {
	for _, found := range regexp.MustCompile(`<tr id="event-(\d+)">`).FindAllStringSubmatch(a.body, -1) {
		all = append(all, found[1])
	}
	return all
}

// The log is for AUDIT, newest first, in words.
func TestLogPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve)
	page := w.page(t, auditor, "GET", "/log", nil)
	wantOn(t, page, http.StatusOK, "Request submitted", "Access works", "Connection registered or changed", "Review flow saved", "/requests/"+string(req.ID)+"/story", "for eve@example.com", "Automatic", `aria-current="page">Log`)
	if all := rows(page); len(all) < 10 || len(all[0]) < len(all[len(all)-1]) || all[len(all)-1] > all[0] && len(all[0]) == len(all[len(all)-1]) {
		t.Errorf("not the newest first: %v", all)
	}
	text := regexp.MustCompile(`(?s)<select.*?</select>|<[^>]*>`).ReplaceAllString(page.body, " ")
	for _, name := range event.Names() {
		if strings.Contains(text, string(name)) {
			t.Errorf("the log shows %s to people", name)
		}
	}
	for _, who := range []request.Identity{eve, owner, gov, admin} {
		if a := w.page(t, who, "GET", "/log", nil); a.status != http.StatusForbidden || len(rows(a)) > 0 {
			t.Errorf("%s reads the log: status %d", who.ID, a.status)
		}
		if a := w.page(t, who, "GET", "/log.csv", nil); a.status != http.StatusForbidden || strings.Contains(a.body, string(req.ID)) {
			t.Errorf("%s loads the log down: status %d", who.ID, a.status)
		}
	}
	de := w.request(t, auditor, "GET", "", "")
	de.URL.Path = "/log"
	de.Header.Set("Accept-Language", "de")
	wantOn(t, do(t, w.Client(), de), http.StatusOK, "Protokoll", "Zugriffsanfrage gestellt")
}

// Every event has words, and a place in the list of the filter.
func TestEveryEventHasWordsInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.page(t, auditor, "GET", "/log", nil)
	for _, name := range event.Names() {
		if !strings.Contains(page.body, `<option value="`+string(name)+`">`) {
			t.Errorf("the log has no words for %s", name)
		}
	}
}

// Each filter leaves out what does not fit it, on the page, in both files and in the API.
func TestFiltersOfTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.approved(t, eve)
	w.clock.Move(48 * time.Hour)
	between := w.clock.Now()
	w.clock.Move(time.Hour)
	second := w.submitted(t, frank)
	_, err := w.engine.Determine(t.Context(), owner, second.ID, review.Determination{Act: review.Deny, Reason: "not for the Report"})
	must(t, err)
	of := func(e store.Event) request.ID { return e.Request }
	day := between.Format("2006-01-02T15:04")
	for _, tt := range []struct {
		name, query, api string
		fits             func(e store.Event) bool
	}{
		{"an event", "type=request.created", "type=request.created", func(e store.Event) bool { return e.Type == "request.created" }},
		{"two of them", "type=request.created&type=grant.active", "type=request.created,grant.active", func(e store.Event) bool { return e.Type == "request.created" || e.Type == "grant.active" }},
		{"an area", "type=grants", "type=grant.*", func(e store.Event) bool { return strings.HasPrefix(string(e.Type), "grant.") }},
		{"a person", "person=" + url.QueryEscape(frank.ID), "person=" + url.QueryEscape(frank.ID), func(e store.Event) bool { return of(e) == second.ID || e.By == frank.Person() }},
		{"an asset", "asset=" + url.QueryEscape(string(orders)), "asset=" + url.QueryEscape(string(orders)), func(e store.Event) bool { return e.Request != "" }},
		{"another connection", "connection=lake", "asset=lake", func(e store.Event) bool { return strings.Contains(string(e.Data)+join(e.About), "lake") }},
		{"from a time on", "from=" + day, "from=" + url.QueryEscape(between.Format(time.RFC3339)), func(e store.Event) bool { return !e.At.Before(between) }},
		{"until a time", "type=requests&until=" + day, "type=request.*&until=" + url.QueryEscape(between.Format(time.RFC3339)), func(e store.Event) bool { return strings.HasPrefix(string(e.Type), "request.") && of(e) == first.ID }},
		{"a text", "text=REPORT", "text=REPORT", func(e store.Event) bool { return strings.Contains(string(e.Data), "not for the Report") }},
		{"a request", "request=" + string(first.ID), "subject=requests/" + string(first.ID), func(e store.Event) bool { return of(e) == first.ID }},
		{"nothing", "text=nowhere+to+be+found", "text=nowhere+to+be+found", func(store.Event) bool { return false }},
	} {
		all, _, err := w.engine.Log().Find(t.Context(), auditor, event.Filter{}, 0, store.MaxPage)
		must(t, err)
		want := map[string]bool{}
		for _, e := range all {
			if tt.fits(e) {
				want[store.OrderNumber(e.Number)] = true
			}
		}
		check := func(place string, got []string) {
			t.Helper()
			for _, n := range got {
				if !want[n] {
					t.Errorf("%s: %s lists event %s, which does not fit", tt.name, place, n)
				}
			}
			if len(got) != len(want) && len(got) < 50 {
				t.Errorf("%s: %s lists %d events, want %d", tt.name, place, len(got), len(want))
			}
		}
		check("the page", numbered(rows(w.page(t, auditor, "GET", "/log?"+tt.query, nil))...))
		lines, err := csv.NewReader(strings.NewReader(w.page(t, auditor, "GET", "/log.csv?"+tt.query, nil).body)).ReadAll()
		must(t, err)
		var inCSV, inLines, inAPI []string
		for _, cells := range lines[1:] {
			inCSV = append(inCSV, cells[0])
		}
		check("the CSV", numbered(inCSV...))
		for scan := bufio.NewScanner(strings.NewReader(w.page(t, auditor, "GET", "/log.jsonl?"+tt.query, nil).body)); scan.Scan(); {
			var e store.Event
			must(t, json.Unmarshal(scan.Bytes(), &e))
			inLines = append(inLines, store.OrderNumber(e.Number))
		}
		check("the file of JSON lines", inLines)
		for _, e := range read[struct{ Items []store.Event }](t, w.call(t, auditor, "GET", "/events?limit=500&"+tt.api, ""), 200).Items {
			inAPI = append(inAPI, store.OrderNumber(e.Number))
		}
		check("the API", inAPI)
	}
}

func join(all []store.Subject) (text string) {
	for _, s := range all {
		text += " " + string(s)
	}
	return text
}

func numbered(all ...string) []string {
	for i, n := range all {
		all[i] = strings.Repeat("0", 19-len(n)) + n
	}
	return all
}

// Whoever follows the log with a filter hears of nothing else.
func TestFiltersOfTheStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve)
	its := w.submitted(t, frank)
	for query, want := range map[string]string{"?type=request.created&person=" + url.QueryEscape(frank.ID): string(its.ID), "?asset=lake": "lake", "?type=request.*&asset=" + url.QueryEscape(string(orders)) + "&text=" + string(its.ID): string(its.ID)} {
		lines := bufio.NewScanner(w.asking(t, query, "text/event-stream").Body)
		for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
		}
		if !strings.Contains(lines.Text(), want) {
			t.Errorf("%s: first comes %s, want one about %s", query, lines.Text(), want)
		}
	}
}

// The filters go with the pages of a list, and no event is left out or listed twice.
func TestPagesOfTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submitted(t, eve)
	for range 120 {
		_, err := w.engine.Reviews().Comment(t.Context(), owner, req.ID, "again")
		must(t, err)
	}
	path, seen := "/log?type=request.commented&text=again", map[string]bool{}
	for pages := 0; path != ""; pages++ {
		a := w.page(t, auditor, "GET", path, nil)
		wantOn(t, a, http.StatusOK)
		for _, n := range rows(a) {
			if seen[n] {
				t.Errorf("event %s is listed twice", n)
			}
			seen[n] = true
		}
		path = ""
		if next := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(a.body); next != nil {
			path = strings.ReplaceAll(next[1], "&amp;", "&")
			if !strings.Contains(path, "type=request.commented") || !strings.Contains(path, "text=again") {
				t.Fatalf("the next page forgets the filters: %s", path)
			}
		}
		if pages > 5 {
			t.Fatal("the pages do not end")
		}
	}
	if len(seen) != 120 {
		t.Errorf("%d events, want 120", len(seen))
	}
}

func TestBadFiltersOfTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, want := range map[string]string{
		"type=no.such":                           "Choose an event of the list.",
		"from=soon":                              "Enter a time from which on you look",
		"until=31.12.":                           "Enter a time until which you look",
		"from=2026-03-02&until=2026-03-01":       "The beginning must be before the end.",
		"asset=orders":                           "Enter the reference of an asset",
		"asset=lake:sales&connection=warehouse":  "This asset is not on the connection warehouse.",
		"text=" + strings.Repeat("a", 201):       "Enter at most 200 characters.",
		"connection=" + url.QueryEscape("a:b/c"): "Enter the name of a connection",
	} {
		a := w.page(t, auditor, "GET", "/log?"+query, nil)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) || len(rows(a)) > 0 {
			t.Errorf("%s: status %d, want %q", query, a.status, want)
		}
		if a := w.page(t, auditor, "GET", "/log.csv?"+query, nil); a.status != http.StatusUnprocessableEntity || a.header.Get("Content-Disposition") != "" {
			t.Errorf("%s as CSV: status %d", query, a.status)
		}
	}
	if a := w.page(t, auditor, "GET", "/log?cursor=nonsense", nil); a.status != http.StatusBadRequest {
		t.Errorf("a cursor of no list: status %d", a.status)
	}
}

// No cell of a file begins like a formula, whatever people write.
func TestFilesOfTheLogHoldNoFormulas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submitted(t, eve)
	_, err := w.engine.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Deny, Reason: `=HYPERLINK("https://example.com")`})
	must(t, err)
	lines, err := csv.NewReader(strings.NewReader(w.page(t, auditor, "GET", "/log.csv", nil).body)).ReadAll()
	must(t, err)
	found := false
	for _, cells := range lines {
		for _, c := range cells {
			found = found || c == `'=HYPERLINK("https://example.com")`
			if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
				t.Errorf("a cell begins like a formula: %q", c)
			}
		}
	}
	if !found {
		t.Error("the reason is not in the file")
	}
}
