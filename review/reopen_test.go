package review_test

import (
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// ownedBy are the facts of a request of eve's for a service; without an owner it is
// known no more.
func ownedBy(owner request.PersonID) review.Facts {
	robot := request.Identity{ID: "robot", Kind: request.Service, Owner: owner}
	req := request.Request{Type: request.DataAccess, Asset: orders.Ref, Requester: eve.Person(), Beneficiary: robot.Person(), For: request.Service, Privilege: request.Read, Duration: request.For(30, request.Days)}
	return review.NewFacts(req, form, orders, eve, robot, now)
}

func TestWhoComesToOwnAServiceHasNotApprovedForIt(t *testing.T) {
	flow := asking(stage(review.All, "a", "b"))
	r := open(t, ownedBy("grace"), flow)
	for name, d := range map[string]review.Determination{
		"by themselves":       {By: "ann", Matches: []review.Match{{}}},
		"by their substitute": {By: "bob", Matches: []review.Match{{For: "ann"}}, StandsFor: []request.PersonID{"ann"}},
	} {
		d.Act, d.At = review.Approve, now
		before, err := r.Determine(d)
		if err != nil {
			t.Fatal(err)
		}
		next, err := before.Reopen(t.Context(), ownedBy("ann"), now, compile(t, flow))
		if err != nil || next.Approved(d.By) || next.Determinations[0].Void != review.Reopened || next.Stages[0].Approvals[0].Status != review.ApprovalPending {
			t.Errorf("%s: the approval counts: %+v, %v", name, next, err)
		}
	}
}

func TestWhoWasBarredStaysSo(t *testing.T) {
	flow := asking(stage(review.Any, "a"))
	r := open(t, ownedBy("grace"), flow)
	for name, owner := range map[string]request.PersonID{"another owns the service": "ann", "the service is known no more": ""} {
		next, err := r.Reopen(t.Context(), ownedBy(owner), now, compile(t, flow))
		if err != nil || !next.Bars(request.Identity{ID: "grace"}) {
			t.Errorf("%s: %v are barred, %v", name, next.Barred, err)
		}
	}
}
