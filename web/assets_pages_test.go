package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

func assetAt(ref catalog.Ref) string { return "/assets/" + url.PathEscape(string(ref)) }

// Assets are found by words and level by level, and an unknown name leads to similar ones.
func TestFindingAssets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/assets"), eve.ID)
	wantOn(t, page, 200, "Find data", `href="/assets?in=warehouse"`, "lake")
	wantOn(t, b.open("/assets?in=warehouse:sales.public"), 200, "sales.public.customers", `href="/assets/warehouse:sales.public.orders"`, "All connections", "Request the selected together")
	page = b.open("/assets?q=ord")
	wantOn(t, page, 200, "sales.public.orders", "on warehouse", "on lake", "Every order since 2019")
	if strings.Contains(page.body, "customers") {
		t.Error("the search for orders finds customers")
	}
	wantOn(t, b.open("/assets?q=sales.public.orders&in=lake"), 200, "on lake")
	wantOn(t, b.open("/assets?q=custommers"), 200, "Nothing found", "Did you mean", "sales.public.customers")
	wantOn(t, b.open("/assets?kind=NONE"), 400, "no such kind")
	wantOn(t, b.open("/assets?in=Nope"), 400)
	wantOn(t, b.open("/assets/warehouse:sales.public.order"), 404, "Nothing has this name", "Did you mean", "sales.public.orders", `<nav aria-label="Main">`)
	wantOn(t, b.open("/request?fullyQualifiedName=sales.public.oders"), 404, "Did you mean", "sales.public.orders", "Report it as missing")
	wantOn(t, b.open("/nothing/here"), 404, "There is nothing at this address", `<nav aria-label="Main">`)
	unharmed(t, b.open("/assets?q="+url.QueryEscape(hostileText)))
	unharmed(t, b.open("/assets?in=warehouse:sales.public"))
	page = b.open(assetAt("warehouse:" + assets[5].Ref))
	wantOn(t, page, 200, "&lt;img src=x")
	unharmed(t, page)
	a := w.call(t, eve, "GET", "/resolve?fullyQualifiedName=sales.public.oders", "")
	if a.status != 404 || !strings.Contains(a.body, `"candidates":[`) || !strings.Contains(a.body, "sales.public.orders") {
		t.Errorf("the API says of an unknown name: %d %s", a.status, a.body)
	}
}

// The page of an asset says what somebody has there, who decides and how long that takes, and
// who has access only to those who may know.
func TestPageOfAnAsset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open(assetAt(orders)), eve.ID)
	wantOn(t, page, 200, "Every order since 2019", "sales_etl", "customer_id", "group sales-owners", "the default form", "set at warehouse:sales", "/request?fullyQualifiedName=sales.public.orders&amp;host=")
	for _, absent := range []string{"Who has access", "usually takes", "Your access"} {
		if strings.Contains(page.body, absent) {
			t.Errorf("the page says %q", absent)
		}
	}
	var last request.Request
	for _, who := range []request.Identity{frank, frank, eve} {
		if last.ID != "" {
			_, err := w.engine.Revoke(t.Context(), gov, last.ID, "")
			must(t, err)
		}
		last = w.submitted(t, who)
		w.clock.Move(2 * time.Hour)
		for _, by := range []request.Identity{owner, privacy} {
			_, err := w.engine.Determine(t.Context(), by, last.ID, review.Determination{Act: review.Approve})
			must(t, err)
		}
		if _, err := w.engine.WaitForGrant(t.Context(), who, last.ID); err != nil {
			t.Fatal(err)
		}
	}
	page = b.open(assetAt(orders))
	wantOn(t, page, 200, "Your access", "Active", "A decision here usually takes 2 hours (median of the last 3).", `value="select * from public.orders"`, "Extend access", "End access")
	if strings.Contains(page.body, frank.ID) {
		t.Error("eve learns who else has access")
	}
	w.submitted(t, frank)
	g := w.browser(t)
	wantOn(t, g.signIn(g.open(assetAt(orders)), gov.ID), 200, "Who has access", eve.ID, "All requests for it")
	steward := w.browser(t)
	wantOn(t, steward.signIn(steward.open(assetAt(orders)), owner.ID), 200, "Who has access", eve.ID)

	page = b.send(formWith(t, b.open(assetAt(orders)), "End access").fill("act", "revoke"))
	wantOn(t, page, 200, "Revoked")
	page = b.open(assetAt(orders))
	wantOn(t, page, 200, "Ask again", "1 earlier request")
	again := page.body[strings.Index(page.body, "/requests/"):]
	again = again[:strings.IndexByte(again, '"')]
	page = b.open(again + "/again")
	wantOn(t, page, 200, "Filled in as in your earlier request.", "report")
	page = b.send(formWith(t, page, "answers.purpose"))
	wantOn(t, page, 200, "Pending")
	its := page.url.Path
	wantOn(t, b.open(its+"/again"), 409, "pending")

	// The same once more is not sent: the page says so, and leads to the answers.
	page = b.open(ordersLink)
	wantOn(t, page, 200, "What you have or have asked for", "Pending")
	page = b.send(formWith(t, page, "answers.purpose").fill("answers.purpose", "other", "answers.duration.count", "9"))
	wantOn(t, page, 200, "You have asked for this already", `href="`+its+`/edit"`)
	a := w.call(t, eve, "POST", "/requests", submission)
	if a.status != http.StatusOK || !strings.Contains(a.body, `"existing":true`) {
		t.Errorf("the API answers %d %s", a.status, a.body)
	}
}

// Several assets whose forms agree are one batch; those with another form come after it.
func TestSeveralAssetsTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	wantOn(t, b.signIn(b.open("/request/several"), eve.ID), 400, "No asset is chosen")
	page := b.open("/request/several?asset=warehouse:sales.public.orders&asset=warehouse:sales.public.prices&asset=warehouse:sales.public.customers")
	wantOn(t, page, 200, "You ask for", "sales.public.customers", "The other 2 have another form")
	page = b.send(formWith(t, page, "answers.region"))
	wantOn(t, page, 422, `href="#answers.purpose"`, `href="#answers.time"`)
	if n := strings.Count(page.body, `href="#answers.purpose"`); n != 1 {
		t.Errorf("one fault is told %d times", n)
	}
	page = b.send(formWith(t, page, "answers.region").fill("answers.purpose", "a", "answers.region", "EU", "answers.agree", "I keep it to myself", "answers.time.count", "5"))
	wantOn(t, page, 200, "Request access to 2 assets", "The first requests were sent.", "sales.public.orders", "sales.public.prices")
	page = b.send(formWith(t, page, "answers.purpose").fill("answers.purpose", "b", "answers.duration.count", "5"))
	wantOn(t, page, 200, "sales.public.orders", "sales.public.prices")
	if !strings.HasPrefix(page.url.Path, "/batches/") {
		t.Errorf("after a batch the browser is at %s", page.url)
	}
	found, err := w.engine.Requests(t.Context(), eve, grantwright.RequestQuery{})
	must(t, err)
	if len(found.Requests) != 3 {
		t.Errorf("%d requests were made", len(found.Requests))
	}

	// What is asked for again is said to be open, with the way to change it.
	page = b.open("/request/several?asset=warehouse:sales.public.orders&asset=warehouse:sales.public.prices")
	page = b.send(formWith(t, page, "answers.purpose").fill("answers.purpose", "c", "answers.duration.count", "6"))
	wantOn(t, page, 200, "You have asked for some of these already", "sales.public.orders", "sales.public.prices", "/edit", "Continue")
	body := `{"items":[{"type":"DATA_ACCESS","asset":"warehouse:sales.public.orders","privilege":"READ","answers":{"purpose":["d"],"duration":["7 DAYS"]}}]}`
	wantStatus(t, w.call(t, eve, "POST", "/batches", body), 201, `"existing":true`)
}

// The form says of a guardrail before it is filled in, and of a container what it leaves out.
func TestFormSaysWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.engine.Governance().Guardrails.Save(t.Context(), gov, review.Guardrail{Name: "home", At: []catalog.Ref{"warehouse:sales.public.prices"}, Require: `beneficiary.id != "eve@example.com"`, Reason: "Prices stay with the pricing team."})
	must(t, err)
	b := w.browser(t)
	page := b.signIn(b.open("/request?fullyQualifiedName=sales.public.prices&technology=fake"), eve.ID)
	wantOn(t, page, 200, "A guardrail blocks this for you. Approval will not help.", "Prices stay with the pricing team.")
	page = b.open("/request/several?asset=warehouse:sales.public.prices&asset=warehouse:sales.public.orders")
	wantOn(t, page, 200, "Prices stay with the pricing team.")
	if n := strings.Count(page.body, "A guardrail blocks this for you."); n != 1 {
		t.Errorf("of two assets together %d are blocked", n)
	}
	f := w.browser(t)
	if page = f.signIn(f.open("/request?fullyQualifiedName=sales.public.prices&technology=fake"), frank.ID); strings.Contains(page.body, "guardrail") {
		t.Error("frank is told of a guardrail that lets him in")
	}
	wantOn(t, b.open("/request?fullyQualifiedName=sales.public&technology=fake"), 200, "Everything below it, except these", "sales.public.prices", "sales.public.customers")
	wantOn(t, b.open("/request?fullyQualifiedName=sales.public&technology=hand"), 200, "Everything below it, also what comes later.")
}

// What is not asked any more is no field of the page on which answers are changed, and its
// answer goes.
func TestEditLetsGoOfWhatIsNotAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/request?fullyQualifiedName=sales.public.customers&technology=fake"), eve.ID)
	page = b.send(formWith(t, page, "answers.region").fill("answers.region", "US", "answers.purpose", "x", "answers.agree", "I keep it to myself", "answers.time.count", "5"))
	page = b.send(formWith(t, page, "answers.region").fill("answers.why", "theirs"))
	wantOn(t, page, 200, "theirs")
	its := page.url.Path
	page = b.send(formWith(t, b.open(its+"/edit"), "answers.region").fill("answers.region", "EU"))
	wantOn(t, page, 200, "EU")
	if page.url.Path != its || strings.Contains(page.body, "Why the US?") {
		t.Errorf("the answer that is not asked stays, at %s", page.url)
	}
	page = b.send(formWith(t, b.open(its+"/edit"), "answers.region").fill("answers.region", "US"))
	wantOn(t, page, 200, "Your answers bring up one more question.", "Why the US?")
}
