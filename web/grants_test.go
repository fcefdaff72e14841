package web_test

import (
	"html/template"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
)

// A platform that refuses is asked again at once, by whoever waits for it.
func TestRetryOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	req := w.submitted(t, eve)
	its := "/requests/" + string(req.ID)
	w.call(t, owner, "POST", its+"/determinations", `{"act":"APPROVE"}`)
	w.call(t, privacy, "POST", its+"/determinations", `{"act":"APPROVE"}`)
	w.call(t, eve, "GET", its+"?wait=20", "")
	b := w.browser(t)
	page := b.signIn(b.open(its), eve.ID)
	wantOn(t, page, 200, "after 1 failed attempt")
	w.platform.Fail(nil)
	wantOn(t, b.send(formWith(t, page, "Try again now").fill("act", "retry")), 200, "Somebody asked for the next attempt at once")
	enginetest.Until(t, "the access works", func() bool { return strings.Contains(b.open(its).body, "The access works") })
	if p := read[web.Problem](t, w.call(t, eve, "POST", "/grants/"+string(req.ID)+"/retry", ""), 409); p.Code != "STATE" {
		t.Errorf("what works is tried again: %+v", p)
	}
}

// What does not work of a schema is shown wherever the access is: at preview, with the
// request, among what somebody has, by the API and as CSV. Who has it can try again.
func TestGapsAreShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Break("warehouse:sales.public.prices", "no SELECT <on> its base")
	const gap = "warehouse:sales.public.prices: no SELECT <on> its base"
	shown := template.HTMLEscapeString(gap)
	b := w.browser(t)
	page := b.signIn(b.open("/request?fullyQualifiedName=sales.public&technology=fake&host=warehouse"), eve.ID)
	asked := formWith(t, page, "answers.purpose").fill("answers.purpose", "x", "answers.duration.count", "1", "answers.duration.unit", "HOURS")
	wantOn(t, b.send(asked.fill("act", "preview")), 200, "The access would work, but for these parts", shown)
	page = b.send(asked.fill("act", "submit"))
	its := page.url.Path
	id := path.Base(its)
	w.call(t, eve, "GET", "/requests/"+id+"?wait=20", "")
	wantOn(t, b.open(its), 200, "Active, with gaps", "1 part of it does not work", shown, "Try again now")
	wantOn(t, b.open("/access"), 200, "Active, with gaps", shown)
	mine := read[api.List[grantwright.Entitlement]](t, w.call(t, eve, "GET", "/people/me/access", ""), 200)
	if len(mine.Items) != 1 || mine.Items[0].Gaps.Count != 1 || mine.Items[0].Gaps.Lines()[0] != gap {
		t.Errorf("eve has %+v", mine.Items)
	}
	if csv := w.call(t, eve, "GET", "/people/me/access.csv", "").body; !strings.Contains(csv, gap) {
		t.Errorf("as CSV: %s", csv)
	}
	page = b.open(its)
	w.platform.Break("warehouse:sales.public.prices", "")
	wantOn(t, b.send(formWith(t, page, "Try again now").fill("act", "retry")), 200, "Somebody asked for the next attempt at once")
	enginetest.Until(t, "all of it works", func() bool { return !strings.Contains(b.open(its).body, "with gaps") })
	wantOn(t, b.open(its), 200, "Parts of the container work no longer, or work again")
}

// Access that others took away is found, shown with the reason, and resumed by
// governance.
func TestSuspendedAccessIsResumed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve)
	w.platform.TakeAway("eve", orders)
	foreseen := read[api.Reconciliation](t, w.call(t, admin, "POST", "/connections/warehouse/reconcile", `{"dryRun":true}`), 200)
	if !foreseen.DryRun || foreseen.Connection != "warehouse" {
		t.Errorf("a dry run says %+v", foreseen)
	}
	if p := read[web.Problem](t, w.call(t, admin, "POST", "/connections/warehouse/reconcile", `{"maxRemovals":100}`), 403); p.Code != "FORBIDDEN" {
		t.Errorf("an administrator lets it remove more: %+v", p)
	}
	if p := read[web.Problem](t, w.call(t, gov, "POST", "/connections/warehouse/reconcile", `{"maxRemovals":-1}`), 422); p.Code != "INVALID" {
		t.Errorf("a negative number: %+v", p)
	}
	done := read[api.Reconciliation](t, w.call(t, admin, "POST", "/connections/warehouse/reconcile", `{}`), 200)
	if len(done.Findings) != 1 || done.Findings[0].Kind != "SUSPENDED" || done.Compared != 1 {
		t.Fatalf("it found %+v", done)
	}
	its := "/requests/" + string(req.ID)
	eves, governance := w.browser(t), w.browser(t)
	wantOn(t, eves.signIn(eves.open(its), eve.ID), 200, "Suspended", "was removed on the platform, not by Grantwright")
	page := governance.signIn(governance.open(its), gov.ID)
	wantOn(t, governance.send(formWith(t, page, "Resume access").fill("act", "resume", "reason", "a mistake")), 200, "The access works", "a mistake")
	if c := read[api.Case](t, w.call(t, gov, "GET", its, ""), 200); c.Grant.State != provision.Active || c.May.Resume || !c.May.Revoke {
		t.Errorf("the grant is %s, and I may %+v", c.Grant.State, c.May)
	}
	if p := read[web.Problem](t, w.call(t, gov, "POST", "/grants/"+string(req.ID)+"/resume", `{}`), 409); p.Code != "STATE" {
		t.Errorf("it is resumed twice: %+v", p)
	}
}

// A renewal begins with what was asked for before, and is a request of its own.
func TestRenewalOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve)
	b := w.browser(t)
	page := b.signIn(b.open("/requests/"+string(req.ID)), eve.ID)
	wantOn(t, page, 200, "Extend access", "/requests/"+string(req.ID)+"/renewal")
	w.clock.Move(24 * time.Hour)
	form := formWith(t, b.open("/requests/"+string(req.ID)+"/renewal"), "answers.purpose")
	if form.values.Get("answers.purpose") == "" || form.values.Get("answers.duration.count") == "" {
		t.Errorf("the form begins with %v", form.values)
	}
	page = b.send(form.fill("act", "submit"))
	wantOn(t, page, 200, "Extends", "until the later of the two ends")
	c := read[api.Case](t, w.call(t, eve, "GET", page.url.Path, ""), 200)
	if c.Request.Renews != req.ID || c.Request.Status != request.Pending {
		t.Errorf("the renewal is %+v", c.Request)
	}
	again := formWith(t, b.open("/requests/"+string(req.ID)+"/renewal"), "answers.purpose")
	wantOn(t, b.send(again.fill("act", "submit", "privilege", "READ_WRITE")), 422, "a renewal is for the same asset")
}
