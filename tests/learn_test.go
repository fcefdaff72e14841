package tests

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// watchful is a flow that keeps secrets in each of its conditions. Its rule fails, so that
// people are asked; its last stage is passed.
func watchful() review.Flow {
	return review.Flow{Name: "asks",
		Rules: []review.Rule{{Name: "known", When: `beneficiary.attributes["WATCHLIST-1"][0] == "x"`, Then: review.Action{Act: review.Approve}}},
		Default: review.Action{Act: review.Ask, Stages: []review.Stage{
			{Name: "first", Mode: review.Any, When: `!("WATCHLIST-2" in beneficiary.groups)`,
				Selectors: []review.Selector{{Group: "sales-owners"}, {When: `"WATCHLIST-3" in steward.groups`}},
				Limit:     review.Limit{Within: request.For(3, request.Days), Late: review.Escalate, Escalate: []review.Selector{{When: `"WATCHLIST-4" in steward.groups`}}}},
			{Name: "second", Mode: review.Any, When: `"WATCHLIST-5" in beneficiary.groups`, Selectors: []review.Selector{{Group: "privacy"}}},
		}}}
}

// learns is everything that somebody may read about a request, as text.
func (w *world) learns(t *testing.T, who request.Identity, id request.ID) string {
	t.Helper()
	var all []any
	add := func(what any, err error) {
		t.Helper()
		if err != nil && !errors.Is(err, request.ErrForbidden) {
			t.Fatal(err)
		}
		all = append(all, what)
		if err != nil {
			all = append(all, err.Error())
		}
	}
	c, err := w.Request(t.Context(), who, id)
	add(c, err)
	events, err := w.Log().Of(t.Context(), who, id, 0, store.MaxPage)
	add(events, err)
	for _, e := range events {
		all = append(all, string(e.Data))
	}
	remarks, _, err := w.Reviews().Remarks(t.Context(), who, id, store.Position{}, store.MaxPage)
	add(remarks, err)
	page, err := w.Requests(t.Context(), who, grantwright.RequestQuery{})
	add(page, err)
	told, _, err := w.Inbox().Messages(t.Context(), who, false, store.Position{}, store.MaxPage)
	add(told, err)
	why, err := w.Explain(t.Context(), who, id)
	add(why, err)
	text, err := json.Marshal(all)
	must(t, err)
	return string(text)
}

// R4: the conditions of a flow, and their errors, are for whoever may explain.
func TestRequestersLearnNoRules(t *testing.T) {
	t.Parallel()
	w, _ := staffed(t, watchful())
	req := w.submit(t, eve, "30 DAYS")
	w.clock.Move(4 * 24 * time.Hour) // it is escalated
	if _, err := w.Determine(t.Context(), privacy, req.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrNotSteward) && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	w.work(t)
	if said := w.learns(t, eve, req.ID); strings.Contains(said, "WATCHLIST") || !strings.Contains(said, "its condition does not hold") {
		t.Errorf("the requester reads %s", said)
	}
	for _, who := range []request.Identity{owner, gov, auditor} {
		said := w.learns(t, who, req.ID)
		for _, secret := range []string{"WATCHLIST-1", "WATCHLIST-2", "WATCHLIST-3", "WATCHLIST-4", "WATCHLIST-5"} {
			if !strings.Contains(said, secret) {
				t.Errorf("%s does not read %s", who.ID, secret)
			}
		}
	}
	selectors := w.steps(t, eve)
	if diff := cmp.Diff([]string{"group sales-owners", "whoever a condition of the flow names"}, selectors); diff != "" {
		t.Errorf("a preview names (-want +got):\n%s", diff)
	}
}

// steps are the stewards of the first step that a preview names.
func (w *world) steps(t *testing.T, who request.Identity) []string {
	t.Helper()
	p, err := w.Preview(t.Context(), who, asking("30 DAYS"))
	must(t, err)
	return p.Steps[0].Stewards
}

// What a guardrail could not read is for whoever may explain, its reason for those whom it
// keeps out; not for whoever asks for another.
func TestWhoLearnsWhyAGuardrailPrevents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rail(t, "watch", `beneficiary.attributes["WATCHLIST-6"][0] == "x"`, orders)
	own := w.submit(t, eve, "1 HOURS") // approved by a rule
	theirs, err := w.Submit(t.Context(), frank, submissionFor(privacyWithLogin(w), "1 HOURS"))
	must(t, err)
	if own.Status != request.Denied || theirs.Status != request.Denied {
		t.Fatalf("they are %s and %s", own.Status, theirs.Status)
	}
	w.work(t)
	for _, tt := range []struct {
		name          string
		who           request.Identity
		req           request.ID
		fault, reason bool
	}{
		{"for themselves", eve, own.ID, false, true},
		{"for another", frank, theirs.ID, false, false},
		{"governance", gov, theirs.ID, true, true},
		{"audit", auditor, own.ID, true, true},
	} {
		said := w.learns(t, tt.who, tt.req)
		if got := strings.Contains(said, "WATCHLIST"); got != tt.fault {
			t.Errorf("%s: learns the fault: %v, want %v: %s", tt.name, got, tt.fault, said)
		}
		if got := strings.Contains(said, "Ask the data office."); got != tt.reason {
			t.Errorf("%s: learns the reason: %v, want %v", tt.name, got, tt.reason)
		}
	}
}

// privacyWithLogin is somebody for whom others ask.
func privacyWithLogin(w *world) request.Identity {
	who := request.Identity{ID: "ben@example.com", Groups: []string{}, Attributes: map[string][]string{"login": {"ben"}}}
	w.Directory.Put(who)
	return who
}

func submissionFor(who request.Identity, duration string) request.Submission {
	s := asking(duration)
	s.Beneficiary = who.Person()
	return s
}

// R3: a preview for others shows no more than their access.
func TestPreviewForOthersShowsNoneOfTheirAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ben := privacyWithLogin(w)
	req := w.approvedOn(t, ben, asking("10 DAYS"))
	w.settle(t, req)
	w.rail(t, "training", trained, orders)
	for _, tt := range []struct {
		by   request.Identity
		sees bool
	}{{frank, false}, {owner, false}, {admin, false}, {ben, true}, {gov, true}, {auditor, true}} {
		p, err := w.Preview(t.Context(), tt.by, submissionFor(ben, "30 DAYS"))
		must(t, err)
		_, err = w.Access().Of(t.Context(), tt.by, ben.Person(), grantwright.AccessQuery{})
		if sees := err == nil; sees != tt.sees || p.Partial == tt.sees {
			t.Errorf("%s sees the access: %v, and the preview is partial: %v; want %v", tt.by.ID, sees, p.Partial, tt.sees)
		}
		if got := len(p.Has) > 0 && len(p.Prevented) > 0; got != tt.sees {
			t.Errorf("%s: has %v, prevented %v, want shown: %v", tt.by.ID, p.Has, p.Prevented, tt.sees)
		}
		if text, err := json.Marshal(p); err != nil || !tt.sees && (strings.Contains(string(text), "data office") || strings.Contains(string(text), `"ben"`)) {
			t.Errorf("%s reads %s, %v", tt.by.ID, text, err)
		}
		if p.Status != request.Pending || len(p.Steps) != 1 {
			t.Errorf("%s: it would be %s by %v", tt.by.ID, p.Status, p.Steps)
		}
	}
}

// Whoever asks for somebody else does not learn how that one gets in otherwise.
func TestRequestersForOthersLearnNoWaysIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ben := privacyWithLogin(w)
	w.platform.OtherWays(provision.Path("SECRET-WAY"))
	req := w.approvedOn(t, frank, submissionFor(ben, "10 DAYS"))
	w.settle(t, req)
	if said := w.learns(t, frank, req.ID); strings.Contains(said, "SECRET-WAY") {
		t.Errorf("the requester reads %s", said)
	}
	if _, err := w.Grants().Plan(t.Context(), frank, req.ID); !errors.Is(err, request.ErrForbidden) || errors.Is(err, store.ErrNotFound) {
		t.Errorf("the plan: %v", err)
	}
	for _, who := range []request.Identity{ben, owner, gov} {
		if said := w.learns(t, who, req.ID); !strings.Contains(said, "SECRET-WAY") {
			t.Errorf("%s does not read of the way in", who.ID)
		}
	}
}

// R12, R13: to a stranger the request of somebody else is as one that does not exist,
// whatever else is wrong with what they do.
func TestOthersLookAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rail(t, "training", trained, orders)
	req := w.submit(t, eve, "30 DAYS")
	ctx, long := t.Context(), strings.Repeat("x", review.MaxCommentBytes+1)
	approve := review.Determination{Act: review.Approve}
	reviews := w.Reviews()
	for name, act := range map[string]func(by request.Identity, id request.ID) error{
		"read":    func(by request.Identity, id request.ID) error { _, err := w.Request(ctx, by, id); return err },
		"events":  func(by request.Identity, id request.ID) error { _, err := w.Log().Of(ctx, by, id, 0, 1); return err },
		"plan":    func(by request.Identity, id request.ID) error { _, err := w.Grants().Plan(ctx, by, id); return err },
		"explain": func(by request.Identity, id request.ID) error { _, err := w.Explain(ctx, by, id); return err },
		"wait":    func(by request.Identity, id request.ID) error { _, err := w.WaitForGrant(ctx, by, id); return err },
		"approve": func(by request.Identity, id request.ID) error {
			_, err := w.Determine(ctx, by, id, approve)
			return err
		},
		"approve old": func(by request.Identity, id request.ID) error {
			_, err := w.Determine(ctx, by, id, review.Determination{Act: review.Approve, Version: 9})
			return err
		},
		"columns": func(by request.Identity, id request.ID) error {
			_, err := w.Determine(ctx, by, id, review.Determination{Act: review.Approve, Columns: []string{"none"}})
			return err
		},
		"long reason": func(by request.Identity, id request.ID) error {
			_, err := w.Determine(ctx, by, id, review.Determination{Act: review.Deny, Reason: long})
			return err
		},
		"many": func(by request.Identity, id request.ID) error {
			all, err := reviews.Determine(ctx, by, []review.Decision{{Request: id, Determination: approve}})
			return errors.Join(err, all[0].Err)
		},
		"cancel":      func(by request.Identity, id request.ID) error { _, err := w.Cancel(ctx, by, id); return err },
		"revoke":      func(by request.Identity, id request.ID) error { _, err := w.Revoke(ctx, by, id, ""); return err },
		"revoke long": func(by request.Identity, id request.ID) error { _, err := w.Revoke(ctx, by, id, long); return err },
		"take back": func(by request.Identity, id request.ID) error {
			_, err := reviews.TakeBack(ctx, by, id, 7, long)
			return err
		},
		"remarks": func(by request.Identity, id request.ID) error {
			_, _, err := reviews.Remarks(ctx, by, id, store.Position{}, 1)
			return err
		},
		"comment": func(by request.Identity, id request.ID) error { _, err := reviews.Comment(ctx, by, id, ""); return err },
		"ask":     func(by request.Identity, id request.ID) error { _, err := reviews.Ask(ctx, by, id, "why?"); return err },
		"answer": func(by request.Identity, id request.ID) error {
			_, err := reviews.Answer(ctx, by, id, "so")
			return err
		},
		"edit": func(by request.Identity, id request.ID) error { _, err := reviews.Edit(ctx, by, id, nil); return err },
		"retry": func(by request.Identity, id request.ID) error {
			_, err := w.Grants().Retry(ctx, by, provision.GrantID(id))
			return err
		},
	} {
		for _, by := range []request.Identity{frank, nobody, admin} {
			if name == "retry" && by.ID == admin.ID {
				continue // ADMIN retries all grants
			}
			absent := act(by, "id-of-none")
			there := act(by, req.ID)
			if absent == nil || there == nil || !errors.Is(there, store.ErrNotFound) || strings.ReplaceAll(there.Error(), string(req.ID), "id-of-none") != absent.Error() {
				t.Errorf("%s by %s: %v, but of an absent one %v", name, by.ID, there, absent)
			}
		}
	}
	for name, err := range map[string]error{
		"the requester approves": w.approves(t, eve, req),
		"AUDIT approves":         w.approves(t, auditor, req),
	} {
		if err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v, want to be told that they may not", name, err)
		}
	}
}

// Notices, batches and proposed changes of others look absent too.
func TestOtherRecordsOfOthersLookAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.SubmitBatch(t.Context(), eve, "", []request.Submission{asking("30 DAYS")})
	must(t, err)
	w.work(t)
	told, _, err := w.Inbox().Notices(t.Context(), owner, false, store.Position{}, 1)
	if must(t, err); len(told) == 0 {
		t.Fatal("the owner is told nothing")
	}
	for _, tt := range []struct {
		id string
		do func(id string) error
	}{
		{string(made[0].Batch), func(id string) error { _, err := w.Batch(t.Context(), nobody, request.BatchID(id)); return err }},
		{told[0].ID, func(id string) error { return w.Inbox().See(t.Context(), nobody, id) }},
	} {
		there, absent := tt.do(tt.id), tt.do("id-of-none")
		if there == nil || absent == nil || strings.ReplaceAll(there.Error(), tt.id, "id-of-none") != absent.Error() || !errors.Is(there, store.ErrNotFound) {
			t.Errorf("%v, but of an absent one %v", there, absent)
		}
	}
}
