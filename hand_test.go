package grantwright_test

import (
	"errors"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
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
	if _, err := w.Grants().Attest(ctx, admin, id, grantwright.Attestation{}); !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("failed without a note: %v", err)
	}
	g, err := w.Grants().Attest(ctx, admin, id, grantwright.Attestation{Note: "the platform is closed today"})
	if must(t, err); g.State != provision.Failed || g.Error == "" {
		t.Errorf("could not be done: %+v", g)
	}
	g, err = w.Grants().Attest(ctx, admin, id, grantwright.Attestation{Done: true})
	if must(t, err); g.State != provision.Active || g.Known != provision.Attested || g.Ends.IsZero() {
		t.Errorf("done: %+v", g)
	}
	if _, err := w.Grants().Attest(ctx, admin, id, grantwright.Attestation{Done: true}); !errors.Is(err, grantwright.ErrState) {
		t.Errorf("done twice: %v", err)
	}

	w.clock.Move(30 * 24 * time.Hour)
	w.work(t)
	if got := w.caseOf(t, req); got.Request.Status != request.Expired || got.Grant.State != provision.Revoking {
		t.Errorf("expired: request %s, grant %s; want it to wait for a person", got.Request.Status, got.Grant.State)
	}
	g, err = w.Grants().Attest(ctx, gov, id, grantwright.Attestation{Done: true})
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
	_, err := w.Grants().Attest(t.Context(), eveAsAdmin, provision.GrantID(req.ID), grantwright.Attestation{Done: true})
	if !errors.Is(err, grantwright.ErrForbidden) {
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
