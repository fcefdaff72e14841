package browser

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

const (
	orders    catalog.Ref = "warehouse:sales.public.orders"
	customers catalog.Ref = "warehouse:sales.public.customers"
	revenue   catalog.Ref = "warehouse:sales.public.revenue"
	prices    catalog.Ref = "warehouse:sales.public.prices"
	stock     catalog.Ref = "warehouse:sales.public.stock"
	suppliers catalog.Ref = "warehouse:sales.public.suppliers"
	long      catalog.Ref = "warehouse:sales.public.a_table_with_a_very_long_name_that_nobody_wants_to_read_at_390"
	invoices  catalog.Ref = "shop:sales.public.invoices"
	returns   catalog.Ref = "shop:sales.public.returns"
)

// asks submits a request of somebody for themselves, or as the change says.
func (w *world) asks(t *testing.T, who string, at catalog.Ref, days string, change ...func(*request.Submission)) request.ID {
	t.Helper()
	s := request.Submission{Asset: at, Answers: request.Answers{"purpose": {"Quarterly report"}, "duration": {days}}}
	if at == customers {
		s.Answers["region"], s.Answers["tools"] = []string{"Europe"}, []string{"SQL", "Notebook"}
		s.Agreements = []request.AgreementVersion{{Name: "personal-data", Version: 1}}
	}
	for _, c := range change {
		c(&s)
	}
	made, err := w.Submit(t.Context(), w.person(t, who), s)
	must(t, err)
	return made.ID
}

// decides has somebody decide.
func (w *world) decides(t *testing.T, who string, id request.ID, act review.Act, reason string) {
	t.Helper()
	_, err := w.Determine(t.Context(), w.person(t, who), id, review.Determination{Act: act, Reason: reason})
	must(t, err)
}

// approved asks and has it approved.
func (w *world) approved(t *testing.T, who string, at catalog.Ref, days string, change ...func(*request.Submission)) request.ID {
	t.Helper()
	id := w.asks(t, who, at, days, change...)
	w.decides(t, "sales-owner", id, review.Approve, "Fine, once.")
	return id
}

func (w *world) finish(t *testing.T) {
	t.Helper()
	must(t, w.Finish(t.Context()))
}

// grantOf is the grant of a request.
func (w *world) grantOf(t *testing.T, id request.ID) provision.Grant {
	t.Helper()
	c, err := w.Request(t.Context(), w.person(t, "auditor"), id)
	must(t, err)
	if c.Grant.ID == "" {
		t.Fatalf("%s has no grant", id)
	}
	return c.Grant
}

// fill makes requests in every state, and what else pages show.
func (w *world) fill(t *testing.T) {
	w.past(t)
	w.given(t)
	w.drifted(t)
	w.pending(t)
	w.beside(t)
	w.twoOfGovernance(t)
	w.finish(t)
}

// past makes requests that ended by themselves.
func (w *world) past(t *testing.T) {
	w.entries["expired"] = string(w.asks(t, "eve", orders, "1 DAYS"))
	w.entries["lapsed"] = string(w.asks(t, "frank", customers, "30 DAYS"))
	w.finish(t)
	w.Clock.Move(31 * 24 * time.Hour)
	w.finish(t)
}

// given makes requests that were decided.
func (w *world) given(t *testing.T) {
	ctx := t.Context()
	w.entries["active"] = string(w.approved(t, "eve", orders, "60 DAYS"))
	denied := w.asks(t, "eve", stock, "90 DAYS")
	w.decides(t, "sales-owner", denied, review.Deny, "Stock figures stay here. Please ask again next year.")
	canceled := w.asks(t, "eve", suppliers, "7 DAYS")
	_, err := w.Cancel(ctx, w.person(t, "eve"), canceled)
	must(t, err)
	revoked := w.approved(t, "eve", revenue, "30 DAYS")
	w.finish(t)
	_, err = w.Revoke(ctx, w.person(t, "governance"), revoked, "Report was withdrawn.")
	must(t, err)
	failing := w.asks(t, "grace", orders, "30 DAYS")
	w.asSuperuser(t, "postgres", "drop role grace_missing")
	w.decides(t, "sales-owner", failing, review.Approve, "")
	w.entries["failing"] = string(failing)
	done := w.approved(t, "frank", returns, "30 DAYS")
	w.finish(t)
	_, err = w.Grants().Attest(ctx, w.person(t, "admin"), w.grantOf(t, done).ID, provision.Attest{Done: true, Note: "Ticket 4711."})
	must(t, err)
	w.entries["task"] = string(w.approved(t, "eve", invoices, "30 DAYS"))
	w.entries["ending"] = string(w.asks(t, "frank", invoices, "1 HOURS"))
	w.finish(t)
	w.entries["batch"] = string(w.batch(t))
}

// batch asks for several assets at once.
func (w *world) batch(t *testing.T) request.BatchID {
	t.Helper()
	answers := request.Answers{"purpose": {"Quarterly report"}, "duration": {"14 DAYS"}}
	made, err := w.SubmitBatch(t.Context(), w.person(t, "eve"), "", []request.Submission{
		{Asset: stock, Answers: answers}, {Asset: suppliers, Answers: answers}, {Asset: long, Answers: answers}})
	must(t, err)
	return made[0].Batch
}

// drifted has others change the platform.
func (w *world) drifted(t *testing.T) {
	w.entries["suspended"] = string(w.approved(t, "frank", orders, "30 DAYS"))
	w.finish(t)
	w.asSuperuser(t, database, "grant select on stock to left, frank; grant insert, select on suppliers to left; revoke select on orders from frank granted by current_user")
	w.asSuperuser(t, database, `do $$ declare r record; begin
		for r in select grantor::regrole as g from (select (aclexplode(relacl)).* from pg_class where relname = 'orders') a where grantee = 'frank'::regrole
		loop execute format('revoke select on orders from frank granted by %s', r.g); end loop; end $$`)
	_, err := w.Reconcile(t.Context(), w.person(t, "governance"), "warehouse", provision.Reconcile{})
	must(t, err)
}

// pending makes requests that wait.
func (w *world) pending(t *testing.T) {
	ctx := t.Context()
	half := w.asks(t, "eve", customers, "30 DAYS")
	w.decides(t, "sales-owner", half, review.Approve, "")
	_, err := w.Reviews().Ask(ctx, w.person(t, "privacy"), half, "Birthdays in a report?")
	must(t, err)
	_, err = w.Reviews().Answer(ctx, w.person(t, "eve"), half, "None. Countries suffice.")
	must(t, err)
	w.entries["pending"] = string(half)
	w.entries["exception"] = string(w.asks(t, "frank", customers, "7 DAYS", func(s *request.Submission) {
		s.Type, s.Columns, s.Agreements = request.MaskingException, []string{"email"}, nil
		s.Answers = request.Answers{"purpose": s.Answers["purpose"], "duration": s.Answers["duration"]}
	}))
	w.entries["prevented"] = string(w.asks(t, "frank", prices, "30 DAYS"))
	w.asks(t, "frank", long, "30 DAYS", func(s *request.Submission) { s.Privilege = request.ReadWrite })
	w.asks(t, "eve", revenue, "14 DAYS", func(s *request.Submission) { s.Columns = []string{"month"} })
	w.Clock.Move(5 * 24 * time.Hour)
	w.asks(t, "frank", revenue, "2 MONTHS")
}

// beside makes what is no request.
func (w *world) beside(t *testing.T) {
	ctx := t.Context()
	_, err := w.Assets().Report(ctx, w.person(t, "frank"), catalog.Link{Path: []string{"sales", "public", "budget"}, Technology: "postgres", Host: "dwh.example.com"})
	must(t, err)
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	t.Cleanup(failing.Close)
	for name, url := range map[string]string{"catalog": w.receiving(t), "reports": failing.URL} {
		hook, _, err := w.Webhooks().Register(ctx, w.person(t, "admin"), notify.WebhookSettings{Name: name, URL: url, Events: []string{"request.*"}}, "")
		must(t, err)
		_, err = w.Webhooks().Test(ctx, w.person(t, "admin"), hook.ID)
		must(t, err)
	}
	now := w.Clock.Now()
	_, err = w.Substitutes().Name(ctx, w.person(t, "sales-owner"), "privacy@example.com", now, now.Add(7*24*time.Hour), "Holiday")
	must(t, err)
	_, _, err = w.Tokens().Issue(ctx, w.person(t, "eve"), request.TokenSettings{Name: "Notebook", Days: 30, Scope: request.TokenScope{Operations: []string{request.ScopeRead}}})
	must(t, err)
	stops := w.StopSwitches()
	must(t, stops.Disable(ctx, w.person(t, "admin"), "left@example.com", "Left last week."))
	_, err = w.Sessions().Open(ctx, "a-token-of-a-browser-that-nobody-has", request.Session{Identity: w.person(t, "eve"), Agent: "Firefox", Idle: time.Hour, Most: 8 * time.Hour})
	must(t, err)
}

// twoOfGovernance has changes wait for a second person.
func (w *world) twoOfGovernance(t *testing.T) {
	ctx := t.Context()
	second := request.Identity{ID: "governance-2@example.com", Name: "Governance, second", Groups: []string{}, Permissions: []request.Permission{request.Governance}}
	w.people = append(w.people, second)
	w.Directory.Put(second)
	gov := w.person(t, "governance")
	flow, err := w.Governance().Flows.Newest(ctx, gov, "sales")
	must(t, err)
	flow.Rules[0].When = `request.duration <= duration("48h")`
	_, err = w.Governance().Flows.Save(ctx, gov, flow)
	must(t, proposed(err))
	_, err = w.Governance().Agreements.Save(ctx, second, request.Agreement{Name: "terms", Title: "Terms", Text: "No copies."})
	must(t, proposed(err))
	all, _, err := w.Proposals().All(ctx, gov, "", store.Position{}, 10)
	must(t, err)
	if len(all) != 2 {
		t.Fatalf("there are %d proposals, want 2", len(all))
	}
}
