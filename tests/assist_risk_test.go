package tests

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// secondIf asks keepers, and by a condition somebody of security too.
func secondIf(when string) review.Flow {
	security := groups(review.Any, "security")
	security.When = when
	return askingIn(groups(review.Any, "keepers"), security)
}

const highOrUnknown = `assist.risk in ["HIGH", "UNDETERMINED"]`

// stagesOf are the names of the stages that apply to a request.
func (w *world) stagesOf(t *testing.T, id request.ID) string {
	t.Helper()
	c, err := w.Request(t.Context(), gov, id)
	must(t, err)
	var names []string
	for _, s := range c.Review.Stages {
		if s.Passed == "" {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, ", ")
}

// riskKept is what was kept of the risk with a request.
func (w *world) riskKept(t *testing.T, id request.ID) string {
	t.Helper()
	why, err := w.Explain(t.Context(), gov, id)
	must(t, err)
	opening, _ := request.Opening(why.Evidence)
	at := slices.IndexFunc(opening.Facts, func(f request.Fact) bool { return f.Name == "assist.risk" })
	if at < 0 {
		return "nothing"
	}
	f := opening.Facts[at]
	return string(f.State) + " " + string(f.Value) + " " + string(f.Source)
}

// TestHighRiskNeedsASecondPerson submits what precedent denies and what it approves, and
// teaches the opposite while the requests wait: the risk stays, until somebody edits.
func TestHighRiskNeedsASecondPerson(t *testing.T) {
	t.Parallel()
	w := taught(t, 20)
	flow := secondIf(highOrUnknown)
	flow.Version = 1
	w.save(t, flow)
	guest, finance := asker("guest", "guests"), asker("fin", "finance")
	w.Directory.Put(guest)
	w.Directory.Put(finance)
	d, err := w.Preview(t.Context(), guest, asking("30 DAYS"))
	must(t, err)
	if len(d.Steps) != 2 || d.Steps[1].Name != "security" {
		t.Errorf("the preview does not say that security is asked: %+v", d)
	}
	risky, safe := w.submit(t, guest, "30 DAYS"), w.submit(t, finance, "30 DAYS")
	for _, tt := range []struct {
		id           request.ID
		stages, kept string
	}{{risky.ID, "keepers, security", `KEPT "HIGH" PRECEDENT`}, {safe.ID, "keepers", `KEPT "LOW" PRECEDENT`}} {
		if got := w.stagesOf(t, tt.id); got != tt.stages {
			t.Errorf("%s is asked, want %s", got, tt.stages)
		}
		if got := w.riskKept(t, tt.id); got != tt.kept {
			t.Errorf("%s was kept, want %s", got, tt.kept)
		}
	}
	keeper := person("keeper", "keepers")
	w.determine(t, keeper, risky, review.Approve)
	must(t, w.Assist().Rebuild(t.Context(), admin))
	c := catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com", Assist: catalog.AssistOff,
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}
	must(t, w.Connections().Register(t.Context(), admin, c))
	w.clock.Move(2 * time.Hour)
	must(t, w.Work(t.Context()))
	if got := w.stagesOf(t, risky.ID) + "; " + w.stagesOf(t, safe.ID); got != "keepers, security; keepers" {
		t.Errorf("the stages have become %s", got)
	}
	seen, err := w.Request(t.Context(), gov, risky.ID)
	must(t, err)
	if live := seen.Review.Live(); len(live) != 1 {
		t.Errorf("%d approvals count, want that of the keeper", len(live))
	}
	_, err = w.Reviews().Edit(t.Context(), finance, safe.ID, request.Answers{"purpose": {"another report"}, "duration": {"30 DAYS"}})
	must(t, err)
	if got := w.stagesOf(t, safe.ID) + ": " + w.riskKept(t, safe.ID); got != "keepers, security: UNKNOWN  PRECEDENT" {
		t.Errorf("after an edit, with review assist off: %s", got)
	}
	w.determine(t, person("sec", "security"), risky, review.Approve)
	if got := w.riskKept(t, risky.ID); got != `KEPT "HIGH" PRECEDENT` {
		t.Errorf("%s is kept with the decision", got)
	}
}

// TestReplayReadsTheRiskThatWasKept replays flows over a request of high risk, and over one
// whose risk nobody has kept.
func TestReplayReadsTheRiskThatWasKept(t *testing.T) {
	t.Parallel()
	w := taught(t, 20)
	before := asker("early", "guests") // under a flow that asks for no risk
	w.Directory.Put(before)
	early := w.submit(t, before, "30 DAYS")
	flow := secondIf(highOrUnknown)
	flow.Version = 1
	w.save(t, flow)
	guest := asker("guest", "guests")
	w.Directory.Put(guest)
	risky := w.submit(t, guest, "30 DAYS")
	for _, tt := range []struct {
		when    string
		facts   manifest.ReplayFacts
		asks    []request.ID // security, of the two
		notKept int
	}{
		{`assist.risk == "HIGH"`, manifest.FactsNow, []request.ID{early.ID, risky.ID}, 0},
		{`assist.risk == "LOW"`, manifest.FactsNow, []request.ID{early.ID}, 0},
		{`assist.risk == "HIGH"`, manifest.FactsThen, []request.ID{risky.ID}, 41},
	} {
		r, err := w.Governance().Replay(t.Context(), gov, secondIf(tt.when), manifest.ReplayQuery{Facts: tt.facts, Limit: 100})
		must(t, err)
		var got []request.ID
		for _, d := range r.Differing {
			if (d.Request == early.ID || d.Request == risky.ID) && strings.Contains(d.Would.Says, "security") {
				got = append(got, d.Request)
			}
		}
		slices.Sort(got)
		slices.Sort(tt.asks)
		if !slices.Equal(got, tt.asks) || r.NotKept != tt.notKept {
			t.Errorf("%s by the facts of %s: security is asked about %v, %d were not kept; want %v and %d", tt.when, tt.facts, got, r.NotKept, tt.asks, tt.notKept)
		}
	}
	all, err := w.Governance().Try(t.Context(), gov, secondIf(highOrUnknown), request.Request{Asset: orders, Type: request.DataAccess, Requester: guest.Person(), Beneficiary: guest.Person(), Privilege: request.Read, Duration: request.For(30, request.Days)})
	must(t, err)
	if s := all[0].Stages[0]; s.Verdict != review.Holds || s.Parts[0].Reads[0].Value != "HIGH" {
		t.Errorf("a trial says %+v", s)
	}
}

// TestNoAdviceWhereNoStageAsks submits under a flow whose stages do not read the risk.
func TestNoAdviceWhereNoStageAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decides(t, secondIf(`request.endless`))
	req := w.submit(t, eve, "30 DAYS")
	if got := w.riskKept(t, req.ID); got != "nothing" {
		t.Errorf("%s was kept of a risk that nobody has asked for", got)
	}
}
