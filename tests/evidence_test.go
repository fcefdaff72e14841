package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// regional approves for the region emea; others are asked about, by a condition.
func regional(version int, region string) review.Flow {
	return review.Flow{Name: "sales", Version: version,
		Rules: []review.Rule{{Name: "region", When: `"` + region + `" in beneficiary.attributes.region && size(asset.tags) == 0`, Then: review.Action{Act: review.Approve}}},
		Default: review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "owners", Mode: review.Any,
			Selectors: []review.Selector{{When: `"sales-owners" in steward.groups`}, {Group: "sales-owners"}}}}}}
}

// in is eve, in a region.
func in(region string) request.Identity {
	e := eve
	e.Attributes = map[string][]string{"login": {"eve"}, "region": {region}, "salary": {"a secret"}}
	return e
}

func (w *world) save(t *testing.T, f review.Flow) {
	t.Helper()
	_, err := w.Governance().Flows.Save(t.Context(), gov, f)
	must(t, err)
}

// TestTheFactsOfADecisionStayWithIt moves somebody to another region after a rule has
// approved for them, and looks at both sides of the reason.
func TestTheFactsOfADecisionStayWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.save(t, regional(1, "emea"))
	w.Directory.Put(in("emea"))
	req := w.submit(t, in("emea"), "30 DAYS")
	if req.Status != request.Approved {
		t.Fatalf("it is %s", req.Status)
	}
	w.clock.Move(3 * 365 * 24 * 60 * 60 * 1e9)
	w.Directory.Put(in("apac"))
	why, err := w.Explain(ctx, gov, req.ID)
	must(t, err)
	if why.Same || why.Flows[0].Rule != "default" || len(why.Then) != 1 || why.Then[0].Rule != "region" || len(why.Lacking) > 0 {
		t.Errorf("now it goes by %q, then by %+v, lacking %v", why.Flows[0].Rule, why.Then, why.Lacking)
	}
	want := []request.Fact{
		{Name: "asset.tags", Of: string(orders), Value: json.RawMessage("null"), Source: request.FromGovernance, State: request.FactKept},
		{Name: "beneficiary.attributes.region", Of: "eve@example.com", Value: json.RawMessage(`["emea"]`), Source: request.FromSignIn, State: request.FactKept},
	}
	if len(why.Evidence) != 1 {
		t.Fatalf("the evidence is %+v", why.Evidence)
	}
	if diff := cmp.Diff(want, why.Evidence[0].Facts); diff != "" {
		t.Errorf("the evidence is otherwise (-want +got):\n%s", diff)
	}

	// Nobody else sees it: not who it is about, nor in the review of whoever may read that.
	if _, err := w.Explain(ctx, in("emea"), req.ID); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("the requester is told: %v", err)
	}
	for _, by := range []request.Identity{in("emea"), gov} {
		seen, err := w.Request(ctx, by, req.ID)
		must(t, err)
		if len(seen.Review.Evidence) > 0 {
			t.Errorf("%s sees the evidence with the review", by.ID)
		}
	}
}

// TestTheFactsOfAStewardAreKept has people decide by a condition, after the facts have
// changed while it was pending.
func TestTheFactsOfAStewardAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.save(t, regional(1, "emea"))
	w.Directory.Put(in("apac"))
	req := w.submit(t, in("apac"), "30 DAYS")
	w.Directory.Put(in("latam"))
	w.determine(t, owner, req, review.Deny)
	why, err := w.Explain(ctx, auditor, req.ID)
	must(t, err)
	if len(why.Evidence) != 2 || why.Evidence[1].By != owner.Person() || len(why.Evidence[1].Facts) != 1 {
		t.Fatalf("the evidence is %+v", why.Evidence)
	}
	if f := why.Evidence[1].Facts[0]; f.Name != "steward.groups" || f.Of != string(owner.Person()) || f.Source != request.FromSignIn || !strings.Contains(string(f.Value), "sales-owners") {
		t.Errorf("of the steward is kept %+v", f)
	}
	// The decision stands on what was known when it was made, and not on the day before.
	if f := why.Evidence[0].Facts[1]; string(f.Value) != `["latam"]` || f.Source != request.FromDirectory {
		t.Errorf("of the beneficiary is kept %s from %s", f.Value, f.Source)
	}
}

// TestEvidenceIsErasedByField erases a fact of a decision, and finds that in the log only.
func TestEvidenceIsErasedByField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.save(t, regional(1, "emea"))
	w.Directory.Put(in("emea"))
	req := w.submit(t, in("emea"), "30 DAYS")
	for _, by := range []request.Identity{eve, owner, admin, auditor} {
		if _, err := w.EraseEvidence(ctx, by, req.ID, []string{"beneficiary"}, ""); !errors.Is(err, request.ErrForbidden) {
			t.Errorf("%s erases: %v", by.ID, err)
		}
	}
	for _, none := range []string{"beneficiary.attributes.reg", "requester"} {
		if erased, err := w.EraseEvidence(ctx, gov, req.ID, []string{none}, "asked to"); err != nil || len(erased) > 0 {
			t.Errorf("%s erased %v, %v", none, erased, err)
		}
	}
	erased, err := w.EraseEvidence(ctx, gov, req.ID, []string{"beneficiary"}, "asked to")
	must(t, err)
	if diff := cmp.Diff([]string{"beneficiary.attributes.region"}, erased); diff != "" {
		t.Errorf("erased is otherwise (-want +got):\n%s", diff)
	}
	why, err := w.Explain(ctx, gov, req.ID)
	must(t, err)
	if f := why.Evidence[0].Facts[1]; f.State != request.FactErased || f.Value != nil || f.Name != "beneficiary.attributes.region" {
		t.Errorf("it stays as %+v", f)
	}
	if diff := cmp.Diff([]string{"beneficiary.attributes.region"}, why.Lacking); diff != "" {
		t.Errorf("lacking is otherwise (-want +got):\n%s", diff)
	}
	events, err := w.Log().Of(ctx, gov, req.ID, 0, 100)
	must(t, err)
	at := slices.IndexFunc(events, func(e store.Event) bool { return e.Type == event.EvidenceErased.Name() })
	if at < 0 || events[at].By != gov.Person() || !strings.Contains(string(events[at].Data), "asked to") || strings.Contains(string(events[at].Data), "emea") {
		t.Errorf("the log says %+v", events)
	}
}

// TestAPendingRequestKeepsItsEvidence refuses to erase what is still to be decided on.
func TestAPendingRequestKeepsItsEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	if _, err := w.EraseEvidence(t.Context(), gov, req.ID, []string{"beneficiary"}, ""); !errors.Is(err, store.ErrState) {
		t.Errorf("it is erased while it is pending: %v", err)
	}
}

// TestAReplayByTheFactsOfThen moves somebody, and replays flows that read what was kept, and
// one that reads more.
func TestAReplayByTheFactsOfThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.save(t, regional(1, "emea"))
	w.Directory.Put(in("emea"))
	req := w.submit(t, in("emea"), "30 DAYS")
	w.Directory.Put(in("apac"))
	more := regional(2, "emea")
	more.Rules[0].When += ` && requester.name != "x"`
	for _, tt := range []struct {
		name             string
		flow             review.Flow
		facts            manifest.ReplayFacts
		differs, notKept int
	}{
		{"of now, where nobody is in emea", regional(2, "latam"), manifest.FactsNow, 0, 0},
		{"of then", regional(2, "latam"), manifest.FactsThen, 1, 0},
		{"of now, for who is here now", regional(2, "apac"), "", 1, 0},
		{"of then, the same", regional(2, "emea"), manifest.FactsThen, 0, 0},
		{"of then, reading more", more, manifest.FactsThen, 0, 1},
	} {
		got, err := w.Governance().Replay(ctx, gov, tt.flow, manifest.ReplayQuery{Facts: tt.facts})
		must(t, err)
		if len(got.Differing) != tt.differs || got.NotKept != tt.notKept || got.Looked+got.NotKept != 1 {
			t.Errorf("%s: %+v, want %d that differ and %d not kept", tt.name, got, tt.differs, tt.notKept)
		}
		if want := tt.facts; want != "" && got.Facts != want || got.Facts == "" {
			t.Errorf("%s: it says that the facts are of %q", tt.name, got.Facts)
		}
	}
	_, err := w.EraseEvidence(ctx, gov, req.ID, []string{"beneficiary"}, "")
	must(t, err)
	if got, err := w.Governance().Replay(ctx, gov, regional(2, "latam"), manifest.ReplayQuery{Facts: manifest.FactsThen}); err != nil || got.NotKept != 1 {
		t.Errorf("after it was erased: %+v, %v", got, err)
	}
}

// TestEvidenceIsBounded reads an attribute of many values.
func TestEvidenceIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.save(t, regional(1, "emea"))
	many := in("emea")
	for range 1000 {
		many.Attributes["region"] = append(many.Attributes["region"], "region")
	}
	req := w.submit(t, many, "30 DAYS")
	why, err := w.Explain(t.Context(), gov, req.ID)
	must(t, err)
	if f := why.Evidence[0].Facts[1]; f.State != request.FactTooLarge || len(f.Value) > 0 {
		t.Errorf("kept is %.100s of %s", f.Value, f.State)
	}
}

// TestTheFactsOfWhatAnAssetCoversAreKept tags something in a schema, and takes somebody out of
// a group, after a rule and a guardrail have let them through.
func TestTheFactsOfWhatAnAssetCoversAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	clean := func(version int, when string) review.Flow {
		f := regional(version, "emea")
		f.Rules = []review.Rule{{Name: "clean", When: when, Then: review.Action{Act: review.Approve}}}
		return f
	}
	tag := func(version int, tags ...string) {
		t.Helper()
		_, err := w.Governance().Classifications.Save(ctx, gov, catalog.Classification{At: orders, Version: version, Columns: []catalog.ClassifiedColumn{{Name: "email", Tags: tags}}})
		must(t, err)
	}
	w.save(t, clean(1, `!("pii" in asset.tags)`))
	w.rail(t, "staff", `"staff" in beneficiary.groups && !("secret" in asset.tags)`, "warehouse")
	tag(0, "mail")
	staff := in("emea")
	staff.Groups = []string{"staff"}
	w.Directory.Put(staff)
	s := asking("30 DAYS")
	s.Asset = "warehouse:sales.public"
	req, err := w.Submit(ctx, staff, s)
	must(t, err)
	if req.Status != request.Approved {
		t.Fatalf("it is %s", req.Status)
	}
	w.Directory.Put(in("emea"))
	tag(1, "mail", "pii")
	why, err := w.Explain(ctx, gov, req.ID)
	must(t, err)
	if !strings.HasPrefix(why.Flows[0].Says, "asks people") || len(why.Then) != 1 || why.Then[0].Says != "approves at once" || len(why.Lacking) > 0 {
		t.Errorf("now it %s, then it %+v, lacking %v", why.Flows[0].Says, why.Then, why.Lacking)
	}
	tags := func(name string, of catalog.Ref, value string) request.Fact {
		return request.Fact{Name: name, Of: string(of), Value: json.RawMessage(value), Source: request.FromGovernance, State: request.FactKept}
	}
	covered := []request.Fact{tags("covered.tags", customersTable, "null"), tags("covered.tags", orders, `["mail"]`)}
	own := tags("asset.tags", s.Asset, "null")
	groups := request.Fact{Name: "beneficiary.groups", Of: "eve@example.com", Value: json.RawMessage(`["staff"]`), Source: request.FromSignIn, State: request.FactKept}
	if len(why.Evidence) != 2 || why.Evidence[0].Guardrails || !why.Evidence[1].Guardrails {
		t.Fatalf("the evidence is %+v", why.Evidence)
	}
	for i, want := range [][]request.Fact{append([]request.Fact{own}, covered...), append([]request.Fact{own, groups}, covered...)} {
		if diff := cmp.Diff(want, why.Evidence[i].Facts); diff != "" {
			t.Errorf("piece %d of the evidence is otherwise (-want +got):\n%s", i, diff)
		}
	}

	replay := func(f review.Flow, differs, notKept int) {
		t.Helper()
		got, err := w.Governance().Replay(ctx, gov, f, manifest.ReplayQuery{Facts: manifest.FactsThen})
		must(t, err)
		if len(got.Differing) != differs || got.NotKept != notKept {
			t.Errorf("%s: %+v, want %d that differ and %d not kept", f.Rules[0].When, got, differs, notKept)
		}
	}
	replay(clean(2, `!("mail" in asset.tags)`), 1, 0)
	replay(clean(2, `!("tax" in asset.tags)`), 0, 0)
	replay(clean(2, `size(asset.columns) < 100`), 0, 1) // of which nothing was kept
	erased, err := w.EraseEvidence(ctx, gov, req.ID, []string{"covered"}, "")
	must(t, err)
	if !slices.Equal(erased, []string{"covered.tags"}) {
		t.Errorf("erased is %v", erased)
	}
	replay(clean(2, `!("mail" in asset.tags)`), 0, 1)
}

// TestTheFactsOfGuardrailsAreThoseOfTheApproval moves somebody between two determinations.
func TestTheFactsOfGuardrailsAreThoseOfTheApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rail(t, "training", trained, "warehouse")
	req := w.submit(t, eve, "30 DAYS")
	_, err := w.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve})
	if prevented := (*review.PreventedError)(nil); !errors.As(err, &prevented) {
		t.Fatalf("it is not prevented: %v", err)
	}
	w.train(eve, true)
	w.determine(t, owner, req, review.Approve)
	w.train(eve, false)
	why, err := w.Explain(t.Context(), gov, req.ID)
	must(t, err)
	last := why.Evidence[len(why.Evidence)-1]
	if !last.Guardrails || len(last.Facts) != 1 || !strings.Contains(string(last.Facts[0].Value), "trained") || last.Facts[0].Source != request.FromDirectory {
		t.Errorf("the evidence is %+v", why.Evidence)
	}
}

// TestWhatIsCoveredIsBounded reads the columns of more tables than there is room for.
func TestWhatIsCoveredIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := regional(1, "emea")
	f.Rules = []review.Rule{{Name: "narrow", When: `size(asset.columns) < 100`, Then: review.Action{Act: review.Approve}}}
	w.save(t, f)
	for i := range request.MaxEvidenceFacts {
		w.platform.Add(catalog.Asset{Ref: catalog.Ref(fmt.Sprintf("warehouse:sales.public.t%d", i)), Kind: catalog.Table, ID: fmt.Sprint("t", i), Columns: []catalog.Column{{Name: fmt.Sprint("c", i)}}})
	}
	_, err := w.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	s := asking("30 DAYS")
	s.Asset = "warehouse:sales.public"
	req, err := w.Submit(t.Context(), eve, s)
	must(t, err)
	why, err := w.Explain(t.Context(), gov, req.ID)
	must(t, err)
	// Its own, of those without columns, of orders, and of the others.
	if e := why.Evidence[0]; len(e.Facts) != request.MaxEvidenceFacts || e.More != 3 {
		t.Errorf("%d facts are kept, and %d more", len(e.Facts), e.More)
	}
	if !slices.Equal(why.Lacking, []string{"what the asset covers"}) {
		t.Errorf("lacking is %v", why.Lacking)
	}
}
