package tests

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// second is another person who holds GOVERNANCE.
var second = request.Identity{ID: "second@example.com", Permissions: []request.Permission{request.Governance}}

// watched is a world in which two people hold GOVERNANCE, from after it was
// furnished.
func watched(t *testing.T, change ...func(*grantwright.Config)) *world {
	t.Helper()
	w := newWorld(t, change...)
	w.Config.Directory = append(request.Roster{second}, everybody...)
	w.restart(t)
	return w
}

// proposal wants that a change awaits a second person, and returns which.
func proposal(t *testing.T, err error) manifest.ProposalID {
	t.Helper()
	proposed := (*manifest.ProposedError)(nil)
	if !errors.As(err, &proposed) || !errors.Is(err, manifest.ErrProposed) {
		t.Fatalf("the change does not await a second person: %v", err)
	}
	return proposed.Proposal
}

// longer is the next version of the flow, which approves for longer.
func longer() review.Flow {
	next := flow
	next.Version = 1
	next.Rules = append([]review.Rule{}, flow.Rules...)
	next.Rules[0].When = `request.duration <= duration("2h")`
	return next
}

func TestOnePersonChangesThingsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if v, err := w.Governance().Flows.Save(t.Context(), gov, longer()); err != nil || v.Version != 2 {
		t.Errorf("saved %v, %v", v, err)
	}
}

func TestTwoPeopleChangeAFlow(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx, g := t.Context(), w.Governance()
	_, err := g.Flows.Save(ctx, gov, longer())
	id := proposal(t, err)
	if f, err := g.Flows.Newest(ctx, gov, "sales"); err != nil || f.Version != 1 {
		t.Fatalf("the flow is changed before anybody has approved: %+v, %v", f, err)
	}
	_, err = g.Flows.Save(ctx, gov, longer())
	if again := proposal(t, err); again != id {
		t.Errorf("the same again is proposal %s, not %s", again, id)
	}
	seen, err := w.Proposals().Proposal(ctx, second, id)
	must(t, err)
	want := manifest.Differences{{What: "flow", Name: "sales", How: manifest.Changed, Based: 1,
		Fields: []manifest.Field{{Name: "rules[0].when", From: `"request.duration <= duration(\"1h\")"`, To: `"request.duration <= duration(\"2h\")"`}},
		Lets:   longerLets}}
	for i := range seen.Changes {
		if len(seen.Changes[i].Warnings) == 0 {
			t.Errorf("nothing warns of a rule that approves for anybody: %+v", seen.Changes[i])
		}
		seen.Changes[i].Warnings = nil
	}
	if diff := cmp.Diff(want, seen.Changes); diff != "" || seen.Stale || !seen.May.Decide || seen.May.Withdraw {
		t.Errorf("the second person sees %+v (-want +got):\n%s", seen, diff)
	}
	w.submit(t, eve, "2 HOURS")
	replay, err := w.Proposals().Replay(ctx, second, id, "sales", manifest.ReplayQuery{})
	if err != nil || len(seen.Flows) != 1 || len(replay.Differing) != 1 || replay.Differing[0].Would.Status != request.Approved {
		t.Errorf("it changes the flows %v, and the replay says %+v, %v", seen.Flows, replay, err)
	}
	if _, err := w.Proposals().Approve(ctx, gov, id, ""); !errors.Is(err, manifest.ErrOwnProposal) {
		t.Errorf("the proposer approves: %v", err)
	}
	if _, err := w.Proposals().Refuse(ctx, gov, id, ""); !errors.Is(err, manifest.ErrOwnProposal) {
		t.Errorf("the proposer refuses: %v", err)
	}
	done, err := w.Proposals().Approve(ctx, second, id, "fine")
	must(t, err)
	f, err := g.Flows.Newest(ctx, gov, "sales")
	must(t, err)
	if f.Version != 2 || f.SavedBy != gov.Person() || f.AgreedBy != second.Person() || done.Status != manifest.ProposalApproved || done.Decider != second.Person() {
		t.Errorf("flow %+v, proposal %+v", f, done)
	}
	if _, err := w.Proposals().Approve(ctx, second, id, ""); !errors.Is(err, store.ErrState) {
		t.Errorf("it is approved twice: %v", err)
	}
	w.work(t)
	if got := topicsOf(inboxOf(t, w, second)); !strings.Contains(got, "proposal.created ACT proposals/"+string(id)) {
		t.Errorf("the second person is told %s", got)
	}
	if got := topicsOf(inboxOf(t, w, gov)); !strings.Contains(got, "proposal.approved MINE proposals/"+string(id)) || strings.Contains(got, "proposal.created") {
		t.Errorf("the proposer is told %s", got)
	}
}

func topicsOf(notices []notify.Notice) string {
	var all []string
	for _, n := range notices {
		all = append(all, string(n.Topic)+" "+string(n.Concern)+" "+n.Subject)
	}
	return strings.Join(all, "\n")
}

// A flow that two people have seen approves for either of them, as for anybody.
func TestAFlowThatTwoHaveSeenApprovesForItsSaver(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		two  bool
		want request.Status
	}{{"alone", false, request.Pending}, {"two", true, request.Approved}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			saver := gov
			saver.Attributes = map[string][]string{"login": {"gov"}}
			w := newWorld(t, func(c *grantwright.Config) {
				c.Directory, c.FourEyes = request.Roster{saver, second, eve, admin}, manifest.FourEyesNever
			})
			if tt.two {
				w.Config.FourEyes = manifest.FourEyesIfTwo
				w.restart(t)
			}
			_, err := w.Governance().Flows.Save(t.Context(), saver, longer())
			if tt.two {
				_, err = w.Proposals().Approve(t.Context(), second, proposal(t, err), "")
				must(t, err)
				attached := attach(t.Context(), w.Governance(), saver, request.Attachment{At: orders, Type: request.DataAccess, Flow: "sales"})
				_, err = w.Proposals().Approve(t.Context(), second, proposal(t, attached), "") // what is attached above was by the saver alone
			}
			must(t, err)
			if req := w.submit(t, saver, "1 HOURS"); req.Status != tt.want {
				t.Errorf("the saver's own request is %s, want %s", req.Status, tt.want)
			}
		})
	}
}

// Every kind of change waits, and is made by the approval.
func TestEveryChangeTakesTwo(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	hook := notify.WebhookSettings{Name: "catalog", URL: "https://hooks.example.com/x", Answers: true}
	conn := catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com", Principals: catalog.Principals{Table: map[string]string{"eve@example.com": "root"}}}
	for _, tt := range []struct {
		name  string
		setUp func(t *testing.T, w *world)
		do    func(w *world) error
		done  func(w *world) bool
	}{
		{"save a form", nil, func(w *world) error { _, err := w.Governance().Forms.Save(ctx, gov, plain("extra")); return err },
			func(w *world) bool {
				f, err := w.Governance().Forms.Newest(ctx, gov, "extra")
				return err == nil && f.AgreedBy == second.Person()
			}},
		{"delete a form", func(t *testing.T, w *world) {
			_, err := w.Governance().Forms.Save(ctx, gov, plain("extra"))
			must(t, err)
		},
			func(w *world) error {
				return w.Governance().Forms.Delete(ctx, gov, "extra", 1)
			},
			func(w *world) bool {
				_, err := w.Governance().Forms.Newest(ctx, gov, "extra")
				return errors.Is(err, store.ErrNotFound)
			}},
		{"delete a flow", func(t *testing.T, w *world) {
			f := flow
			f.Name = "extra"
			_, err := w.Governance().Flows.Save(ctx, gov, f)
			must(t, err)
		},
			func(w *world) error {
				return w.Governance().Flows.Delete(ctx, gov, "extra", 1)
			},
			func(w *world) bool {
				_, err := w.Governance().Flows.Newest(ctx, gov, "extra")
				return errors.Is(err, store.ErrNotFound)
			}},
		{"save an agreement", nil, func(w *world) error {
			_, err := w.Governance().Agreements.Save(ctx, gov, request.Agreement{Name: "terms", Title: "Terms", Text: "Be kind."})
			return err
		},
			func(w *world) bool {
				a, err := w.Governance().Agreements.Newest(ctx, gov, "terms")
				return err == nil && a.AgreedBy == second.Person()
			}},
		{"delete an agreement", func(t *testing.T, w *world) {
			_, err := w.Governance().Agreements.Save(ctx, gov, request.Agreement{Name: "terms", Title: "Terms", Text: "Be kind."})
			must(t, err)
		},
			func(w *world) error {
				return w.Governance().Agreements.Delete(ctx, gov, "terms", 1)
			},
			func(w *world) bool {
				_, err := w.Governance().Agreements.Newest(ctx, gov, "terms")
				return errors.Is(err, store.ErrNotFound)
			}},
		{"attach", nil, func(w *world) error {
			return attach(ctx, w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "sales"})
		},
			func(w *world) bool {
				e, err := w.Assets().Entry(ctx, gov, orders, request.DataAccess)
				return err == nil && e.From.FlowFrom == orders
			}},
		{"detach", nil, func(w *world) error {
			return attach(ctx, w.Governance(), gov, request.Attachment{At: "warehouse:sales", Type: request.DataAccess})
		},
			func(w *world) bool {
				e, err := w.Assets().Entry(ctx, gov, orders, request.DataAccess)
				return err == nil && e.From.Flow == ""
			}},
		{"apply a file", nil, func(w *world) error {
			want := wanted(t, asCode)
			d, err := w.Governance().Diff(ctx, gov, want)
			if err == nil {
				_, err = w.Governance().Apply(ctx, gov, want, d.Hash())
			}
			return err
		}, func(w *world) bool {
			d, err := w.Governance().Diff(ctx, gov, wanted(t, asCode))
			return err == nil && len(d) == 0
		}},
		{"map principals", nil, func(w *world) error { return w.Connections().Register(ctx, admin, conn) },
			func(w *world) bool {
				all, err := w.Connections().All(ctx, admin, "", 10)
				return err == nil && all[0].Principals.Table["eve@example.com"] == "root"
			}},
		{"release a principal", func(t *testing.T, w *world) {
			req := w.submit(t, eve, "30 DAYS")
			_, err := w.Cancel(ctx, eve, req.ID)
			must(t, err)
		}, func(w *world) error { return w.Connections().Release(ctx, admin, "warehouse", "eve") },
			func(w *world) bool {
				_, err := records.PrincipalClaims.Get(ctx, w.store, records.ClaimKey("warehouse", "eve"))
				return errors.Is(err, store.ErrNotFound)
			}},
		{"register a webhook", nil, func(w *world) error {
			_, secret, err := w.Webhooks().Register(ctx, admin, hook, "")
			if secret == "" {
				t.Error("no secret is shown")
			}
			return err
		}, func(w *world) bool {
			all, err := w.Webhooks().All(ctx, admin, "", 10)
			return err == nil && len(all) == 1 && all[0].Owner == admin.Person()
		}},
		{"change a webhook", hooked(hook), func(w *world) error {
			h := hook
			h.URL += "/y"
			_, err := w.Webhooks().Set(ctx, admin, onlyHook(t, w), h)
			return err
		},
			func(w *world) bool {
				all, err := w.Webhooks().All(ctx, admin, "", 10)
				return err == nil && all[0].URL == hook.URL+"/y"
			}},
		{"agree to a webhook", hooked(hook), func(w *world) error {
			_, err := w.Webhooks().Agree(ctx, gov, onlyHook(t, w), true, hook.URL)
			return err
		},
			func(w *world) bool {
				all, err := w.Webhooks().All(ctx, admin, "", 10)
				return err == nil && all[0].Agreed == gov.Person()
			}},
		{"remove a webhook", hooked(hook), func(w *world) error { return w.Webhooks().Remove(ctx, admin, onlyHook(t, w), 0) },
			func(w *world) bool {
				all, err := w.Webhooks().All(ctx, admin, "", 10)
				return err == nil && len(all) == 0
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *grantwright.Config) { c.Key = make([]byte, notify.KeyBytes) })
			if tt.setUp != nil {
				tt.setUp(t, w)
			}
			w.Config.Directory = append(request.Roster{second}, everybody...)
			w.restart(t)
			id := proposal(t, tt.do(w))
			if tt.done(w) {
				t.Fatal("it is done before anybody has approved")
			}
			if _, err := w.Proposals().Approve(ctx, second, id, "seen"); err != nil {
				t.Fatal(err)
			}
			if !tt.done(w) {
				t.Error("it is approved, and not done")
			}
		})
	}
}

func plain(name request.FormName) request.Form {
	return request.Form{Name: name, Title: "Extra", Questions: []request.Question{{ID: "duration", Title: "For how long?", Type: request.AccessDuration, Required: true}}}
}

func hooked(s notify.WebhookSettings) func(t *testing.T, w *world) {
	return func(t *testing.T, w *world) {
		t.Helper()
		_, _, err := w.Webhooks().Register(t.Context(), admin, s, "env:HOOK")
		must(t, err)
	}
}

func onlyHook(t *testing.T, w *world) notify.WebhookID {
	t.Helper()
	all, err := w.Webhooks().All(t.Context(), admin, "", 10)
	must(t, err)
	return all[0].ID
}

// What changes nobody's name on the platform, and what ends a disclosure, waits
// for nobody.
func TestSomeChangesTakeOne(t *testing.T) {
	t.Parallel()
	w := watched(t, func(c *grantwright.Config) { c.Key = make([]byte, notify.KeyBytes) })
	ctx := t.Context()
	must(t, w.Connections().Register(ctx, admin, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "other.example.com",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	_, _, err := w.Webhooks().Register(ctx, admin, notify.WebhookSettings{Name: "x", URL: "https://hooks.example.com", Answers: true}, "")
	_, err = w.Proposals().Approve(ctx, gov, proposal(t, err), "")
	must(t, err)
	_, err = w.Webhooks().Agree(ctx, gov, onlyHook(t, w), false, "")
	must(t, err)
	_, _, err = w.Webhooks().Rotate(ctx, admin, onlyHook(t, w), "", 0)
	must(t, err)
}

// A proposal is based on what stood when it was made.
func TestAStaleProposalIsNotApplied(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx := t.Context()
	_, err := w.Governance().Flows.Save(ctx, gov, longer())
	first := proposal(t, err)
	other := longer()
	other.Max = request.For(1, request.Years)
	_, err = w.Governance().Flows.Save(ctx, second, other)
	_, err = w.Proposals().Approve(ctx, gov, proposal(t, err), "")
	must(t, err)
	seen, err := w.Proposals().Proposal(ctx, second, first)
	if err != nil || !seen.Stale {
		t.Errorf("the proposal is not shown as stale: %+v, %v", seen, err)
	}
	if _, err := w.Proposals().Approve(ctx, second, first, ""); !errors.As(err, new(*manifest.StaleProposalError)) {
		t.Errorf("a stale proposal: %v", err)
	}
	if f, err := w.Governance().Flows.Newest(ctx, gov, "sales"); err != nil || f.Version != 2 || f.Max != other.Max {
		t.Errorf("the flow is %+v, %v", f, err)
	}
	again := longer()
	again.Version = 2
	_, err = w.Governance().Flows.Save(ctx, gov, again)
	if anew := proposal(t, err); anew == first {
		t.Error("the same on top of what stands now is the stale proposal")
	}
	if p, err := w.Proposals().Withdraw(ctx, gov, first); err != nil || p.Status != manifest.ProposalWithdrawn {
		t.Errorf("withdrawn: %+v, %v", p, err)
	}
}

func TestProposalsEnd(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx := t.Context()
	_, err := w.Governance().Flows.Save(ctx, gov, longer())
	id := proposal(t, err)
	if _, err := w.Proposals().Withdraw(ctx, second, id); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("another withdraws it: %v", err)
	}
	if p, err := w.Proposals().Refuse(ctx, second, id, "too long"); err != nil || p.Reason != "too long" {
		t.Errorf("refused: %+v, %v", p, err)
	}
	_, err = w.Governance().Flows.Save(ctx, gov, longer())
	lapses := proposal(t, err)
	w.clock.Move(governance.ProposalPending)
	if _, err := w.Proposals().Approve(ctx, second, lapses, ""); !errors.Is(err, store.ErrState) {
		t.Errorf("one that is over is approved: %v", err)
	}
	w.work(t)
	all, _, err := w.Proposals().All(ctx, second, "", store.Position{}, 10)
	must(t, err)
	var got []string
	for _, p := range all {
		got = append(got, string(p.Status))
	}
	slices.Sort(got) // they were made at the same time
	if diff := cmp.Diff([]string{"LAPSED", "REFUSED"}, got); diff != "" {
		t.Errorf("the statuses differ (-want +got):\n%s", diff)
	}
	if f, err := w.Governance().Flows.Newest(ctx, gov, "sales"); err != nil || f.Version != 1 {
		t.Errorf("the flow is %+v, %v", f, err)
	}
}

// Whoever has lost the right meanwhile is no longer one of two.
func TestAProposerWhoHasLeftIsNotOneOfTwo(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx := t.Context()
	_, err := w.Governance().Flows.Save(ctx, gov, longer())
	id := proposal(t, err)
	w.Config.Directory = request.Roster{second, eve, admin}
	w.restart(t)
	if _, err := w.Proposals().Approve(ctx, second, id, ""); !errors.Is(err, store.ErrState) || !strings.Contains(err.Error(), "has GOVERNANCE no more") {
		t.Errorf("approved: %v", err)
	}
}

// Whom the proposer has named their substitute is no second person.
func TestASubstituteIsNoSecondPerson(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx := t.Context()
	_, err := w.Governance().Flows.Save(ctx, gov, longer())
	id := proposal(t, err)
	_, err = w.Substitutes().Name(ctx, gov, second.Person(), w.clock.Now(), w.clock.Now().Add(24*time.Hour), "on leave")
	must(t, err)
	if seen, err := w.Proposals().Proposal(ctx, second, id); err != nil || seen.May.Decide {
		t.Errorf("the substitute may decide: %+v, %v", seen.May, err)
	}
	if _, err := w.Proposals().Approve(ctx, second, id, ""); !errors.Is(err, manifest.ErrOwnProposal) {
		t.Errorf("the substitute approves: %v", err)
	}
	w.clock.Move(25 * time.Hour)
	_, err = w.Proposals().Approve(ctx, second, id, "")
	must(t, err)
}

// With a directory of those who have acted, the second one who acts is the second
// person.
func TestWhoHasActedIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = nil })
	_, err := w.Governance().Flows.Save(t.Context(), second, longer())
	proposal(t, err)
}

func TestFourEyesAlways(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Config.FourEyes = manifest.FourEyesAlways
	w.restart(t)
	_, err := w.Governance().Flows.Save(t.Context(), gov, longer())
	proposal(t, err)
}

// Of two who approve and withdraw at once, one wins.
func TestProposalsRace(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx := t.Context()
	for range 10 {
		f, err := w.Governance().Flows.Newest(ctx, gov, "sales")
		must(t, err)
		f.Max = request.For(f.Version, request.Days)
		_, err = w.Governance().Flows.Save(ctx, gov, f)
		id := proposal(t, err)
		errs := make(chan error, 2)
		go func() { _, err := w.Proposals().Approve(ctx, second, id, ""); errs <- err }()
		go func() { _, err := w.Proposals().Withdraw(ctx, gov, id); errs <- err }()
		one, two := <-errs, <-errs
		if (one == nil) == (two == nil) || errors.Join(one, two) != nil && !errors.Is(errors.Join(one, two), store.ErrState) {
			t.Fatalf("approving and withdrawing at once: %v, %v", one, two)
		}
		p, err := w.Proposals().Proposal(ctx, gov, id)
		must(t, err)
		now, err := w.Governance().Flows.Newest(ctx, gov, "sales")
		must(t, err)
		if (p.Status == manifest.ProposalApproved) != (now.Version == f.Version+1) {
			t.Fatalf("the proposal is %s, the flow at version %d", p.Status, now.Version)
		}
		w.clock.Move(time.Second)
	}
}

// Whoever disables the other does not come to change things alone.
func TestDisablingTheSecondPersonLeavesNobodyAlone(t *testing.T) {
	t.Parallel()
	w := watched(t)
	must(t, w.StopSwitches().Disable(t.Context(), gov, second.Person(), "in my way"))
	_, err := w.Governance().Flows.Save(t.Context(), gov, longer())
	id := proposal(t, err)
	if _, err := w.Proposals().Approve(t.Context(), second, id, ""); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("somebody who is disabled approves: %v", err)
	}
}
