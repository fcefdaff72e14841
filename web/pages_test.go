package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
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
				wantOn(t, page, http.StatusOK, "Waiting for you", `href="`+its+`?from="`)
				page = b.open(its)
				wantOn(t, page, http.StatusOK, "Your decision", "grant [READ] on warehouse:sales.public.orders to eve", "public.prices to PUBLIC")
				page = b.send(formWith(t, page, "Submit decision").fill("act", "approve", "reason", "fine with me"))
				wantOn(t, page, http.StatusOK, "Approved", "fine with me")
			}
			page = requester.open(its)
			wantOn(t, page, http.StatusOK, "The access works. Verified on the platform.", "31 Mar 2026, 12:00 UTC", `<time datetime="2026-03-31T12:00:00Z">`, "group privacy", "privacy@example.com")
			if !w.platform.Allows("eve", orders) {
				t.Error("the page says that access works, and the platform has none")
			}

			page = requester.send(formWith(t, page, "Revoke").fill("act", "revoke", "reason", "done early"))
			wantOn(t, page, http.StatusOK, "The access is gone. Verified on the platform.", "done early", "Revoked")
			if w.platform.Allows("eve", orders) {
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

// TestFormWithoutJavaScript fills in a form of all types of questions, wrongly
// and then rightly.
func TestFormWithoutJavaScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/request?fullyQualifiedName=sales.public.customers&technology=fake"), eve.ID)
	wantOn(t, page, 200, "Sensitive data", "At most 90 days.", "Ticket <span class=\"hint\">(optional)</span>")

	if strings.Contains(page.body, "Why the US?") {
		t.Error("a question is shown before its condition holds")
	}

	page = b.send(formWith(t, page, "answers.region").fill("answers.region", "US", "answers.purpose", "a report"))
	wantOn(t, page, 200, "Your answers bring up one more question", "Why the US?", `<option selected>US</option>`, "a report")
	page = b.send(formWith(t, page, "answers.region").fill("privilege", "READ_WRITE", "answers.region", "US", "answers.ticket", `a"b`,
		"answers.purpose", "line one\r\nline <two>", "answers.agree", "I keep it to myself", "answers.time.count", "2", "answers.time.unit", "YEARS", "beneficiary", frank.ID))
	wantOn(t, page, 422, "<title>Error: ",
		`<a href="#answers.ticket">Ticket: This must match [A-Z]&#43;-[0-9]&#43;.</a>`, `<a href="#answers.why">Why the US? This is required.</a>`, `<a href="#answers.time">For how long? This is 2 YEARS, at most 90 DAYS is allowed.</a>`,
		`id="answers.ticket"`, `id="answers.why"`, `id="answers.time"`, `id="answers.why-error"`, `aria-invalid="true"`)
	again := formWith(t, page, "answers.region")
	for name, want := range map[string]string{
		"privilege": "READ_WRITE", "answers.region": "US", "answers.ticket": `a"b`, "answers.purpose": "line one\nline <two>", "answers.agree": "I keep it to myself",
		"answers.time.count": "2", "answers.time.unit": "YEARS", "beneficiary": frank.ID, "asset": "warehouse:sales.public.customers"} {
		if got := again.values.Get(name); got != want {
			t.Errorf("%s was %q and is %q now", name, want, got)
		}
	}

	right := again.fill("answers.ticket", "AB-1", "answers.why", "theirs", "answers.time.unit", "DAYS", "beneficiary", "", "privilege", "READ")
	page = b.send(right)
	wantOn(t, page, 200, "2 days", "AB-1", "line one\nline &lt;two&gt;", "I keep it to myself", "Eve (eve@example.com), you")
	if twice := b.send(right); twice.url.Path != page.url.Path {
		t.Errorf("sent twice, the form made %s and %s", page.url, twice.url)
	}
	page = b.send(right.fill("answers.why", "others"))
	wantOn(t, page, 422, "This form was sent before, with other answers.")
	if key := formWith(t, page, "answers.region").values.Get("key"); key == "" || key == right.values.Get("key") {
		t.Errorf("the form that was sent before has the key %q again", key)
	}
	wantOn(t, b.send(right.fill("key", "other", "beneficiary", "who@example.com")), 422, `<a href="#beneficiary">`, `id="beneficiary-error">This is nobody we know.`)
}

// A preview says what a form would lead to, and keeps what is filled in. What was
// answered to a question that is hidden now is let go.
func TestPreviewOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	read[request.AgreementVersion](t, w.call(t, gov, "PUT", "/agreements/terms", `{"title":"Terms of use","text":"Be *kind*. <script>alert(1)</script> [x](javascript:alert(1))"}`), 200)
	changed := survey
	changed.Version, changed.Agreements = 1, []request.AgreementName{"terms"}
	changed.Questions = slices.Clone(survey.Questions)
	changed.Questions[5].Choices = []request.Duration{request.For(1, request.Hours), request.For(30, request.Days)}
	_, err := w.engine.Governance().Forms.Save(t.Context(), gov, changed)
	must(t, err)
	b := w.browser(t)
	page := b.signIn(b.open("/request?fullyQualifiedName=sales.public.customers&technology=fake"), eve.ID)
	wantOn(t, page, 200, "Be <em>kind</em>.", "I accept this", `value="30 DAYS"`, "1 hour")
	if strings.Contains(page.body, "<script>alert") || strings.Contains(page.body, "javascript:") {
		t.Error("the agreement runs something")
	}
	page = b.send(formWith(t, page, "answers.region").fill("answers.region", "US", "act", "preview"))
	wantOn(t, page, 200, "Your answers bring up one more question")
	page = b.send(formWith(t, page, "answers.region").fill("answers.region", "EU", "answers.why", "forgotten", "answers.purpose", "x", "answers.agree", "I keep it to myself",
		"answers.time", "30 DAYS", "act", "preview"))
	wantOn(t, page, 422, `<a href="#agreements.terms">`, `id="agreements.terms-error"`)
	page = b.send(formWith(t, page, "answers.region").fill("agreements.terms", "1", "act", "preview"))
	wantOn(t, page, 200, "What happens if you submit", "owners and privacy", "each of", "group sales-owners", "Nothing has been sent yet", "What would run on the platform", "grant [READ]")
	page = b.send(formWith(t, page, "answers.region").fill("answers.time", "1 HOURS", "act", "preview"))
	wantOn(t, page, 200, "approved at once", "an hour is fine")
	page = b.send(formWith(t, page, "answers.region").fill("answers.time", "30 DAYS", "act", "submit"))
	wantOn(t, page, 200, "Accepted", "Terms of use", "version 1")
	steward := w.browser(t)
	wantOn(t, steward.signIn(steward.open(page.url.Path), owner.ID), 200, "2 variants were previewed")
}

// A preview says what is there already, and what a container would not give.
func TestPreviewOfMoreOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve)
	b := w.browser(t)
	page := b.signIn(b.open(ordersLink), eve.ID)
	again := formWith(t, page, "answers.purpose").fill("answers.purpose", "more", "answers.duration.count", "60", "act", "preview")
	wantOn(t, b.send(again), 200, "There is access already", "sales.public.orders", "until")
	page = b.open("/request?fullyQualifiedName=sales.public&technology=fake")
	schema := formWith(t, page, "answers.purpose").fill("answers.purpose", "all", "answers.duration.count", "60", "act", "preview")
	page = b.send(schema)
	wantOn(t, page, 200, "Not covered, because others decide there", "sales.public.customers")
	if strings.Contains(page.body, "There is access already") {
		t.Error("what is there on a table is said to be there on its schema")
	}
}

// The form of a masking exception asks for columns, and keeps those that are chosen.
func TestMaskingExceptionOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/request?fullyQualifiedName=sales.public.orders&technology=fake&requestType=masking-exception"), eve.ID)
	wantOn(t, page, 200, "Masking exception", "Which columns do you need to see unmasked?", `name="columns" value="email"`)
	if strings.Contains(page.body, "Read and write") {
		t.Error("an exception from masks offers to write")
	}
	sent := formWith(t, page, "answers.purpose").fill("answers.purpose", "support", "answers.duration.count", "30")
	sent.values["columns"] = []string{"email", "none"}
	page = b.send(sent)
	wantOn(t, page, 422, `<a href="#columns">Columns: &#34;none&#34; is no column of warehouse:sales.public.orders.</a>`, `id="columns-error"`, `value="email" checked`, "masked")
}

func TestReportingWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/request?fullyQualifiedName=sales.public.nothing&technology=fake&host=warehouse"), eve.ID)
	wantOn(t, page, 404, "Nothing has this name", "Report it")
	page = b.send(formWith(t, page, "report"))
	wantOn(t, page, 200, "Governance was told", "sales.public.nothing")
	g := w.browser(t)
	page = g.signIn(g.open("/wanted"), gov.ID)
	wantOn(t, page, 200, "sales.public.nothing", "eve@example.com", "fake · warehouse")
	page = g.send(formWith(t, page, "wanted").fill("reason", "it was dropped"))
	wantOn(t, page, 200, "No missing assets")
	if a := b.open("/wanted"); a.status != 403 {
		t.Errorf("eve sees what is wanted: %d", a.status)
	}
}

func TestChooserAndNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range mounts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, tt.base, tt.options, tt.mount)
			b := w.browser(t)
			page := b.signIn(b.open(tt.base+"/request?fullyQualifiedName=sales.public.orders"), eve.ID)
			link := tt.base + "/request?fullyQualifiedName=sales.public.orders&amp;host=lake&amp;technology=hand"
			wantOn(t, page, 200, "Which one do you mean?", `href="`+link+`"`)
			wantOn(t, b.open(strings.ReplaceAll(link, "&amp;", "&")), 200, "lake, hand", "What do you need the data for?")

			wantOn(t, b.open(tt.base+"/request?fullyQualifiedName=a.b.c&host=h&technology=fake"), 404, "Nothing has this name", `value="a.b.c"`, "The link says that it is on fake.", "Its host is h.")
			wantOn(t, b.open(tt.base+"/request?fullyQualifiedName=a&fullyQualifiedName=b"), 400, "This link cannot be read", "once is right")
			wantOn(t, b.open(tt.base+"/request"), 200, "or type a full name", `action="`+tt.base+`/request"`)
			wantOn(t, b.open(tt.base+"/request?fullyQualifiedName=sales.public.orders&technology=fake&requestType=masking-exception"), 200, "Masking exception")
			wantOn(t, b.open(tt.base+"/nothing"), 404, "There is nothing at this address.")
			wantOn(t, b.open(tt.base+"/requests/nothing"), 404, "No such record")
			wantOn(t, b.open(tt.base+"/requests?cursor=x"), 400, "The cursor is none of those")
			if a := b.open(tt.base + "/"); a.url.Path != tt.base+"/requests" || a.status != 200 {
				t.Errorf("the root leads to %s", a.url)
			}
		})
	}
}

// TestHostileText shows a table, and a request for it, in which every text that
// comes from outside tries to be markup.
func TestHostileText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	link := "/request?technology=fake&fullyQualifiedName=" + url.QueryEscape(string(assets[5].Ref))
	page := b.signIn(b.open(link), eve.ID)
	unharmed(t, page)
	wantOn(t, page, 200, "&lt;script&gt;alert(", "&lt;img src=x onerror=alert(1)&gt;{{.}}")
	page = b.send(formWith(t, page, "answers.purpose").fill("answers.purpose", hostileText, "answers.duration.count", hostileText, "beneficiary", hostileText, "privilege", hostileText, "answers.duration.unit", hostileText))
	unharmed(t, page)
	page = b.send(formWith(t, page, "answers.purpose").fill("answers.duration.count", "30", "answers.duration.unit", "DAYS", "beneficiary", "", "privilege", "READ"))
	unharmed(t, page)
	its := page.url.Path
	steward := w.browser(t)
	unharmed(t, steward.signIn(steward.open("/reviews"), owner.ID))
	page = steward.open(its)
	unharmed(t, page)
	unharmed(t, steward.send(formWith(t, page, "Submit decision").fill("act", "deny", "reason", hostileText)))
	unharmed(t, b.open(its))
	unharmed(t, b.open("/requests"))
	unharmed(t, b.open("/request?fullyQualifiedName="+url.QueryEscape(hostileText)))
	unharmed(t, b.open("/sign-in?return="+url.QueryEscape("/"+hostileText)))
	unharmed(t, b.open("/"+url.PathEscape(hostileText)))
}

func unharmed(t *testing.T, page answer) {
	t.Helper()
	for _, markup := range []string{"<script>", "<img", "<b>", "onerror=alert(1)>{{"} {
		if strings.Contains(page.body, markup) {
			t.Errorf("%s: %s is on the page:\n%s", page.url, markup, page.body)
		}
	}
	if !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src 'none'") || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") {
		t.Errorf("%s: the headers are %v", page.url, page.header)
	}
}

func TestDecisionsOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submitted(t, eve)
	its := "/requests/" + string(req.ID)
	b := w.browser(t)
	page := b.signIn(b.open(its), owner.ID)
	decide := formWith(t, page, "Submit decision")
	wantOn(t, b.send(decide), 422, "Choose what you decide first.")
	wantOn(t, b.send(decide.fill("act", "approve-for", "count", "soon", "reason", "keep me")), 422, "must be a number from 1 to 999 and a unit", `value="soon"`, ">keep me</textarea>", `value="approve-for" checked`)

	w.call(t, privacy, "POST", "/requests/"+string(req.ID)+"/determinations", `{"act":"APPROVE"}`)
	wantOn(t, b.send(decide.fill("act", "approve", "count", "")), 409, "The review has changed since it was shown")
	wantOn(t, b.send(decide.fill("act", "approve", "version", "")), 409, "The review has changed since it was shown")

	page = b.send(formWith(t, b.open(its), "Submit decision").fill("act", "approve-for", "count", "1", "unit", "WEEKS"))
	wantOn(t, page, 200, "Approved, for 1 week", "The access works", "Revoke", "8 Mar 2026, 12:00 UTC")

	own := w.browser(t)
	page = own.signIn(own.open(its), eve.ID)
	if strings.Contains(page.body, "Your decision") {
		t.Error("eve is offered to decide on her own request")
	}
	wantOn(t, own.send(form{its, url.Values{"act": {"deny"}, "version": {"1"}}}), 409, "already decided")
	other := w.browser(t)
	wantOn(t, other.signIn(other.open(its), frank.ID), 404)
}

func TestPlatformTroubleIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	asks := w.browser(t)
	form := asks.signIn(asks.open("/request?fullyQualifiedName=sales.public.orders&technology=fake"), eve.ID)
	page := asks.send(formWith(t, form, "answers.purpose").fill("act", "preview", "answers.purpose", "x", "answers.duration.count", "30", "answers.duration.unit", "DAYS"))
	wantOn(t, page, 200, "The platform could not be asked what it would do. You can ask all the same.")
	wantNot(t, page, "would refuse", errPlatform.Error())
	req := w.submitted(t, eve)
	plan := w.call(t, owner, "GET", "/requests/"+string(req.ID)+"/plan", "")
	wantOn(t, plan, 200, `"unknown":"The platform is down."`)
	wantNot(t, plan, `"error"`)
	b := w.browser(t)
	page = b.signIn(b.open("/requests/"+string(req.ID)), owner.ID)
	wantOn(t, page, 200, "The platform could not be asked what it would do. You can decide all the same.")
	w.call(t, owner, "POST", "/requests/"+string(req.ID)+"/determinations", `{"act":"APPROVE"}`)
	w.call(t, privacy, "POST", "/requests/"+string(req.ID)+"/determinations", `{"act":"APPROVE"}`)
	w.call(t, eve, "GET", "/requests/"+string(req.ID)+"?wait=20", "")
	wantOn(t, b.open("/requests/"+string(req.ID)), 200, "Failed", "The platform says:</strong> the platform is down", "Next attempt", "An attempt on the platform failed")
}

func TestByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/request?fullyQualifiedName=sales.public.orders&technology=hand"), eve.ID)
	page = b.send(formWith(t, page, "answers.purpose").fill("answers.purpose", "x", "answers.duration.count", "1", "answers.duration.unit", "HOURS"))
	wantOn(t, page, 200, "an hour is fine", "A person has to give the access on the platform.", "Approved by the rule short")
	its := page.url.Path
	wantOn(t, b.open("/tasks"), 403, "Only people with ADMIN or GOVERNANCE can list what is to be done by hand.")

	doer := w.browser(t)
	page = doer.signIn(doer.open("/tasks"), admin.ID)
	wantOn(t, page, 200, "Tasks", "Give access to", ">eve<")
	wantOn(t, doer.send(formWith(t, page, "Report it").fill("act", "failed")), 422, "required for what could not be done")
	wantOn(t, doer.send(formWith(t, page, "Report it").fill("act", "failed", "note", "no such login")), 200, "no such login")
	one := strings.Replace(its, "/requests/", "/tasks/", 1)
	page = doer.open(one)
	wantOn(t, page, 200, "no such login", "does not say by which statements", "They have from us there:", "1 hour, from when you say that it is done")
	wantOn(t, doer.send(formWith(t, page, "could not be done").fill("act", "failed")), 422, "required for what could not be done")
	wantOn(t, doer.send(formWith(t, page, "It is done").fill("act", "done", "note", "with the old console")), 200, "Nothing to do")
	wantOn(t, b.open(its), 200, "The access works. Confirmed by the person who did it.", "1 Mar 2026, 13:00 UTC", "with the old console")
	page = doer.open(one) // the administrator may not read the request
	wantOn(t, page, 200, "That task is done already")
	overseer := w.browser(t)
	if page = overseer.signIn(overseer.open(one), gov.ID); page.url.Path != its {
		t.Errorf("a task that is done leads to %s, want %s", page.url.Path, its)
	}
}

// TestListsInABrowser pages through more requests than one page holds.
func TestListsInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 51 {
		req := w.submitted(t, eve)
		w.clock.Move(time.Second)
		w.call(t, eve, "POST", "/requests/"+string(req.ID)+"/cancel", "")
	}
	b := w.browser(t)
	page := b.signIn(b.open("/requests?role=OVERSEER"), gov.ID)
	if n := strings.Count(page.body, `class="item rows"`); n != 50 {
		t.Fatalf("the first page lists %d requests, want 50", n)
	}
	next := regexp.MustCompile(`href="(/requests\?cursor=[^"]+)"`).FindStringSubmatch(page.body)
	if next == nil {
		t.Fatal("no next page")
	}
	page = b.open(html.UnescapeString(next[1]))
	if n := strings.Count(page.body, `class="item rows"`); n != 1 || strings.Contains(page.body, "cursor=") {
		t.Errorf("the second page lists %d requests, want 1 and no more:\n%s", n, page.body)
	}
	wantOn(t, b.open("/requests"), 200, "No requests yet")
	wantOn(t, b.open("/reviews"), 200, "Nothing waits for you")
}

func TestStylesheetAndHeaders(t *testing.T) {
	t.Parallel()
	for _, tt := range mounts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, tt.base, tt.options, tt.mount)
			b := w.browser(t)
			page := b.open(tt.base + "/sign-in")
			sheet := regexp.MustCompile(`<link rel="stylesheet" href="([^"]+)">`).FindStringSubmatch(page.body)
			if sheet == nil {
				t.Fatal("no stylesheet on the page")
			}
			a := b.open(sheet[1])
			if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/css") || !strings.Contains(a.header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %d %v", sheet[1], a.status, a.header)
			}
			for name, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
				"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
			} {
				if got := page.header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if strings.Contains(page.body, "style=") || strings.Contains(page.body, "<script>") {
				t.Error("the page holds what its own policy forbids")
			}
		})
	}
}

func TestTooLargeAForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open(ordersLink), eve.ID)
	wantOn(t, b.send(formWith(t, page, "answers.purpose").fill("answers.purpose", strings.Repeat("x", web.MaxBodyBytes))), 413, "too large")
}
