package web_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/web"
)

// asker is somebody of one group, with a login.
func asker(name, group string) request.Identity {
	return request.Identity{ID: name + "@example.com", Groups: []string{group}, Attributes: map[string][]string{"login": {name}}}
}

// newcomer asks after the stewards have taught.
var newcomer = asker("newcomer", "finance")

// taught is a world in which a steward has approved for finance and denied to guests, each as
// often, and in which the newcomer asks.
func taught(t *testing.T, each int, then ...func(*grantwright.Config)) (*world, string) {
	t.Helper()
	people := append(slices.Clone(everybody), newcomer)
	for i := range each {
		people = append(people, asker(fmt.Sprintf("finance%d", i), "finance"), asker(fmt.Sprintf("guests%d", i), "guests"))
	}
	w := newWorldAt(t, "", web.Options{Dev: &web.Dev{People: people}}, nil, append(then, func(c *grantwright.Config) { c.Directory = people })...)
	_, err := w.engine.Governance().Flows.Save(t.Context(), gov, review.Flow{Name: "asks", Default: review.Action{Act: review.Ask, Stages: []review.Stage{
		{Name: "owners", Mode: review.Any, Selectors: []review.Selector{{Group: "sales-owners"}}}}}})
	must(t, err)
	must(t, attach(t.Context(), w.engine.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "asks"}))
	for _, who := range people[len(everybody)+1:] {
		act := review.Approve
		if who.Groups[0] == "guests" {
			act = review.Deny
		}
		_, err := w.engine.Determine(t.Context(), owner, w.submitted(t, who).ID, review.Determination{Act: act, Reason: "x"})
		must(t, err)
		w.clock.Move(time.Minute)
	}
	its := "/requests/" + string(w.submitted(t, newcomer).ID)
	w.learn(t)
	return w, its
}

// learn has the engine learn what there is to learn.
func (w *world) learn(t *testing.T) {
	t.Helper()
	w.clock.Move(2 * time.Minute)
	must(t, w.engine.Work(t.Context()))
}

func wantNot(t *testing.T, a answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("%s says %q", a.url, text)
		}
	}
}

// Whoever decides sees advice in the queue and on the case, with its evidence, and may hide it
// everywhere. Nobody else sees it.
func TestAdviceOnPages(t *testing.T) {
	t.Parallel()
	w, its := taught(t, 16)
	wantOn(t, w.page(t, owner, "GET", "/reviews", nil), 200, `<span class="badge good">Advice</span> Approve, low risk`)
	wantNot(t, w.page(t, newcomer, "GET", "/requests", nil), "Advice")
	wantNot(t, w.page(t, newcomer, "GET", its, nil), "advice-title", "low risk")
	wantNot(t, w.page(t, gov, "GET", its, nil), "advice-title")
	b := w.browser(t)
	page := b.signIn(b.open(its), owner.ID)
	wantOn(t, page, 200, "<strong>Approve, low risk</strong>", "Chance of a denial: ", "requests for the asset itself", `<a class="ref" href="/requests/`,
		"It rests on 32 earlier decisions, and decides nothing.", `formaction="`+its+`#decide" name="draft"`)
	draft := formWith(t, page, "Submit decision").fill("draft", "on").fill("act", "deny").fill("count", "7")
	if filled := formWith(t, b.send(draft), "Submit decision").values; !strings.HasPrefix(filled.Get("reason"), "Access to the asset is held by 16 others") ||
		filled.Get("act") != "deny" || filled.Get("count") != "7" {
		t.Errorf("the form has %v", filled)
	}
	twice := formWith(t, b.send(draft.fill("reason", "Mine.\r\n")), "Submit decision")
	reason := twice.values.Get("reason")
	if !strings.HasPrefix(reason, "Mine.\nAccess to the asset is held by 16 others") {
		t.Errorf("what was typed has become %q", reason)
	}
	if again := formWith(t, b.send(twice.fill("draft", "on").fill("act", "deny")), "Submit decision").values.Get("reason"); again != reason {
		t.Errorf("the draft that is there already comes again: %q", again)
	}
	german := w.request(t, owner, "GET", "", "")
	german.URL.Path = its
	german.Header.Set("Accept-Language", "de")
	wantOn(t, do(t, w.Client(), german), 200, "Genehmigen, geringes Risiko", "seit dem", "für das Datenobjekt selbst", "von Mitgliedern von finance", "Data Stewards lehnen mit einer Wahrscheinlichkeit von")
	page = b.send(formWith(t, page, "Hide review assist").fill("act", "hide-advice"))
	wantOn(t, page, 200, "You have hidden review assist.")
	wantNot(t, page, "low risk")
	wantNot(t, b.open("/reviews"), "Advice")
	wantNot(t, b.open("/preferences"), `name="advice" value="on" checked`)
	wantOn(t, b.send(formWith(t, page, "Show it again").fill("act", "show-advice")), 200, "Approve, low risk")
	wantOn(t, b.open("/preferences"), 200, `name="advice" value="on" checked`)
}

// After the decision, those who may learn why see what was shown, and what was done.
func TestAdviceThatWasShown(t *testing.T) {
	t.Parallel()
	w, its := taught(t, 12)
	wantOn(t, w.page(t, owner, "GET", its, nil), 200, "Approve, ")
	w.clock.Move(40 * time.Second)
	_, err := w.engine.Determine(t.Context(), owner, request.ID(strings.TrimPrefix(its, "/requests/")), review.Determination{Act: review.Deny, Reason: "x"})
	must(t, err)
	wantOn(t, w.page(t, auditor, "GET", its, nil), 200, "Advice that was shown", "that is not counted yet")
	w.learn(t)
	wantOn(t, w.page(t, auditor, "GET", its, nil), 200, "Advice that was shown", "Shown to Sales owner", "They denied after 40 seconds.")
	wantNot(t, w.page(t, newcomer, "GET", its, nil), "Advice that was shown")
}

// A case without advice says why, and can be decided all the same.
func TestCasesWithoutAdvice(t *testing.T) {
	t.Parallel()
	w, its := taught(t, 2)
	wantOn(t, w.page(t, owner, "GET", its, nil), 200, "Too little precedent for advice", "risk not determined", "Submit decision")
	wantNot(t, w.page(t, owner, "GET", "/reviews", nil), "Advice")
	c, err := w.engine.Connections().Connection(t.Context(), admin, "warehouse")
	must(t, err)
	c.Assist = catalog.AssistOff
	must(t, w.engine.Connections().Register(t.Context(), admin, c))
	wantOn(t, w.page(t, owner, "GET", its, nil), 200, "Administrators have switched review assist off on this connection.", "Submit decision")

	w, its = taught(t, 2, func(c *grantwright.Config) { c.Assistant = func(assist.Assistant) assist.Assistant { return broken{} } })
	wantOn(t, w.page(t, owner, "GET", its, nil), 200, "There is no advice now", "Submit decision")
}

// broken is an assistant that fails.
type broken struct{}

func (broken) Advise(context.Context, assist.Case) (assist.Advice, error) {
	return assist.Advice{}, errors.New("it is broken")
}

// The report says how advice did, of everything, a connection or a flow, to whoever oversees.
func TestAdviceReportPage(t *testing.T) {
	t.Parallel()
	w, its := taught(t, 12)
	wantOn(t, w.page(t, owner, "GET", its, nil), 200, "Approve, ")
	w.clock.Move(5 * time.Second)
	_, err := w.engine.Determine(t.Context(), owner, request.ID(strings.TrimPrefix(its, "/requests/")), review.Determination{Act: review.Deny, Reason: "x"})
	must(t, err)
	w.learn(t)
	for _, scope := range []string{"", "?connection=warehouse", "?flow=asks&months=3"} {
		wantOn(t, w.page(t, auditor, "GET", "/advice"+scope, nil), 200, "<dt>Decided by people</dt><dd>25</dd>", "<dt>After advice</dt><dd>1</dd>", "<dd>1, of which 1 denied</dd>",
			`<th scope="row">2026-03</th><td>25</td><td>12</td><td>1</td><td>0</td><td>1</td><td>0</td>`, "Brier score 0.", `<th scope="row">10 seconds</th><td>1</td>`, `<svg class="chart"`, `href="/advice"`)
	}
	wantOn(t, w.page(t, gov, "GET", "/advice?flow=other", nil), 200, "Nothing to report")
	wantOn(t, w.page(t, admin, "GET", "/advice?months=x", nil), 422, "must be 1 to 120")
	wantOn(t, w.page(t, admin, "GET", "/advice?connection=warehouse&flow=asks", nil), 422, "not both")
	for _, who := range []request.Identity{owner, newcomer} {
		if a := w.page(t, who, "GET", "/advice", nil); a.status != 403 {
			t.Errorf("%s sees the report: status %d", who.ID, a.status)
		}
	}
}
