package sqlstore_test

import (
	"context"
	"errors"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

var (
	eve   = grantwrighttest.Person("eve", "analysts")
	owner = grantwrighttest.Person("owner", "owners")
)

// host is an engine on a database that a host has rows of its own in.
type host struct {
	shared
	*grantwrighttest.World
}

func hosted(t *testing.T, s shared) host {
	t.Helper()
	world, err := grantwrighttest.New(func(c *grantwright.Config) { c.Store, c.Inventory = s.Store, s.Inventory() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	world.Directory.Put(eve, owner)
	world.Platform.Add(catalog.Asset{Ref: "lake:orders", Kind: catalog.Table})
	if err := errors.Join(world.Connect(t.Context(), "lake"), world.LetDecide(t.Context(), "lake", "owners")); err != nil {
		t.Fatal(err)
	}
	return host{s, world}
}

func (h host) submit(ctx context.Context) (request.Request, error) {
	answers := request.Answers{"purpose": {"the quarterly report"}, "duration": {"7 DAYS"}}
	return h.Submit(ctx, eve, request.Submission{Asset: "lake:orders", Answers: answers})
}

func (h host) approve(ctx context.Context, id request.ID) error {
	_, err := h.Determine(ctx, owner, id, review.Determination{Act: review.Approve})
	return err
}

func (h host) events(t *testing.T) int64 {
	t.Helper()
	n, err := store.LastNumber(t.Context(), h.Store)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestActsAreCommittedWithTheHost(t *testing.T) {
	t.Parallel()
	onEachShared(t, func(t *testing.T, s shared) {
		h := hosted(t, s)
		tx := h.begin(t, "first")
		within, committed := h.In(t.Context(), tx)
		req, err := h.submit(within)
		if err == nil {
			err = h.approve(within, req.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Platform.Access("eve", "lake:orders"); len(got) > 0 {
			t.Errorf("before the commit of the host eve has %v", got)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		committed()
		if err := grantwrighttest.Until(t.Context(), func() bool { return len(h.Platform.Access("eve", "lake:orders")) == 1 }); err != nil {
			t.Errorf("after it eve never has access: %v", err)
		}
	})
}

func TestActsAreRolledBackWithTheHost(t *testing.T) {
	t.Parallel()
	onEachShared(t, func(t *testing.T, s shared) {
		h := hosted(t, s)
		if err := h.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := h.events(t)
		tx := h.begin(t, "first")
		within, _ := h.In(t.Context(), tx)
		req, err := h.submit(within)
		if err == nil {
			err = h.approve(within, req.ID)
		}
		if err = errors.Join(err, tx.Rollback(), h.Finish(t.Context())); err != nil {
			t.Fatal(err)
		}
		if got := h.Platform.Access("eve", "lake:orders"); len(got) > 0 {
			t.Errorf("eve has %v", got)
		}
		if _, err := h.Request(t.Context(), eve, req.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the request is there: %v", err)
		}
		if after := h.events(t); after != before {
			t.Errorf("%d events were left", after-before)
		}
		if req, err = h.submit(t.Context()); err != nil || req.Status != request.Pending {
			t.Errorf("afterwards: %v, %v", req.Status, err)
		}
	})
}

// What a transaction has read of definitions that it saved itself stays in no process:
// after a rollback nobody decides by them.
func TestDefinitionsThatWereRolledBackDecideNothing(t *testing.T) {
	t.Parallel()
	onEachShared(t, func(t *testing.T, s shared) {
		h := hosted(t, s)
		tx := h.begin(t, "first")
		within, _ := h.In(t.Context(), tx)
		if err := h.LetDecide(within, "lake:orders", "analysts"); err != nil {
			t.Fatal(err)
		}
		if req, err := h.submit(within); err != nil || req.Status != request.Pending {
			t.Fatal(req.Status, err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		// As many changes come to the same generation.
		steward := grantwrighttest.Person("steward", "stewards")
		h.Directory.Put(steward)
		if err := h.LetDecide(t.Context(), "lake", "stewards"); err != nil {
			t.Fatal(err)
		}
		req, err := h.submit(t.Context())
		if err == nil {
			_, err = h.Determine(t.Context(), steward, req.ID, review.Determination{Act: review.Approve})
		}
		if err != nil {
			t.Errorf("a steward does not decide: %v", err)
		}
	})
}

// A stop switch holds with the commit of the host; what follows from it on the platform
// comes after that.
func TestStopSwitchInATransaction(t *testing.T) {
	t.Parallel()
	onEachShared(t, func(t *testing.T, s shared) {
		h := hosted(t, s)
		req, err := h.submit(t.Context())
		if err = errors.Join(err, h.approve(t.Context(), req.ID)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.WaitForGrant(t.Context(), eve, req.ID); err != nil {
			t.Fatal(err)
		}
		tx := h.begin(t, "first")
		within, committed := h.In(t.Context(), tx)
		if err := h.StopSwitches().RevokeAll(within, grantwrighttest.Admin(), eve.Person(), "she has left"); err != nil {
			t.Fatal(err)
		}
		if got := h.Platform.Access("eve", "lake:orders"); len(got) != 1 {
			t.Errorf("before the commit of the host eve has %v", got)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		committed()
		if err := h.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := h.Platform.Access("eve", "lake:orders"); len(got) > 0 {
			t.Errorf("afterwards eve has %v", got)
		}
	})
}
