package grantwright

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/notices"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

func leases(id store.TaskID) time.Duration {
	if strings.HasPrefix(string(id), journal.SyncTasks) || strings.HasPrefix(string(id), journal.ReconcileTasks) {
		return journal.LongLease
	}
	return 0
}

// carries reports whether a task carries something to a receiver. Those have a
// worker of their own: receivers that do not answer hold up no grant.
func carries(id store.TaskID) bool {
	return id == journal.NoticeTask || id == journal.DigestTask || strings.HasPrefix(string(id), journal.HookTasks) || strings.HasPrefix(string(id), journal.PostTasks)
}

// carrierLeases leave time for some calls after each other.
func (c Config) carrierLeases(id store.TaskID) time.Duration {
	switch {
	case strings.HasPrefix(string(id), journal.HookTasks):
		return 4 * c.Webhooks.Timeout()
	case strings.HasPrefix(string(id), journal.PostTasks):
		return 4 * notices.PostTimeout
	case id == journal.DigestTask:
		return journal.DigestLease
	}
	return 0
}

// handle does a task: whatever the records call for when it is done.
func (e *Engine) handle(ctx context.Context, t store.Task) (store.Change, time.Time, error) {
	if ref, is := strings.CutPrefix(string(t.ID), journal.GrantTasks); is {
		return e.provisioning.ApplyRung(ctx, catalog.Ref(ref))
	}
	if name, is := strings.CutPrefix(string(t.ID), journal.SyncTasks); is {
		return e.drift.Periodically(ctx, name, e.inventory.SyncPeriodically)
	}
	if name, is := strings.CutPrefix(string(t.ID), journal.ReconcileTasks); is {
		return e.drift.Periodically(ctx, name, e.drift.ReconcilePeriodically)
	}
	if name, is := strings.CutPrefix(string(t.ID), journal.MaskTasks); is {
		return e.masking.Enforce(ctx, name)
	}
	if id, is := strings.CutPrefix(string(t.ID), journal.StopTasks); is {
		return e.switches.Sweep(ctx, provision.StopID(id))
	}
	if group, is := strings.CutPrefix(string(t.ID), journal.MemberTasks); is {
		return e.enrollment.CarryOut(ctx, request.PersonID(group))
	}
	if id, is := strings.CutPrefix(string(t.ID), journal.HookTasks); is {
		return e.webhooks.Call(ctx, notify.WebhookID(id))
	}
	if channel, is := strings.CutPrefix(string(t.ID), journal.PostTasks); is {
		return e.notices.SendPosts(ctx, channel)
	}
	switch t.ID {
	case journal.NoticeTask:
		return e.notices.NotifyPeople(ctx, t.Attempts)
	case journal.DigestTask:
		return e.notices.SendDigest(ctx)
	}
	return store.Change{}, time.Time{}, fmt.Errorf("grantwright: task %s is of no kind that this engine knows", t.ID)
}

// keepHouse does now and then what no task calls for, until ctx ends.
func (e *Engine) keepHouse(ctx context.Context) {
	poll := e.config.Poll
	if poll == 0 {
		poll = store.DefaultPoll
	}
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		if err := errors.Join(e.mend(ctx), e.elapse(ctx), e.journal.AnnounceEvents(ctx), e.notices.CheckLog(ctx)); err != nil && ctx.Err() == nil {
			e.journal.Logger.Warn("keeping house is tried again", "error", err)
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
func (e *Engine) elapse(ctx context.Context) error {
	steps := []struct {
		waiting store.Query
		do      func(ctx context.Context) error
	}{
		{records.ReviewsWaiting.Query("all"), e.decisions.Elapse},
		{records.RechecksDue.Query("all"), e.decisions.RecheckAll},
		{records.ProposalsWaiting.Query("all"), e.governance.LapseProposals},
		{records.SessionsEnding.Query("all"), e.sessions.Sweep},
		{records.KeptEnding.Query("all"), e.sessions.SweepKept},
	}
	queries := make([]store.Query, len(steps))
	for i, s := range steps {
		queries[i] = s.waiting
		queries[i].Until, queries[i].Limit = store.OrderTime(e.journal.Now()), 1
	}
	pages, err := e.journal.Store.Find(ctx, queries...)
	for i, page := range pages {
		if len(page) > 0 {
			err = errors.Join(err, steps[i].do(ctx))
		}
	}
	return errors.Join(err, e.advice.LearnDue(ctx))
}
