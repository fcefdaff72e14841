package tests

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// inEmergency is a flow in which eve may have the orders at once.
func inEmergency() review.Flow {
	f := flow
	f.Version = 1
	f.Emergency = &review.Emergency{For: []review.Selector{{Person: eve.Person()}}, Longest: request.For(4, request.Hours),
		Tell: []review.Selector{{Person: nobody.Person()}}, Review: []review.Selector{{Group: "privacy"}}, Within: request.For(2, request.Days)}
	return f
}

// urgent asks for the orders at once.
func urgent() request.Submission {
	s := asking("30 DAYS")
	s.Emergency = "the nightly load has stopped"
	return s
}

func emergencyWorld(t *testing.T, change func(*review.Flow)) *world {
	t.Helper()
	w := newWorld(t)
	f := inEmergency()
	if change != nil {
		change(&f)
	}
	_, err := w.Governance().Flows.Save(t.Context(), gov, f)
	must(t, err)
	return w
}

// Access that cannot wait works at once, is told to many, ends by itself, and is reviewed by
// somebody else.
func TestEmergencyAccess(t *testing.T) {
	t.Parallel()
	w := emergencyWorld(t, nil)
	ctx := t.Context()
	w.submit(t, eve, "30 DAYS") // waits for people meanwhile
	w.news(t, nobody, privacy, gov, owner)
	req, err := w.Submit(ctx, eve, urgent())
	must(t, err)
	if g := w.settle(t, req); g.State != provision.Active || !g.Emergency || g.Duration != request.For(4, request.Hours) || !w.platform.Allows("eve", orders) {
		t.Fatalf("the grant is %s, for %s", g.State, g.Duration)
	}
	for who, told := range w.news(t, nobody, privacy, gov, owner) {
		if !slices.Equal(told, []notify.Topic{"request.emergency"}) {
			t.Errorf("%s is told %v", who, told)
		}
	}
	c := w.caseOf(t, req)
	if !c.Review.Emergency || len(c.Review.Stages) == 0 || c.Request.Emergency == nil || !c.Request.Emergency.Waits() || !c.May.Emergency || c.May.Renew {
		t.Errorf("the case is %+v of %+v, may %+v", c.Review, c.Request.Emergency, c.May)
	}
	if _, err := w.Submit(ctx, eve, urgent()); !hasFault(err, "emergency") {
		t.Errorf("extended: %v", err)
	}
	renewal := asking("30 DAYS")
	renewal.Renews = req.ID
	if _, err := w.Submit(ctx, eve, renewal); !hasFault(err, "renews") {
		t.Errorf("renewed: %v", err)
	}
	if _, err := w.Reviews().ReviewEmergency(ctx, eve, req.ID, request.Justified, "it was me"); !errors.Is(err, review.ErrOwnRequest) {
		t.Errorf("reviewed by whom it is of: %v", err)
	}
	if _, err := w.Reviews().ReviewEmergency(ctx, owner, req.ID, request.Justified, "fine"); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("reviewed by a data steward who is not named: %v", err)
	}
	w.clock.Move(5 * time.Hour)
	w.work(t)
	if g := w.settle(t, req); g.State != provision.Revoked || w.platform.Allows("eve", orders) {
		t.Errorf("after its hours the grant is %s", g.State)
	}
	w.clock.Move(48 * time.Hour)
	w.work(t)
	if told := w.news(t, privacy); !slices.Contains(told[privacy.ID], "request.emergency_overdue") {
		t.Errorf("when it is overdue: %v", told)
	}
	w.work(t)
	if told := w.news(t, privacy); slices.Contains(told[privacy.ID], "request.emergency_overdue") {
		t.Errorf("told twice in a day: %v", told)
	}
	if all, _, err := w.Reviews().Emergencies(ctx, privacy, request.Unreviewed, store.Position{}, 10); err != nil || len(all) != 1 {
		t.Errorf("waiting: %v, %v", all, err)
	}
	if all, _, err := w.Reviews().Emergencies(ctx, frank, "", store.Position{}, 10); err != nil || len(all) != 0 {
		t.Errorf("frank sees %v, %v", all, err)
	}
	if _, err := w.Reviews().ReviewEmergency(ctx, privacy, req.ID, request.NotJustified, " "); !hasFault(err, "note") {
		t.Errorf("without a note: %v", err)
	}
	req, err = w.Reviews().ReviewEmergency(ctx, privacy, req.ID, request.NotJustified, "the load was fine")
	must(t, err)
	if _, err := w.Reviews().ReviewEmergency(ctx, gov, req.ID, request.Justified, "no"); !errors.Is(err, store.ErrState) || req.Emergency.By != privacy.Person() {
		t.Errorf("reviewed again: %v, by %s", err, req.Emergency.By)
	}
	if all, _, err := w.Reviews().Emergencies(ctx, gov, request.NotJustified, store.Position{}, 10); err != nil || len(all) != 1 {
		t.Errorf("not justified: %v, %v", all, err)
	}
	w.work(t)
	w.clock.Move(72 * time.Hour)
	w.work(t)
	if told := w.news(t, privacy); slices.Contains(told[privacy.ID], "request.emergency_overdue") {
		t.Errorf("told after the review: %v", told)
	}
	var sum event.Counts
	days, _, err := w.Log().Tallies(ctx, auditor)
	must(t, err)
	for _, d := range days {
		for _, c := range d.Connections {
			sum = sum.Plus(c)
		}
	}
	if sum.Emergencies != 1 || sum.Overdue != 1 || sum.Unjustified != 1 || sum.ByRule != 0 {
		t.Errorf("counted %+v", sum)
	}
}

// What a flow does not let have at once is refused, and nothing is given.
func TestEmergencyAccessIsRefused(t *testing.T) {
	t.Parallel()
	ruling := gov // with a login
	ruling.Attributes = map[string][]string{"login": {"gov"}}
	for name, tt := range map[string]struct {
		flow func(*review.Flow)
		by   request.Identity
		ask  func(*request.Submission)
		with func(*world)
	}{
		"no emergency part":  {flow: func(f *review.Flow) { f.Emergency = nil }},
		"somebody else":      {by: frank},
		"for another":        {ask: func(s *request.Submission) { s.Beneficiary = frank.Person() }},
		"nothing but spaces": {ask: func(s *request.Submission) { s.Emergency = " " }},
		"an exception":       {ask: func(s *request.Submission) { s.Type, s.Columns = request.MaskingException, []string{"id"} }},
		"denied by a rule": {flow: func(f *review.Flow) {
			f.Rules = []review.Rule{{Name: "never", When: "true", Then: review.Action{Act: review.Deny}}}
		}},
		"approved by a rule": {flow: func(f *review.Flow) {
			f.Rules = []review.Rule{{Name: "always", When: "true", Then: review.Action{Act: review.Approve}}}
		}},
		"whoever saved it": {by: ruling, flow: func(f *review.Flow) { f.Emergency.For = []review.Selector{{Permission: request.Governance}} }},
		"frozen": {with: func(w *world) {
			must(t, w.StopSwitches().FreezeApprovals(t.Context(), gov, "an incident"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := emergencyWorld(t, tt.flow)
			if tt.with != nil {
				tt.with(w)
			}
			by, s := tt.by, urgent()
			if by.ID == "" {
				by = eve
			}
			if tt.ask != nil {
				tt.ask(&s)
			}
			if req, err := w.Submit(t.Context(), by, s); !hasFault(err, "emergency") {
				t.Errorf("it is %s, %v", req.Status, err)
			}
			if p, err := w.Preview(t.Context(), by, s); err != nil || !slices.ContainsFunc(p.Faults, func(f request.Fault) bool { return f.Field == "emergency" }) {
				t.Errorf("previewed: %+v, %v", p.Faults, err)
			}
		})
	}
}

// A guardrail prevents in an emergency too; the attempt is on record.
func TestGuardrailsPreventInAnEmergency(t *testing.T) {
	t.Parallel()
	w := emergencyWorld(t, nil)
	ctx := t.Context()
	_, err := w.Governance().Guardrails.Save(ctx, gov, review.Guardrail{Name: "trained", At: []catalog.Ref{"warehouse:sales"}, Require: "false"})
	must(t, err)
	req, err := w.Submit(ctx, eve, urgent())
	must(t, err)
	if req.Status != request.Denied || req.Emergency == nil || req.Emergency.Waits() || w.platform.Allows("eve", orders) {
		t.Errorf("it is %s, %+v", req.Status, req.Emergency)
	}
}

// A replay of the flow leaves out what nobody decided.
func TestReplaysLeaveOutEmergencies(t *testing.T) {
	t.Parallel()
	w := emergencyWorld(t, nil)
	ctx := t.Context()
	_, err := w.Submit(ctx, eve, urgent())
	must(t, err)
	changed := inEmergency()
	changed.Version = 2
	changed.Default = review.Action{Act: review.Deny}
	r, err := w.Governance().Replay(ctx, gov, changed, manifest.ReplayQuery{})
	if err != nil || len(r.Differing) != 0 {
		t.Errorf("replayed %+v, %v", r, err)
	}
}

func hasFault(err error, field string) bool {
	return slices.ContainsFunc(request.FaultsOf(err), func(f request.Fault) bool { return f.Field == field })
}
