package tests

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	why, err := w.Explain(t.Context(), owner, req.ID)
	must(t, err)
	if why.Rule != "default" || !why.Same || len(why.Flows) != 1 || why.Flows[0].Rule != "default" || len(why.Flows[0].Rules) != 3 ||
		why.Flows[0].Says != "asks people: each of group sales-owners, group privacy" {
		t.Fatalf("explained as %+v", why)
	}
	part := why.Flows[0].Rules[0].Parts[0]
	want := review.Part{Condition: `request.duration <= duration("1h")`, Words: "the duration asked for is at most 1 hour", Verdict: review.HoldsNot,
		Reads: []review.FactRead{{Name: "request.duration", Words: "the duration asked for", Value: "30 days"}}}
	if diff := cmp.Diff(want, part); diff != "" {
		t.Errorf("the first part differs (-want +got):\n%s", diff)
	}
}

// Stewards see by which selectors they are asked, and what conditions read of them.
func TestExplainSelectors(t *testing.T) {
	t.Parallel()
	stage := groups(review.All, "sales-owners", "nobody")
	stage.Selectors = append(stage.Selectors, review.Selector{When: "'privacy' in steward.groups && asset.name == 'orders'"})
	w, _ := staffed(t, askingIn(stage))
	req := w.submit(t, eve, "30 DAYS")
	why, err := w.Explain(t.Context(), owner, req.ID)
	must(t, err)
	want := []review.ExplainedSelector{
		{Stage: "sales-owners and nobody", Selector: "group sales-owners", Verdict: review.Holds},
		{Stage: "sales-owners and nobody", Selector: "group nobody", Verdict: review.HoldsNot},
		{Stage: "sales-owners and nobody", Selector: "whoever matches " + stage.Selectors[2].When, Verdict: review.HoldsNot, Parts: []review.Part{
			{Condition: `"privacy" in steward.groups`, Words: "the steward’s groups include “privacy”", Verdict: review.HoldsNot,
				Reads: []review.FactRead{{Name: "steward.groups", Words: "the steward’s groups", Value: "sales-owners"}}},
			{Condition: `asset.name == "orders"`, Words: "the asset’s name is “orders”", Verdict: review.Holds,
				Reads: []review.FactRead{{Name: "asset.name", Words: "the asset’s name", Value: "orders"}}},
		}},
	}
	if diff := cmp.Diff(want, why.Selectors); diff != "" {
		t.Errorf("the selectors differ (-want +got):\n%s", diff)
	}
	must(t, w.approves(t, privacy, req))
	if why, err = w.Explain(t.Context(), privacy, req.ID); err != nil || why.Selectors[2].Verdict != review.Holds || why.Selectors[0].Verdict != review.HoldsNot {
		t.Errorf("for another they are %+v, %v", why.Selectors, err)
	}
}

// The flow that is explained is the one that the request was submitted under, and
// what has changed since shows.
func TestExplainKeepsToThePinnedFlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	byGroup := longer()
	byGroup.Rules[0] = review.Rule{Name: "analysts", When: "'analysts' in beneficiary.groups", Then: review.Action{Act: review.Ask, Stages: flow.Default.Stages}}
	_, err := w.Governance().Flows.Save(t.Context(), gov, byGroup)
	must(t, err)
	req := w.submit(t, eve, "30 DAYS")
	next := longer()
	next.Version = 2
	_, err = w.Governance().Flows.Save(t.Context(), gov, next)
	must(t, err)
	left := eve
	left.Groups = []string{}
	w.Config.Directory = request.Roster{left, owner, gov}
	w.restart(t)
	why, err := w.Explain(t.Context(), owner, req.ID)
	must(t, err)
	if why.Rule != "analysts" || why.Same || why.Flows[0].Flow.Version != 2 || why.Flows[0].Rules[0].Verdict != review.HoldsNot {
		t.Errorf("explained as %+v", why)
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	hour := w.submit(t, eve, "1 HOURS")
	w.clock.Move(time.Second)
	two := w.submit(t, frank, "2 HOURS")
	w.clock.Move(time.Second)
	w.submit(t, eve, "30 DAYS")
	w.clock.Move(time.Second)
	w.settle(t, hour)
	before := w.caseOf(t, hour)
	got, err := w.Governance().Replay(ctx, gov, longer(), manifest.ReplayQuery{})
	must(t, err)
	want := manifest.Replay{Flow: "sales", Facts: manifest.FactsNow, Looked: 3, Differing: []manifest.Replayed{{Request: two.ID, Asset: orders, Requester: frank.Person(), Beneficiary: frank.Person(),
		Submitted: two.Submitted, Status: request.Pending,
		Was:   manifest.ReplayOutcome{Rule: "any owner", Status: request.Pending, Says: "asks people: one of group sales-owners, group privacy"},
		Would: manifest.ReplayOutcome{Rule: "short", Status: request.Approved, Says: "approves at once"}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the replay differs (-want +got):\n%s", diff)
	}
	if same, err := w.Governance().Replay(ctx, auditor, flow, manifest.ReplayQuery{}); err != nil || same.Looked != 3 || len(same.Differing) != 0 {
		t.Errorf("the same flow: %+v, %v", same, err)
	}
	_, err = w.Governance().Replay(ctx, gov, review.Flow{Name: "sales"}, manifest.ReplayQuery{})
	if !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("a flow that is none: %v", err)
	}
	if diff := cmp.Diff(before, w.caseOf(t, hour)); diff != "" || before.Request.Status != request.Approved {
		t.Errorf("the replay has changed a request that is %s (-before +after):\n%s", before.Request.Status, diff)
	}
}

// A replay goes on where a page ended, also when its time is up.
func TestReplayIsPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		who := []request.Identity{eve, frank}[i%2]
		req := w.submit(t, who, "2 HOURS")
		_, err := w.Cancel(t.Context(), who, req.ID)
		must(t, err)
		w.clock.Move(time.Second)
	}
	seen, pages := 0, 0
	for after := (store.Position{}); ; pages++ {
		got, err := w.Governance().Replay(t.Context(), gov, longer(), manifest.ReplayQuery{After: after, Limit: 2})
		must(t, err)
		seen += len(got.Differing)
		if after = got.Next; after.Zero() {
			break
		}
	}
	if seen != 5 || pages != 2 {
		t.Errorf("%d requests differ on %d pages", seen, pages+1)
	}
}

// A flow that would be attached is run over past requests for what it would cover.
func TestReplayOfAnAttachment(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx := t.Context()
	hour, month := w.submit(t, eve, "1 HOURS"), w.submit(t, frank, "30 DAYS")
	elsewhere := customers("30 DAYS")
	_, err := w.Submit(ctx, frank, elsewhere)
	must(t, err)
	id := proposal(t, attach(ctx, w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: review.DefaultFlow.Name}))
	got, err := w.Proposals().Replay(ctx, second, id, review.DefaultFlow.Name, manifest.ReplayQuery{})
	must(t, err)
	var differ []request.ID
	for _, d := range got.Differing {
		if differ = append(differ, d.Request); d.Would.Says != "asks people: somebody of permission GOVERNANCE" {
			t.Errorf("it would be %+v", d.Would)
		}
	}
	slices.Sort(differ)
	if want := []request.ID{hour.ID, month.ID}; got.Looked != 2 || cmp.Diff(slices.Sorted(slices.Values(want)), differ) != "" {
		t.Errorf("looked at %d, and %v differ, want %v", got.Looked, differ, want)
	}
	must(t, func() error { _, err := w.Proposals().Approve(ctx, second, id, ""); return err }())
}

func TestLintInTheEngine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	risky := review.Flow{Name: "sales", Version: 1, Default: review.Action{Act: review.Approve}}
	found, err := w.Governance().Flows.Lint(t.Context(), auditor, risky)
	must(t, err)
	var got []string
	for _, f := range found {
		got = append(got, string(f.Code))
	}
	if diff := cmp.Diff([]string{"ANY_BENEFICIARY", "WRITING", "ENDLESS"}, got); diff != "" {
		t.Errorf("the warnings differ (-want +got):\n%s", diff)
	}
	stored, err := w.Governance().Export(t.Context(), gov)
	must(t, err)
	differs, err := w.Governance().Diff(t.Context(), gov, stored.With(manifest.Definitions{Flows: []review.Flow{risky}}))
	must(t, err)
	if len(differs) != 1 || len(differs[0].Warnings) != 3 || !strings.Contains(differs.String(), "! default approves for anybody") {
		t.Errorf("the differences are\n%s", differs)
	}
}

// Where one form is known, its answers are known to the flow: a misspelled one is
// refused when either is saved, or when both are attached at one place.
func TestAnswersAreTypedByTheForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, g := t.Context(), w.Governance()
	form := request.Form{Name: "regional", Title: "Regional", Flow: "regional", Questions: []request.Question{
		{ID: "region", Type: request.Dropdown, Title: "Region?", Options: []string{"EU"}}, {ID: "time", Type: request.AccessDuration, Title: "How long?"}}}
	by := func(condition string) review.Flow {
		return review.Flow{Name: "regional", Rules: []review.Rule{{Name: "r", When: condition, Then: review.Action{Act: review.Deny}}}, Default: flow.Default}
	}
	misspelled := func(what string, err error) {
		t.Helper()
		if rule := (*review.RuleError)(nil); !errors.As(err, &rule) || rule.Line != 1 || rule.Expression == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := g.Flows.Save(ctx, gov, by("answers.regoin == 'EU'"))
	must(t, err) // no form is known yet
	_, err = g.Forms.Save(ctx, gov, form)
	misspelled("saving the form", err)
	right := by("answers.region == 'EU'")
	right.Version = 1
	_, err = g.Flows.Save(ctx, gov, right)
	must(t, err)
	_, err = g.Forms.Save(ctx, gov, form)
	must(t, err)
	wrong := by("answers.region > duration('1h')")
	wrong.Version = 2
	_, err = g.Flows.Save(ctx, gov, wrong)
	misspelled("saving the flow", err)
	must2 := func(_ any, err error) { t.Helper(); must(t, err) }
	other := by("answers.other == 'x'")
	other.Name = "other"
	must2(g.Flows.Save(ctx, gov, other))
	loose := form
	loose.Name, loose.Flow = "loose", ""
	must2(g.Forms.Save(ctx, gov, loose))
	misspelled("attaching both", attach(ctx, g, gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "loose", Flow: "other"}))
	must(t, attach(ctx, g, gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "other"}))
	found, err := g.Flows.Lint(ctx, gov, other)
	if err != nil || len(found) != 1 || found[0].Code != review.AnswerNotAsked {
		t.Errorf("where the default form holds, lint says %v, %v", found, err)
	}
}
