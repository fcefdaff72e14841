package tests

import (
	"errors"
	"testing"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// A renewal is a new request under today's flow, and ends at the later of the two
// ends. What goes on by it is not announced to end, and does not end for anybody
// (reading 12).
func TestReading12Renewal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.approved(t, eve, "30 DAYS")
	w.clock.Move(20 * 24 * time.Hour)
	w.work(t)

	again := asking("60 DAYS")
	again.Renews = first.ID
	second, err := w.Submit(t.Context(), eve, again)
	must(t, err)
	if second.ID == first.ID || second.Renews != first.ID || second.Status != request.Pending {
		t.Fatalf("the renewal is %+v", second)
	}
	second, err = w.Determine(t.Context(), twice, second.ID, review.Determination{Act: review.Approve, Duration: request.For(2, request.Days)})
	must(t, err)
	was, g := w.caseOf(t, first).Grant, w.settle(t, second)
	if g.State != provision.Active || !g.Ends.Equal(was.Ends) {
		t.Errorf("two days are %s until %s, want until %s", g.State, g.Ends, was.Ends)
	}

	third := asking("45 DAYS")
	third.Renews = second.ID
	last, err := w.Submit(t.Context(), eve, third)
	must(t, err)
	w.determine(t, twice, last, review.Approve)
	if g := w.settle(t, last); !g.Ends.Equal(w.clock.Now().AddDate(0, 0, 45)) {
		t.Errorf("45 days end %s", g.Ends)
	}

	w.news(t, eve)
	for range 11 { // past the end of the first two
		w.clock.Move(24 * time.Hour)
		w.work(t)
	}
	if status := w.caseOf(t, first).Request.Status; status != request.Expired || !w.platform.Allows("eve", orders) {
		t.Errorf("the first is %s, access %v", status, w.platform.Allows("eve", orders))
	}
	if w.count(t, event.GrantExpiring.Name()) != 4 || w.count(t, event.RequestExpired.Name()) != 2 {
		t.Errorf("ends were announced %d times and %d requests expired, want those of two, each announced twice", w.count(t, event.GrantExpiring.Name()), w.count(t, event.RequestExpired.Name()))
	}
	if told := w.news(t, eve)[eve.ID]; len(told) > 0 {
		t.Errorf("eve is told %s of what goes on", told)
	}
}

func TestRenewalIsForTheSameAccessThatStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	granted, pending := w.approved(t, eve, "30 DAYS"), w.submit(t, frank, "30 DAYS")
	for _, tt := range []struct {
		name string
		by   request.Identity
		with func(*request.Submission)
	}{
		{"nobody's", eve, func(s *request.Submission) { s.Renews = "none" }},
		{"somebody else's", frank, func(s *request.Submission) { s.Renews = granted.ID }},
		{"for writing", eve, func(s *request.Submission) { s.Renews, s.Privilege = granted.ID, request.ReadWrite }},
		{"with columns", eve, func(s *request.Submission) { s.Renews, s.Columns = granted.ID, []string{"id"} }},
		{"what is pending", frank, func(s *request.Submission) { s.Renews = pending.ID }},
	} {
		s := asking("30 DAYS")
		tt.with(&s)
		_, err := w.Submit(t.Context(), tt.by, s)
		invalid := (*request.InvalidError)(nil)
		if !errors.As(err, &invalid) || len(invalid.Faults) != 1 || invalid.Faults[0].Field != "renews" {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
