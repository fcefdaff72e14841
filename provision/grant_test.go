package provision_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

var approved = time.Date(2031, 1, 31, 9, 0, 0, 0, time.UTC)

var orders = catalog.Asset{Ref: "w:d.s.orders", Kind: catalog.Table, ID: "16384", Columns: []catalog.Column{{Name: "id"}}, Source: catalog.Claims{Owner: "dba", Comment: "long", Tags: []string{"gold"}}}

func grant(id string, d request.Duration, how provision.Method) provision.Grant {
	req := request.Request{ID: request.ID(id), Principal: request.Principal{Name: "eve", ID: "10"}}
	return provision.NewGrant(req, orders, provision.Access{Privilege: request.Read}, d, how, approved)
}

func backoff(attempts int) time.Duration { return time.Second << attempts }

var (
	errPlatform = errors.New("no such table")
	works       = provision.Outcome{Ran: []provision.Statement{"grant"}}
	broken      = provision.Outcome{Err: errPlatform}
	hopeless    = provision.Outcome{Err: fmt.Errorf("%w: no such role", provision.ErrPermanent)}
	waits       = provision.Outcome{Err: fmt.Errorf("%w: for a callback", provision.ErrWaiting)}
)

// in brings a grant for 7 days to a state, as the engine would.
func in(state provision.State, how provision.Method) provision.Grant {
	g := grant("7", request.For(7, request.Days), how)
	at := approved.Add(time.Hour)
	switch state {
	case provision.Provisioning:
		return g.Begin()
	case provision.Active:
		return g.Begin().Applied(works, at, backoff)
	case provision.Failed:
		return g.Begin().Applied(broken, at, backoff)
	case provision.Suspended:
		g = g.Begin().Applied(works, at, backoff)
		g.State = provision.Suspended
	case provision.Revoking:
		return g.Begin().Applied(works, at, backoff).End(request.Revoked)
	case provision.Revoked:
		return g.Begin().Applied(works, at, backoff).End(request.Revoked).Applied(works, at, backoff)
	}
	return g
}

var states = []provision.State{provision.Pending, provision.Provisioning, provision.Active, provision.Failed, provision.Suspended, provision.Revoking, provision.Revoked}

// The life of a grant: where each event leads from each state, and why it ends.
func TestGrantLife(t *testing.T) {
	t.Parallel()
	at := approved.Add(2 * time.Hour)
	for _, tt := range []struct {
		event string
		do    func(provision.Grant) provision.Grant
		want  [7]string // by state, in the order of states
	}{
		{"begin", provision.Grant.Begin, [7]string{"PROVISIONING", "PROVISIONING", "ACTIVE", "PROVISIONING", "SUSPENDED", "REVOKING REVOKED", "REVOKED REVOKED"}},
		{"end", func(g provision.Grant) provision.Grant { return g.End(request.Revoked) },
			[7]string{"REVOKING REVOKED", "REVOKING REVOKED", "REVOKING REVOKED", "REVOKING REVOKED", "REVOKING REVOKED", "REVOKING REVOKED", "REVOKED REVOKED"}},
		{"end of what ends", func(g provision.Grant) provision.Grant { return g.End(request.Expired).End(request.Revoked) },
			[7]string{"REVOKING EXPIRED", "REVOKING EXPIRED", "REVOKING EXPIRED", "REVOKING EXPIRED", "REVOKING EXPIRED", "REVOKING REVOKED", "REVOKED REVOKED"}},
		{"applied", func(g provision.Grant) provision.Grant { return g.Applied(works, at, backoff) },
			[7]string{"ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "SUSPENDED", "REVOKED REVOKED", "REVOKED REVOKED"}},
		{"failed", func(g provision.Grant) provision.Grant { return g.Applied(broken, at, backoff) },
			[7]string{"FAILED", "FAILED", "FAILED", "FAILED", "SUSPENDED", "REVOKING REVOKED", "REVOKED REVOKED"}},
		{"hopeless", func(g provision.Grant) provision.Grant { return g.Applied(hopeless, at, backoff) },
			[7]string{"FAILED", "FAILED", "FAILED", "FAILED", "SUSPENDED", "REVOKING REVOKED", "REVOKED REVOKED"}},
		{"a moment", func(g provision.Grant) provision.Grant { return g.Elapse(at) },
			[7]string{"PENDING", "PROVISIONING", "ACTIVE", "FAILED", "SUSPENDED", "REVOKING REVOKED", "REVOKED REVOKED"}},
		{"ten days", func(g provision.Grant) provision.Grant { return g.Elapse(approved.AddDate(0, 0, 10)) },
			[7]string{"PENDING", "PROVISIONING", "REVOKING EXPIRED", "FAILED", "REVOKING EXPIRED", "REVOKING REVOKED", "REVOKED REVOKED"}},
		{"fourteen days", func(g provision.Grant) provision.Grant { return g.Elapse(approved.Add(provision.ActivationLimit)) },
			[7]string{"REVOKING LAPSED", "REVOKING LAPSED", "REVOKING EXPIRED", "REVOKING LAPSED", "REVOKING EXPIRED", "REVOKING REVOKED", "REVOKED REVOKED"}},
	} {
		for _, how := range []provision.Method{provision.Auto, provision.Manual} {
			for i, state := range states {
				before := in(state, how)
				kept := fmt.Sprintf("%+v", before)
				got := tt.do(before)
				if text := strings.TrimSpace(fmt.Sprintf("%s %s", got.State, got.Ending)); text != tt.want[i] {
					t.Errorf("%s, %s %s: got %s, want %s", how, tt.event, state, text, tt.want[i])
				}
				if fmt.Sprintf("%+v", before) != kept {
					t.Errorf("%s, %s %s: the grant was changed", how, tt.event, state)
				}
			}
		}
	}
}

func TestGrantApplied(t *testing.T) {
	t.Parallel()
	at := approved.Add(time.Hour).In(time.FixedZone("CET", 3600))
	first := in(provision.Pending, provision.Auto).Applied(works, at, backoff)
	if !first.Started.Equal(at) || first.Started.Location() != time.UTC || !first.Ends.Equal(at.AddDate(0, 0, 7)) || first.Known != provision.Verified {
		t.Errorf("at first: %+v", first)
	}
	again := first.Applied(broken, at.AddDate(0, 0, 1), backoff).Applied(works, at.AddDate(0, 0, 2), backoff)
	if !again.Started.Equal(first.Started) || !again.Ends.Equal(first.Ends) || again.Error != "" || again.Attempts != 0 || !again.Retry.IsZero() {
		t.Errorf("the clock started again: %+v", again)
	}
	for how, want := range map[provision.Method]provision.Evidence{provision.Auto: provision.Verified, provision.Webhook: provision.Asserted, provision.Manual: provision.Attested} {
		if g := in(provision.Active, how); g.Known != want {
			t.Errorf("%s is known by %s, want %s", how, g.Known, want)
		}
	}
	if g := grant("1", request.Endless, provision.Auto).Applied(works, at, backoff); !g.Ends.IsZero() || !g.Next().IsZero() {
		t.Errorf("endless ends %v, next %v", g.Ends, g.Next())
	}
	if g := grant("1", request.For(request.MaxYears, request.Years), provision.Auto).Applied(works, at, backoff); g.Ends.Year() != 3031 {
		t.Errorf("the longest ends %v", g.Ends)
	} else if _, err := json.Marshal(g); err != nil {
		t.Error(err)
	}
	gone := in(provision.Active, provision.Auto).End(request.Expired).Applied(works, at, backoff)
	if !gone.Gone.Equal(at) || gone.Live() || gone.Wanted() {
		t.Errorf("gone: %+v", gone)
	}
	lost := provision.Outcome{Remaining: []provision.Path{"owner"}}
	same(t, "paths", lost.Remaining, first.Applied(lost, at, backoff).Remaining)
	same(t, "no paths", []provision.Path(nil), first.Applied(lost, at, backoff).Applied(works, at, backoff).Remaining)
}

// A grant ends as soon as nothing of it is left, whatever keeps others of the
// same principal from working. That nothing is left makes none work.
func TestGrantEndsWhereOthersFail(t *testing.T) {
	t.Parallel()
	taken := provision.Outcome{Err: broken.Err, Taken: true}
	if g := in(provision.Active, provision.Auto).End(request.Revoked).Applied(taken, approved, backoff); g.State != provision.Revoked || g.Error != "" {
		t.Errorf("what was taken is %s, %q", g.State, g.Error)
	}
	if g := in(provision.Pending, provision.Auto).Applied(taken, approved, backoff); g.State != provision.Failed || g.Error == "" {
		t.Errorf("what is wanted is %s, %q", g.State, g.Error)
	}
}

func TestGrantBackoff(t *testing.T) {
	t.Parallel()
	at := approved.Add(time.Hour)
	g := in(provision.Provisioning, provision.Auto)
	for attempts := range 5 {
		if g = g.Applied(broken, at, backoff); g.Attempts != attempts+1 || !g.Retry.Equal(at.Add(backoff(attempts))) || g.Error != "no such table" {
			t.Errorf("attempt %d: %+v", attempts, g)
		}
		if g.Due(g.Retry.Add(-1)) || !g.Due(g.Retry) {
			t.Errorf("attempt %d: due at the wrong time", attempts)
		}
		g = g.Begin()
		if !g.Due(at) || g.Next().After(at) || g.Error == "" {
			t.Errorf("attempt %d: interrupted, it waits: %+v", attempts, g)
		}
	}
	for _, o := range []provision.Outcome{hopeless, waits} {
		if g := in(provision.Provisioning, provision.Auto).Applied(o, at, backoff); g.Retry.Before(at.Add(5 * time.Minute)) {
			t.Errorf("%v is tried again at %v", o.Err, g.Retry)
		}
	}
	ended := g.Applied(broken, at, backoff).End(request.Revoked)
	if !ended.Due(at) || ended.Error != "" || ended.Attempts != 0 {
		t.Errorf("ending waits for what failed before: %+v", ended)
	}
	if failed := ended.Applied(broken, at, backoff); failed.State != provision.Revoking || failed.Error == "" || failed.Due(at) || !failed.Next().Equal(failed.Retry) {
		t.Errorf("a revoke that fails: %+v", failed)
	}
}

// Whatever the platform says, the grant stays small enough to be stored.
func TestGrantIsBounded(t *testing.T) {
	t.Parallel()
	g := in(provision.Provisioning, provision.Auto)
	for i := range 200 {
		g = g.Applied(provision.Outcome{Ran: []provision.Statement{provision.Statement(fmt.Sprint(i))}}, approved, backoff)
	}
	if len(g.Ran) != provision.MaxStatements || g.Ran[0] != "150" || g.Ran[provision.MaxStatements-1] != "199" {
		t.Errorf("kept are %v", g.Ran)
	}
	kept := fmt.Sprint(g.Ran)
	huge := provision.Outcome{Err: errors.New(strings.Repeat("x\x00\xff", 1<<20)), Remaining: make([]provision.Path, 10_000)}
	for range 40 {
		huge.Ran = append(huge.Ran, provision.Statement(strings.Repeat("grant ", 10_000)))
	}
	for i := range huge.Remaining {
		huge.Remaining[i] = provision.Path(strings.Repeat("role ", 2000))
	}
	after := g.Applied(huge, approved, backoff)
	body, err := json.Marshal(after)
	if err != nil || len(body) > 1<<20 || strings.Contains(string(body), `\u0000`) || strings.Contains(after.Error, "\xff") {
		t.Errorf("the grant has %d bytes, %v", len(body), err)
	}
	if last := after.Remaining[len(after.Remaining)-1]; len(after.Remaining) != provision.MaxPaths || last != "9901 others" {
		t.Errorf("%d paths, the last is %q", len(after.Remaining), last)
	}
	if last := after.Ran[len(after.Ran)-1]; last != huge.Ran[0] || !strings.HasSuffix(string(after.Ran[0]), "…") {
		t.Errorf("kept are %d statements, the last with %d bytes", len(after.Ran), len(last))
	}
	if fmt.Sprint(g.Ran) != kept {
		t.Error("the statements of the grant before were changed")
	}
}

// Next and Due agree: what is due now does not wait, and before Next nothing
// changes by itself, and then something does.
func TestGrantNext(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	later := provision.Outcome{Err: &provision.WaitingError{}}
	outcomes := []provision.Outcome{works, broken, hopeless, waits, withdrawn, replacedByEqual, replacedByOther, later}
	durations := []request.Duration{request.Endless, request.For(1, request.Hours), request.For(20, request.Days), request.For(1, request.Seconds)}
	for trial := range 3000 {
		how := []provision.Method{provision.Auto, provision.Manual, provision.Webhook}[random.IntN(3)]
		g, now := grant("1", durations[random.IntN(4)], how), approved
		for range 8 {
			now = now.Add(time.Duration(random.Int64N(int64(40 * time.Hour))))
			switch random.IntN(6) {
			case 0:
				g = g.Elapse(now).End(request.Revoked)
			case 1:
				if g.State == provision.Active {
					g = g.Suspend("taken away")
				}
			default:
				later.Err.(*provision.WaitingError).Until = now.Add(time.Duration(random.Int64N(int64(40 * time.Hour))))
				if g = told(g.Elapse(now).Announce(now), now); g.Due(now) || g.ByHand() {
					for _, left := range g.Begin().Leftovers {
						g = g.Cleared(left, outcomes[random.IntN(len(outcomes))])
					}
					g = g.Begin().Applied(outcomes[random.IntN(len(outcomes))], now, backoff)
				}
			}
			if err := consistent(told(g.Elapse(now).Announce(now), now), now); err != nil {
				t.Fatalf("seed %d, trial %d: %v: %+v", seed, trial, err, g)
			}
		}
	}
	for _, state := range states {
		for _, how := range []provision.Method{provision.Auto, provision.Manual} {
			if err := consistent(in(state, how), approved.Add(time.Hour)); err != nil {
				t.Errorf("%s %s: %v", how, state, err)
			}
		}
	}
}

// told is a grant after people were told of what they have to do by hand, and after
// an answer was waited for in vain.
func told(g provision.Grant, now time.Time) provision.Grant {
	return g.Unanswered(now, backoff).Assign(now, 30*time.Hour, 10*time.Hour).Remind(now)
}

func consistent(g provision.Grant, now time.Time) error {
	changes := func(at time.Time) bool {
		return g.Due(at) || g.Elapse(at).State != g.State || g.Announce(at).Announced != g.Announced || told(g, at).Task != g.Task || g.Unanswered(at, backoff).Attempts != g.Attempts
	}
	next := g.Next()
	switch {
	case changes(now) && (next.IsZero() || next.After(now)):
		return fmt.Errorf("due at %v, and next is %v", now, next)
	case changes(now):
		return nil
	case next.IsZero() && changes(now.AddDate(900, 0, 0)):
		return errors.New("next is never, but time changes it")
	case next.IsZero():
		return nil
	case !next.After(now) || !changes(next):
		return fmt.Errorf("nothing changes at %v", next)
	}
	for part := range 10 {
		if at := now.Add(next.Sub(now) / 10 * time.Duration(part)); changes(at) {
			return fmt.Errorf("something changes at %v, before %v", at, next)
		}
	}
	if changes(next.Add(-1)) {
		return fmt.Errorf("something changes just before %v", next)
	}
	return nil
}

func TestGrantByHand(t *testing.T) {
	t.Parallel()
	for _, state := range states {
		want := state == provision.Pending || state == provision.Failed || state == provision.Revoking
		if got := in(state, provision.Manual).ByHand(); got != want {
			t.Errorf("by hand, %s: %v", state, got)
		}
		if in(state, provision.Auto).ByHand() || in(state, provision.Manual).Due(approved.AddDate(1, 0, 0)) {
			t.Errorf("%s: one is done as the other", state)
		}
	}
}

func TestNewGrant(t *testing.T) {
	t.Parallel()
	g := grant("7", request.Endless, provision.Auto)
	want := catalog.Asset{Ref: orders.Ref, Kind: orders.Kind, ID: orders.ID, Source: catalog.Claims{Owner: "dba"}}
	same(t, "asset", want, g.Asset)
	if g.ID != "7" || g.Request != "7" || g.State != provision.Pending || g.Known != "" || g.Asset.Object() != orders.Object() {
		t.Errorf("got %+v", g)
	}
}

func TestEach(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	want := []provision.Standing{{Principal: request.Principal{Name: "a"}}, {Principal: request.Principal{Name: "b"}}, {Principal: request.Principal{Name: "c"}}}
	var asked []string
	each := provision.Each(func(_ context.Context, s provision.Standing) provision.Outcome {
		asked = append(asked, s.Principal.Name)
		if s.Principal.Name == "b" {
			cancel()
			return broken
		}
		return works
	})
	outcomes := each.Apply(ctx, want)
	same(t, "asked", []string{"a", "b"}, asked)
	if len(outcomes) != 3 || outcomes[0].Err != nil || !errors.Is(outcomes[1].Err, errPlatform) || !errors.Is(outcomes[2].Err, context.Canceled) {
		t.Errorf("got %v", outcomes)
	}
}

func TestTargetKeepsItsPassword(t *testing.T) {
	t.Parallel()
	to := provision.Target{Connection: catalog.Connection{Name: "w"}, Password: "hidden-word"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(format, to); strings.Contains(text, "hidden-word") || !strings.Contains(text, "connection w") {
			t.Errorf("%s prints %s", format, text)
		}
	}
}

func same(t *testing.T, name string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", name, diff)
	}
}

func ExampleScript() {
	fmt.Print(provision.Script([]provision.Statement{"grant usage on schema public to eve", "grant select on public.orders to eve;"}))
	// Output:
	// grant usage on schema public to eve;
	// grant select on public.orders to eve;
}
