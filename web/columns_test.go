package web_test

import (
	"strings"
	"testing"
)

// Some columns of an asset are chosen in the form, and are named wherever the request and
// the access are shown.
func TestSomeColumnsOnThePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/request?fullyQualifiedName=sales.public.orders&technology=fake"), eve.ID)
	wantOn(t, page, 200, "Ask for some columns only", "Choose none to ask for all of them", `name="columns" value="email"`)
	if strings.Contains(page.body, `value="email" checked`) {
		t.Error("columns are chosen before anybody has")
	}
	sent := formWith(t, page, "answers.purpose").fill("answers.purpose", "a report", "answers.duration.count", "30")
	sent.values["columns"] = []string{"email", "none"}
	page = b.send(sent)
	wantOn(t, page, 422, `<a href="#columns">Columns: &#34;none&#34; is no column of warehouse:sales.public.orders.</a>`, `id="columns-error"`, `<details open><summary>Ask for some columns only`, `value="email" checked`)
	sent.values["columns"] = []string{"email", "id"}
	page = b.send(sent)
	wantOn(t, page, 200, `<dt>Columns</dt><dd class="ref">email, id</dd>`)
	wantOn(t, b.open("/requests"), 200, "Read, columns email, id, 30 days")
	its := page.url.Path
	for _, steward := range []string{owner.ID, privacy.ID} {
		s := w.browser(t)
		wantOn(t, s.signIn(s.open("/reviews"), steward), 200, "Read, columns email, id, 30 days")
		page = s.send(formWith(t, s.open(its), "Submit decision").fill("act", "approve", "reason", "fine"))
	}
	wantOn(t, b.open(its), 200, "Read, columns email, id, 30 days")
	page = b.open("/request?fullyQualifiedName=sales.public.orders&technology=fake")
	page = b.send(formWith(t, page, "answers.purpose").fill("answers.purpose", "more", "answers.duration.count", "30", "act", "preview"))
	wantOn(t, page, 200, "There is access already", "Read, columns email, id, until")
}
