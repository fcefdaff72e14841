package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/web"
)

const ordersLink = "/request?fullyQualifiedName=sales.public.orders&technology=fake&host=warehouse&utm_source=catalog%26co"

// mounts are the ways in which a handler can be mounted.
var mounts = []struct {
	name    string
	base    string
	options web.Options
	mount   func(http.Handler) http.Handler
}{
	{name: "at the root"},
	{name: "with a prefix", base: "/data/grants", options: web.Options{Prefix: "/data/grants"}, mount: func(h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/data/grants/", h)
		return mux
	}},
	{name: "stripped", base: "/grants", mount: func(h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/grants/", http.StripPrefix("/grants", h))
		return mux
	}},
	{name: "stripped, with a prefix", base: "/grants", options: web.Options{Prefix: "/grants"}, mount: func(h http.Handler) http.Handler {
		return http.StripPrefix("/grants", h)
	}},
}

func TestFromLinkToAccessInABrowser(t *testing.T) {
	t.Parallel()
	for _, tt := range mounts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, tt.base, tt.options, tt.mount)
			requester := w.browser(t)

			page := requester.open(tt.base + ordersLink)
			wantOn(t, page, http.StatusOK, "Who are you today?")
			page = requester.signIn(page, eve.ID)
			wantOn(t, page, http.StatusOK, "sales.public.orders", "Every order since 2019", "customer_id", "What do you need the data for?")
			if got := page.url.RequestURI(); got != tt.base+ordersLink {
				t.Errorf("after the sign-in the browser is at %s, want %s", got, tt.base+ordersLink)
			}

			page = requester.send(formWith(t, page, "answers.purpose").fill("answers.purpose", "monthly report", "answers.duration.count", "30"))
			wantOn(t, page, http.StatusOK, "Pending", "monthly report", "30 days", "group sales-owners", "Cancel the request")
			if !strings.HasPrefix(page.url.Path, tt.base+"/requests/") {
				t.Fatalf("after submitting the browser is at %s", page.url)
			}
			its := page.url.Path

			for _, steward := range []string{owner.ID, privacy.ID} {
				b := w.browser(t)
				page = b.signIn(b.open(tt.base+"/reviews"), steward)
				wantOn(t, page, http.StatusOK, "Waiting for you", `href="`+its+`"`)
				page = b.open(its)
				wantOn(t, page, http.StatusOK, "Your decision", "grant [READ] on warehouse:sales.public.orders to eve", "public.prices to PUBLIC")
				page = b.send(formWith(t, page, "Submit decision").fill("act", "approve", "reason", "fine with me"))
				wantOn(t, page, http.StatusOK, "Approved", "fine with me")
			}
			page = requester.open(its)
			wantOn(t, page, http.StatusOK, "The access works: the platform was read back.", "31 Mar 2026, 12:00 UTC", `<time datetime="2026-03-31T12:00:00Z">`, "group privacy", "privacy@example.com")
			if !w.platform.allows("eve", orders) {
				t.Error("the page says that access works, and the platform has none")
			}

			page = requester.send(formWith(t, page, "Revoke").fill("act", "revoke", "reason", "done early"))
			wantOn(t, page, http.StatusOK, "The access is gone: the platform was read back.", "done early", "Revoked")
			if w.platform.allows("eve", orders) {
				t.Error("the page says that access is gone, and the platform has it")
			}
		})
	}
}

// wantOn checks the status of a page, and that it holds some texts.
func wantOn(t *testing.T, page answer, status int, texts ...string) {
	t.Helper()
	if page.status != status {
		t.Fatalf("%s: status %d, want %d:\n%s", page.url, page.status, status, truncated(page.body))
	}
	for _, text := range texts {
		if !strings.Contains(page.body, text) {
			t.Errorf("%s: %q is not on the page:\n%s", page.url, text, page.body)
		}
	}
}
