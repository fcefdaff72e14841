package tests

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// inRegion is somebody of a region.
func inRegion(name, region string) request.Identity {
	who := person(name)
	who.Attributes = map[string][]string{"region": {region}, "login": {name}}
	return who
}

// toldOf reports whether somebody has a notice of a topic.
func (w *world) toldOf(t *testing.T, who request.Identity, topic notify.Topic) bool {
	t.Helper()
	notices, _, err := w.Inbox().Notices(t.Context(), who, false, store.Position{}, store.MaxPage)
	must(t, err)
	return slices.ContainsFunc(notices, func(n notify.Notice) bool { return n.Topic == topic })
}

// emea asks whoever is of a region, by a condition.
var emea = askingIn(selecting(review.Selector{When: `"emea" in steward.attributes.region`}))

// selecting is a stage that asks by one selector.
func selecting(s review.Selector) review.Stage {
	return review.Stage{Name: "stewards", Mode: review.Any, Selectors: []review.Selector{s}}
}

// TestConditionsFindStewards tells those who meet the condition of a selector, and nobody
// else.
func TestConditionsFindStewards(t *testing.T) {
	t.Parallel()
	w, directory := staffed(t, emea)
	one, two, other := inRegion("one", "emea"), inRegion("two", "emea"), inRegion("other", "apac")
	directory.Put(one, two, other)
	req := w.submit(t, eve, "30 DAYS")
	w.work(t)
	created := notify.Topic(event.RequestCreated.Name())
	for who, want := range map[string]request.Identity{"one": one, "two": two} {
		if !w.toldOf(t, want, created) {
			t.Errorf("%s is not told", who)
		}
	}
	if w.toldOf(t, other, created) || w.toldOf(t, gov, created) {
		t.Error("somebody is told who does not meet the condition")
	}
	if rev := w.review(t, req); rev.Stages[0].Approvals[0].Fallback {
		t.Error("it falls back although there are stewards")
	}
	must(t, w.approves(t, two, req))
}

// TestConditionsThatNobodyMeetsFallBack lets governance decide where the directory knows
// everybody, and nobody who may decide meets the condition.
func TestConditionsThatNobodyMeetsFallBack(t *testing.T) {
	t.Parallel()
	for name, requester := range map[string]request.Identity{"nobody": eve, "only the requester": inRegion("eve", "emea")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, directory := staffed(t, emea)
			directory.Put(inRegion("other", "apac"))
			for _, i := range everybody { // of whom all attributes are known
				if i.Attributes == nil {
					i.Attributes = map[string][]string{}
				}
				directory.Put(i)
			}
			directory.Put(requester)
			req := w.submit(t, requester, "30 DAYS")
			w.work(t)
			if rev := w.review(t, req); !rev.Stages[0].Approvals[0].Fallback || !w.toldOf(t, gov, notify.Topic(event.RequestFellBack.Name())) {
				t.Errorf("it waits for nobody: %+v", rev.Stages[0])
			}
			must(t, w.approves(t, gov, req))
		})
	}
}

// TestConditionsOnTheUnknownDoNotFallBack leaves the decision with those who may meet the
// condition, as long as that is not known of somebody.
func TestConditionsOnTheUnknownDoNotFallBack(t *testing.T) {
	t.Parallel()
	w, directory := staffed(t, emea)
	unknown := person("unknown")
	unknown.Attributes = nil
	directory.Put(unknown)
	req := w.submit(t, eve, "30 DAYS")
	w.clock.Move(time.Hour)
	w.work(t)
	if rev := w.review(t, req); rev.Stages[0].Approvals[0].Fallback {
		t.Error("it falls back although somebody may meet the condition")
	}
	directory.Put(inRegion("unknown", "emea"))
	must(t, w.approves(t, inRegion("unknown", "emea"), req))
}

// TestNobodyKnownForDays tells governance and administrators of a request for which the
// directory knows nobody, and cannot say that there is nobody.
func TestNobodyKnownForDays(t *testing.T) {
	t.Parallel()
	for name, selector := range map[string]review.Selector{"a group": {Group: "strangers"}, "a condition": {When: `"strangers" in steward.groups`}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *grantwright.Config) { c.Directory = nil })
			must(t, w.People().Seen(t.Context(), everybody...))
			w.decides(t, askingIn(selecting(selector)))
			known := w.submit(t, frank, "30 DAYS")
			for day := range 4 {
				w.work(t)
				rev := w.review(t, known)
				told := w.toldOf(t, gov, notify.Topic(event.RequestUnattended.Name())) && w.toldOf(t, admin, notify.Topic(event.RequestUnattended.Name()))
				if late := day == 3; rev.Unattended.IsZero() == late || told != late || rev.Stages[0].Approvals[0].Fallback {
					t.Errorf("on day %d: unattended %v, told %v", day, rev.Unattended, told)
				}
				w.clock.Move(24 * time.Hour)
			}
		})
	}
}

// TestLintKnowsWhoDecides warns of a flow whose stewards are not there, or are not all known.
func TestLintKnowsWhoDecides(t *testing.T) {
	t.Parallel()
	asks := func(s review.Selector) review.Flow { return askingIn(selecting(s)) }
	byName, byCondition := asks(review.Selector{Group: "strangers"}), asks(review.Selector{When: `"strangers" in steward.groups`})
	for _, tt := range []struct {
		name  string
		whole bool // the directory knows everybody
		flow  review.Flow
		want  []review.WarningCode
	}{
		{"a group that is there", true, asks(review.Selector{Group: "privacy"}), nil},
		{"a group of nobody", true, byName, []review.WarningCode{review.NoStewards}},
		{"a condition", true, byCondition, nil},
		{"the manager, who depends on the request", false, asks(review.Selector{Manager: "manager"}), nil},
		{"a group of people who may come", false, byName, []review.WarningCode{review.StewardsUnknown}},
		{"a group of people of whom some came", false, asks(review.Selector{Group: "privacy"}), []review.WarningCode{review.StewardsUnknown}},
		{"a condition that people may meet who come", false, byCondition, []review.WarningCode{review.StewardsUnknown}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *grantwright.Config) {
				if !tt.whole {
					c.Directory = nil
				}
			})
			must(t, w.People().Seen(t.Context(), everybody...))
			found, err := w.Governance().Flows.Lint(t.Context(), gov, tt.flow)
			must(t, err)
			var got []review.WarningCode
			for _, f := range found {
				got = append(got, f.Code)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the warnings differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWhoSavesAFlowSeesWhoIsNotKnown warns in the differences of a file, and of a proposal.
func TestWhoSavesAFlowSeesWhoIsNotKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = nil })
	must(t, w.People().Seen(t.Context(), append(everybody, second)...))
	w.Config.FourEyes = manifest.FourEyesAlways
	w.restart(t)
	want, err := w.Governance().Export(t.Context(), gov)
	must(t, err)
	f := askingIn(selecting(review.Selector{Group: "strangers"}))
	want.Flows = append(want.Flows, f)
	warned := func(all manifest.Differences) bool {
		return slices.ContainsFunc(all, func(d manifest.Difference) bool {
			return d.Name == string(f.Name) && slices.ContainsFunc(d.Warnings, func(w string) bool { return strings.Contains(w, "does not know all") })
		})
	}
	differences, err := w.Governance().Diff(t.Context(), gov, want)
	if must(t, err); !warned(differences) {
		t.Errorf("the file is not warned of: %+v", differences)
	}
	_, err = w.Governance().Flows.Save(t.Context(), gov, f)
	seen, err := w.Proposals().Proposal(t.Context(), second, proposal(t, err))
	if must(t, err); !warned(seen.Changes) {
		t.Errorf("the proposal is not warned of: %+v", seen.Changes)
	}
}
