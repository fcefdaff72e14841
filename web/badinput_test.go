package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web"
)

// Whatever is wrong with what is sent, the problem says where, and nothing of it
// was stored.
func TestBadInputOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("x", 10_000)
	ask := func(answers string) string {
		return `{"asset":"warehouse:sales.public.customers","answers":` + answers + `}`
	}
	form := func(question string) string {
		return `{"title":"x","questions":[{"id":"q","title":"Q",` + question + `}]}`
	}
	link := func(pairs ...string) string {
		q := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			q.Add(pairs[i], pairs[i+1])
		}
		return "/resolve?" + q.Encode()
	}
	before := w.kept(t)
	for _, tt := range []struct {
		name, method, path, body string
		by                       request.Identity
		status                   int
		want                     string // pointer, parameter or text
	}{
		{"over-long answer", "POST", "/requests", ask(`{"purpose":["` + strings.Repeat("x", 501) + `"]}`), eve, 422, "#/answers/purpose has 501 characters"},
		{"NUL in an answer", "POST", "/requests", ask(`{"purpose":["a\u0000b"]}`), eve, 422, "#/answers/purpose holds a NUL"},
		{"broken UTF-8", "POST", "/requests", ask("{\"purpose\":[\"a\xffb\"]}"), eve, 400, "#/answers/purpose/0 is not valid UTF-8"},
		{"half a surrogate pair", "POST", "/requests", ask(`{"region":["EU"],"purpose":["a\ud83db"]}`), eve, 400, "#/answers/purpose/0 is not valid UTF-8"},
		{"broken name of a question", "POST", "/requests", ask("{\"\xff\":[\"x\"]}"), eve, 400, "#/answers is not valid UTF-8"},
		{"unknown question", "POST", "/requests", ask(`{"nothing":["x"]}`), eve, 422, "#/answers/nothing answers no question"},
		{"question of 10,000 characters", "POST", "/requests", ask(`{"` + long + `":["x"]}`), eve, 422, "#/answers"},
		{"option not offered", "POST", "/requests", ask(`{"region":["MARS"]}`), eve, 422, "#/answers/region"},
		{"answer to what the condition hides", "POST", "/requests", ask(`{"region":["EU"],"why":["x"]}`), eve, 422, "#/answers/why is not asked"},
		{"column of 10,000 characters", "POST", "/requests", `{"asset":"warehouse:sales.public.orders","columns":["` + long + `"]}`, eve, 422, "#/columns/0"},
		{"beneficiary of 10,000 characters", "POST", "/requests", `{"asset":"warehouse:sales.public.orders","beneficiary":"` + long + `"}`, eve, 422, "#/beneficiary has 10000 bytes"},
		{"asset of 10,000 characters", "POST", "/requests", `{"asset":"warehouse:` + long + `"}`, eve, 400, "at most 512 are allowed"},
		{"agreement of 10,000 characters", "POST", "/requests", `{"asset":"warehouse:sales.public.orders","agreements":[{"name":"` + long + `","version":1}]}`, eve, 422, "#/agreements/0"},
		{"broken preview", "POST", "/previews", "{\"asset\":\"warehouse:sales.public.orders\",\"privilege\":\"RE\xffAD\"}", eve, 400, "#/privilege is not valid UTF-8"},
		{"broken batch", "POST", "/batches", "{\"items\":[{},{\"answers\":{\"purpose\":[\"\xc3\x28\"]}}]}", eve, 400, "#/items/1/answers/purpose/0 is not valid UTF-8"},

		{"form of 10,000 characters", "PUT", "/forms/" + long, `{"title":"x"}`, gov, 422, "name expected length <= 200"},
		{"form with NUL", "PUT", "/forms/a%00b", `{"title":"x"}`, gov, 422, "#/name holds a NUL"},
		{"broken name of a form", "PUT", "/forms/a%FFb", `{"title":"x"}`, gov, 422, "#/name is not valid UTF-8"},
		{"10,000 options", "PUT", "/forms/f", form(`"type":"DROPDOWN","options":["` + strings.Repeat(`x","`, 9_999) + `x"]`), gov, 422, "#/questions/0/options are 10000, must be 1 to 1000"},
		{"pattern of a million states", "PUT", "/forms/f", form(`"type":"SHORT_ANSWER","pattern":"(x{1000}){1000}"`), gov, 422, "#/questions/0/pattern is not a pattern"},
		{"pattern of 10,000 characters", "PUT", "/forms/f", form(`"type":"SHORT_ANSWER","pattern":"` + long + `"`), gov, 422, "#/questions/0/pattern has 10000 bytes"},
		{"condition of 10,000 characters", "PUT", "/forms/f", form(`"type":"SHORT_ANSWER","when":"` + long + `"`), gov, 422, "#/questions/0/when"},
		{"over-long agreement", "PUT", "/agreements/a", `{"title":"x","text":"` + strings.Repeat(long, 11) + `"}`, gov, 422, "#/text has 110000 bytes"},
		{"broken agreement", "PUT", "/agreements/a", "{\"title\":\"x\",\"text\":\"\xff\"}", gov, 400, "#/text is not valid UTF-8"},
		{"attached form of 10,000 characters", "PUT", "/assets/warehouse:sales/attachments/DATA_ACCESS", `{"form":"` + long + `"}`, gov, 422, "#/form has 10000 bytes"},
		{"attached for nothing", "PUT", "/assets/warehouse:sales/attachments/EVERYTHING", `{"form":"survey"}`, gov, 422, "type expected value to be one of"},

		{"a parameter twice", "GET", link("fullyQualifiedName", "a", "technology", "fake", "technology", "hand"), "", eve, 400, "technology is given 2 times"},
		{"a name of 10,000 characters", "GET", link("fullyQualifiedName", long), "", eve, 400, "fullyQualifiedName"},
		{"NUL in a name", "GET", link("fullyQualifiedName", "a\x00"), "", eve, 400, "fullyQualifiedName"},
		{"broken name", "GET", link("fullyQualifiedName", "a\xff"), "", eve, 400, "fullyQualifiedName"},
		{"host of 10,000 characters", "GET", link("fullyQualifiedName", "a", "technology", "fake", "host", long), "", eve, 400, "host has 10000 bytes"},
		{"wanted of 10,000 characters", "POST", "/wanted", `{"fullyQualifiedName":"` + long + `"}`, eve, 400, "fullyQualifiedName"},
		{"wanted and broken", "POST", "/wanted", "{\"fullyQualifiedName\":\"\xff\"}", eve, 400, "#/fullyQualifiedName is not valid UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := w.call(t, tt.by, tt.method, tt.path, tt.body)
			p := read[web.Problem](t, a, tt.status)
			told := p.Detail
			for _, f := range p.Errors {
				told += "\n" + f.Pointer + f.Parameter + " " + f.Detail
			}
			if !strings.Contains(told, tt.want) || len(a.body) > 5000 {
				t.Errorf("got %.2000s, want %s", a.body, tt.want)
			}
			if after := w.kept(t); after != before {
				t.Errorf("before it stood %s, after it %s", before, after)
			}
		})
	}
	// What a catalog appends is no fault, and what was meant is kept.
	wantOn(t, w.call(t, eve, http.MethodGet, link("fullyQualifiedName", "sales.public.orders", "technology", "fake", "utm_source", "a", "utm_source", "b"), ""), 200)
	meant := read[request.Request](t, w.call(t, eve, "POST", "/requests", `{"asset":"warehouse:sales.public.orders","answers":{"purpose":["\ud83d\ude42 \ufffd"],"duration":["30 DAYS"]}}`), 201)
	if got := meant.Answers["purpose"][0]; got != "🙂 \ufffd" {
		t.Errorf("the answer has become %q", got)
	}
}

// kept counts what is stored that people have given.
func (w *world) kept(t *testing.T) string {
	t.Helper()
	ctx, g := t.Context(), w.engine.Governance()
	events, err := w.engine.Log().Events(ctx, auditor, 0, store.MaxPage)
	must(t, err)
	forms, err := g.Forms.List(ctx, gov, "", store.MaxPage)
	must(t, err)
	agreements, err := g.Agreements.List(ctx, gov, "", store.MaxPage)
	must(t, err)
	attached, err := g.Attachments.List(ctx, gov, "", store.MaxPage)
	must(t, err)
	wanted, _, err := g.Wanted(ctx, gov, request.StillWanted, store.Position{}, store.MaxPage)
	must(t, err)
	return fmt.Sprintf("%d events, %d forms, %d agreements, %d attachments, %d wanted", len(events), len(forms), len(agreements), len(attached), len(wanted))
}
