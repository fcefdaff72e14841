package tests

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// byHand takes the provisioner out of the platform.
func byHand(c *grantwright.Config) {
	fake := c.Platforms["fake"]
	c.Platforms = map[string]provision.Platform{"fake": {Source: fake.Source}}
}

func TestByHandFromGrantToRevoke(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byHand)
	ctx := t.Context()
	req := w.approved(t, eve, "30 DAYS")
	waiting, _, err := w.Grants().ToDo(ctx, admin, store.Position{}, 10)
	if must(t, err); len(waiting) != 1 || waiting[0].State != provision.Pending || waiting[0].How != provision.Manual {
		t.Fatalf("to do by hand: %+v", waiting)
	}
	id := provision.GrantID(req.ID)
	if _, err := w.Grants().Attest(ctx, admin, id, provision.Attest{}); !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("failed without a note: %v", err)
	}
	g, err := w.Grants().Attest(ctx, admin, id, provision.Attest{Note: "the platform is closed today"})
	if must(t, err); g.State != provision.Failed || g.Error == "" {
		t.Errorf("could not be done: %+v", g)
	}
	g, err = w.Grants().Attest(ctx, admin, id, provision.Attest{Done: true, Note: "as the runbook says"})
	if must(t, err); g.State != provision.Active || g.Known != provision.Attested || g.Ends.IsZero() || g.Task != (provision.Task{}) {
		t.Errorf("done: %+v", g)
	}
	if a := g.Attestation; a.By != admin.Person() || !a.Done || a.Note != "as the runbook says" || !a.At.Equal(w.clock.Now()) {
		t.Errorf("who said so: %+v", a)
	}
	if _, err := w.Grants().Attest(ctx, admin, id, provision.Attest{Done: true}); !errors.Is(err, store.ErrState) {
		t.Errorf("done twice: %v", err)
	}

	w.clock.Move(30 * 24 * time.Hour)
	w.work(t)
	if got := w.caseOf(t, req); got.Request.Status != request.Expired || got.Grant.State != provision.Revoking {
		t.Errorf("expired: request %s, grant %s; want it to wait for a person", got.Request.Status, got.Grant.State)
	}
	g, err = w.Grants().Attest(ctx, gov, id, provision.Attest{Done: true})
	if must(t, err); g.State != provision.Revoked || g.Known != provision.Attested {
		t.Errorf("taken away: %+v", g)
	}
}

func TestNobodyAttestsTheirOwnGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byHand)
	req := w.approved(t, eve, "30 DAYS")
	eveAsAdmin := eve
	eveAsAdmin.Permissions = []request.Permission{request.Admin}
	_, err := w.Grants().Attest(t.Context(), eveAsAdmin, provision.GrantID(req.ID), provision.Attest{Done: true})
	if !errors.Is(err, request.ErrForbidden) {
		t.Errorf("the beneficiary attests: %v", err)
	}
}

func TestByHandLapsesIfNobodyDoesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byHand)
	req := w.approved(t, eve, "30 DAYS")
	w.clock.Move(provision.ActivationLimit)
	w.work(t)
	if got := w.caseOf(t, req); got.Request.Status != request.Lapsed || got.Grant.State != provision.Revoking {
		t.Errorf("request %s, grant %s", got.Request.Status, got.Grant.State)
	}
}

// Not even where the flow lets people approve for themselves.
func TestNoMemberAttestsTheirGroupsGrant(t *testing.T) {
	t.Parallel()
	analysts := request.Identity{ID: "analysts", Kind: request.Group, Attributes: map[string][]string{"login": {"analysts"}}}
	member := admin
	member.ID, member.Groups = "member@example.com", []string{"analysts"}
	w := newWorld(t, byHand, func(c *grantwright.Config) {
		c.Directory = slices.Concat(everybody, request.Roster{analysts, member})
	})
	ctx := t.Context()
	must(t, w.Connections().Register(ctx, admin, catalog.Connection{Name: "warehouse", Technology: "fake", Principals: catalog.Principals{Expression: "person.attributes.login[0]", Kinds: []string{"GROUP", "PERSON"}}}))
	open := flow
	open.Version, open.OwnRequests = 1, true
	_, err := w.Governance().Flows.Save(ctx, gov, open)
	must(t, err)
	asked := asking("1 HOURS")
	asked.Beneficiary = analysts.Person()
	req, err := w.Submit(ctx, owner, asked)
	must(t, err)
	for _, by := range []request.Identity{member, ownerAsAdmin()} {
		if _, err := w.Grants().Attest(ctx, by, provision.GrantID(req.ID), provision.Attest{Done: true}); !errors.Is(err, request.ErrForbidden) {
			t.Errorf("%s attests: %v", by.ID, err)
		}
		if job, err := w.Grants().Job(ctx, by, provision.GrantID(req.ID)); err != nil || job.May {
			t.Errorf("%s may: %v, %v", by.ID, job.May, err)
		}
	}
	w.work(t)
	for _, by := range []request.Identity{member, admin, gov} {
		told, _, err := w.Inbox().Notices(ctx, by, true, store.Position{}, 10)
		must(t, err)
		if got := slices.ContainsFunc(told, func(n notify.Notice) bool { return n.Topic == notify.Topic(event.GrantToDo.Name()) }); got != (by.ID != member.ID) {
			t.Errorf("%s is told: %v", by.ID, got)
		}
	}
}

func ownerAsAdmin() request.Identity {
	by := owner
	by.Permissions = []request.Permission{request.Admin}
	return by
}

// TestHandsAreTold follows one grant through its tasks: each is told of once, has
// its own time, and is told of again every day after that.
func TestHandsAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byHand, func(c *grantwright.Config) { c.GiveWithin, c.TakeWithin = 10*time.Hour, 5*time.Hour })
	ctx := t.Context()
	topics := func() (got []notify.Topic) {
		t.Helper()
		w.work(t)
		told, _, err := w.Inbox().Notices(ctx, admin, true, store.Position{}, 20)
		must(t, err)
		for _, n := range told {
			if n.Concern != notify.DoByHand {
				t.Errorf("told of %s for %s", n.Topic, n.Concern)
			}
			got = append(got, n.Topic)
			must(t, w.Inbox().See(ctx, admin, n.ID))
		}
		return got
	}
	w.work(t)
	req := w.approved(t, eve, "30 DAYS")
	toDo, overdue := []notify.Topic{"grant.to_do"}, []notify.Topic{"grant.overdue"}
	for _, tt := range []struct {
		name string
		move time.Duration
		do   func()
		want []notify.Topic
	}{
		{"approved", 0, nil, toDo},
		{"an hour before", 9 * time.Hour, nil, nil},
		{"when it is due", time.Hour, nil, overdue},
		{"the same day", 23 * time.Hour, nil, nil},
		{"a day after", time.Hour, nil, overdue},
		{"it could not be done", 0, func() { w.attest(t, req, provision.Attest{Note: "closed"}) }, nil},
		{"another day", 24 * time.Hour, nil, overdue},
		{"it is done", 0, func() { w.attest(t, req, provision.Attest{Done: true}) }, nil},
		{"a week", 7 * 24 * time.Hour, nil, nil},
		{"revoked", 0, func() { _, err := w.Revoke(ctx, eve, req.ID, "done"); must(t, err) }, toDo},
		{"before it is due", 5*time.Hour - 1, nil, nil},
		{"when it should be gone", 1, nil, overdue},
		{"gone", 0, func() { w.attest(t, req, provision.Attest{Done: true}) }, nil},
		{"for ever", 100 * 24 * time.Hour, nil, nil},
	} {
		w.clock.Move(tt.move)
		if tt.do != nil {
			tt.do()
		}
		if diff := cmp.Diff(tt.want, topics()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

func (w *world) attest(t *testing.T, req request.Request, a provision.Attest) provision.Grant {
	t.Helper()
	g, err := w.Grants().Attest(t.Context(), gov, provision.GrantID(req.ID), a)
	must(t, err)
	return g
}

// TestEndingOneByHandLeavesTheOther has two approvals of the same: nothing is to be
// taken when one of them ends, whichever is first.
func TestEndingOneByHandLeavesTheOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byHand)
	ctx := t.Context()
	first := w.approved(t, eve, "30 DAYS")
	w.attest(t, first, provision.Attest{Done: true})
	second := w.approved(t, eve, "20 DAYS")
	_, err := w.Revoke(ctx, eve, first.ID, "")
	must(t, err)
	w.work(t)
	if g := w.caseOf(t, first).Grant; g.State != provision.Revoking {
		t.Errorf("before the second was given the first is %s", g.State)
	}
	w.attest(t, second, provision.Attest{Done: true})
	if g := w.caseOf(t, first).Grant; g.State != provision.Revoked {
		t.Errorf("what the second gives too is still to be taken: %s", g.State)
	}
	third := w.approved(t, eve, "10 DAYS")
	w.attest(t, third, provision.Attest{Done: true})
	w.clock.Move(10 * 24 * time.Hour)
	w.work(t)
	if all := w.caseOf(t, third); all.Grant.State != provision.Revoked || all.Request.Status != request.Expired {
		t.Errorf("the third is %s, its request %s", all.Grant.State, all.Request.Status)
	}
	w.clock.Move(10 * 24 * time.Hour)
	w.work(t)
	if g := w.caseOf(t, second).Grant; g.State != provision.Revoking {
		t.Errorf("nobody else gives it, and the second is %s", g.State)
	}
}

// TestJobNamesTheStatements has people act on a platform that says how.
func TestJobNamesTheStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) {
		fake := c.Platforms["fake"]
		fake.How = provision.Manual
		c.Platforms = map[string]provision.Platform{"fake": fake}
	})
	ctx := t.Context()
	req := w.approved(t, eve, "30 DAYS")
	id := provision.GrantID(req.ID)
	if req.Principal.ID != "id of eve" {
		t.Errorf("the platform was not asked who eve is: %+v", req.Principal)
	}
	job, err := w.Grants().Job(ctx, admin, id)
	if must(t, err); job.NoPlan != "" || !job.May || len(job.Plan.Statements) != 1 || len(job.Stands) != 1 {
		t.Errorf("to give: %+v", job)
	}
	if w.platform.Allows("eve", orders) {
		t.Error("the platform was changed although people do it")
	}
	w.platform.Set("eve", orders, "3", provision.Access{Privilege: request.Read})
	w.attest(t, req, provision.Attest{Done: true})
	if _, err := w.Grants().Job(ctx, admin, id); !errors.Is(err, store.ErrState) {
		t.Errorf("nothing is to be done: %v", err)
	}
	_, err = w.Revoke(ctx, eve, req.ID, "")
	must(t, err)
	w.work(t)
	job, err = w.Grants().Job(ctx, admin, id)
	if must(t, err); len(job.Plan.Statements) != 1 || len(job.Stands) != 0 {
		t.Errorf("to take: %+v", job)
	}
	if !w.platform.Allows("eve", orders) {
		t.Error("the platform was changed although people do it")
	}
	if _, err := w.Reconcile(ctx, admin, "warehouse", provision.Reconcile{}); !errors.Is(err, provision.ErrNoPlatform) {
		t.Errorf("what people do cannot be compared: %v", err)
	}
}

// TestNoMemberResumesTheirGroupsGrant has somebody of governance in the group.
func TestNoMemberResumesTheirGroupsGrant(t *testing.T) {
	t.Parallel()
	analysts := request.Identity{ID: "analysts", Kind: request.Group, Attributes: map[string][]string{"login": {"analysts"}}}
	member := gov
	member.ID, member.Groups = "member@example.com", []string{"analysts"}
	known := member
	known.Permissions = nil // two of GOVERNANCE would have to agree on connections
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = slices.Concat(everybody, request.Roster{analysts, known}) })
	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "warehouse", Technology: "fake",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]", Kinds: []string{"PERSON", "GROUP"}}}))
	req := w.approvedOn(t, frank, request.Submission{Asset: orders, Beneficiary: analysts.Person()})
	w.platform.Set("analysts", orders, "3")
	w.reconcile(t, provision.Reconcile{})
	if _, err := w.Grants().Resume(t.Context(), member, provision.GrantID(req.ID), "we need it"); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("a member resumes: %v", err)
	}
	if _, err := w.Grants().Resume(t.Context(), gov, provision.GrantID(req.ID), "they need it"); err != nil {
		t.Errorf("governance resumes: %v", err)
	}
}
