package web_test

import (
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
)

// TestWhoDecidesIsSaid shows on a request that its deciders are not known, or not all.
func TestWhoDecidesIsSaid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		seen   request.Roster
		change func(*grantwright.Config)
		api    string
		page   string
	}{
		{"some are known", everybody, func(c *grantwright.Config) { c.Directory = nil }, `"deciders":"PARTLY"`, "Others than those who were told may decide too"},
		{"nobody is known", nil, func(c *grantwright.Config) { c.Directory = nil }, `"deciders":"UNKNOWN"`, "Nobody is known who could decide."},
		{"there is nobody", nil, func(c *grantwright.Config) { c.Directory = request.Roster{eve} }, `"deciders":"NONE"`, "There is nobody who could decide"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, "", web.Options{}, nil, tt.change)
			must(t, w.engine.People().Seen(t.Context(), tt.seen...))
			its := "/requests/" + string(w.pending(t, "30 DAYS").ID)
			must(t, w.engine.Work(t.Context()))
			wantStatus(t, w.call(t, eve, "GET", its, ""), 200, tt.api)
			wantStatus(t, w.page(t, eve, "GET", its, nil), 200, tt.page)
		})
	}
}

// TestTooManyOpenRequests answers 429 with the field that is at fault.
func TestTooManyOpenRequests(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) { c.MaxOpen, c.MaxOpenFor = 2, 1 })
	asks := func(by request.Identity, columns string) answer {
		return w.call(t, by, "POST", "/requests", `{"asset":"warehouse:sales.public.orders","beneficiary":"eve@example.com","columns":[`+columns+`],"answers":{"purpose":["the report"],"duration":["30 DAYS"]}}`)
	}
	wantStatus(t, asks(frank, `"id"`), 201)
	wantStatus(t, asks(frank, `"email"`), 429, `"code":"LIMIT"`, `"pointer":"#/beneficiary"`, "1 requests of others for this person")
	wantStatus(t, asks(eve, `"email"`), 201)
	wantStatus(t, asks(eve, `"amount"`), 201)
	wantStatus(t, asks(eve, `"amount","id"`), 429, `"code":"LIMIT"`, "You have 2 requests open", "cancel those")
	b := w.browser(t)
	page := b.signIn(b.open("/request?fullyQualifiedName=sales.public.orders&technology=fake"), string(eve.Person()))
	page = b.send(formWith(t, page, "answers.purpose").fill("answers.purpose", "more", "answers.duration.count", "30"))
	wantStatus(t, page, 429, "You have 2 requests open", "answers.purpose")
}
