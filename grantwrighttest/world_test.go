package grantwrighttest_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

var (
	eve   = grantwrighttest.Person("eve", "analysts")
	owner = grantwrighttest.Person("owner", "owners")
)

const orders catalog.Ref = "lake:sales.orders"

// newWorld is a world in which owners decide about a table.
func newWorld(t *testing.T) *grantwrighttest.World {
	t.Helper()
	w, err := grantwrighttest.New()
	fatal(t, err)
	t.Cleanup(func() { _ = w.Close() })
	w.Directory.Put(eve, owner)
	w.Platform.Add(catalog.Asset{Ref: "lake:sales", Kind: catalog.Schema}, catalog.Asset{Ref: orders, Kind: catalog.Table})
	fatal(t, w.Connect(t.Context(), "lake"))
	fatal(t, w.LetDecide(t.Context(), "lake", "owners"))
	return w
}

// approved asks for the table, and has the request approved.
func approved(t *testing.T, w *grantwrighttest.World) request.Request {
	t.Helper()
	req, err := w.Submit(t.Context(), eve, request.Submission{Asset: orders, Answers: request.Answers{"purpose": {"a report"}, "duration": {"7 DAYS"}}})
	fatal(t, err)
	req, err = w.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve})
	fatal(t, err)
	return req
}

func TestRestartKeepsTheRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := approved(t, w)
	fatal(t, w.Restart())
	fatal(t, w.Finish(t.Context()))
	c, err := w.Request(t.Context(), eve, req.ID)
	if fatal(t, err); c.Grant.State != provision.Active || len(w.Platform.Access("eve", orders)) != 1 {
		t.Errorf("the grant is %s, access %v", c.Grant.State, w.Platform.Access("eve", orders))
	}
}

func TestAccessThatOthersTakeAwayIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := approved(t, w)
	_, err := w.WaitForGrant(t.Context(), eve, req.ID)
	fatal(t, err)
	w.Platform.TakeAway("eve", orders)
	_, err = w.Reconcile(t.Context(), grantwrighttest.Admin(), "lake", provision.Reconcile{})
	fatal(t, err)
	fatal(t, w.Finish(t.Context()))
	if c, err := w.Request(t.Context(), eve, req.ID); err != nil || c.Grant.State != provision.Suspended {
		t.Errorf("the grant is %s, %v", c.Grant.State, err)
	}
}

func TestHookThatIsSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var begun atomic.Bool
	release := make(chan struct{})
	w.Platform.Hook(func(ctx context.Context, _ provision.Standing) error {
		begun.Store(true)
		<-release
		return nil
	})
	req := approved(t, w)
	fatal(t, grantwrighttest.Until(t.Context(), begun.Load))
	if len(w.Platform.Access("eve", orders)) != 0 {
		t.Error("the platform has given access before the hook returned")
	}
	close(release)
	if g, err := w.WaitForGrant(t.Context(), eve, req.ID); err != nil || g.State != provision.Active {
		t.Errorf("the grant is %s, %v", g.State, err)
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	var d grantwrighttest.Directory
	analysts := func() int {
		t.Helper()
		who, _, err := d.People(t.Context(), request.Criterion{Group: "analysts"}, "", 10)
		fatal(t, err)
		return len(who)
	}
	d.Put(eve, owner)
	if analysts() != 1 {
		t.Errorf("%d analysts", analysts())
	}
	d.Put(grantwrighttest.Person("eve"))
	if analysts() != 0 {
		t.Errorf("after eve has left the group: %d analysts", analysts())
	}
	d.Remove(eve.Person())
	if _, err := d.Lookup(t.Context(), eve.Person()); !errors.Is(err, request.ErrUnknownPerson) {
		t.Errorf("after eve has left: %v", err)
	}
	away := errors.New("away")
	d.Fail(away)
	if _, err := d.Lookup(t.Context(), owner.Person()); !errors.Is(err, away) {
		t.Errorf("while the directory is away: %v", err)
	}
}

func TestUntilGivesUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := grantwrighttest.Until(ctx, func() bool { return false }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
