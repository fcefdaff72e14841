package tests

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// everythingHappens makes an event of every type.
func (w *world) everythingHappens(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	w.furnishAgain(t)
	w.work(t)
	grant := func(by request.Identity, duration string) request.Request {
		req := w.submit(t, by, duration)
		w.work(t)
		w.determine(t, owner, req, review.Approve)
		w.work(t)
		if req = w.caseOf(t, req).Request; req.Status == request.Pending {
			w.determine(t, privacy, req, review.Approve)
		}
		w.settle(t, req)
		w.work(t)
		w.clock.Move(time.Minute)
		return req
	}
	req := grant(eve, "30 DAYS")
	_, err := w.Revoke(ctx, eve, req.ID, "the report is done")
	must(t, err)
	w.settle(t, req)
	w.work(t)
	must(t, w.Connections().Release(ctx, admin, "warehouse", "eve"))
	w.eraseSome(t)
	w.emergencyHappens(t)
	canceled := w.submit(t, eve, "30 DAYS")
	_, err = w.Reviews().Assign(ctx, owner, canceled.ID, privacy.Person(), "you know the data")
	must(t, err)
	_, err = w.Cancel(ctx, eve, canceled.ID)
	must(t, err)
	again := person("eve-again")
	again.Attributes = eve.Attributes
	w.Directory.Put(again)
	must(t, w.Connections().Relink(ctx, admin, "warehouse", "eve", again.Person(), "new ids"))
	must(t, w.Connections().Relink(ctx, admin, "warehouse", "eve", eve.Person(), "and back"))
	w.relinkEve(t, again)
	w.Directory.Remove(again.Person())
	w.peopleAreKept(t)
	grant(eve, "40 HOURS") // expires
	grant(eve, "10 DAYS")  // its end is announced
	w.platform.Fail(errPlatform)
	failing := grant(frank, "40 HOURS")
	for w.caseOf(t, failing).Grant.Attempts < provision.FailingAfter {
		w.clock.Move(store.MaxBackoff)
		w.work(t)
	}
	_, err = w.Grants().Retry(ctx, frank, provision.GrantID(failing.ID))
	must(t, err)
	w.settle(t, failing)
	w.platform.Fail(nil)
	w.work(t)
	w.submit(t, eve, "20 DAYS") // lapses
	w.webhooksHappen(t)
	w.definitionsGo(t)
	w.wishesHappen(t)
	w.driftHappens(t)
	for range 8 {
		w.work(t)
		w.clock.Move(5 * 24 * time.Hour)
	}
	w.work(t)
	grant(eve, "50 DAYS") // a guardrail ends it
	w.masksHappen(t)
	w.guardrailsBite(t)
	w.work(t)
	w.handsAreNeeded(t)
	w.proposalsHappen(t)
	w.reviewsHappen(t)
	w.servicesAreLate(t)
	w.claimsHappen(t)
	for _, id := range []string{"another", "fake"} { // estranged, and recognized again
		w.platform.Answer(id)
		w.reconcile(t, provision.Reconcile{})
	}
	w.stopsHappen(t)
	w.signInsHappen(t)
	w.tokensHappen(t)
}

// emergencyHappens has eve have the orders at once, and her access be reviewed too late.
func (w *world) emergencyHappens(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	req, err := w.Submit(ctx, eve, urgent())
	must(t, err)
	w.settle(t, req)
	w.clock.Move(3 * 24 * time.Hour)
	w.work(t)
	w.settle(t, req)
	_, err = w.Reviews().ReviewEmergency(ctx, gov, req.ID, request.Justified, "the load had stopped")
	must(t, err)
	w.work(t)
}

// tokensHappen has a token be issued for a service, and revoked.
func (w *world) tokensHappen(t *testing.T) {
	t.Helper()
	made, _, err := w.Tokens().Issue(t.Context(), admin, request.TokenSettings{Name: "nightly load", Days: 30,
		Scope:   request.TokenScope{Operations: []string{request.ScopeRead, request.ScopeAsk}, Connections: []string{"warehouse"}},
		Service: &request.TokenService{ID: "nightly-load", Name: "The nightly load", Owner: owner.Person(), Permissions: []request.Permission{request.Asking}}})
	must(t, err)
	w.clock.Move(time.Second)
	must(t, w.Tokens().Revoke(t.Context(), owner, made.ID))
	w.work(t)
}

// furnishAgain says what stands already, anew.
func (w *world) furnishAgain(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	must(t, w.Connections().Register(ctx, admin, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	w.clock.Move(time.Second)
	_, err := w.Sync(ctx, admin, "warehouse")
	must(t, err)
	w.clock.Move(time.Second)
	_, err = w.Governance().Flows.Save(ctx, gov, inEmergency())
	must(t, err)
	w.clock.Move(time.Second)
	_, err = w.Governance().Forms.Save(ctx, gov, request.Form{Name: "sales", Questions: []request.Question{{ID: "duration", Title: "For how long?", Type: request.AccessDuration, Required: true}}})
	must(t, err)
	w.clock.Move(time.Second)
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: "warehouse:sales.public", Type: request.DataAccess, Flow: review.DefaultFlow.Name}))
	w.clock.Move(time.Second)
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: "warehouse:sales.public", Type: request.DataAccess}))
}

// handsAreNeeded has access approved that a person has to give, and nobody does.
func (w *world) handsAreNeeded(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	must(t, w.Connections().Register(ctx, admin, catalog.Connection{Name: "paper", Technology: "hand", Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	_, err := w.Sync(ctx, admin, "paper")
	must(t, err)
	w.clock.Move(time.Second)
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: "paper", Type: request.DataAccess, Flow: "sales"}))
	w.clock.Move(time.Second)
	asked := asking("1 HOURS") // which a rule approves
	asked.Asset = ledger
	_, err = w.Submit(ctx, eve, asked)
	must(t, err)
	w.work(t)
	w.clock.Move(provision.DefaultGiveWithin)
	w.work(t)
}

// proposalsHappen ends proposed changes in every way; one is left to lapse.
func (w *world) proposalsHappen(t *testing.T) {
	t.Helper()
	ctx, config := t.Context(), w.Config
	config.FourEyes, config.Directory = manifest.FourEyesAlways, append(request.Roster{second}, everybody...)
	two, err := grantwright.New(config)
	must(t, err)
	defer func() { _ = two.Close() }()
	propose := func(name request.FormName) manifest.ProposalID {
		w.clock.Move(time.Second)
		_, err := two.Governance().Forms.Save(ctx, gov, plain(name))
		return proposal(t, err)
	}
	_, err = two.Proposals().Approve(ctx, second, propose("approved"), "looks right")
	must(t, err)
	_, err = two.Proposals().Refuse(ctx, second, propose("refused"), "we have one of these")
	must(t, err)
	_, err = two.Proposals().Withdraw(ctx, gov, propose("withdrawn"))
	must(t, err)
	propose("lapsed")
	w.clock.Move(governance.ProposalPending)
	w.work(t)
}

// servicesAreLate has a service answer what it was called for when that was revoked
// already.
func (w *world) servicesAreLate(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	must(t, w.Connections().Register(ctx, admin, catalog.Connection{Name: "robot", Technology: "service", Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	_, err := w.Sync(ctx, admin, "robot")
	must(t, err)
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: "robot", Type: request.DataAccess, Flow: "sales"}))
	w.clock.Move(time.Second)
	asked := asking("1 HOURS")
	asked.Asset = "robot:ledger"
	req, err := w.Submit(ctx, eve, asked)
	must(t, err)
	w.work(t)
	_, err = w.Revoke(ctx, eve, req.ID, "it was a mistake")
	must(t, err)
	w.work(t)
	w.clock.Move(time.Second)
	_, err = w.Grants().Answer(ctx, w.robot.Do(0), done)
	must(t, err)
	w.work(t)
}

// signInsHappen has somebody lose all groups at a sign-in, and an administrator end it.
func (w *world) signInsHappen(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	who := request.Identity{ID: "grace@example.com", Groups: []string{"analysts"}}
	must(t, w.People().Seen(ctx, who))
	who.Groups = []string{}
	opened, err := w.Sessions().Open(ctx, "a token of grace's", request.Session{Identity: who, Provider: request.Provider{Issuer: "https://id.example.com", Subject: "grace"}, Idle: time.Hour, Most: time.Hour})
	must(t, err)
	must(t, w.People().ConfirmLost(ctx, gov, who.Person(), "left the team"))
	must(t, w.Sessions().End(ctx, admin, opened.ID))
	w.work(t)
}

// stopsHappen sets every stop switch, and takes it back.
func (w *world) stopsHappen(t *testing.T) {
	t.Helper()
	ctx, stops := t.Context(), w.StopSwitches()
	both := request.Identity{ID: "both-admin@example.com", Permissions: []request.Permission{request.Admin, request.Governance}}
	for _, do := range []func() error{
		func() error { return stops.FreezeApprovals(ctx, gov, "a rule is wrong") },
		func() error { return stops.ThawApprovals(ctx, gov, "it is mended") },
		func() error { return stops.FreezeConnection(ctx, admin, "robot", "an incident") },
		func() error { return stops.ThawConnection(ctx, admin, "robot", "it is over") },
		func() error { return stops.RevokeAll(ctx, gov, frank.Person(), "moved to another team") },
		func() error { return stops.Disable(ctx, gov, frank.Person(), "has left") },
		func() error { return stops.Enable(ctx, gov, frank.Person(), "is back") },
		func() error { return stops.RetireConnection(ctx, both, "warehouse", "moved elsewhere", true) },
	} {
		w.clock.Move(time.Second)
		must(t, do())
		w.work(t)
	}
	for range 5 {
		w.clock.Move(store.MaxBackoff)
		w.work(t)
	}
}

// webhooksHappen does everything that can be done with a webhook.
func (w *world) webhooksHappen(t *testing.T) {
	t.Helper()
	ctx, gone := t.Context(), newReceiver(t)
	gone.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	hook := w.hook(t, gone, "flow.saved")
	_, err := w.Webhooks().Set(ctx, admin, hook.ID, notify.WebhookSettings{Name: "tickets", URL: gone.URL, Events: []string{"flow.saved"}, Answers: true})
	must(t, err)
	w.clock.Move(time.Second)
	_, err = w.Webhooks().Agree(ctx, gov, hook.ID, true, gone.URL)
	must(t, err)
	w.clock.Move(time.Second)
	_, _, err = w.Webhooks().Rotate(ctx, admin, hook.ID, gone.secret, 0)
	must(t, err)
	w.clock.Move(time.Second)
	next := flow
	next.Version = 2
	_, err = w.Governance().Flows.Save(ctx, gov, next)
	must(t, err)
	w.clock.Move(time.Second)
	w.work(t)
	_, err = w.Webhooks().Resume(ctx, admin, hook.ID)
	must(t, err)
	w.clock.Move(time.Second)
	must(t, w.Webhooks().Remove(ctx, admin, hook.ID, 0))
}

// definitionsGo saves an agreement, and deletes what is used nowhere.
func (w *world) definitionsGo(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	terms, err := w.Governance().Agreements.Save(ctx, gov, request.Agreement{Name: "terms", Title: "Terms of use", Text: "Be kind."})
	must(t, err)
	w.clock.Move(time.Second)
	must(t, w.Governance().Agreements.Delete(ctx, gov, terms.Name, terms.Version))
	w.clock.Move(time.Second)
	must(t, w.Governance().Forms.Delete(ctx, gov, "sales", 1))
	w.clock.Move(time.Second)
	spare, err := w.Governance().Flows.Save(ctx, gov, review.Flow{Name: "spare", Default: flow.Default})
	must(t, err)
	w.clock.Move(time.Second)
	must(t, w.Governance().Flows.Delete(ctx, gov, spare.Name, spare.Version))
	w.clock.Move(time.Second)
}

// masksHappen has what eve may read masked for a while, and clear again.
func (w *world) masksHappen(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	then := func(err error) {
		t.Helper()
		must(t, err)
		w.work(t)
		w.clock.Move(time.Minute)
		w.work(t)
	}
	m, err := w.Governance().Masks.Save(ctx, gov, catalog.Mask{Name: "e-mail", At: "warehouse:sales", Columns: []string{"email"}, How: catalog.MaskNull})
	then(err)
	_, err = w.Governance().Classifications.Save(ctx, gov, catalog.Classification{At: orders, Columns: []catalog.ClassifiedColumn{{Name: "id"}}})
	then(err)
	_, err = w.Masks().Suspend(ctx, gov, "warehouse", time.Hour, "a migration")
	then(err)
	_, err = w.Masks().Resume(ctx, gov, "warehouse")
	then(err)
	w.platform.FailMasks(errPlatform)
	then(w.Masks().Enforce(ctx, gov, "warehouse"))
	w.platform.FailMasks(nil)
	then(w.Masks().Enforce(ctx, gov, "warehouse"))
	for _, name := range [][2]string{{"email", "address"}, {"address", "email"}} {
		w.platform.Rename(orders, name[0], name[1])
		_, err = w.Sync(ctx, admin, "warehouse")
		then(err)
	}
	w.platform.Add(catalog.Asset{Ref: "warehouse:sales.public.orders__backup", Kind: catalog.Table, ID: "3", Columns: []catalog.Column{{Name: "id"}, {Name: "email"}}})
	_, err = w.Sync(ctx, admin, "warehouse")
	then(err)
	then(w.Governance().Masks.Delete(ctx, gov, m.Name, m.Version))
}

// claimsHappen has governance take over what somebody else gave.
func (w *world) claimsHappen(t *testing.T) {
	t.Helper()
	w.platform.Gave("the owner", "frank", orders, true, request.Read)
	_, err := w.Access().Claim(t.Context(), gov, []provision.Claim{claimFor(frank, takingOver)}, false)
	must(t, err)
	w.work(t)
	w.clock.Move(time.Second)
}

// guardrailsBite has a guardrail end what eve has, and go again.
func (w *world) guardrailsBite(t *testing.T) {
	t.Helper()
	saved, err := w.Governance().Guardrails.Save(t.Context(), gov, review.Guardrail{Name: "not eve", At: []catalog.Ref{orders},
		Require: `beneficiary.id != "eve@example.com"`, Reason: "Eve has left the project."})
	must(t, err)
	w.platform.Fail(errPlatform) // so that the grant is in one state when it is told of
	w.work(t)
	w.platform.Fail(nil)
	w.clock.Move(time.Second)
	must(t, w.Governance().Guardrails.Delete(t.Context(), gov, saved.Name, saved.Version))
	w.clock.Move(time.Second)
}

// wishesHappen has two people look for what is not there: one is told that it will
// not be, the other that it is.
func (w *world) wishesHappen(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	never, err := w.Assets().Report(ctx, eve, wants("salaries"))
	must(t, err)
	w.clock.Move(time.Second)
	_, err = w.Governance().Dismiss(ctx, gov, never.ID, "salaries stay where they are")
	must(t, err)
	w.clock.Move(time.Second)
	_, err = w.Assets().Report(ctx, frank, wants("refunds"))
	must(t, err)
	w.clock.Move(time.Second)
	w.platform.Add(catalog.Asset{Ref: "warehouse:sales.public.refunds", Kind: catalog.Table, ID: "40"})
	_, err = w.Sync(ctx, admin, "warehouse")
	must(t, err)
	w.work(t)
}

// driftHappens changes the platform past everybody, and compares after each change.
func (w *world) driftHappens(t *testing.T) {
	t.Helper()
	reconcile := func() {
		t.Helper()
		w.clock.Move(time.Minute)
		w.reconcile(t, provision.Reconcile{})
		w.work(t)
		w.clock.Move(time.Minute)
	}
	s := asking("1 HOURS") // approved by a rule
	s.Asset = customersTable
	req, err := w.Submit(t.Context(), frank, s)
	must(t, err)
	w.settle(t, req)
	w.platform.OtherWays(provision.Path("member of the role reporting"))
	s.Asset = "warehouse:sales.public"
	whole, err := w.Submit(t.Context(), frank, s)
	must(t, err)
	w.settle(t, whole)
	w.platform.Break(orders, "no SELECT on the table that it reads")
	reconcile() // another way in, and a gap
	w.platform.Break(orders, "")
	for i := range provision.ContestedAfter {
		w.platform.Replace(customersTable, fmt.Sprint(50+i), "")
		reconcile() // replaced, the old one cleared, and in the end contested
	}
	w.platform.Set("frank", customersTable, fmt.Sprint(50+provision.ContestedAfter-1))
	reconcile() // suspended
	_, err = w.Grants().Resume(t.Context(), gov, provision.GrantID(req.ID), "it was a mistake")
	must(t, err)
	w.settle(t, req)
	_, err = w.Grants().Shorten(t.Context(), gov, provision.GrantID(req.ID), w.clock.Now().Add(30*time.Minute), "the audit is sooner")
	must(t, err)
	w.platform.Set("stranger", orders, "3", reading)
	w.platform.Reach(customersTable, catalog.Through{Way: catalog.ByServer, Name: "archive", Own: true})
	reconcile() // orphaned, and something limits the access
	w.platform.Reach(customersTable)
	for _, who := range []request.Identity{eve, frank} {
		w.clock.Move(time.Second)
		old := w.approved(t, who, "30 MINUTES")
		_, err := w.Revoke(t.Context(), gov, old.ID, "for a moment only")
		must(t, err)
		w.settle(t, old)
		w.platform.Set(who.Attributes["login"][0], orders, "3", writing)
	}
	reconcile() // stopped: it would remove too much
}

// eraseSome has a rule read of whom a request is, and erases that.
func (w *world) eraseSome(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	w.save(t, review.Flow{Name: "named", Default: flow.Default, Rules: []review.Rule{{Name: "named", When: `beneficiary.name == "nobody"`, Then: review.Action{Act: review.Deny}}}})
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: customersTable, Type: request.DataAccess, Flow: "named"}))
	asked := asking("30 DAYS")
	asked.Asset = customersTable
	req, err := w.Submit(ctx, frank, asked)
	must(t, err)
	_, err = w.Cancel(ctx, frank, req.ID)
	must(t, err)
	_, err = w.EraseEvidence(ctx, gov, req.ID, []string{"beneficiary.name"}, "asked to")
	must(t, err)
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: customersTable, Type: request.DataAccess}))
	w.work(t)
	w.clock.Move(time.Minute)
}
