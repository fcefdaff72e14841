// Package background does what nobody waits for: it hands the tasks of the workers to the rooms
// that know them, does what time has brought, and counts, learns from and seals the log.
package background

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/grantwright/grantwright/internal/advice"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/drift"
	"github.com/grantwright/grantwright/internal/enrollment"
	"github.com/grantwright/grantwright/internal/figures"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/inventory"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/masking"
	"github.com/grantwright/grantwright/internal/notices"
	"github.com/grantwright/grantwright/internal/proofs"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/sessions"
	"github.com/grantwright/grantwright/internal/switches"
	"github.com/grantwright/grantwright/internal/webhooks"
	"github.com/grantwright/grantwright/store"
)

// Background works for the rooms. Poll is the time between two looks for what is due; zero is
// store.DefaultPoll.
type Background struct {
	Journal      *journal.Journal
	Sessions     *sessions.Sessions
	Provisioning *provisioning.Provisioning
	Decisions    *decisions.Decisions
	Figures      *figures.Figures
	Proofs       *proofs.Proofs
	Masking      *masking.Masking
	Drift        *drift.Drift
	Switches     *switches.Switches
	Governance   *governance.Governance
	Inventory    *inventory.Inventory
	Enrollment   *enrollment.Enrollment
	Webhooks     *webhooks.Webhooks
	Advice       *advice.Advice
	Notices      *notices.Notices
	Poll         time.Duration

	mending sync.Mutex
	mended  time.Time // when it was last looked for work that a clock has put off
}

// Run does the work in the background until ctx ends.
func (b *Background) Run(ctx context.Context) error {
	b.Journal.Running.Add(1)
	defer b.Journal.Running.Add(-1)
	b.Provisioning.EndOverdue(ctx)
	var all sync.WaitGroup
	all.Go(func() { b.Provisioning.Run(ctx, b.Poll) })
	all.Go(func() { _ = b.Journal.Worker.Run(ctx) })
	all.Go(func() { _ = b.Journal.Carrier.Run(ctx) })
	all.Go(func() { b.keepHouse(ctx) })
	all.Wait()
	return ctx.Err()
}

// Work does once what Run does all the time, and returns.
func (b *Background) Work(ctx context.Context) error {
	b.Provisioning.EndOverdue(ctx)
	return errors.Join(b.mend(ctx), b.elapse(ctx), b.Journal.Worker.RunDue(ctx), b.Provisioning.ApplyDue(ctx), b.Journal.AnnounceEvents(ctx), b.Notices.Notify(ctx), b.Journal.Carrier.RunDue(ctx), b.Figures.Count(ctx), b.Proofs.Grow(ctx))
}

// keepHouse does now and then what no task calls for, until ctx ends.
func (b *Background) keepHouse(ctx context.Context) {
	poll := b.Poll
	if poll == 0 {
		poll = store.DefaultPoll
	}
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		if err := errors.Join(b.mend(ctx), b.elapse(ctx), b.Journal.AnnounceEvents(ctx), b.Notices.CheckLog(ctx), b.Figures.CountSoon(ctx), b.Proofs.GrowSoon(ctx)); err != nil && ctx.Err() == nil {
			b.Journal.Logger.WarnContext(ctx, "keeping house is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// elapse does what time has brought to reviews, proposals and sessions. One message asks whether
// there is anything.
func (b *Background) elapse(ctx context.Context) error {
	steps := []struct {
		waiting store.Query
		do      func(ctx context.Context) error
	}{
		{records.ReviewsWaiting.Query("all"), b.Decisions.Elapse},
		{records.RechecksDue.Query("all"), b.Decisions.RecheckAll},
		{records.ProposalsWaiting.Query("all"), b.Governance.LapseProposals},
		{records.SessionsEnding.Query("all"), b.Sessions.Sweep},
		{records.KeptEnding.Query("all"), b.Sessions.SweepKept},
	}
	queries := make([]store.Query, len(steps))
	for i, s := range steps {
		queries[i] = s.waiting
		queries[i].Until, queries[i].Limit = store.OrderTime(b.Journal.Now()), 1
	}
	pages, err := b.Journal.Store.Find(ctx, queries...)
	for i, page := range pages {
		if len(page) > 0 {
			err = errors.Join(err, steps[i].do(ctx))
		}
	}
	return errors.Join(err, b.Advice.LearnDue(ctx))
}
