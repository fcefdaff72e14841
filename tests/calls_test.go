package tests

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// byService makes the platform one that answers later.
func byService(s *enginetest.Service) func(*grantwright.Config) {
	return func(c *grantwright.Config) {
		fake := c.Platforms["fake"]
		source := fake.Source
		fake.How = provision.Webhook
		fake.Provisioner = func(ctx context.Context, to provision.Target) (provision.Provisioner, error) {
			p, err := source(ctx, to)
			s.Platform = p.(*enginetest.Platform)
			return s, err
		}
		c.Platforms = map[string]provision.Platform{"fake": fake}
		c.Address = "https://access.example.com"
	}
}

func newServiceWorld(t *testing.T) (*world, *enginetest.Service) {
	t.Helper()
	s := new(enginetest.Service)
	return newWorld(t, byService(s)), s
}

var done = provision.Outcome{Ran: []provision.Statement{"did it"}}

// answer answers a call, and waits for what follows.
func (w *world) answer(t *testing.T, token string, o provision.Outcome) (late string) {
	t.Helper()
	late, err := w.Grants().Answer(t.Context(), token, o)
	must(t, err)
	w.work(t)
	return late
}

func TestServiceAnswersAtOnce(t *testing.T) {
	t.Parallel()
	w, s := newServiceWorld(t)
	s.AtOnce = true
	req := w.approved(t, eve, "30 DAYS")
	if g := w.caseOf(t, req).Grant; g.State != provision.Active || g.How != provision.Webhook || g.Known != provision.Asserted {
		t.Errorf("given: %s, %s, %s", g.State, g.How, g.Known)
	}
	_, err := w.Revoke(t.Context(), eve, req.ID, "")
	must(t, err)
	if g := w.settle(t, req); g.State != provision.Revoked || g.Known != provision.Asserted || w.platform.Allows("eve", orders) {
		t.Errorf("taken: %s, %s", g.State, g.Known)
	}
	if _, err := w.Reconcile(t.Context(), admin, "warehouse", provision.Reconcile{}); err != nil && !errors.Is(err, provision.ErrNoPlatform) {
		t.Error(err)
	}
}

func TestServiceAnswersLater(t *testing.T) {
	t.Parallel()
	w, s := newServiceWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	g := w.caseOf(t, req).Grant
	if g.State != provision.Provisioning || !g.Waits.Equal(w.clock.Now().Add(provision.DefaultAnswerWithin)) || g.Attempts != 0 {
		t.Fatalf("waiting: %+v", g)
	}
	w.restart(t)
	w.clock.Move(provision.DefaultAnswerWithin - time.Second)
	w.work(t)
	if n := len(s.Calls()); n != 1 {
		t.Errorf("it was called %d times while an answer was waited for", n)
	}
	if back := s.Calls()[0]; back.URL != "https://access.example.com"+provision.CallbackPath || back.Call.Number != 1 || len(back.Call.Of) != 1 || back.Call.Of[0] != (provision.Called{Grant: g.ID, Action: provision.Give, Attempt: 1}) {
		t.Errorf("the call: %+v", back.Call)
	}
	if late := w.answer(t, s.Do(0), done); late != "" {
		t.Errorf("the answer does not count: %s", late)
	}
	if g := w.caseOf(t, req).Grant; g.State != provision.Active || g.Known != provision.Asserted || g.Ends.IsZero() || len(g.Ran) != 1 || !g.Waits.IsZero() {
		t.Errorf("answered: %+v", g)
	}
	_, err := w.Revoke(t.Context(), eve, req.ID, "")
	must(t, err)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Revoking || g.Waits.IsZero() || s.Calls()[1].Call.Number != 2 || s.Calls()[1].Call.Of[0].Action != provision.Take {
		t.Errorf("to take: %+v", g)
	}
	w.answer(t, s.Do(1), done)
	if g := w.caseOf(t, req).Grant; g.State != provision.Revoked || w.platform.Allows("eve", orders) {
		t.Errorf("taken: %s", g.State)
	}
}

// A token is good once, for its own call, and cannot be guessed for long.
func TestTokens(t *testing.T) {
	t.Parallel()
	w, s := newServiceWorld(t)
	ctx := t.Context()
	req, other := w.approved(t, eve, "30 DAYS"), w.approved(t, frank, "30 DAYS")
	token := s.Calls()[0].Token
	id, _, _ := strings.Cut(token, ".")
	_, secret, _ := strings.Cut(s.Calls()[1].Token, ".")
	for name, wrong := range map[string]string{"none": "", "no call": "x.y", "no secret": id, "an empty secret": id + ".", "another's": id + "." + secret} {
		if _, err := w.Grants().Answer(ctx, wrong, done); !errors.Is(err, provision.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.answer(t, token, done)
	w.answer(t, token, done) // the answer to the first was lost on the way
	if _, err := w.Grants().Answer(ctx, token, provision.Outcome{Err: errPlatform}); !errors.Is(err, store.ErrState) {
		t.Errorf("another answer with the same token: %v", err)
	}
	if a, b := w.caseOf(t, req).Grant.State, w.caseOf(t, other).Grant.State; a != provision.Active || b != provision.Provisioning {
		t.Errorf("the one is %s, the other %s", a, b)
	}
	token = s.Calls()[1].Token
	for range 10 {
		if err := w.Grants().Awaits(ctx, token+"x"); !errors.Is(err, provision.ErrToken) {
			t.Errorf("a wrong token: %v", err)
		}
	}
	if _, err := w.Grants().Answer(ctx, token, done); !errors.Is(err, provision.ErrToken) {
		t.Errorf("the right token after ten wrong ones: %v", err)
	}
	w.clock.Move(time.Hour)
	w.work(t)
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	w.answer(t, s.Do(len(s.Calls())-1), done) // the first may have had its time too
	if g := w.caseOf(t, other).Grant; g.State != provision.Active {
		t.Errorf("after another call it is %s", g.State)
	}
}

// An answer that never comes is an attempt that failed, and everyone sees it.
func TestAnswerNeverComes(t *testing.T) {
	t.Parallel()
	w, s := newServiceWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	for attempt := 1; attempt <= 3; attempt++ {
		w.clock.Move(provision.DefaultAnswerWithin)
		w.work(t)
		if g := w.caseOf(t, req).Grant; g.State != provision.Failed || g.Attempts != attempt || !strings.Contains(g.Error, "no answer came") {
			t.Fatalf("attempt %d: %+v", attempt, g)
		}
		w.clock.Move(store.MaxBackoff)
		w.work(t)
		if n := len(s.Calls()); n != attempt+1 || s.Calls()[attempt].Call.Number != int64(attempt+1) || s.Calls()[attempt].Call.Of[0].Attempt != attempt+1 {
			t.Fatalf("attempt %d: it was called %d times, last %+v", attempt, n, s.Calls()[n-1].Call)
		}
	}
	g, err := w.Grants().Retry(t.Context(), eve, provision.GrantID(req.ID))
	if must(t, err); g.Waits != (time.Time{}) {
		t.Errorf("somebody wants it tried again, and it waits until %v", g.Waits)
	}
	w.work(t)
	if n := len(s.Calls()); n != 5 {
		t.Errorf("it was called %d times", n)
	}
}

// An answer to a call that was overtaken is recorded, and does not count.
func TestLateAnswers(t *testing.T) {
	t.Parallel()
	w, s := newServiceWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	w.clock.Move(provision.DefaultAnswerWithin)
	w.work(t)
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	if late := w.answer(t, s.Calls()[0].Token, provision.Outcome{Err: errPlatform}); late == "" {
		t.Error("the answer to the first call counts after the second")
	}
	if g := w.caseOf(t, req).Grant; g.State != provision.Provisioning || g.Attempts != 1 || len(s.Calls()) != 2 {
		t.Errorf("after it: %s, %d attempts, %d calls", g.State, g.Attempts, len(s.Calls()))
	}
	w.wantLate(t, req, "FAILED", 1)
	w.answer(t, s.Do(1), done)
	if g := w.caseOf(t, req).Grant; g.State != provision.Active {
		t.Errorf("the second answer left it %s", g.State)
	}
}

// wantLate wants an event of a late answer in the log of a request.
func (w *world) wantLate(t *testing.T, req request.Request, outcome string, n int) {
	t.Helper()
	events, err := w.Log().Of(t.Context(), gov, req.ID, 0, 100)
	must(t, err)
	late := 0
	for _, e := range events {
		if e.Type == event.GrantAnsweredLate.Name() && strings.Contains(string(e.Data), outcome) {
			late++
		}
	}
	if late != n {
		t.Errorf("%d late answers %s are recorded, want %d", late, outcome, n)
	}
}

// An answer after its time does not count; what it says was done is looked at again.
func TestAnswerAfterItsTime(t *testing.T) {
	t.Parallel()
	w, s := newServiceWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	w.clock.Move(provision.DefaultAnswerWithin)
	w.work(t)
	w.clock.Move(time.Millisecond)
	if late := w.answer(t, s.Do(0), done); late == "" {
		t.Error("an answer after its time counts")
	}
	if n := len(s.Calls()); n != 2 {
		t.Fatalf("what may have been given is not looked at: %d calls", n)
	}
	w.answer(t, s.Do(1), done)
	if g := w.caseOf(t, req).Grant; g.State != provision.Active {
		t.Errorf("it is %s", g.State)
	}
}

// A service that says after a revoke that it gave the access is called again to take
// it, whenever it says so.
func TestGrantedAfterRevoke(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		taken bool // before the late answer
	}{{"before it was taken", false}, {"after it was taken", true}} {
		w, s := newServiceWorld(t)
		ctx := t.Context()
		req := w.approved(t, eve, "30 DAYS")
		_, err := w.Revoke(ctx, eve, req.ID, "")
		must(t, err)
		w.work(t)
		if n := len(s.Calls()); n != 2 {
			t.Fatalf("%s: the revoke waits for the answer to what it ends: %d calls", tt.name, n)
		}
		token := s.Calls()[1].Token
		if tt.taken {
			w.answer(t, s.Do(1), done)
			if g := w.caseOf(t, req).Grant; g.State != provision.Revoked {
				t.Fatalf("%s: it is %s", tt.name, g.State)
			}
		}
		if late := w.answer(t, s.Do(0), done); late == "" {
			t.Errorf("%s: the answer counts", tt.name)
		}
		if !w.platform.Allows("eve", orders) {
			t.Fatalf("%s: the test gives nothing", tt.name)
		}
		w.wantLate(t, req, "DONE", 1)
		if g := w.caseOf(t, req).Grant; g.State != provision.Revoking || len(s.Calls()) != 3 {
			t.Fatalf("%s: it is %s, after %d calls", tt.name, g.State, len(s.Calls()))
		}
		if !tt.taken {
			if late := w.answer(t, token, done); late == "" {
				t.Errorf("%s: the answer to the second call counts, which may have come before the first was done", tt.name)
			}
		}
		w.answer(t, s.Do(2), done)
		if g := w.caseOf(t, req).Grant; g.State != provision.Revoked || w.platform.Allows("eve", orders) || len(s.Calls()) != 3 {
			t.Errorf("%s: it is %s, after %d calls", tt.name, g.State, len(s.Calls()))
		}
	}
}

// Two approvals of the same: the answer of one call never ends the other.
func TestServiceOfTwoApprovals(t *testing.T) {
	t.Parallel()
	w, s := newServiceWorld(t)
	first := w.approved(t, eve, "30 DAYS")
	w.answer(t, s.Do(0), done)
	second := w.approved(t, eve, "20 DAYS")
	_, err := w.Revoke(t.Context(), eve, first.ID, "")
	must(t, err)
	w.work(t)
	last := len(s.Calls()) - 1
	if len(s.Wanted(last).Want) != 1 {
		t.Errorf("what the second still needs is not wanted: %+v", s.Wanted(last).Want)
	}
	w.answer(t, s.Do(last), done)
	if a, b := w.caseOf(t, first).Grant.State, w.caseOf(t, second).Grant.State; a != provision.Revoked || b != provision.Active || !w.platform.Allows("eve", orders) {
		t.Errorf("the first is %s, the second %s", a, b)
	}
}

// What the platform says of the calls that it keeps is bounded.
func TestCallsAreBounded(t *testing.T) {
	t.Parallel()
	w, s := newServiceWorld(t)
	w.approved(t, eve, "30 DAYS")
	for range 40 {
		w.clock.Move(provision.DefaultAnswerWithin)
		w.work(t)
		w.clock.Move(store.MaxBackoff)
		w.work(t)
	}
	kept, err := records.Calls.All(t.Context(), w.store, "", store.MaxPage)
	if must(t, err); len(kept) > 20 || len(s.Calls()) < 30 {
		t.Errorf("%d of %d calls are kept", len(kept), len(s.Calls()))
	}
}

// Without an address nobody can answer later.
func TestServiceWithoutAddress(t *testing.T) {
	t.Parallel()
	s := new(enginetest.Service)
	w := newWorld(t, byService(s), func(c *grantwright.Config) { c.Address = "" })
	w.approved(t, eve, "30 DAYS")
	if s.Calls()[0].URL != "" {
		t.Errorf("it may answer at %q", s.Calls()[0].URL)
	}
}
