package tests

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// columnsOf asks for some columns of the orders; of none for the whole.
func columnsOf(of request.Identity, columns ...string) request.Submission {
	s := asking("30 DAYS")
	s.Beneficiary, s.Columns = of.Person(), columns
	return s
}

// limited is the LimitError of a submission; nil where there is none.
func limited(t *testing.T, err error) *request.LimitError {
	t.Helper()
	limit := (*request.LimitError)(nil)
	if err != nil && !errors.As(err, &limit) {
		t.Fatalf("got %v", err)
	}
	return limit
}

// TestOpenRequestsOfOnePersonAreBounded refuses one more than a person may have pending, also
// after a restart, and also in a batch; the same again is the first one.
func TestOpenRequestsOfOnePersonAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.MaxOpen = 2 })
	ctx := t.Context()
	first, err := w.Submit(ctx, eve, columnsOf(eve))
	must(t, err)
	_, err = w.Submit(ctx, eve, columnsOf(eve, "id"))
	must(t, err)
	for range 2 {
		_, err = w.Submit(ctx, eve, columnsOf(eve, "email"))
		if limit := limited(t, err); limit == nil || limit.Most != 2 || limit.Field != "requester" || limit.Right == "" {
			t.Errorf("one too many: %v", err)
		}
		_, err = w.Submit(ctx, eve, columnsOf(frank, "email"))
		if limited(t, err) == nil {
			t.Error("one too many for another is taken")
		}
		again, err := w.Submit(ctx, eve, columnsOf(eve))
		if must(t, err); again.ID != first.ID {
			t.Errorf("the same again is %s, the first was %s", again.ID, first.ID)
		}
		w.restart(t)
	}
	customers := columnsOf(eve)
	customers.Asset = customersTable
	_, err = w.SubmitBatch(ctx, eve, "", []request.Submission{columnsOf(eve), customers})
	if limited(t, err) == nil {
		t.Error("a batch with one too many is taken")
	}
	_, err = w.Submit(ctx, frank, columnsOf(frank, "email"))
	must(t, err) // others go on
	_, err = w.Cancel(ctx, eve, first.ID)
	must(t, err)
	batch, err := w.SubmitBatch(ctx, eve, "", []request.Submission{customers})
	must(t, err)
	_, err = w.Submit(ctx, eve, columnsOf(eve))
	if limited(t, err) == nil {
		t.Error("after the batch there is room for one more")
	}
	w.determine(t, twice, batch[0], "DENY")
	_, err = w.Submit(ctx, eve, columnsOf(eve))
	must(t, err)
}

// TestOpenRequestsForOnePersonAreBounded refuses one more than others may have pending for one
// person, whoever of them asks; the person's own do not count, and they can cancel the others.
func TestOpenRequestsForOnePersonAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.MaxOpenFor = 2 })
	ctx := t.Context()
	_, err := w.Submit(ctx, eve, columnsOf(eve))
	must(t, err)
	first, err := w.Submit(ctx, frank, columnsOf(eve, "id"))
	must(t, err)
	_, err = w.Submit(ctx, owner, columnsOf(eve, "email"))
	must(t, err)
	_, err = w.Submit(ctx, frank, columnsOf(eve, "id", "email"))
	if limit := limited(t, err); limit == nil || limit.Most != 2 || limit.Field != "beneficiary" {
		t.Errorf("one too many: %v", err)
	}
	customers := columnsOf(eve)
	customers.Asset = customersTable
	forFrank := columnsOf(frank)
	before := countEvents(t, w)
	_, err = w.SubmitBatch(ctx, owner, "", []request.Submission{forFrank, customers})
	if limit := limited(t, err); limit == nil || limit.Field != "items[1].beneficiary" {
		t.Errorf("in a batch: %v", err)
	}
	if after := countEvents(t, w); after != before {
		t.Errorf("%d events came of the batch", after-before)
	}
	_, err = w.Submit(ctx, eve, customers) // her own
	must(t, err)
	_, err = w.Cancel(ctx, eve, first.ID)
	must(t, err)
	_, err = w.Submit(ctx, frank, columnsOf(eve, "id", "email"))
	must(t, err)
}

// TestBoundsCostTheSame counts the calls of a submission by somebody with many open requests.
func TestBoundsCostTheSame(t *testing.T) {
	t.Parallel()
	s := &tally{Store: new(store.Memory)}
	w := newWorld(t, func(c *grantwright.Config) { c.Store, c.Directory = s, nil })
	must(t, w.People().Seen(t.Context(), everybody...))
	w.decides(t, askingIn(groups("ANY", "sales-owners")))
	submits := func(asked request.Submission) (calls, rows int64) {
		return s.during(t, func(ctx context.Context) {
			_, err := w.Submit(ctx, eve, asked)
			must(t, err)
		})
	}
	_, _ = submits(columnsOf(eve)) // reads what seldom changes
	_, _ = submits(columnsOf(eve, "id"))
	var calls, rows []int64
	for _, columns := range [][]string{{"email"}, {"id", "email"}} {
		c, r := submits(columnsOf(eve, columns...))
		calls, rows = append(calls, c), append(rows, r)
	}
	if diff := cmp.Diff(slices.Repeat(calls[:1], 2), calls); diff != "" {
		t.Errorf("calls differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Repeat(rows[:1], 2), rows); diff != "" {
		t.Errorf("rows differ (-want +got):\n%s", diff)
	}
}

// A renewal is one more request that is pending, of whoever asks for it, and for whom it is.
func TestRenewalsCountAsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.MaxOpen, c.MaxOpenFor = 1, 1 })
	ctx := t.Context()
	first := w.approved(t, eve, "30 DAYS")
	w.clock.Move(20 * 24 * time.Hour)
	w.work(t)
	renewal := asking("60 DAYS")
	renewal.Renews = first.ID
	open, err := w.Submit(ctx, eve, columnsOf(eve, "email"))
	must(t, err)
	if _, err := w.Submit(ctx, eve, renewal); limited(t, err) == nil {
		t.Error("a renewal beyond the bound is taken")
	}
	if _, err := w.SubmitBatch(ctx, eve, "", []request.Submission{renewal}); limited(t, err) == nil {
		t.Error("a renewal beyond the bound is taken in bulk")
	}
	w.determine(t, twice, open, review.Deny)
	renewed, err := w.Submit(ctx, eve, renewal)
	must(t, err)
	if renewed.Renews != first.ID || renewed.Status != request.Pending {
		t.Fatalf("the renewal is %+v", renewed)
	}
	if _, err := w.Submit(ctx, eve, columnsOf(eve, "email")); limited(t, err) == nil {
		t.Error("an open renewal counts for nothing")
	}
}
