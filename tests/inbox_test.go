package tests

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// told lists what somebody is told.
func (w *world) told(t *testing.T, by request.Identity, unread bool) []notify.Topic {
	t.Helper()
	w.work(t)
	notices, _, err := w.Inbox().Notices(t.Context(), by, unread, store.Position{}, 100)
	must(t, err)
	topics := make([]notify.Topic, len(notices))
	for i, n := range notices {
		topics[i] = n.Topic
	}
	return topics
}

func topics(types ...event.Name) []notify.Topic {
	all := make([]notify.Topic, len(types))
	for i, t := range types {
		all[i] = notify.Topic(t)
	}
	return all
}

func TestPeopleAreToldWhatOthersDid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := asking("30 DAYS")
	s.Beneficiary = eve.Person()
	req, err := w.Submit(t.Context(), frank, s)
	must(t, err)
	w.determine(t, owner, req, review.Approve)
	w.determine(t, privacy, req, review.Approve)
	w.settle(t, req)
	w.restart(t)
	_, err = w.Revoke(t.Context(), eve, req.ID, "done")
	must(t, err)
	w.settle(t, req)
	for _, tt := range []struct {
		name string
		by   request.Identity
		want []notify.Topic
	}{
		{"requester", frank, topics(event.RequestDetermined.Name(), event.GrantActive.Name(), event.RequestRevoked.Name(), event.GrantRevoked.Name())},
		{"beneficiary, who revoked it", eve, topics(event.RequestDetermined.Name(), event.GrantActive.Name(), event.GrantRevoked.Name())},
		{"the steward before the last", owner, topics(event.RequestDetermined.Name())},
		{"the steward who settled it", privacy, topics()},
		{"nobody", nobody, topics()},
	} {
		if diff := cmp.Diff(counted(tt.want), counted(w.told(t, tt.by, false))); diff != "" {
			t.Errorf("%s is told otherwise (-want +got):\n%s", tt.name, diff)
		}
	}
}

// counted says how often each topic comes.
func counted(all []notify.Topic) map[notify.Topic]int {
	n := map[notify.Topic]int{}
	for _, topic := range all {
		n[topic]++
	}
	return n
}

func TestFailuresAreToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	req := w.approved(t, eve, "30 DAYS")
	w.restart(t)
	for range 3 {
		w.clock.Move(store.MaxBackoff)
		w.work(t)
	}
	if got := counted(w.told(t, eve, true)); got["grant.failed"] != 1 || w.caseOf(t, req).Grant.Attempts != 4 {
		t.Errorf("after %d attempts eve is told %v", w.caseOf(t, req).Grant.Attempts, got)
	}
}

func TestSeenNoticesAreNotUnread(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve, "30 DAYS")
	w.work(t)
	before, _, err := w.Inbox().Notices(t.Context(), eve, true, store.Position{}, 100)
	must(t, err)
	must(t, w.Inbox().See(t.Context(), eve, before[0].ID))
	if unread, all := w.told(t, eve, true), w.told(t, eve, false); len(unread) != len(before)-1 || len(all) != len(before) {
		t.Errorf("of %d notices, one seen: %d unread, %d in all", len(before), len(unread), len(all))
	}
}
