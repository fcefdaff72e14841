package tests

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// asks is a world whose platform asks what is allowed.
func asks(t *testing.T) *world {
	t.Helper()
	return newWorld(t, func(c *grantwright.Config) {
		p := c.Platforms["fake"]
		p.Provisioner = func(context.Context, provision.Target) (provision.Provisioner, error) { return provision.Asking, nil }
		c.Platforms = map[string]provision.Platform{"fake": p}
	})
}

func (w *world) allows(t *testing.T, login string, ref catalog.Ref, columns ...string) request.Privilege {
	t.Helper()
	a, err := w.Allowed(t.Context(), request.Principal{Name: login}, ref, columns)
	must(t, err)
	return a.Privilege
}

func TestAllowedFollowsTheGrant(t *testing.T) {
	t.Parallel()
	w := asks(t)
	if got := w.allows(t, "eve", orders); got != "" {
		t.Errorf("before anything is granted eve may %s", got)
	}
	req := w.approved(t, eve, "30 DAYS")
	a, err := w.Allowed(t.Context(), request.Principal{Name: "eve"}, orders, nil)
	must(t, err)
	want := provision.Allowance{Privilege: request.Read, Until: w.clock.Now().Add(30 * 24 * time.Hour), Grants: []provision.GrantID{provision.GrantID(req.ID)}}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("allowed (-want +got):\n%s", diff)
	}
	if got := w.allows(t, "frank", orders); got != "" {
		t.Errorf("frank may %s", got)
	}
	if got := w.allows(t, "eve", customersTable); got != "" {
		t.Errorf("eve may %s the customers", got)
	}
	_, err = w.Revoke(t.Context(), eve, req.ID, "")
	must(t, err)
	if got := w.allows(t, "eve", orders); got != "" {
		t.Errorf("as soon as it is revoked eve may %s", got)
	}
}

// TestAllowedEndsInTime looks past the end of a grant that nobody has ended yet.
func TestAllowedEndsInTime(t *testing.T) {
	t.Parallel()
	w := asks(t)
	w.approved(t, eve, "1 HOURS")
	w.clock.Move(time.Hour - time.Microsecond)
	if got := w.allows(t, "eve", orders); got != request.Read {
		t.Errorf("just before the end eve may %q", got)
	}
	w.clock.Move(time.Microsecond)
	if got := w.allows(t, "eve", orders); got != "" {
		t.Errorf("at the end eve may %s", got)
	}
}

func TestAllowedThroughContainers(t *testing.T) {
	t.Parallel()
	w := asks(t)
	w.approvedOn(t, eve, request.Submission{Asset: "warehouse:sales.public"})
	if got := w.allows(t, "eve", orders, "id"); got != request.Read {
		t.Errorf("eve may %q what the schema covers", got)
	}
	if _, err := w.Allowed(t.Context(), request.Principal{Name: "eve"}, "warehouse:sales.public.later", nil); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("what no sync has seen: %v", err)
	}
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "sales"}))
	if got := w.allows(t, "eve", orders); got != "" {
		t.Errorf("eve may %s what others decide about now", got)
	}
	if got := w.allows(t, "eve", customersTable); got != request.Read {
		t.Errorf("eve may %q what is still covered", got)
	}
}

// TestAllowedKnowsTheObject puts another table in the place of the one that was
// approved.
func TestAllowedKnowsTheObject(t *testing.T) {
	t.Parallel()
	w := asks(t)
	w.approved(t, eve, "30 DAYS")
	w.platform.Replace(orders, "33", "mallory")
	_, err := w.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	if got := w.allows(t, "eve", orders); got != "" {
		t.Errorf("eve may %s what took the name of the orders", got)
	}
}

// TestAllowedShowsNothingMaskedClear declares a mask on what is granted already, and
// makes an exception from it.
func TestAllowedShowsNothingMaskedClear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: "warehouse", Type: request.MaskingException, Flow: "sales"}))
	w.approvedOn(t, eve, request.Submission{Asset: "warehouse:sales.public"})
	w.approved(t, frank, "30 DAYS")
	_, err := w.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "pii", At: "warehouse", Columns: []string{"email"}, How: catalog.MaskNull})
	must(t, err)
	for _, columns := range [][]string{nil, {"email"}, {"id", "email"}, {"unseen"}} {
		for _, login := range []string{"eve", "frank"} {
			if got := w.allows(t, login, orders, columns...); got != "" {
				t.Errorf("%s may %s %q of what is masked", login, got, columns)
			}
		}
	}
	must(t, w.Masks().Enforce(t.Context(), gov, "warehouse"))
	w.approvedOn(t, frank, request.Submission{Asset: orders, Type: request.MaskingException, Columns: []string{"email"}})
	w.work(t) // what frank had is given anew beside it
	for login, want := range map[string]request.Privilege{"eve": "", "frank": request.Read} {
		for _, columns := range [][]string{nil, {"email"}} {
			if got := w.allows(t, login, orders, columns...); got != want {
				t.Errorf("with an exception for frank %s may %q %q", login, got, columns)
			}
		}
		if got := w.allows(t, login, orders, "id"); got != request.Read {
			t.Errorf("%s may %q what is not masked", login, got)
		}
	}
}

// TestAllowedAsksTwice counts the readings of one answer: one of all grants and masks,
// and one of the asset, both at once.
func TestAllowedAsksTwice(t *testing.T) {
	t.Parallel()
	var asked readings
	w := newWorld(t, func(c *grantwright.Config) {
		c.Store, c.Inventory = countedReads{c.Store, &asked}, countedAssets{c.Inventory, &asked}
	})
	w.approved(t, eve, "30 DAYS")
	ctx := context.WithValue(t.Context(), countedKey{}, true)
	for who, want := range map[string]bool{"eve": true, "frank": false} {
		asked.store.Store(0)
		asked.inventory.Store(0)
		a, err := w.Allowed(ctx, request.Principal{Name: who}, orders, nil)
		if err != nil || a.Reads() != want || asked.store.Load() != 1 || asked.inventory.Load() != 1 {
			t.Errorf("%s: reads %v, %v, with %d readings of the store and %d of the inventory, want one of each", who, a.Reads(), err, asked.store.Load(), asked.inventory.Load())
		}
	}
}

// readings counts what is asked for under a context that says so: an engine also reads in
// the background.
type readings struct{ store, inventory atomic.Int64 }

type countedKey struct{}

func count(ctx context.Context, n *atomic.Int64) {
	if ctx.Value(countedKey{}) != nil {
		n.Add(1)
	}
}

type countedReads struct {
	store.Store
	asked *readings
}

func (c countedReads) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	count(ctx, &c.asked.store)
	return c.Store.Get(ctx, keys...)
}

func (c countedReads) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	count(ctx, &c.asked.store)
	return c.Store.Find(ctx, queries...)
}

type countedAssets struct {
	catalog.Inventory
	asked *readings
}

func (c countedAssets) Asset(ctx context.Context, ref catalog.Ref) (catalog.Asset, error) {
	count(ctx, &c.asked.inventory)
	return c.Inventory.Asset(ctx, ref)
}
