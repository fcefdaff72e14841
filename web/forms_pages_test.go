package web_test

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
)

// Governance reads a form, changes it as YAML after it has seen what that would do,
// and reads the old version too.
func TestFormPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/forms"), gov.ID)
	wantOn(t, page, 200, "survey", "Sensitive data", "6 questions", "version 1", "New form")
	wantOn(t, b.open("/forms/survey"), 200, "Why the US?", "Asked only if", "answers.region == &#34;US&#34;", "At most", "90 days", "that of the asset", "governance@example.com")
	wantOn(t, b.open("/forms/default"), 200, "built in, and cannot be edited", "What do you need the data for?")
	wantOn(t, b.open("/forms/none"), 404)

	page = b.open("/definitions?form=survey")
	edit := formWith(t, page, "Preview changes")
	if text := edit.values.Get("text"); !strings.Contains(text, "title: Sensitive data") {
		t.Fatalf("the text to change is %q", text)
	}
	wrong := strings.Replace(edit.values.Get("text"), "type: DROPDOWN", "type: LIST", 1) + "flows:\n  - {name: f, default: {act: DENY}, x: 1}\n"
	page = b.send(edit.fill("text", wrong, "act", "diff"))
	wantOn(t, page, 422, "<title>Error: ", "must be one of SHORT_ANSWER", "flows[0].x is not known here", "Line ")
	page = b.send(edit.fill("text", "people: [{id: a}]", "act", "diff"))
	wantOn(t, page, 422, "Text holds connections, people or assets")
	right := strings.Replace(formWith(t, b.open("/definitions?form=survey"), "Preview changes").values.Get("text"), "Sensitive data", "Delicate data", 1) +
		"agreements:\n  - {name: a/b, title: Terms, text: \"Be *kind*.\"}\n"
	page = b.send(edit.fill("text", right, "act", "diff"))
	wantOn(t, page, 200, "What will change", `survey</span> changes`, `a/b</span> is added`, "Save these changes")
	save := formWith(t, page, "Save these changes").fill("act", "apply")
	stale := formWith(t, page, "Save these changes").fill("act", "apply", "reviewed", "0")
	wantOn(t, b.send(stale), 409, "look at them again")
	wantOn(t, b.send(save), 200, "Delicate data", "version 2")
	wantOn(t, b.open("/forms/survey?version=1"), 200, "Sensitive data", "Version 2")
	page = b.send(edit.fill("text", right, "act", "diff"))
	wantOn(t, page, 200, "Nothing will change")

	wantOn(t, b.open("/forms?show=agreements"), 200, `href="/agreements/a%2Fb"`)
	page = b.open("/agreements/a%2Fb")
	wantOn(t, page, 200, "Be <em>kind</em>.", "Change")
	wantOn(t, b.send(formWith(t, page, "Delete")), 200, "No agreements")
	wantOn(t, b.open("/agreements/a%2Fb?version=1"), 200, "was deleted")
	wantOn(t, b.send(formWith(t, b.open("/forms/survey"), "Delete")), 409, "This cannot be done now", "Nothing was changed", `href="/forms/survey"`, "attached at warehouse:sales.public.customers")
}

// Where the handler stands below a prefix, the pages of governance lead there.
func TestGovernanceBelowAPrefix(t *testing.T) {
	t.Parallel()
	for _, tt := range mounts {
		w := newWorldAt(t, tt.base, tt.options, tt.mount)
		b := w.browser(t)
		page := b.signIn(b.open(tt.base+"/definitions?form=survey"), gov.ID)
		wantOn(t, b.send(formWith(t, page, "Preview changes").fill("act", "diff")), 200, "Nothing will change")
		b.send(formWith(t, b.open(tt.base+"/forms?show=attachments"), `value="warehouse:sales.public.customers"`))
		wantOn(t, b.send(formWith(t, b.open(tt.base+"/forms/survey"), "Delete")), 200, "No forms of your own")
		read[request.Wanted](t, w.call(t, eve, "POST", "/wanted", `{"fullyQualifiedName":"no.where"}`), 201)
		wantOn(t, b.send(formWith(t, b.open(tt.base+"/wanted"), "Dismiss").fill("reason", "no")), 200, "No missing assets")
	}
}

// What takes two people is a proposal first, wherever it was written.
func TestFormPagesPropose(t *testing.T) {
	t.Parallel()
	w := seenByTwo(t)
	b, other := w.browser(t), w.browser(t)
	b.signIn(b.open("/forms"), gov.ID)
	other.signIn(other.open("/forms"), second.ID)
	page := b.open("/definitions")
	page = b.send(formWith(t, page, "Preview changes").fill("act", "diff"))
	page = b.send(formWith(t, page, "Save these changes").fill("act", "apply"))
	if !strings.HasPrefix(page.url.Path, "/proposals/") {
		t.Fatalf("saving a form leads to %s (%d)", page.url, page.status)
	}
	wantOn(t, b.open("/forms/new-form"), 404)
	wantOn(t, b.send(formWith(t, b.open("/forms/survey"), "Delete")), 409, "attached at")
	page = b.send(formWith(t, b.open("/forms?show=attachments"), `value="warehouse:sales.public.customers"`))
	if !strings.HasPrefix(page.url.Path, "/proposals/") {
		t.Errorf("clearing leads to %s (%d)", page.url, page.status)
	}
	wantOn(t, other.open(page.url.Path), 200, "warehouse:sales.public.customers", "Approve")
}

func TestAttachmentPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/forms?show=attachments"), gov.ID)
	wantOn(t, page, 200, "warehouse:sales.public.customers", "inherited", "Attach somewhere")
	wantOn(t, page, 200, `href="/flows/sales"`)
	wantOn(t, b.open("/definitions?flow=sales"), 200, "name: sales", "an hour is fine")
	wantOn(t, b.send(formWith(t, b.open("/definitions?flow=new"), "Preview changes").fill("act", "diff")), 200, "new-flow</span> is added")
	page = b.open("/definitions?at=warehouse%3Asales.public&type=DATA_ACCESS")
	page = b.send(formWith(t, page, "Preview changes").fill("text", strings.Replace(formWith(t, page, "Preview changes").values.Get("text"), "form: default", "form: survey", 1), "act", "diff"))
	wantOn(t, page, 200, "DATA_ACCESS warehouse:sales.public</span> is added")
	b.send(formWith(t, page, "Save these changes").fill("act", "apply"))
	wantOn(t, b.open("/request?fullyQualifiedName=sales.public.prices&technology=fake"), 200, "Sensitive data")

	page = b.open("/forms?show=attachments")
	page = b.send(formWith(t, page, `value="warehouse:sales.public"`))
	wantOn(t, page, 200, "warehouse:sales.public.customers")
	if strings.Contains(page.body, `value="warehouse:sales.public"`) {
		t.Error("what was cleared is still there")
	}
	wantOn(t, b.open("/forms?show=attachments&type=MASKING_EXCEPTION"), 200, "Nothing is attached")

	reader := w.browser(t)
	page = reader.signIn(reader.open("/forms"), auditor.ID)
	if strings.Contains(page.body, "New form") {
		t.Error("whoever may not write one is offered to")
	}
	stranger := w.browser(t)
	wantOn(t, stranger.signIn(stranger.open("/forms"), eve.ID), 403, "GOVERNANCE", "This is not yours to see or do")
	wantOn(t, stranger.open("/definitions"), 403)
	refused := formWith(t, b.open("/definitions"), "Preview changes").fill("act", "diff")
	wantOn(t, stranger.send(refused), 403)
	if forms, err := w.engine.Governance().Forms.List(t.Context(), gov, "", 10); err != nil || len(forms) != 1 || forms[0].Name != request.FormName("survey") {
		t.Errorf("the forms are %v, %v", forms, err)
	}
}

// Each list of governance goes on on another page.
func TestFormPagesArePaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	more := regexp.MustCompile(`href="([^"]*)">More`)
	for i := range 51 {
		name := fmt.Sprintf("n%02d", i)
		read[request.FormVersion](t, w.call(t, gov, "PUT", "/forms/"+name, `{"title":"T"}`), 200)
		read[request.AgreementVersion](t, w.call(t, gov, "PUT", "/agreements/"+name, `{"title":"T","text":"T"}`), 200)
		w.call(t, gov, "PUT", "/assets/warehouse:sales."+name+"/attachments/MASKING_EXCEPTION", `{"form":"n00"}`)
	}
	b := w.browser(t)
	b.signIn(b.open("/forms"), gov.ID)
	for _, list := range []string{"/forms", "/forms?show=agreements", "/forms?show=attachments&type=MASKING_EXCEPTION"} {
		page := b.open(list)
		if strings.Contains(page.body, "n50") {
			t.Errorf("%s: the first page holds all", list)
		}
		next := more.FindStringSubmatch(page.body)
		if next == nil {
			t.Fatalf("%s has no next page", list)
		}
		page = b.open(html.UnescapeString(next[1]))
		wantOn(t, page, 200, "n50")
		if more.MatchString(page.body) {
			t.Errorf("%s: something follows the last page", list)
		}
	}
}

// What would take for ever to read is refused, and nothing of it is stored.
func TestYAMLBombOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	b.signIn(b.open("/forms"), gov.ID)
	options := "[" + strings.Repeat("a,", 900) + "]"
	bomb := "forms:\n  - {name: f, title: F, questions: &q [{id: a, type: DROPDOWN, title: A, options: &o " + options + "}]}\n"
	for range 200 {
		bomb += "  - {name: g, title: G, questions: *q}\n"
	}
	before := w.kept(t)
	for text, want := range map[string]string{
		bomb:               "holds more than 100000 keys and values, with all that its aliases repeat",
		"forms: &a [*a]":   "must be a mapping of keys to values",
		"forms: [{name: *": "is not YAML",
	} {
		page := b.send(formWith(t, b.open("/definitions"), "Preview changes").fill("text", text, "act", "diff"))
		wantOn(t, page, 422, want)
	}
	if after := w.kept(t); after != before {
		t.Errorf("before it stood %s, after it %s", before, after)
	}
}
