package tests

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// trained is what the guardrail of the tests requires of everybody.
const trained = `"trained" in beneficiary.groups`

// train says whether somebody is trained from now on.
func (w *world) train(who request.Identity, is bool) {
	if is {
		who.Groups = append([]string{"trained"}, who.Groups...)
	}
	w.Directory.Put(who)
}

// rail saves a guardrail as it is to be from now on.
func (w *world) rail(t *testing.T, name review.GuardrailName, require string, at ...catalog.Ref) review.GuardrailVersion {
	t.Helper()
	saved, err := w.Governance().Guardrails.Save(t.Context(), gov, review.Guardrail{Name: name, At: at, Require: require, Reason: "Ask the data office."})
	must(t, err)
	return saved.Of()
}

func (w *world) asEve(t *testing.T) request.Identity {
	t.Helper()
	now, err := w.Directory.Lookup(t.Context(), eve.Person())
	must(t, err)
	return now
}

func TestGuardrailAtPreviewAndDetermination(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rail(t, "training", trained, "warehouse:sales")
	w.rail(t, "reading only", `request.privilege == "READ"`, orders)
	p, err := w.Preview(t.Context(), eve, asking("30 DAYS"))
	must(t, err)
	want := []review.Prevention{{Guardrail: "training", Version: 1, At: "warehouse:sales", Reason: "Ask the data office."}}
	if diff := cmp.Diff(want, p.Prevented); diff != "" {
		t.Errorf("the preview (-want +got):\n%s", diff)
	}
	req := w.submit(t, eve, "30 DAYS")
	if diff := cmp.Diff(want, w.caseOf(t, req).Prevented); diff != "" {
		t.Errorf("the stewards see (-want +got):\n%s", diff)
	}
	_, err = w.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve})
	var prevented *review.PreventedError
	if !errors.As(err, &prevented) || !strings.Contains(err.Error(), "a guardrail blocks this, and approval will not help: guardrail training at warehouse:sales") {
		t.Errorf("an approval that is prevented: %v", err)
	}
	for who, stranger := range map[string]request.Identity{"nobody": nobody, "the requester": eve} {
		_, err = w.Determine(t.Context(), stranger, req.ID, review.Determination{Act: review.Approve})
		if err == nil || errors.As(err, new(*review.PreventedError)) || strings.Contains(err.Error(), "training") {
			t.Errorf("%s is told %v", who, err)
		}
	}
	w.train(eve, true)
	w.determine(t, twice, req, review.Approve)
	if g := w.settle(t, req); g.State != provision.Active {
		t.Errorf("trained, the grant is %s: %s", g.State, g.Error)
	}
	denied, err := w.Submit(t.Context(), frank, asking("30 DAYS"))
	must(t, err)
	if _, err = w.Determine(t.Context(), owner, denied.ID, review.Determination{Act: review.Deny}); err != nil {
		t.Errorf("a denial is not prevented: %v", err)
	}
}

// TestGuardrailDeniesWhatARuleApproves lets nothing through that nobody looks at.
func TestGuardrailDeniesWhatARuleApproves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rail(t, "training", trained, "warehouse")
	p, err := w.Preview(t.Context(), eve, asking("1 HOURS"))
	must(t, err)
	req := w.submit(t, eve, "1 HOURS")
	rev := w.caseOf(t, req).Review
	if p.Status != request.Denied || req.Status != request.Denied || !strings.Contains(rev.Comment, "guardrail training at warehouse prevents: Ask the data office.") {
		t.Errorf("the preview says %s, the request is %s: %s", p.Status, req.Status, rev.Comment)
	}
}

// TestGuardrailBeforeTheGrant has the facts change between the approval and the
// platform.
func TestGuardrailBeforeTheGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.train(eve, true)
	w.rail(t, "training", trained, orders)
	w.platform.Fail(errPlatform)
	req := w.approved(t, w.asEve(t), "30 DAYS")
	w.restart(t)
	w.train(eve, false)
	w.platform.Fail(nil)
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	all := w.caseOf(t, req)
	if all.Grant.State != provision.Revoked || !strings.Contains(all.Grant.Prevented, "guardrail training at "+string(orders)) || all.Request.Status != request.Revoked || all.Request.Reason != all.Grant.Prevented {
		t.Errorf("the grant is %s (%s), the request %s: %q", all.Grant.State, all.Grant.Prevented, all.Request.Status, all.Request.Reason)
	}
	if w.platform.Allows("eve", orders) {
		t.Error("eve has access")
	}
}

// TestGuardrailWithoutTheDirectory gives nothing, and takes nothing, while nobody
// can say who somebody is.
func TestGuardrailWithoutTheDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.train(eve, true)
	w.rail(t, "training", trained, orders)
	req := w.approved(t, w.asEve(t), "30 DAYS")
	down := errors.New("the directory is down")
	w.Directory.Fail(down)
	if _, err := w.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{}); !errors.Is(err, down) {
		t.Errorf("reconciling says %v", err)
	}
	if g := w.caseOf(t, req).Grant; g.State != provision.Active || !w.platform.Allows("eve", orders) {
		t.Errorf("the grant is %s", g.State)
	}
	w.Directory.Fail(nil)
	second := w.submit(t, frank, "30 DAYS")
	w.Directory.Fail(down)
	if _, err := w.Determine(t.Context(), twice, second.ID, review.Determination{Act: review.Approve}); !errors.Is(err, down) {
		t.Errorf("approving says %v", err)
	}
}

// TestGuardrailEndsLiveGrants has one begin to bite: because it is saved, and
// because a fact has changed.
func TestGuardrailEndsLiveGrants(t *testing.T) {
	t.Parallel()
	for name, bite := range map[string]func(t *testing.T, w *world){
		"saved": func(t *testing.T, w *world) {
			w.rail(t, "training", trained, "warehouse")
			w.train(eve, false)
			w.rail(t, "nobody", "false", "warehouse:sales")
		},
		"a fact changed": func(t *testing.T, w *world) {
			w.rail(t, "training", trained, "warehouse")
			w.work(t)
			w.train(eve, false)
			w.clock.Move(grantwright.DefaultReconcile)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.train(eve, true)
			req := w.approved(t, w.asEve(t), "30 DAYS")
			bite(t, w)
			w.work(t)
			all := w.caseOf(t, req)
			if all.Grant.State != provision.Revoked || all.Grant.Prevented == "" || w.platform.Allows("eve", orders) {
				t.Errorf("the grant is %s, prevented: %q", all.Grant.State, all.Grant.Prevented)
			}
			var told []notify.Topic
			for _, who := range []request.Identity{eve, twice} {
				notices, _, err := w.Inbox().Notices(t.Context(), who, false, store.Position{}, store.MaxPage)
				must(t, err)
				for _, n := range notices {
					if n.Topic == notify.Topic(event.GrantPrevented.Name()) || n.Topic == notify.Topic(event.RequestRevoked.Name()) {
						told = append(told, n.Topic)
						if !strings.Contains(n.Detail, "guardrail") {
							t.Errorf("%s is told %q", who.ID, n.Detail)
						}
					}
				}
			}
			if diff := cmp.Diff([]notify.Topic{notify.Topic(event.RequestRevoked.Name()), notify.Topic(event.GrantPrevented.Name())}, told); diff != "" {
				t.Errorf("eve and the steward are told (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGuardrailByHand ends what was given by hand too.
func TestGuardrailByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) {
		p := c.Platforms["fake"]
		p.Provisioner = nil
		c.Platforms = map[string]provision.Platform{"fake": p}
	})
	w.train(eve, true)
	req := w.approved(t, w.asEve(t), "30 DAYS")
	must(t, justErr(w.Grants().Attest(t.Context(), admin, provision.GrantID(req.ID), provision.Attest{Done: true})))
	pending := w.approved(t, w.asEve(t), "20 DAYS")
	w.rail(t, "training", trained, "warehouse")
	w.train(eve, false)
	if _, err := w.Grants().Attest(t.Context(), admin, provision.GrantID(pending.ID), provision.Attest{Done: true}); !errors.As(err, new(*review.PreventedError)) {
		t.Errorf("attesting what is prevented: %v", err)
	}
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Revoking || g.Prevented == "" || !g.ByHand() {
		t.Errorf("the grant is %s, prevented: %q", g.State, g.Prevented)
	}
}

func justErr[T any](_ T, err error) error { return err }

// TestGuardrailOfContainers excludes what has one nearer, and checks the others
// with the facts of each thing that is covered.
func TestGuardrailOfContainers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	schema := request.Submission{Asset: "warehouse:sales.public", Answers: asking("30 DAYS").Answers}
	granted := w.approvedOn(t, frank, schema)
	w.rail(t, "nearer", "false", customersTable)
	w.work(t)
	p, err := w.Preview(t.Context(), eve, schema)
	must(t, err)
	if diff := cmp.Diff([]catalog.Ref{customersTable}, p.Excluded); diff != "" || len(p.Prevented) > 0 {
		t.Errorf("prevented %v, excluded (-want +got):\n%s", p.Prevented, diff)
	}
	if got := w.to(t, customersTable, time.Time{}); len(got) > 0 {
		t.Errorf("the customers are accessible to %v", got)
	}
	if g := w.caseOf(t, granted).Grant; g.State != provision.Active {
		t.Errorf("the grant on the schema is %s", g.State)
	}
	w.rail(t, "tables of the owners", `asset.name != "orders"`, "warehouse")
	p, err = w.Preview(t.Context(), eve, schema)
	must(t, err)
	want := []review.Prevention{{Guardrail: "tables of the owners", Version: 1, At: "warehouse", Reason: "Ask the data office.", Asset: orders}}
	if diff := cmp.Diff(want, p.Prevented); diff != "" {
		t.Errorf("prevented (-want +got):\n%s", diff)
	}
	w.work(t)
	if g := w.caseOf(t, granted).Grant; g.State != provision.Revoked {
		t.Errorf("the grant on the schema is %s", g.State)
	}
}

func TestGuardrailOfGroups(t *testing.T) {
	t.Parallel()
	analysts := request.Identity{ID: "analysts", Kind: request.Group, Attributes: map[string][]string{"login": {"analysts"}}}
	w := newWorld(t)
	w.Directory.Put(analysts)
	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "warehouse", Technology: "fake",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]", Kinds: []string{"PERSON", "GROUP"}}}))
	w.rail(t, "training", trained, orders)
	w.train(eve, true)
	s := asking("30 DAYS")
	s.Beneficiary = analysts.Person()
	p, err := w.Preview(t.Context(), gov, s)
	must(t, err)
	if len(p.Prevented) != 1 || p.Prevented[0].Person != frank.Person() {
		t.Errorf("with frank, who is not trained: %v", p.Prevented)
	}
	w.train(frank, true)
	req := w.approvedOn(t, gov, s)
	if g := w.caseOf(t, req).Grant; g.State != provision.Active {
		t.Fatalf("all trained, the grant is %s", g.State)
	}
	w.train(frank, false)
	found, err := w.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{DryRun: true})
	must(t, err)
	if len(found.Findings) != 1 || found.Findings[0].Kind != provision.FoundPrevented || found.Findings[0].Mended {
		t.Errorf("a dry run finds %+v", found.Findings)
	}
	if g := w.caseOf(t, req).Grant; g.State != provision.Active {
		t.Errorf("after a dry run the grant is %s", g.State)
	}
	_, err = w.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{})
	must(t, err)
	if g := w.settle(t, req); g.State != provision.Revoked {
		t.Errorf("the grant is %s", g.State)
	}
}

func TestGuardrailsAreGovernances(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rail := review.Guardrail{Name: "training", At: []catalog.Ref{"warehouse:sales", orders}, Require: trained}
	if _, err := w.Governance().Guardrails.Save(t.Context(), admin, rail); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("an administrator saves one: %v", err)
	}
	first := w.rail(t, rail.Name, rail.Require, rail.At...)
	if _, err := w.Governance().Guardrails.Save(t.Context(), gov, rail); !errors.As(err, new(*manifest.StaleError)) {
		t.Errorf("saving on nothing: %v", err)
	}
	if _, err := w.Governance().Guardrails.Save(t.Context(), gov, review.Guardrail{Name: "x", At: []catalog.Ref{"nowhere"}, Require: "true"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("on a connection that there is not: %v", err)
	}
	w.rail(t, "of the whole", "true", "warehouse")
	placed, err := w.Assets().Guardrails(t.Context(), owner, orders)
	must(t, err)
	var got []string
	for _, p := range placed {
		got = append(got, string(p.Name)+" from "+string(p.From))
	}
	if diff := cmp.Diff([]string{"training from " + string(orders), "of the whole from warehouse"}, got); diff != "" {
		t.Errorf("what holds for the orders (-want +got):\n%s", diff)
	}
	if _, err := w.Assets().Guardrails(t.Context(), frank, orders); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("frank looks: %v", err)
	}
	must(t, w.Governance().Guardrails.Delete(t.Context(), gov, first.Name, first.Version))
	if _, err := w.Governance().Guardrails.Newest(t.Context(), gov, "training"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
	old, err := w.Governance().Guardrails.At(t.Context(), auditor, first.Name, first.Version)
	if must(t, err); old.Require != trained || old.SavedBy != gov.Person() {
		t.Errorf("the version that was: %+v", old)
	}
	if all, err := w.Governance().Guardrails.List(t.Context(), gov, "", 10); err != nil || len(all) != 1 {
		t.Errorf("there are %+v, %v", all, err)
	}
}

// TestGuardrailReadsHowGovernanceHasClassified keeps from what is tagged, also where
// a container covers it.
func TestGuardrailReadsHowGovernanceHasClassified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rail(t, "no secrets", `!("secret" in asset.tags)`, "warehouse")
	live := w.approved(t, eve, "30 DAYS")
	w.work(t)
	_, err := w.Governance().Classifications.Save(t.Context(), gov, catalog.Classification{At: orders, Columns: []catalog.ClassifiedColumn{{Name: "email", Tags: []string{"secret"}}}})
	must(t, err)
	for _, s := range []request.Submission{asking("30 DAYS"), {Asset: "warehouse:sales.public", Answers: asking("30 DAYS").Answers}} {
		p, err := w.Preview(t.Context(), frank, s)
		must(t, err)
		if len(p.Prevented) != 1 || p.Prevented[0].Fault != "" {
			t.Errorf("of %s the preview says %+v", s.Asset, p.Prevented)
		}
	}
	w.work(t)
	if g := w.settle(t, live); g.State != provision.Revoked || g.Prevented == "" {
		t.Errorf("what was given before is %s", g.State)
	}
}

// lost is a directory that cannot say who one of them is.
type lost struct {
	request.Directory
	who *request.PersonID
}

func (d lost) Lookup(ctx context.Context, id request.PersonID) (request.Identity, error) {
	if id == *d.who {
		return request.Identity{}, errors.New("the directory is broken for this one")
	}
	return d.Directory.Lookup(ctx, id)
}

// TestGuardrailEndsBesideWhatCannotBeChecked ends what a guardrail prevents, also
// where another grant of the connection cannot be checked.
func TestGuardrailEndsBesideWhatCannotBeChecked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ broken, other request.Identity }{{eve, frank}, {frank, eve}} {
		var who request.PersonID
		w := newWorld(t, func(c *grantwright.Config) { c.Directory = lost{everybody, &who} })
		w.approved(t, tt.broken, "30 DAYS")
		live := w.approved(t, tt.other, "30 DAYS")
		who = tt.broken.Person()
		w.rail(t, "training", trained, "warehouse")
		_, err := w.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{})
		if err == nil || !strings.Contains(err.Error(), "broken for this one") {
			t.Errorf("that %s could not be checked: %v", tt.broken.ID, err)
		}
		if g := w.settle(t, live); g.State != provision.Revoked {
			t.Errorf("while %s cannot be checked, the grant of %s is %s", tt.broken.ID, tt.other.ID, g.State)
		}
	}
}

// Who reads a child, or a view over one, reads rows of the whole: its guardrails hold.
func TestGuardrailsOfTheWholeHoldForItsParts(t *testing.T) {
	t.Parallel()
	const child, shown = catalog.Ref("warehouse:hr.public.orders_24"), catalog.Ref("warehouse:shop.public.orders_of_24")
	w := newWorld(t)
	part := catalog.Asset{Ref: child, Kind: catalog.Table, Technology: "fake", ID: "child", PartOf: []catalog.Ref{orders}}
	view := catalog.Asset{Ref: shown, Kind: catalog.View, Technology: "fake", ID: "view", Through: []catalog.Through{{Way: catalog.ByQuery, Ref: child}}}
	w.platform.Add(part)
	w.platform.Add(view)
	_, err := w.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	w.rail(t, "trained", trained, orders)
	for _, ref := range []catalog.Ref{orders, child, shown} {
		s := asking("1 HOURS")
		s.Asset = ref
		p, err := w.Preview(t.Context(), eve, s)
		must(t, err)
		if len(p.Prevented) != 1 || p.Prevented[0].At != orders {
			t.Errorf("of %s: %+v", ref, p.Prevented)
		}
	}
	listed, err := w.Assets().Guardrails(t.Context(), gov, child)
	if must(t, err); len(listed) != 1 || listed[0].From != orders {
		t.Errorf("listed of the child: %+v", listed)
	}
}
