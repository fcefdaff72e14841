package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/request"
)

// The pages of masks say where each holds, what it shows, and which match nothing; they
// suspend and resume them.
func TestMaskPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	wantOn(t, b.signIn(b.open("/masks"), gov.ID), http.StatusOK, "No masks", "New mask")
	for _, m := range []catalog.Mask{{Name: "mail", At: "warehouse:sales.public.orders", Columns: []string{"email"}, How: catalog.MaskLast, Last: 4},
		{Name: "phone", At: "warehouse:sales", Columns: []string{"mobile"}, How: catalog.MaskNull}, {Name: "nowhere", At: "warehouse:sales.gone", Tags: []string{"pii"}, How: catalog.MaskNull}} {
		_, err := w.engine.Governance().Masks.Save(t.Context(), gov, m)
		must(t, err)
	}
	must(t, w.engine.Masks().Enforce(t.Context(), gov, "warehouse"))
	enginetest.Until(t, "the mask is in force", func() bool {
		return read[request.AssetMasks](t, w.call(t, eve, "GET", itsMasks, ""), 200).Query != ""
	})
	page := b.open("/masks")
	wantOn(t, page, http.StatusOK, "mail", "The last 4 characters", "sales.public.orders", "phone", "matches nothing now")
	wantOn(t, b.open("/masks/mail"), http.StatusOK, "What it masks", "masked.orders", "The last 4 characters")
	wantOn(t, b.open("/masks/phone"), http.StatusOK, "nothing at or below warehouse:sales has a column named mobile", "It masks nothing now")
	wantOn(t, b.open("/masks/nowhere"), http.StatusOK, "nothing is known at warehouse:sales.gone")
	wantOn(t, b.open("/masks/none"), http.StatusNotFound)

	page = b.open("/masks?at=warehouse")
	wantOn(t, page, http.StatusOK, "sales.public.orders", "email", "masked.orders", "Suspend these masks")
	page = b.send(formWith(t, page, "Suspend these masks").fill("act", "suspend", "minutes", "soon"))
	wantOn(t, page, http.StatusUnprocessableEntity, "Enter a number of minutes from 1 to 1440.", `value="soon"`)
	page = b.send(formWith(t, page, "Suspend these masks").fill("act", "suspend", "minutes", "5", "reason", "a migration"))
	wantOn(t, page, http.StatusOK, "The masks at warehouse are suspended.", "a migration", "Resume the masks")
	page = b.send(formWith(t, page, "Resume the masks").fill("act", "resume"))
	wantOn(t, page, http.StatusOK, "Suspend these masks")
	wantOn(t, b.send(formWith(t, b.open("/masks/phone"), "Delete")), http.StatusOK, "mail")
	wantOn(t, b.open("/masks/phone"), http.StatusNotFound)

	reader := w.browser(t)
	page = reader.signIn(reader.open("/masks/mail"), auditor.ID)
	if wantOn(t, page, http.StatusOK, "What it masks"); strings.Contains(page.body, "Delete") {
		t.Error("whoever only reads is offered to delete")
	}
	stranger := w.browser(t)
	wantOn(t, stranger.signIn(stranger.open("/masks"), eve.ID), http.StatusForbidden)
}

// The tree says at each place what holds there, and where that was set.
func TestAttachmentTree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.call(t, gov, "PUT", "/guardrails/trained", `{"at":["warehouse:sales.public"],"require":"true"}`)
	b := w.browser(t)
	page := b.signIn(b.open("/attachments"), gov.ID)
	wantOn(t, page, http.StatusOK, "Connections", "/attachments?at=warehouse&amp;type=DATA_ACCESS")
	page = b.open("/attachments?at=warehouse")
	wantOn(t, page, http.StatusOK, "What holds here", "built in", "none: governance decides", ">sales<", "set here")
	page = b.open("/attachments?at=warehouse:sales.public")
	wantOn(t, page, http.StatusOK, ">warehouse</a> ›", "inherited from", "customers", "survey", "trained", "Attach a form or a flow here")
	page = b.open("/attachments?at=warehouse:sales.public.customers")
	wantOn(t, page, http.StatusOK, "survey</a> <span class=\"badge good\">set here", "inherited from", "trained", "Change what is attached here", "Detach")
	wantOn(t, b.open("/attachments?at=warehouse:sales.public.orders&type=MASKING_EXCEPTION"), http.StatusOK, "none: governance decides")
	wantOn(t, b.open("/attachments?at=warehouse:no.such"), http.StatusNotFound)
	wantOn(t, b.send(formWith(t, page, "Detach")), http.StatusOK, "warehouse:sales")
	wantOn(t, b.open("/attachments?at=warehouse:sales.public.customers"), http.StatusOK, "Attach a form or a flow here")
	stranger := w.browser(t)
	wantOn(t, stranger.signIn(stranger.open("/attachments"), eve.ID), http.StatusForbidden)
}

// Each version of a definition is shown with what differs from the one before, also of one
// that was deleted.
func TestVersionsOfDefinitions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	changed := survey
	changed.Version, changed.Title, changed.Name = 0, "One", "two-versions"
	_, err := w.engine.Governance().Forms.Save(t.Context(), gov, changed)
	must(t, err)
	changed.Version, changed.Title = 1, "Two"
	_, err = w.engine.Governance().Forms.Save(t.Context(), gov, changed)
	must(t, err)
	b := w.browser(t)
	page := b.signIn(b.open("/versions/form/two-versions"), gov.ID)
	wantOn(t, page, http.StatusOK, "version 2", "holds now", "Changed since version 1", "<del><code>&#34;One&#34;</code></del>", "<ins><code>&#34;Two&#34;</code></ins>", "title: Two", "?version=1")
	wantOn(t, b.open("/versions/form/two-versions?version=1"), http.StatusOK, "The first version", "title: One")
	must(t, w.engine.Governance().Forms.Delete(t.Context(), gov, "two-versions", 2))
	wantOn(t, b.open("/versions/form/two-versions?version=1"), http.StatusOK, "This was deleted", "?version=2")
	wantOn(t, b.open("/versions/form/two-versions"), http.StatusNotFound)
	wantOn(t, b.open("/versions/form/none?version=1"), http.StatusNotFound)
	wantOn(t, b.open("/versions/flow/sales"), http.StatusOK, "The first version")
	stranger := w.browser(t)
	wantOn(t, stranger.signIn(stranger.open("/versions/form/survey"), eve.ID), http.StatusForbidden)
}

// T4: what holds nowhere is warned of before it is saved. T9: a new flow is run over the past
// requests of what it is to be attached to, on the page and in a proposal.
func TestPreviewOfWhatIsAttached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pending(t, "40 HOURS")
	b := w.browser(t)
	b.signIn(b.open("/definitions"), gov.ID)
	diff := func(text string) answer {
		return b.send(formWith(t, b.open("/definitions"), "Preview changes").fill("text", text, "act", "diff"))
	}
	wantOn(t, diff("attachments: [{at: 'warehouse:sales.nothing', flow: sales}]\n"), http.StatusOK, "nothing is known at warehouse:sales.nothing")
	wantOn(t, diff("guardrails: [{name: g, at: ['warehouse:no.where'], require: 'true'}]\n"), http.StatusOK, "nothing is known at warehouse:no.where")
	wantOn(t, diff("masks: [{name: m, at: warehouse, tags: [pii], how: 'NULL'}]\n"), http.StatusOK, "no column at or below warehouse is classified as pii")
	wantOn(t, diff("flows: [{name: f, default: {act: REVIEW, stages: [{name: s, mode: ANY, selectors: [{group: nobody-is-here}]}]}}]\n"), http.StatusOK, "people of whom there are none now (group nobody-is-here)")
	open := "flows: [{name: open, default: {act: APPROVE}}]\n"
	page := diff(open + "attachments: [{at: 'warehouse:sales.public', flow: open}]\n")
	wantOn(t, page, http.StatusOK, "run over 1 past request", "approves at once", "It would have treated 1 of them otherwise")
	if page = diff(open + "attachments: [{at: lake, flow: open}]\n"); strings.Contains(page.body, "run over 1 past") {
		t.Error("requests of elsewhere are replayed")
	}
}

func TestProposalReplaysWhatIsAttached(t *testing.T) {
	t.Parallel()
	w := seenByTwo(t)
	w.pending(t, "40 HOURS")
	b := w.browser(t)
	page := b.signIn(b.open("/definitions"), gov.ID)
	text := "flows: [{name: open, default: {act: APPROVE}}]\nattachments: [{at: 'warehouse:sales.public', flow: open}]\n"
	page = b.send(formWith(t, page, "Preview changes").fill("text", text, "act", "diff"))
	page = b.send(formWith(t, page, "Save these changes").fill("act", "apply"))
	other := w.browser(t)
	wantOn(t, other.signIn(other.open(page.url.Path), second.ID), http.StatusOK, "run over 1 past request", "It would have treated 1 of them otherwise")
}
