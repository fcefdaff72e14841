package web_test

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web"
)

// letters is a channel that keeps the links of what it is handed, by person.
type letters struct {
	mu    sync.Mutex
	links map[string]string
}

func (l *letters) Send(_ context.Context, m notify.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.links[m.Recipient.ID] = m.Link
	return nil
}

func (l *letters) to(who request.Identity) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.links[who.ID]
}

// told is all that the records say of a request, as JSON.
func (w *world) told(t *testing.T, id request.ID) string {
	t.Helper()
	all, err := w.engine.Request(t.Context(), gov, id)
	must(t, err)
	all.May = grantwright.Case{}.May // depends on who reads it
	events, err := w.engine.Log().Events(t.Context(), auditor, 0, store.MaxPage)
	must(t, err)
	text, err := json.Marshal([]any{all, events})
	must(t, err)
	return string(text)
}

// TestALinkInAMailDecidesNothing follows the link that a steward is mailed: it leads
// through the sign-in to the page. Then whatever can be asked for by GET, or HEAD, is
// asked for, as mail programs and scanners do, and nothing has changed.
func TestALinkInAMailDecidesNothing(t *testing.T) {
	t.Parallel()
	mail := &letters{links: map[string]string{}}
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) {
		c.Channels, c.Address, c.DigestAt = map[string]notify.Channel{"mail": mail}, "https://access.example.com", -1
	})
	req, err := w.engine.Submit(t.Context(), eve, request.Submission{Asset: orders, Answers: request.Answers{"purpose": {"report"}, "duration": {"30 DAYS"}}})
	must(t, err)
	for mail.to(owner) == "" {
		must(t, w.engine.Work(t.Context()))
	}
	link, err := url.Parse(mail.to(owner))
	must(t, err)
	if link.Path != "/requests/"+string(req.ID) || link.RawQuery != "" {
		t.Fatalf("the mail leads to %q", link)
	}
	steward := w.browser(t)
	page := steward.open(link.Path)
	wantOn(t, page, http.StatusOK, "Who are you today?")
	before := w.told(t, req.ID)
	page = steward.signIn(page, owner.ID)
	wantOn(t, page, http.StatusOK, "Your decision", "report")
	if page.url.Path != link.Path {
		t.Errorf("after the sign-in the browser is at %s", page.url)
	}
	asked := 0
	ask := func(path string) {
		asked++
		steward.open(path)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, w.URL+path, nil)
		must(t, err)
		answer, err := steward.client.Do(r)
		must(t, err)
		_ = answer.Body.Close()
	}
	for _, query := range []string{"?act=approve&reason=fine", "?act=deny&reason=no", "?act=approve&reason=fine&version=1", "/determinations", "/determinations?act=APPROVE", "/approve", "/deny"} {
		ask(link.Path + query)
	}
	for _, found := range regexp.MustCompile(`(?:href|action)="(/[^"]*)"`).FindAllStringSubmatch(page.body, -1) {
		ask(html.UnescapeString(found[1]))
	}
	for _, path := range readable(t, steward.open("/openapi.json").body) {
		ask("/api/v1" + strings.NewReplacer("{id}", string(req.ID), "{ref}", url.PathEscape(string(orders)), "{name}", "warehouse").Replace(path) + "?act=APPROVE&reason=fine")
	}
	if asked < 40 {
		t.Errorf("only %d addresses were asked for", asked)
	}
	if diff := cmp.Diff(before, w.told(t, req.ID)); diff != "" {
		t.Errorf("a GET has changed something (-before +after):\n%s", diff)
	}
}

// readable lists the paths of the API that can be asked for by GET.
func readable(t *testing.T, document string) []string {
	t.Helper()
	var api struct{ Paths map[string]map[string]any }
	must(t, json.Unmarshal([]byte(document), &api))
	var paths []string
	for path, methods := range api.Paths {
		if methods["get"] != nil && !strings.HasSuffix(path, "/events") { // the log would be followed
			paths = append(paths, strings.TrimPrefix(path, "/api/v1"))
		}
	}
	return paths
}
