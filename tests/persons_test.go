package tests

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// serviceOf is owned by somebody, is in the groups of all stewards and holds every
// permission, but that to act.
func serviceOf(owner request.PersonID, more ...request.Permission) request.Identity {
	return request.Identity{ID: "service", Kind: request.Service, Owner: owner, Groups: []string{"sales-owners", "privacy", "analysts"},
		Permissions: append([]request.Permission{request.Governance, request.Admin, request.Audit}, more...), Attributes: map[string][]string{"login": {"service"}}}
}

// crowd is a group that somebody has taken for a person.
var crowd = request.Identity{ID: "sales-owners", Kind: request.Group, Groups: []string{"sales-owners", "privacy"},
	Permissions: []request.Permission{request.Governance, request.Admin, request.Audit, request.Acting}}

// R1: only persons act. A service and a group leave nothing behind by any method: no
// event in their name, and no trace of having acted.
func TestOnlyPeopleAct(t *testing.T) {
	t.Parallel()
	for _, tt := range slices.Concat(acts, webhookActs, proposalActs, reviewActs, accessActs, maskActs, stopActs, tokenActs) {
		t.Run(tt.method, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			granted, pending := w.approved(t, eve, "10 DAYS"), w.submit(t, eve, "30 DAYS")
			for _, by := range []request.Identity{serviceOf(eve.Person()), crowd} {
				if err := tt.do(t.Context(), w, by, pending, granted); err == nil && slices.Contains([]string{"Submit", "Determine", "Governance.Flows.Save"}, tt.method) {
					t.Errorf("%s is not refused", by.Kind)
				}
				if _, err := store.People.Get(t.Context(), w.store, by.Person()); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s has acted: %v", by.Kind, err)
				}
				for after := int64(0); ; after += store.MaxPage {
					events, err := w.Log().Events(t.Context(), auditor, after, store.MaxPage)
					must(t, err)
					if i := slices.IndexFunc(events, func(e store.Event) bool { return e.By == by.Person() }); i >= 0 {
						t.Errorf("%s has done %s", by.Kind, events[i].Type)
					}
					if len(events) < store.MaxPage {
						break
					}
				}
			}
		})
	}
}

// A service that its host lets act is barred where its owner is, where the owner stands
// for somebody who is, and where it has asked itself; elsewhere it decides.
func TestAServiceThatActsIsBarredWhereItsOwnerIs(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		owner, asks request.Identity
		names       bool // whoever asks has named the owner as a substitute
		refused     error
	}{
		"its owner asks":               {eve, eve, false, review.ErrOwnRequest},
		"its owner stands for another": {frank, eve, true, review.ErrOwnRequest},
		"another asks":                 {frank, eve, false, nil},
	} {
		w := newWorld(t)
		by := serviceOf(tt.owner.Person(), request.Acting)
		if tt.names {
			_, err := w.Substitutes().Name(t.Context(), tt.asks, tt.owner.Person(), time.Time{}, w.clock.Now().Add(time.Hour), "")
			must(t, err)
		}
		req := w.submit(t, tt.asks, "30 DAYS")
		c, err := w.Request(t.Context(), by, req.ID)
		if err != nil || c.May.Approve != (tt.refused == nil) {
			t.Errorf("%s: it may %+v, %v", name, c.May, err)
		}
		refuses(t, name, tt.refused, w.approves(t, by, req))
	}
}

// What a service asks for is its owner's own request.
func TestNobodyDecidesOnWhatTheirServiceAsksFor(t *testing.T) {
	t.Parallel()
	w := withKinds("PERSON", "SERVICE")(t)
	by := serviceOf(owner.Person(), request.Acting)
	w.Config.Directory = append(request.Roster{by}, everybody...)
	w.restart(t)
	req, err := w.Submit(t.Context(), by, forWhom(eve))
	must(t, err)
	refuses(t, "the owner", review.ErrOwnRequest, w.approves(t, owner, req))
	refuses(t, "the service", review.ErrOwnRequest, w.approves(t, by, req))
	refuses(t, "another", nil, w.approves(t, twice, req))
}

// Services are no stewards whom a review could wait for: where there is nobody else,
// governance may act.
func TestServicesAreNobodyToWaitFor(t *testing.T) {
	t.Parallel()
	robots := serviceOf(frank.Person())
	robots.Permissions = nil
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = request.Roster{eve, gov, robots, crowd} })
	req := w.submit(t, eve, "30 DAYS")
	w.work(t)
	if c := w.caseOf(t, req); !c.Review.Stages[0].Approvals[0].Fallback {
		t.Errorf("it waits for a service and a group: %+v", c.Review.Stages[0])
	}
}

// One who acts for another is no second person.
func TestAServiceIsNoSecondPerson(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		owner request.Identity
		own   bool
	}{"of the first": {gov, true}, "of another": {frank, false}} {
		w := watched(t)
		_, err := w.Governance().Flows.Save(t.Context(), gov, longer())
		id := proposal(t, err)
		seen, err := w.Proposals().Proposal(t.Context(), serviceOf(tt.owner.Person(), request.Acting), id)
		if err != nil || seen.May.Decide == tt.own {
			t.Errorf("a service %s may %+v, %v", name, seen.May, err)
		}
	}
}
