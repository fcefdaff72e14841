package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
)

// TestFieldsSuggestNames asks for names as the fields of pages do, in everybody's name.
func TestFieldsSuggestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.engine.People().Seen(t.Context(), eve, frank, gov, request.Identity{ID: "<b>", Name: "Evelyn <script>", Groups: []string{"sales-owners"}}))
	for _, tt := range []struct {
		who        request.Identity
		what, text string
		want, not  string
	}{
		{who: eve, what: "people", text: "ev", want: eve.ID, not: frank.ID},
		{who: eve, what: "people", text: "EVEL", want: "<b>"},
		{who: eve, what: "people", text: "e", not: eve.ID},
		{who: eve, what: "people", text: "zz", not: eve.ID},
		{who: eve, what: "people", text: "<script>", want: "<b>"},
		{who: gov, what: "groups", text: "sales", want: "sales-owners"},
		{who: eve, what: "groups", text: "sales-o", not: "sales-owners"},
		{who: eve, what: "assets", text: "orders", want: "sales.public.orders"},
		{who: gov, what: "connections", text: "ware", want: "warehouse"},
	} {
		b := w.browser(t)
		b.signIn(b.open("/requests"), tt.who.ID)
		a := b.open("/pick/" + tt.what + "?" + url.Values{"q": {tt.text}}.Encode())
		var found []struct{ Value, Text string }
		if err := json.Unmarshal([]byte(a.body), &found); err != nil || a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s of %q: %d %v: %s", tt.what, tt.text, a.status, err, a.body)
		}
		all := ""
		for _, f := range found {
			all += f.Value + " " + f.Text + "\n"
		}
		if !strings.Contains(all, tt.want) || tt.not != "" && strings.Contains(all, tt.not) {
			t.Errorf("%s of %q, as %s, are %q", tt.what, tt.text, tt.who.ID, all)
		}
	}
	if a := w.browser(t).open("/pick/people?q=eve"); strings.Contains(a.body, eve.ID) && a.status == http.StatusOK && strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		t.Error("nobody is signed in, and finds people")
	}
}

// TestPagesAreToldThatSomethingHappened follows the stream of a page, which says that
// something has happened and nothing of it.
func TestPagesAreToldThatSomethingHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	b.signIn(b.open("/requests"), eve.ID)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+"/live", nil)
	must(t, err)
	a, err := b.client.Do(r)
	must(t, err)
	defer func() { _ = a.Body.Close() }()
	if kind := a.Header.Get("Content-Type"); a.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("%d %s", a.StatusCode, kind)
	}
	w.submitted(t, frank)
	lines := bufio.NewScanner(a.Body)
	for lines.Scan() {
		if lines.Text() == "event: changed" {
			if lines.Scan(); lines.Text() != "data:" {
				t.Errorf("it says %q", lines.Text())
			}
			return
		}
	}
	t.Errorf("the stream ended: %v", lines.Err())
}
