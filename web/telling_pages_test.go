package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
)

// page asks for a page, or posts a form to one, in somebody's name.
func (w *world) page(t *testing.T, by request.Identity, method, path string, form url.Values) answer {
	t.Helper()
	r := w.request(t, by, method, "", "")
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(w.base+path, "?")
	if form != nil {
		r2, err := http.NewRequestWithContext(t.Context(), method, r.URL.String(), strings.NewReader(form.Encode()))
		must(t, err)
		r2.Header = r.Header
		r2.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r = r2
	}
	return do(t, w.Client(), r)
}

func TestWebhookPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receiver := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte(hostileText)) }))
	defer receiver.Close()
	if a := w.page(t, admin, "POST", "/webhooks", url.Values{"name": {"x"}, "url": {"ftp://x"}}); a.status != 422 || !strings.Contains(a.body, "must be a URL") {
		t.Errorf("a bad URL: status %d", a.status)
	}
	a := w.page(t, admin, "POST", "/webhooks", url.Values{"name": {hostileText}, "url": {receiver.URL}, "events": {"request.*, grant.active"}, "answers": {"on"}})
	secret, id := regexp.MustCompile(`whsec_[^<]+`).FindString(a.body), regexp.MustCompile(`/webhooks/([A-Z2-7]{26})"`).FindStringSubmatch(a.body)
	if a.status != 201 || secret == "" || id == nil || strings.Contains(a.body, hostileText) {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	at := "/webhooks/" + id[1]
	for _, tt := range []struct {
		by   request.Identity
		form url.Values
		says string
	}{
		{admin, url.Values{"act": {"test"}}, "The test was delivered"},
		{admin, url.Values{"act": {"resume"}}, "only a SUSPENDED webhook"},
		{gov, url.Values{"act": {"agree"}, "url": {receiver.URL}}, "governance@example.com has agreed"},
		{admin, url.Values{"act": {"rotate"}}, "shown this once"},
		{admin, url.Values{"act": {"range"}, "from": {"2026-01-01T00:00"}, "to": {"2030-01-01T00:00"}}, "0 deliveries are sent again."},
		{admin, url.Values{"act": {"range"}, "from": {"yesterday"}, "to": {"2030-01-01T00:00"}}, "must be a date and a time, in UTC"},
		{admin, url.Values{"act": {"set"}, "name": {"Catalog"}, "url": {receiver.URL}, "events": {"request.*"}}, "<h1>Catalog</h1>"},
		{auditor, url.Values{"act": {"test"}}, "Only people with"},
	} {
		if a := w.page(t, tt.by, "POST", at, tt.form); !strings.Contains(a.body, tt.says) || strings.Contains(a.body, secret) || strings.Contains(a.body, hostileText) {
			t.Errorf("%v by %s: status %d, want it to say %q:\n%s", tt.form, tt.by.ID, a.status, tt.says, a.body)
		}
	}
	if a := w.page(t, admin, "GET", at, nil); !strings.Contains(a.body, `<h3>Test</h3> <span class="ref small">webhook.test</span>`) || strings.Contains(a.body, hostileText) {
		t.Errorf("the history reads\n%s", a.body)
	}
	if a := w.page(t, nobody, "GET", "/webhooks", nil); a.status != 403 {
		t.Errorf("nobody sees the webhooks: status %d", a.status)
	}
	w.page(t, admin, "POST", at, url.Values{"act": {"remove"}})
	if a := w.page(t, admin, "GET", at, nil); a.status != 404 {
		t.Errorf("after it was removed: status %d", a.status)
	}
}

func TestInboxAndPreferencesPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve)
	must(t, w.engine.Work(t.Context()))
	a := w.page(t, eve, "GET", "/inbox", nil)
	ids := regexp.MustCompile(`name="notice" value="([^"]+)"`).FindAllStringSubmatch(a.body, -1)
	if a.status != 200 || len(ids) == 0 || !strings.Contains(a.body, "can read "+string(orders)) {
		t.Fatalf("the inbox reads\n%s", a.body)
	}
	form := url.Values{}
	for _, id := range ids {
		form.Add("notice", id[1])
	}
	if a := w.page(t, eve, "POST", "/inbox", form); strings.Contains(a.body, `name="notice"`) {
		t.Errorf("after they were read some are new:\n%s", a.body)
	}
	if a := w.page(t, nobody, "POST", "/inbox", form); a.status != 404 {
		t.Errorf("somebody else reads them: status %d", a.status)
	}
	if a := w.page(t, eve, "GET", "/preferences", nil); a.status != 200 || !strings.Contains(a.body, "The inbox is all there is") {
		t.Errorf("preferences without channels: status %d\n%s", a.status, a.body)
	}
	if a := w.page(t, eve, "POST", "/preferences", url.Values{"act": {"save"}}); !strings.Contains(a.body, "Saved") {
		t.Errorf("saved preferences: status %d", a.status)
	}
	if a := w.page(t, eve, "POST", "/preferences", url.Values{"act": {"link"}, "channel": {"slack"}, "account": {"U0"}}); a.status != 422 {
		t.Errorf("linking where nothing is linked: status %d", a.status)
	}
}
