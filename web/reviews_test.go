package web_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/api"
)

// patient asks two different people, and then privacy where much is asked for, with
// a reason for each denial.
var patient = review.Flow{Name: "patient", Reasons: []review.Act{review.Deny}, Default: review.Action{Act: review.Ask, Stages: []review.Stage{
	{Name: "two people", Mode: review.AtLeast, People: 2, Selectors: []review.Selector{{Group: "sales-owners"}, {Group: "privacy"}},
		Limit: review.Limit{Within: request.For(3, request.Days), Late: review.Escalate, Escalate: []review.Selector{{Permission: request.Governance}}, Remind: request.For(1, request.Days)}},
	{Name: "governance", Mode: review.Any, When: `request.endless`, Selectors: []review.Selector{{Permission: request.Governance}}}}}}

func patientWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	_, err := w.engine.Governance().Flows.Save(t.Context(), gov, patient)
	must(t, err)
	must(t, attach(t.Context(), w.engine.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "patient"}))
	return w
}

// asked has eve ask for two columns, for reading and writing.
func (w *world) asked(t *testing.T) (its string) {
	t.Helper()
	made := w.call(t, eve, "POST", "/requests", `{"asset":"warehouse:sales.public.orders","privilege":"READ_WRITE","columns":["id","email"],"answers":{"purpose":["the report"],"duration":["30 DAYS"]}}`)
	wantStatus(t, made, 201)
	var req request.Request
	must(t, json.Unmarshal([]byte(made.body), &req))
	return "/requests/" + string(req.ID)
}

func wantStatus(t *testing.T, a answer, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: got %d, want %d: %s", a.url, a.status, status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s: %q is not in %s", a.url, text, a.body)
		}
	}
}

func TestReviewsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := patientWorld(t)
	its := w.asked(t)
	id := strings.TrimPrefix(its, "/requests/")
	wantStatus(t, w.call(t, owner, "POST", its+"/remarks", `{"kind":"QUESTION","text":"Which report?"}`), 201, `"kind":"QUESTION"`)
	wantStatus(t, w.call(t, frank, "POST", its+"/remarks", `{"text":"hello"}`), 404)
	wantStatus(t, w.call(t, owner, "POST", its+"/remarks", `{"kind":"ANSWER","text":"x"}`), 403)
	wantStatus(t, w.call(t, owner, "POST", its+"/remarks", `{"text":" "}`), 422, "#/text")
	wantStatus(t, w.call(t, eve, "POST", its+"/remarks", `{"kind":"ANSWER","text":"The yearly one."}`), 201)
	wantStatus(t, w.call(t, eve, "GET", its+"/remarks?limit=1", ""), 200, "Which report?", `"next":`)

	wantStatus(t, w.call(t, owner, "POST", its+"/determinations", `{"act":"DENY"}`), 422, "#/reason", "is required by the review flow")
	wantStatus(t, w.call(t, owner, "POST", its+"/determinations", `{"act":"APPROVE","columns":["amount"]}`), 422, "was not asked for")
	wantStatus(t, w.call(t, owner, "POST", its+"/determinations", `{"act":"APPROVE","privilege":"READ","columns":["id"],"version":1}`), 201, `"status":"PENDING"`)
	wantStatus(t, w.call(t, privacy, "POST", its+"/determinations", `{"act":"APPROVE","version":1}`), 409, "STALE")
	wantStatus(t, w.call(t, privacy, "POST", its+"/take-back", `{}`), 409, "NOTHING_TO_TAKE_BACK")
	wantStatus(t, w.call(t, owner, "POST", its+"/take-back", `{"version":2,"reason":"a mistake"}`), 200, `"status":"PENDING"`)
	wantStatus(t, w.call(t, eve, "PUT", its+"/answers", `{"answers":{"purpose":["the yearly report"],"duration":["a while"]}}`), 422, "#/answers/duration")
	wantStatus(t, w.call(t, eve, "PUT", its+"/answers", `{"answers":{"purpose":["the yearly report"],"duration":["20 DAYS"]}}`), 200, `"duration":"20 DAYS"`)

	many := w.call(t, owner, "POST", "/determinations", `{"items":[{"request":"`+id+`","act":"APPROVE","privilege":"READ","columns":["id"]},{"request":"none","act":"APPROVE"},{"request":"`+id+`","act":"APPROVE","duration":"soon"}]}`)
	wantStatus(t, many, 200)
	var results api.List[api.Decided]
	must(t, json.Unmarshal([]byte(many.body), &results))
	if r := results.Items; len(r) != 3 || r[0].Request == nil || r[0].Problem != nil || r[1].Problem == nil || r[1].Problem.Code != "NOT_FOUND" || r[2].Problem == nil || r[2].Problem.Errors[0].Pointer != "#/duration" {
		t.Errorf("the results are %s", many.body)
	}
	wantStatus(t, w.call(t, privacy, "POST", its+"/determinations", `{"act":"APPROVE"}`), 201, `"status":"APPROVED"`)
	wantStatus(t, w.call(t, eve, "GET", its+"?wait=20", ""), 200, `"access":{"privilege":"READ","columns":["id"]}`)
}

func TestSubstitutesOverTheAPI(t *testing.T) {
	t.Parallel()
	w := patientWorld(t)
	until := w.clock.Now().Add(48 * time.Hour).Format(time.RFC3339)
	wantStatus(t, w.call(t, owner, "GET", "/substitute", ""), 200, `{"standsFor":[]}`)
	wantStatus(t, w.call(t, owner, "PUT", "/substitute", `{"substitute":"frank@example.com","until":"2030-01-01T00:00:00Z"}`), 422, "#/until")
	wantStatus(t, w.call(t, owner, "PUT", "/substitute", `{"substitute":"frank@example.com","until":"`+until+`","reason":"on leave"}`), 200)
	its := w.asked(t)
	wantStatus(t, w.call(t, frank, "POST", its+"/determinations", `{"act":"APPROVE"}`), 201)
	wantStatus(t, w.call(t, gov, "GET", its, ""), 200, `"for":"sales-owner@example.com"`, `"standsFor":["sales-owner@example.com"]`)
	wantStatus(t, w.call(t, frank, "GET", "/substitute", ""), 200, `"person":"sales-owner@example.com"`)
	wantStatus(t, w.call(t, nobody, "DELETE", "/substitutes/sales-owner@example.com", ""), 403)
	wantStatus(t, w.call(t, frank, "DELETE", "/substitutes/sales-owner@example.com", ""), 204)
	wantStatus(t, w.call(t, owner, "DELETE", "/substitutes/sales-owner@example.com", ""), 404)
}

func TestReviewsOnThePage(t *testing.T) {
	t.Parallel()
	w := patientWorld(t)
	its := w.asked(t)
	steward, requester := w.browser(t), w.browser(t)
	page := steward.signIn(steward.open(its), owner.ID)
	wantOn(t, page, 200, "2 different people of these: 0 so far", "An approval of yours counts for group sales-owners.", "required for a denial",
		"is passed: its condition does not hold: request.endless", "Others are asked too on", "Read only")
	wantOn(t, steward.send(formWith(t, page, "Submit decision").fill("act", "deny")), 422, "is required by the review flow")
	wantOn(t, steward.send(formWith(t, page, "Say something").fill("act", "QUESTION", "text", "Which\nreport?")), 200, "Asked the requester for more", "Which\nreport?")

	page = requester.signIn(requester.open(its), eve.ID)
	wantOn(t, page, 200, "A data steward wants to know more.")
	wantOn(t, requester.send(formWith(t, page, "Say something").fill("act", "ANSWER", "text", " ")), 422, "This did not work")
	edit := requester.open(its + "/edit")
	wantOn(t, edit, 200, "the report</textarea>", `value="30"`)
	wantOn(t, requester.send(formWith(t, edit, "Save").fill("answers.purpose", "")), 422, "Please check these fields")
	wantOn(t, requester.send(formWith(t, edit, "Save").fill("answers.purpose", "the yearly report")), 200, "the yearly report", "The answers were changed")
	wantOn(t, steward.open(its+"/edit"), 403, "Only its requester changes the answers")

	narrow := formWith(t, steward.open(its), "Submit decision").fill("act", "approve-for", "read", "on", "columns", "id")
	wantOn(t, steward.send(narrow), 200, "Approved, read only, columns id; others have still to decide", "2 different people of these: 1 so far", "You have approved this.")
	nothing := formWith(t, steward.open(its), "Take it back").fill("act", "take-back", "reason", "a mistake")
	wantOn(t, steward.send(nothing), 200, "An approval was taken back", "a mistake", "0 so far")
	none := formWith(t, steward.open(its), "Submit decision").fill("act", "approve-for", "read", "on")
	none.values.Del("columns")
	wantOn(t, steward.send(none), 422, "are all left out; deny the request instead")
}

func TestSeveralDecisionsOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.submitted(t, eve), w.submitted(t, frank)
	b := w.browser(t)
	page := b.signIn(b.open("/reviews"), owner.ID)
	wantOn(t, page, 200, "Decide on the chosen ones together", string(one.ID)+" 1", string(two.ID)+" 1")
	many := formWith(t, page, "Submit decisions")
	many.values.Del("request")
	wantOn(t, b.send(many.fill("act", "APPROVE")), 422, "Choose the requests, and what you decide.")
	w.call(t, privacy, "POST", "/requests/"+string(two.ID)+"/determinations", `{"act":"APPROVE"}`)
	chosen := form{"/reviews", url.Values{"act": {"APPROVE"}, "request": {string(one.ID) + " 1", string(two.ID) + " 1", string(two.ID)}}}
	page = b.send(chosen)
	wantOn(t, page, 200, "What you decided", "Counted; others have still to decide")
	if n := strings.Count(page.body, "The review has changed since it was shown"); n != 2 {
		t.Errorf("%d decisions were stale, want 2:\n%s", n, page.body)
	}
}

func TestSubstitutesOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.browser(t), w.browser(t)
	page := b.signIn(b.open("/substitute"), owner.ID)
	name := formWith(t, page, "Id of the person")
	wantOn(t, b.send(name.fill("substitute", privacy.ID, "until", "soon")), 422, "must be a day such as", `value="privacy@example.com"`)
	wantOn(t, b.send(name.fill("substitute", "x@example.com", "until", "2026-03-14")), 422, "Substitute is nobody we know.")
	wantOn(t, b.send(name.fill("substitute", privacy.ID, "until", "2026-03-14", "reason", "on leave")), 200, "In your place", "15 Mar 2026, 00:00 UTC", "on leave")
	page = other.signIn(other.open("/substitute"), privacy.ID)
	wantOn(t, page, 200, "You decide in the place of", "Sales owner (sales-owner@example.com)")
	wantOn(t, other.send(formWith(t, page, "Step down").fill("act", "end")), 200, "Name somebody")
}
