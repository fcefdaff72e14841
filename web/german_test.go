package web_test

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

var (
	// unread are the parts of a page that have no language, or one of their own.
	unread = regexp.MustCompile(`(?s)<script.*?</script>|<style.*?</style>|<pre.*?</pre>|<code.*?</code>|<textarea.*?</textarea>|<head>.*?</head>` +
		`|<ol class="rules">.*?</ol>|<span class="ref[^>]*>.*?</span>|<dd class="ref">.*?</dd>|<dt class="ref">.*?</dt>|<[^>]*\slang="[^>]*>[^<]*|<button[^>]*name="language".*?</button>`)
	tag  = regexp.MustCompile(`<[^>]*>`)
	name = regexp.MustCompile(`(?:aria-label|title|placeholder|alt|data-confirm|data-label)="([^"]*)"`)

	// inEnglish are words that no German sentence has, and no text of these worlds.
	inEnglish = regexp.MustCompile(`\b(?i:the|of|and|your?|is|are|with|for|have|not|this|that|from|by|because|which|until|nobody|prevents|access|requests|something|its|group|approves|read)\b`)
)

// saidOn are the texts of a page that people read or hear.
func saidOn(page answer) (all []string) {
	body := unread.ReplaceAllString(page.body, "<>")
	for _, m := range name.FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	all = append(all, tag.Split(body, -1)...)
	for i, text := range all {
		all[i] = strings.Join(strings.Fields(html.UnescapeString(text)), " ")
	}
	return all
}

// fromPlatform reports whether the platform says a text of a column.
func fromPlatform(text string) bool {
	return slices.ContainsFunc(assets, func(a catalog.Asset) bool {
		return slices.ContainsFunc(a.Columns, func(c catalog.Column) bool { return text == c.Type || text == c.Comment })
	})
}

// inGerman asks for a page as somebody whose browser speaks German, or posts a form to one.
func (w *world) inGerman(t *testing.T, by request.Identity, method, path string, form url.Values) answer {
	t.Helper()
	r := w.request(t, by, method, "", form.Encode())
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(w.base+path, "?")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept-Language", "de-DE,de;q=0.9,en;q=0.5")
	return do(t, w.Client(), r)
}

// wantGerman wants a page whose texts are German, and some of them.
func (w *world) wantGerman(t *testing.T, by request.Identity, path string, form url.Values, texts ...string) {
	t.Helper()
	method := "GET"
	if form != nil {
		method = "POST"
	}
	page := w.inGerman(t, by, method, path, form)
	wantOn(t, page, 200, texts...)
	for _, text := range saidOn(page) {
		if !fromPlatform(text) && inEnglish.MatchString(text) {
			t.Errorf("%s in German for %s says %q", path, by.ID, text)
		}
	}
}

// guarded is a world that has learned, in which guardrails prevent what was given and what is
// asked, columns are masked, a part of the asset is decided by others, and functions are called.
// It returns requests: for access, for unmasked columns, one whose rule has failed, and one whose
// grant has ended.
func guarded(t *testing.T) (w *world, access, unmasked, failed, ended string) {
	t.Helper()
	w, access = taught(t, 16, func(c *grantwright.Config) { c.FourEyes = manifest.FourEyesNever })
	ctx, g := t.Context(), w.engine.Governance()
	must(t, attach(ctx, g, gov, request.Attachment{At: "warehouse", Type: request.MaskingException, Flow: "asks"}))
	w.platform.Reach(orders, catalog.Through{Way: catalog.ByFunction, Name: "public.f"}, catalog.Through{Way: catalog.ByServer, Name: "elsewhere"},
		catalog.Through{Way: catalog.ByPartition, Ref: "warehouse:sales.public.customers"})
	_, err := w.engine.Sync(ctx, admin, "warehouse")
	must(t, err)
	read[catalog.Mask](t, w.call(t, gov, "PUT", "/masks/pii", `{"at":"warehouse:sales.public.orders","columns":["email"],"how":"LAST","last":4}`), 200)
	must(t, w.engine.Masks().Enforce(ctx, gov, "warehouse"))
	enginetest.Until(t, "the mask is in force", func() bool {
		return read[request.AssetMasks](t, w.call(t, gov, "GET", itsMasks, ""), 200).Query != ""
	})
	exception, err := w.engine.Submit(ctx, newcomer, request.Submission{Asset: orders, Type: request.MaskingException, Columns: []string{"email"},
		Answers: request.Answers{"purpose": {"ein Bericht"}, "duration": {"30 DAYS"}}})
	must(t, err)
	_, err = g.Flows.Save(ctx, gov, review.Flow{Name: "fails", Rules: []review.Rule{{Name: "kurz", When: `beneficiary.attributes.nope == ["x"]`, Then: review.Action{Act: review.Approve}}},
		Default: review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "owners", Mode: review.Any, Selectors: []review.Selector{{Group: "sales-owners"}}}}}})
	must(t, err)
	must(t, attach(ctx, g, gov, request.Attachment{At: "warehouse:sales.public.prices", Type: request.DataAccess, Flow: "fails"}))
	prices, err := w.engine.Submit(ctx, newcomer, request.Submission{Asset: "warehouse:sales.public.prices", Answers: request.Answers{"purpose": {"ein Bericht"}, "duration": {"30 DAYS"}}})
	must(t, err)
	for _, one := range []review.Guardrail{
		{Name: "export", At: []catalog.Ref{"warehouse:sales"}, Require: `beneficiary.id != "newcomer@example.com" && beneficiary.id != "finance0@example.com"`, Reason: "Nicht freigegeben."},
		{Name: "country", At: []catalog.Ref{"warehouse"}, Require: `beneficiary.attributes.country == ["DE"]`},
	} {
		_, err := g.Guardrails.Save(ctx, gov, one)
		must(t, err)
	}
	_, err = w.engine.Reconcile(ctx, gov, "warehouse", provision.Reconcile{})
	must(t, err)
	found, err := w.engine.Requests(ctx, asker("finance0", "finance"), grantwright.RequestQuery{Role: grantwright.Concerned})
	must(t, err)
	return w, access, "/requests/" + string(exception.ID), "/requests/" + string(prices.ID), "/requests/" + string(found.Requests[0].ID)
}

// What guardrails, review assist, masks and platforms say within a page is said in its language.
func TestTheEngineSpeaksGermanOnPages(t *testing.T) {
	t.Parallel()
	w, access, unmasked, failed, ended := guarded(t)
	form := "/request?fullyQualifiedName=sales.public.orders&technology=fake"
	asks := url.Values{"asset": {string(orders)}, "type": {"DATA_ACCESS"}, "privilege": {"READ"}, "key": {"x"}, "act": {"preview"}, "answers.purpose": {"ein Bericht"}, "shown": {"purpose", "duration"},
		"answers.duration.count": {"30"}, "answers.duration.unit": {"DAYS"}}
	finance := asker("finance0", "finance")
	w.wantGerman(t, owner, "/reviews", nil, "Leitplanke")
	w.wantGerman(t, owner, access, nil, "Leitplanke export an warehouse:sales verhindert den Zugriff: Nicht freigegeben.", "ihre Bedingung konnte nicht ausgewertet werden", "Mindestens hoch")
	w.wantGerman(t, owner, access+"?why=1", nil)
	w.wantGerman(t, owner, unmasked, nil, "Gezeigt würde, was eine Maske verbirgt: email.")
	w.wantGerman(t, owner, failed, nil)
	w.wantGerman(t, gov, failed, nil, "Prüfablauf fails, Regel kurz ist fehlgeschlagen")
	w.wantGerman(t, newcomer, form, nil)
	w.wantGerman(t, newcomer, form+"&requestType=masking-exception", nil)
	w.wantGerman(t, newcomer, form, asks, "Nicht freigegeben.")
	w.wantGerman(t, newcomer, access, nil, "Leitplanke")
	w.wantGerman(t, finance, "/requests", nil)
	w.wantGerman(t, finance, ended, nil, "Leitplanke export an warehouse:sales verhindert den Zugriff")
	w.wantGerman(t, gov, ended, nil, "Leitplanke")
	w.wantGerman(t, gov, access+"?why=1", nil)
	w.wantGerman(t, auditor, ended+"/story", nil, "Leitplanke export")
	w.wantGerman(t, auditor, "/log", nil, "Leitplanke")
	w.wantGerman(t, auditor, "/access?asset="+url.QueryEscape(string(orders)), nil)
	w.wantGerman(t, gov, "/guardrails?asset="+url.QueryEscape(string(orders)), nil)
}
