package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// builds is the form of a builder on a page.
func builds(t *testing.T, page answer) form {
	t.Helper()
	return formWith(t, page, `class="build"`)
}

// Governance builds a form with fields and buttons alone, sees it as requesters do, and
// saves just what was previewed.
func TestFormBuilder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/build/form"), gov.ID)
	wantOn(t, page, http.StatusOK, "New form", "As requesters see it", "What do you need the data for?", "Preview changes")
	page = b.send(builds(t, page).fill("name", "by-region", "title", "By region", "act", "add questions"))
	wantOn(t, page, http.StatusOK, `id="questions[2]" tabindex="-1" autofocus`)
	page = b.send(builds(t, page).fill("questions[2].title", "Which region?", "questions[2].type", "DROPDOWN", "act", "show"))
	wantOn(t, page, http.StatusOK, "Options, one on each line", `name="questions[2].id" value="which_region"`)
	page = b.send(builds(t, page).fill("questions[2].options", "EU\r\nUS", "questions[2].required", "on", "act", "up questions[2]"))
	page = b.send(builds(t, page).fill("act", "add questions"))
	page = b.send(builds(t, page).fill("questions[3].title", "Why the US?", "questions[3].when", "answers.which_region ==\n  answer.x", "act", "diff"))
	wantOn(t, page, http.StatusUnprocessableEntity, "<title>Error: ", `href="#questions%5b3%5d.when"`, "Question 4, when: Line 2, column 3", "  answer.x\n  ^")
	page = b.send(builds(t, page).fill("questions[3].when", `answers.which_region == "US"`, "act", "try"))
	wantOn(t, page, http.StatusOK, "1 more question depends on the answers", `name="answers.which_region"`)
	if strings.Contains(page.body, `name="answers.why_the_us"`) {
		t.Error("the preview asks what is not asked")
	}
	page = b.send(builds(t, page).fill("answers.which_region", "US", "act", "try"))
	wantOn(t, page, http.StatusOK, `name="answers.why_the_us"`)
	page = b.send(builds(t, page).fill("act", "remove questions[0]"))
	page = b.send(builds(t, page).fill("act", "diff"))
	wantOn(t, page, http.StatusOK, "What will change", "by-region</span> is added", "title: By region")
	page = b.send(formWith(t, page, "Save these changes").fill("act", "apply"))
	wantOn(t, page, http.StatusOK, "By region", "version 1")
	got, err := w.engine.Governance().Forms.Newest(t.Context(), gov, "by-region")
	must(t, err)
	want := []request.Question{{ID: "which_region", Type: request.Dropdown, Title: "Which region?", Required: true, Options: []string{"EU", "US"}},
		{ID: "duration", Type: request.AccessDuration, Title: "For how long?", Max: request.For(90, request.Days)},
		{ID: "why_the_us", Type: request.ShortAnswer, Title: "Why the US?", When: `answers.which_region == "US"`}}
	if diff := cmp.Diff(want, got.Questions); diff != "" {
		t.Errorf("the questions (-want +got):\n%s", diff)
	}
	for _, who := range []request.Identity{eve, admin} {
		stranger := w.browser(t)
		wantOn(t, stranger.signIn(stranger.open("/build/form?name=by-region"), who.ID), http.StatusForbidden)
		wantOn(t, stranger.open("/build/agreement"), http.StatusForbidden)
		wantOn(t, stranger.open("/build/nothing"), http.StatusNotFound)
	}
	reader := w.browser(t)
	reader.signIn(reader.open("/build/form?name=by-region"), auditor.ID)
	if page = reader.send(formWith(t, b.send(builds(t, b.open("/build/form?name=by-region")).fill("title", "T", "act", "diff")), "Save these changes").fill("act", "apply")); page.status != http.StatusForbidden {
		t.Errorf("whoever reads saves: %d", page.status)
	}
}

// The YAML of a draft and its fields are the same thing, both ways.
func TestBuilderAndYAML(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/build/form?name=survey"), gov.ID)
	yaml := formWith(t, page, "Take over into the fields")
	if text := yaml.values.Get("text"); !strings.Contains(text, "title: Sensitive data") {
		t.Fatalf("the text is %q", text)
	}
	page = b.send(yaml.fill("text", strings.Replace(yaml.values.Get("text"), "Sensitive data", "Delicate data", 1), "act", "yaml"))
	wantOn(t, page, http.StatusOK, `name="title" value="Delicate data"`)
	wantOn(t, b.send(builds(t, page).fill("act", "diff")), http.StatusOK, "Sensitive data", "Delicate data", "survey</span> changes")
	page = b.send(yaml.fill("text", "forms:\n  - name: survey\n    titel: x\n", "act", "yaml"))
	wantOn(t, page, http.StatusUnprocessableEntity, "Line 3, column 5", "titel: x")
	if strings.Contains(page.body, `class="build"`) {
		t.Error("a text that cannot be read fills fields")
	}
	wantOn(t, b.send(yaml.fill("text", "forms: []", "act", "yaml")), http.StatusUnprocessableEntity, "must hold one form here")
	page = b.send(builds(t, b.open("/build/form?name=survey")).fill("title", "Mine", "questions[0].maxRunes", "many", "act", "diff"))
	wantOn(t, page, http.StatusUnprocessableEntity, "Must be a whole number")
	if strings.Contains(page.body, "Save these changes") {
		t.Error("a number that cannot be read is saved as none")
	}
	_, err := w.engine.Governance().Forms.Save(t.Context(), gov, func() request.Form { f := survey; f.Version, f.Title = 1, "Theirs"; return f }())
	must(t, err)
	page = b.send(builds(t, page).fill("questions[0].maxRunes", "", "act", "diff"))
	wantOn(t, page, http.StatusOK, "Somebody has saved version 2 since you began", "Theirs", "Mine")
}

// A flow is built of rules, stages and selectors, says whom they match, and is tried over
// a request before it is saved.
func TestFlowBuilder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/build/flow"), gov.ID)
	wantOn(t, page, http.StatusOK, "New review flow", "Names that conditions can read", "request.duration", "0 people match now")
	page = b.send(builds(t, page).fill("name", "by-week", "default.stages[0].selectors[0].value", "sales-owners", "act", "add rules"))
	wantOn(t, page, http.StatusOK, "1 person matches now", `id="rules[0]" tabindex="-1" autofocus`)
	page = b.send(builds(t, page).fill("rules[0].name", "short", "rules[0].when", "request.duration <= duration(\"168h\") &&", "rules[0].then.act", "APPROVE", "act", "diff"))
	wantOn(t, page, http.StatusUnprocessableEntity, "Rule 1, when: Line 1, column ", "^")
	page = b.send(builds(t, page).fill("rules[0].when", `request.duration <= duration("168h") && "analysts" in beneficiary.groups`, "act", "add default.stages[0].selectors"))
	page = b.send(builds(t, page).fill("default.stages[0].selectors[1].kind", "attribute", "default.stages[0].selectors[1].value", "team=sales", "act", "add default.stages"))
	page = b.send(builds(t, page).fill("default.stages[0].mode", "ALL", "default.stages[1].name", "privacy", "default.stages[1].selectors[0].kind", "owners", "act", "down default.stages[0]"))
	page = b.send(builds(t, page).fill("act", "try"))
	wantOn(t, page, http.StatusOK, "Name a past request, or an asset and who asks for it.")
	page = b.send(builds(t, page).fill("try.asset", string(orders), "try.requester", eve.ID, "try.duration.count", "3", "try.duration.unit", "DAYS", "act", "try"))
	wantOn(t, page, http.StatusOK, "the duration asked for is at most", "<b>3 days</b>")
	page = b.send(builds(t, page).fill("try.asset", "warehouse:no.such.table", "act", "try"))
	wantOn(t, page, http.StatusOK, `class="error" role="alert"`)
	past := w.pending(t, "40 HOURS")
	page = b.send(builds(t, page).fill("try.request", string(past.ID), "act", "try"))
	wantOn(t, page, http.StatusOK, "<b>40 hours</b>")
	page = b.send(builds(t, page).fill("act", "diff"))
	wantOn(t, page, http.StatusOK, "by-week</span> is added")
	wantOn(t, b.send(formWith(t, page, "Save these changes").fill("act", "apply")), http.StatusOK, "by-week", "version 1")
	got, err := w.engine.Governance().Flows.Newest(t.Context(), gov, "by-week")
	must(t, err)
	want := review.Action{Act: review.Ask, Stages: []review.Stage{
		{Name: "privacy", Mode: review.Any, Selectors: []review.Selector{{Owners: true}}},
		{Name: "owners", Mode: review.All, Selectors: []review.Selector{{Group: "sales-owners"}, {Attribute: &request.Attribute{Key: "team", Value: "sales"}}}}}}
	if diff := cmp.Diff(want, got.Default); diff != "" {
		t.Errorf("the default (-want +got):\n%s", diff)
	}
	page = b.open("/build/flow?name=by-week")
	wantOn(t, page, http.StatusOK, `value="team=sales"`, "Change by-week")
	wantOn(t, b.send(builds(t, page).fill("act", "diff")), http.StatusOK, "Nothing will change")
}

// Guardrails, agreements and attachments have builders too.
func TestSmallBuilders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/build/guardrail?at=warehouse:sales"), gov.ID)
	page = b.send(builds(t, page).fill("name", "trained", "require", `"trained" in`, "act", "diff"))
	wantOn(t, page, http.StatusUnprocessableEntity, "Require: Line 1, column ")
	page = b.send(builds(t, page).fill("require", `"trained" in beneficiary.groups`, "act", "diff"))
	wantOn(t, b.send(formWith(t, page, "Save these changes").fill("act", "apply")), http.StatusOK, "Guardrails", "trained", "warehouse:sales")

	page = b.send(builds(t, b.open("/build/agreement")).fill("name", "terms", "title", "Terms", "text", "Be *kind*.", "act", "show"))
	wantOn(t, page, http.StatusOK, "Be <em>kind</em>.")
	page = b.send(builds(t, page).fill("act", "diff"))
	wantOn(t, b.send(formWith(t, page, "Save these changes").fill("act", "apply")), http.StatusOK, "Be <em>kind</em>.", "version 1")

	page = b.send(builds(t, b.open("/build/attachment?at=warehouse:sales.public.prices")).fill("form", "none", "act", "diff"))
	wantOn(t, page, http.StatusUnprocessableEntity, "Form: ")
	page = b.send(builds(t, page).fill("form", "survey", "act", "diff"))
	page = b.send(formWith(t, page, "Save these changes").fill("act", "apply"))
	wantOn(t, page, http.StatusOK, "What holds here", "survey", "set here", "inherited from")
}

// What takes two people becomes a proposal, from a builder too.
func TestBuilderProposes(t *testing.T) {
	t.Parallel()
	w := seenByTwo(t)
	b := w.browser(t)
	page := b.signIn(b.open("/build/mask?at=warehouse:sales.public.orders"), gov.ID)
	page = b.send(builds(t, page).fill("name", "mail", "columns", "email\nmobile", "how", "LAST", "last", "4", "act", "diff"))
	wantOn(t, page, http.StatusOK, "nothing at or below warehouse:sales.public.orders has a column named mobile")
	page = b.send(formWith(t, page, "Save these changes").fill("act", "apply"))
	if !strings.HasPrefix(page.url.Path, "/proposals/") {
		t.Fatalf("leads to %s (%d)", page.url, page.status)
	}
	other := w.browser(t)
	wantOn(t, other.signIn(other.open(page.url.Path), second.ID), http.StatusOK, "has a column named mobile", "Approve and apply")
}
