package tests

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

func TestFromLinkToAccessAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link, err := catalog.ParseLink(url.Values{"fullyQualifiedName": {"sales.public.orders"}, "technology": {"fake"}, "host": {"warehouse"}})
	must(t, err)
	entry, err := w.Resolve(t.Context(), eve, link)
	must(t, err)
	if entry.Asset.Ref != orders || entry.Form.Name != request.DefaultForm.Name || entry.From.FlowFrom != "warehouse:sales" {
		t.Fatalf("the link leads to %+v", entry)
	}

	req := w.submit(t, eve, "30 DAYS")
	if req.Status != request.Pending || w.platform.Allows("eve", orders) {
		t.Fatalf("after submitting: %s, access %v", req.Status, w.platform.Allows("eve", orders))
	}
	req = w.determine(t, owner, req, review.Approve)
	if req.Status != request.Pending {
		t.Fatalf("one approval of two settled it: %s", req.Status)
	}
	req = w.determine(t, privacy, req, review.Approve)
	g := w.settle(t, req)
	want := provision.Grant{State: provision.Active, Known: provision.Verified, Started: w.clock.Now(), Ends: w.clock.Now().AddDate(0, 0, 30)}
	got := provision.Grant{State: g.State, Known: g.Known, Started: g.Started, Ends: g.Ends}
	if diff := cmp.Diff(want, got); diff != "" || !w.platform.Allows("eve", orders) {
		t.Fatalf("the grant differs (-want +got):\n%s", diff)
	}

	req, err = w.Revoke(t.Context(), eve, req.ID, "done early")
	must(t, err)
	g = w.settle(t, req)
	if req.Status != request.Revoked || g.State != provision.Revoked || w.platform.Allows("eve", orders) {
		t.Errorf("after revoking: request %s, grant %s, access %v", req.Status, g.State, w.platform.Allows("eve", orders))
	}
}

func TestRulesDecideAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "1 HOURS")
	if req.Status != request.Approved {
		t.Errorf("an hour is %s, want APPROVED", req.Status)
	}
	if w.settle(t, req); !w.platform.Allows("eve", orders) {
		t.Error("approved at once, and no access")
	}
	writing := asking("30 DAYS")
	writing.Privilege = request.ReadWrite
	req, err := w.Submit(t.Context(), frank, writing)
	must(t, err)
	if req.Status != request.Denied || w.platform.Allows("frank", orders) {
		t.Errorf("writing is %s, want DENIED without access", req.Status)
	}
}

func TestDenialIsFinal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, req, review.Approve)
	req = w.determine(t, privacy, req, review.Deny)
	_, err := w.Determine(t.Context(), twice, req.ID, review.Determination{Act: review.Approve})
	if req.Status != request.Denied || !errors.Is(err, review.ErrDecided) || w.platform.Acts() != 0 {
		t.Errorf("status %s, later approval: %v, acts on the platform: %d", req.Status, err, w.platform.Acts())
	}
}

func TestExpiresByTheClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	w.clock.Move(30*24*time.Hour - time.Second)
	w.work(t)
	if !w.platform.Allows("eve", orders) {
		t.Fatal("access went a second too early")
	}
	w.clock.Move(time.Second)
	w.work(t)
	got := w.caseOf(t, req)
	if got.Request.Status != request.Expired || got.Grant.State != provision.Revoked || w.platform.Allows("eve", orders) {
		t.Errorf("request %s, grant %s, access %v", got.Request.Status, got.Grant.State, w.platform.Allows("eve", orders))
	}
}

func TestPendingRequestsLapse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	w.clock.Move(30 * 24 * time.Hour)
	_, err := w.Determine(t.Context(), twice, req.ID, review.Determination{Act: review.Approve})
	if !errors.Is(err, review.ErrDecided) {
		t.Errorf("approving after 30 days: %v", err)
	}
	w.work(t)
	if got := w.caseOf(t, req); got.Request.Status != request.Lapsed || got.Review.Status != request.Lapsed {
		t.Errorf("request %s, review %s, want LAPSED", got.Request.Status, got.Review.Status)
	}
}

func TestGrantThatNeverWorksLapses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	req := w.approved(t, eve, "30 DAYS")
	w.clock.Move(provision.ActivationLimit)
	w.platform.Fail(nil)
	w.work(t)
	got := w.caseOf(t, req)
	if got.Request.Status != request.Lapsed || got.Grant.State != provision.Revoked || w.platform.Allows("eve", orders) {
		t.Errorf("request %s, grant %s, access %v", got.Request.Status, got.Grant.State, w.platform.Allows("eve", orders))
	}
}

func TestPlatformDownDuringGrantAndRevoke(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	req := w.approved(t, eve, "30 DAYS")
	if g := w.caseOf(t, req).Grant; g.State != provision.Failed || g.Error != errPlatform.Error() || g.Attempts != 1 || !g.Retry.After(w.clock.Now()) {
		t.Fatalf("while the platform is down: %+v", g)
	}
	w.platform.Fail(nil)
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Active || g.Error != "" || !g.Started.Equal(w.clock.Now()) {
		t.Fatalf("when it is back: %+v", g)
	}

	w.platform.Fail(errPlatform)
	_, err := w.Revoke(t.Context(), gov, req.ID, "")
	must(t, err)
	if g := w.settle(t, req); g.State != provision.Revoking || g.Error == "" {
		t.Fatalf("revoking while it is down: %+v", g)
	}
	w.platform.Fail(nil)
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Revoked || w.platform.Allows("eve", orders) {
		t.Errorf("revoked when it is back: %+v", g)
	}
}

func TestRevokeBeforeTheGrantWorked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	req := w.approved(t, eve, "30 DAYS")
	_, err := w.Revoke(t.Context(), gov, req.ID, "")
	must(t, err)
	w.platform.Fail(nil)
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Revoked || w.platform.Allows("eve", orders) {
		t.Errorf("state %s, access %v", g.State, w.platform.Allows("eve", orders))
	}
}

func TestOverlappingGrantsEndOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	short := w.approved(t, eve, "1 HOURS")
	long := w.approved(t, eve, "30 DAYS")
	w.clock.Move(time.Hour)
	w.work(t)
	if got := w.caseOf(t, short); got.Grant.State != provision.Revoked || !w.platform.Allows("eve", orders) {
		t.Fatalf("the short one is %s, access %v", got.Grant.State, w.platform.Allows("eve", orders))
	}
	_, err := w.Revoke(t.Context(), gov, long.ID, "")
	must(t, err)
	if w.settle(t, long); w.platform.Allows("eve", orders) {
		t.Error("both have ended and access is left")
	}
}

func TestPrincipalIsResolvedAgainBeforeTheGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "warehouse", Technology: "fake",
		Principals: catalog.Principals{Table: map[string]string{"eve@example.com": "someone_else"}}}))
	req = w.determine(t, twice, req, review.Approve)
	if g := w.settle(t, req); g.State != provision.Failed || w.platform.Allows("eve", orders) || w.platform.Allows("someone_else", orders) {
		t.Errorf("the mapping was changed after submit: %s, %s", g.State, g.Error)
	}
}

func TestTemporaryApprovalShortensNeverWidens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ asked, given, want string }{
		{"30 DAYS", "7 DAYS", "7 DAYS"},
		{"30 DAYS", "1 YEARS", ""}, // refused: it says so, and widens nothing
		{"30 DAYS", "ENDLESS", ""},
		{"ENDLESS", "7 DAYS", "7 DAYS"},
		{"ENDLESS", "", "ENDLESS"},
	} {
		t.Run(tt.asked+" "+tt.given, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			req := w.submit(t, eve, tt.asked)
			var given request.Duration
			must(t, given.UnmarshalText([]byte(tt.given)))
			req, err := w.Determine(t.Context(), twice, req.ID, review.Determination{Act: review.Approve, Duration: given})
			if tt.want == "" {
				if invalid := (*request.InvalidError)(nil); !errors.As(err, &invalid) || !strings.Contains(invalid.Error(), "longer than what was asked") {
					t.Errorf("given for %s: %v", tt.given, err)
				}
				return
			}
			must(t, err)
			if g := w.settle(t, req); g.Duration.String() != tt.want {
				t.Errorf("granted for %s, want %s", g.Duration, tt.want)
			}
			if kept := w.caseOf(t, req).Request; kept.Duration.String() != tt.asked || kept.Privilege != request.Read {
				t.Errorf("asked for %s of %s by now, was %s", kept.Privilege, kept.Duration, tt.asked)
			}
		})
	}
}

func TestBadInputIsRefusedAndNothingKept(t *testing.T) {
	t.Parallel()
	submission := func(change func(*request.Submission)) request.Submission {
		s := asking("30 DAYS")
		change(&s)
		return s
	}
	invalid := func(err error) bool { return errors.As(err, new(*request.InvalidError)) }
	is := func(target error) func(error) bool {
		return func(err error) bool { return errors.Is(err, target) }
	}
	for _, tt := range []struct {
		name string
		by   request.Identity
		s    request.Submission
		want func(error) bool
	}{
		{"no person", request.Identity{}, asking("30 DAYS"), invalid},
		{"unknown asset", eve, submission(func(s *request.Submission) { s.Asset = "warehouse:sales.public.nothing" }), is(catalog.ErrNotFound)},
		{"no reference", eve, submission(func(s *request.Submission) { s.Asset = `warehouse:"` }), is(catalog.ErrRef)},
		{"unknown beneficiary", eve, submission(func(s *request.Submission) { s.Beneficiary = "ghost@example.com" }), is(request.ErrUnknownPerson)},
		{"no principal", nobody, asking("30 DAYS"), is(provision.ErrNoPrincipal)},
		{"unknown question", eve, submission(func(s *request.Submission) { s.Answers["color"] = []string{"blue"} }), invalid},
		{"required answer missing", eve, submission(func(s *request.Submission) { delete(s.Answers, "purpose") }), invalid},
		{"no duration", eve, asking("forever"), invalid},
		{"unknown privilege", eve, submission(func(s *request.Submission) { s.Privilege = "OWN" }), invalid},
		{"unknown column", eve, submission(func(s *request.Submission) { s.Columns = []string{"shoe_size"} }), invalid},
		{"exception without masks", eve, submission(func(s *request.Submission) { s.Type = request.MaskingException }), invalid},
		{"NUL in an answer", eve, submission(func(s *request.Submission) { s.Answers["purpose"] = []string{"a\x00b"} }), invalid},
		{"refused principal", frank, asking("30 DAYS"), is(provision.ErrPermanent)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.platform.Refuse["frank"] = &provision.RefusedError{What: "principal frank", Reason: "is a superuser"}
			before := countEvents(t, w)
			_, err := w.Submit(t.Context(), tt.by, tt.s)
			if err == nil || !tt.want(err) {
				t.Errorf("got %v", err)
			}
			if after := countEvents(t, w); after != before {
				t.Errorf("%d events came of it", after-before)
			}
		})
	}
}

func countEvents(t *testing.T, w *world) int {
	t.Helper()
	events, err := w.Log().Events(t.Context(), auditor, 0, store.MaxPage)
	must(t, err)
	return len(events)
}

func TestTwoPeopleAreNeverOnePrincipal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) {
		c.Directory = nil
	})
	w.submit(t, eve, "30 DAYS")
	other := request.Identity{Issuer: "elsewhere", ID: "eve", Attributes: map[string][]string{"login": {"eve"}}}
	_, err := w.Submit(t.Context(), other, asking("30 DAYS"))
	if !errors.As(err, new(*provision.PrincipalTakenError)) {
		t.Errorf("the second person with that principal: %v", err)
	}
	err = w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "two", Technology: "fake",
		Principals: catalog.Principals{Table: map[string]string{"a": "same", "b": "same"}}})
	if !errors.Is(err, catalog.ErrConnection) {
		t.Errorf("a table with two people on one principal: %v", err)
	}
}

func TestReleasedPrincipalCanBeSomeoneElses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = nil })
	req := w.submit(t, eve, "30 DAYS")
	if err := w.Connections().Release(t.Context(), admin, "warehouse", "eve"); !errors.Is(err, store.ErrState) {
		t.Errorf("released under an open request: %v", err)
	}
	_, err := w.Cancel(t.Context(), eve, req.ID)
	must(t, err)
	must(t, w.Connections().Release(t.Context(), admin, "warehouse", "eve"))
	other := request.Identity{Issuer: "elsewhere", ID: "eve", Attributes: map[string][]string{"login": {"eve"}}}
	w.submit(t, other, "30 DAYS")
}

func TestSameRequestTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.submit(t, eve, "30 DAYS")
	if again := w.submit(t, eve, "30 DAYS"); again.ID != first.ID {
		t.Errorf("eve's second request is %s, want her first, %s", again.ID, first.ID)
	}
	forEve := asking("30 DAYS")
	forEve.Beneficiary = eve.Person()
	if _, err := w.Submit(t.Context(), frank, forEve); !errors.As(err, new(*request.OpenError)) {
		t.Errorf("frank asks for the same: %v", err)
	}
}

func TestStaleDeterminationIsAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, req, review.Approve)
	_, err := w.Determine(t.Context(), privacy, req.ID, review.Determination{Act: review.Approve, Version: 1})
	if !errors.Is(err, review.ErrStale) {
		t.Errorf("a determination of version 1: %v", err)
	}
}

func TestFlowsAndFormsAreVersioned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	second := flow
	second.Version = 1
	v, err := w.Governance().Flows.Save(ctx, gov, second)
	if err != nil || v.Version != 2 {
		t.Fatalf("saved as %v, %v", v, err)
	}
	if _, err := w.Governance().Flows.Save(ctx, gov, second); !errors.Is(err, store.ErrConflict) {
		t.Errorf("saving on version 1 again: %v", err)
	}
	bad := flow
	bad.Name, bad.Rules = "bad", []review.Rule{{Name: "typo", When: "request.privelege == 'READ'", Then: review.Action{Act: review.Approve}}}
	var rule *review.RuleError
	if _, err := w.Governance().Flows.Save(ctx, gov, bad); !errors.As(err, &rule) || rule.Rule != "rule typo" || rule.Line != 1 || rule.Column == 0 {
		t.Errorf("a typo in a condition: %v", err)
	}

	form := request.Form{Name: "sales", Title: "Sales", Flow: "sales", Questions: []request.Question{{ID: "why", Type: request.ShortAnswer, Title: "Why?", Required: true}}}
	if _, err := w.Governance().Forms.Save(ctx, gov, form); err != nil {
		t.Fatal(err)
	}
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "sales"}))
	req, err := w.Submit(ctx, eve, request.Submission{Asset: orders, Answers: request.Answers{"why": {"report"}}})
	if err != nil || req.Form != (request.FormVersion{Name: "sales", Version: 1}) || req.Duration != request.Endless {
		t.Errorf("request by the form: %+v, %v", req, err)
	}
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess}))
	entry, err := w.Resolve(ctx, eve, catalog.Link{Path: orders.Path()})
	if err != nil || entry.Form.Name != request.DefaultForm.Name {
		t.Errorf("after clearing the form: %s, %v", entry.Form.Name, err)
	}
}
