package provision_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// What waits for an answer is not tried again before its time, and counts as one
// attempt that failed if none comes.
func TestWaits(t *testing.T) {
	t.Parallel()
	at := approved.Add(2 * time.Hour)
	until := at.Add(time.Hour)
	later := provision.Outcome{Err: &provision.WaitingError{Until: until}}
	for _, tt := range []struct {
		from, waiting, after provision.State
	}{
		{provision.Provisioning, provision.Provisioning, provision.Failed},
		{provision.Failed, provision.Provisioning, provision.Failed},
		{provision.Revoking, provision.Revoking, provision.Revoking},
	} {
		g := in(tt.from, provision.Webhook).Begin().Applied(later, at, backoff)
		if g.State != tt.waiting || !g.Waits.Equal(until) || g.Due(until.Add(-1)) || !g.Next().Equal(until) {
			t.Errorf("%s: waiting it is %s until %v, next at %v", tt.from, g.State, g.Waits, g.Next())
		}
		before := g.Attempts
		if g.Unanswered(until.Add(-1), backoff).Attempts != before {
			t.Errorf("%s: given up too early", tt.from)
		}
		g = g.Unanswered(until, backoff)
		if g.State != tt.after || g.Attempts != before+1 || !g.Waits.IsZero() || !strings.Contains(g.Error, "no answer") || g.Due(until) || !g.Due(g.Retry) {
			t.Errorf("%s: unanswered it is %+v", tt.from, g)
		}
		if done := g.Begin().Applied(works, until, backoff); done.Waits != (time.Time{}) || done.Known != provision.Asserted {
			t.Errorf("%s: answered it is %+v", tt.from, done)
		}
	}
	waiting := in(provision.Provisioning, provision.Webhook).Applied(later, at, backoff)
	if ended := waiting.End(request.Revoked); !ended.Due(at) {
		t.Error("what is to end waits for an answer")
	}
	if again := waiting.Retried(at); !again.Due(at) {
		t.Error("what somebody wants tried again waits for an answer")
	}
	refused := provision.Outcome{Err: fmt.Errorf("%w, %w", errors.New("disabled"), later.Err), Taken: true}
	if g := in(provision.Provisioning, provision.Webhook).Applied(refused, at, backoff); g.State != provision.Failed {
		t.Errorf("what is refused waits: %s", g.State)
	}
	if g := in(provision.Provisioning, provision.Auto).Applied(later, at, backoff); g.State != provision.Failed {
		t.Errorf("what is not done by webhook waits: %s", g.State)
	}
}

// An answer that was overtaken has those brought about again that it may have
// undone, and nothing else.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	at := approved.Add(5 * time.Hour)
	read, write := provision.Access{Privilege: request.Read}, provision.Access{Privilege: request.ReadWrite}
	of := func(state provision.State, id string, a provision.Access) provision.Grant {
		g := in(state, provision.Webhook)
		g.ID, g.Access = provision.GrantID(id), a
		return g
	}
	for _, tt := range []struct {
		name   string
		wanted []provision.Access // by the call
		now    []provision.Grant
		want   string // id and state of those that change
	}{
		{"given after the revoke", []provision.Access{read}, []provision.Grant{of(provision.Revoked, "1", read)}, "1 REVOKING"},
		{"given while it is revoked", []provision.Access{read}, []provision.Grant{of(provision.Revoking, "1", read)}, "1 REVOKING"},
		{"given, and another gives it", []provision.Access{read}, []provision.Grant{of(provision.Revoked, "1", read), of(provision.Active, "2", read)}, ""},
		{"given, one of two that ended", []provision.Access{read}, []provision.Grant{of(provision.Revoked, "1", read), of(provision.Revoked, "2", read)}, "2 REVOKING"},
		{"taken, and given since", nil, []provision.Grant{of(provision.Revoked, "1", read), of(provision.Active, "2", read)}, "2 PROVISIONING"},
		{"taken from another's", []provision.Access{read}, []provision.Grant{of(provision.Active, "1", read), of(provision.Active, "2", write)}, "2 PROVISIONING"},
		{"given, and still wanted", []provision.Access{read}, []provision.Grant{of(provision.Active, "1", read)}, ""},
		{"given, and given up", []provision.Access{read}, []provision.Grant{of(provision.Failed, "1", read)}, "1 FAILED"},
		{"of another", []provision.Access{read}, []provision.Grant{in(provision.Revoked, provision.Manual)}, ""},
	} {
		call := provision.NewCall("c", 1, provision.Standing{Principal: tt.now[0].Principal, Asset: tt.now[0].Asset, Want: tt.wanted}, nil, at, at)
		var got []string
		for _, g := range call.Overtaken(tt.now, at) {
			got = append(got, fmt.Sprint(g.ID, " ", g.State))
			if !g.Due(at) || !g.Live() {
				t.Errorf("%s: nothing is due of %s", tt.name, g.ID)
			}
		}
		if all := strings.Join(got, ", "); all != tt.want {
			t.Errorf("%s: changes %q, want %q", tt.name, all, tt.want)
		}
	}
}

// A call is for a grant while that is to be done for which it was made.
func TestCallFor(t *testing.T) {
	t.Parallel()
	g := in(provision.Provisioning, provision.Webhook)
	s := provision.Standing{Principal: g.Principal, Asset: g.Asset, Want: []provision.Access{g.Access}}
	active := in(provision.Active, provision.Webhook)
	active.ID = "8"
	call := provision.NewCall("c", 1, s, []provision.Grant{g, active}, approved, approved.Add(time.Hour))
	same(t, "of", []provision.Called{{Grant: "7", Action: provision.Give, Attempt: 1}}, call.Of)
	for _, tt := range []struct {
		name string
		now  provision.Grant
		want bool
	}{
		{"as it was", g, true},
		{"ended", g.End(request.Revoked), false},
		{"tried again", g.Applied(broken, approved, backoff), false},
		{"gone", g.End(request.Revoked).Applied(works, approved, backoff), false},
		{"of another", active, false},
	} {
		if got := call.For(tt.now); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	s.Want = nil
	if none := provision.NewCall("c", 1, s, []provision.Grant{g}, approved, approved); len(none.Of) != 0 {
		t.Errorf("what is not asked for is waited for: %+v", none.Of)
	}
	if b := (provision.Callback{Call: call, Token: "secret"}); strings.Contains(fmt.Sprintf("%v %+v %#v", b, b, b), "secret") {
		t.Error("the token shows")
	}
}
