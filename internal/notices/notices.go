// Package notices finds whom an event concerns, and sends them notices: into their
// inbox, by the channels, and in a daily digest.
package notices

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/grantwright/grantwright/internal/advice"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Notices turns events into notices for people.
type Notices struct {
	*journal.Journal
	People       *people.People
	Provisioning *provisioning.Provisioning
	Decisions    *decisions.Decisions
	Advice       *advice.Advice

	Channels map[string]notify.Channel
	Rooms    map[string]notify.Room
	Defaults notify.Defaults
	DigestAt time.Duration // from midnight UTC on; negative for never

	digests atomic.Bool // the digest task is there
}

// notifierCursor is the cursor of the writer of notices.
const notifierCursor = "tellers"

const (
	notifyPage  = 500                    // events at a time
	notifyTries = 10                     // attempts, after which people are notified without the directory if that fails
	notifyGap   = 200 * time.Millisecond // between two readings of the log, while less comes than fits
	notifyOn    = time.Second            // that the lease is kept for what comes soon
)

// NotifySoon notifies in the background whom new events concern, in a process that runs.
// Another one does it when it is told to work.
func (no *Notices) NotifySoon() {
	if no.Running.Load() > 0 {
		no.Rouse(no.lane())
	}
}

// Notify notifies whom new events concern, and returns. What fails is kept with the task,
// and tried again.
func (no *Notices) Notify(ctx context.Context) error {
	if err := no.CatchUp(ctx, no.lane()); err != nil && !errors.Is(err, store.ErrConflict) {
		no.Logger.WarnContext(ctx, "people are told later", "error", err)
	}
	return ctx.Err()
}

// CheckLog is NotifySoon where there are events of which nobody was notified: another
// process has committed them, and found the lease held.
func (no *Notices) CheckLog(ctx context.Context) error {
	cursor, err := no.Cursor(ctx, notifierCursor)
	if err != nil {
		return err
	}
	if no.Announced() > cursor.Value.After {
		no.NotifySoon()
	}
	return nil
}

func (no *Notices) lane() journal.Work {
	return journal.Work{Task: journal.NoticeTask, Worker: &no.Carrier, Linger: notifyOn, Gap: notifyGap,
		Step: func(ctx context.Context, t store.Task) (store.Step, error) {
			c, more, err := no.notifyNext(ctx, t.Attempts)
			return store.Step{Change: c, More: more, Done: no.Carrier.Wake}, err
		}}
}

// NotifyPeople is a step of Notify after one that has failed.
func (no *Notices) NotifyPeople(ctx context.Context, attempts int) (store.Change, time.Time, error) {
	c, more, err := no.notifyNext(ctx, attempts)
	if more {
		return c, no.Now(), err
	}
	return c, time.Time{}, err
}

// notifyNext reads the log on, and notifies each person whom an event concerns, once.
// The cursor moves on in the same commit. Where one event fails, those before it count.
func (no *Notices) notifyNext(ctx context.Context, attempts int) (c store.Change, more bool, err error) {
	ctx = snapshot.Begin(ctx)
	snapshot.Forget(ctx)
	cursor, err := no.Cursor(ctx, notifierCursor)
	if err != nil {
		return c, false, err
	}
	events, err := no.EventsAfter(ctx, cursor.Value.After, notifyPage)
	if err != nil {
		return c, false, err
	}
	if err := no.startDigest(ctx); err != nil || len(events) == 0 {
		return c, false, err
	}
	b := batch{notices: no, search: no.Decisions.Search(attempts >= notifyTries)}
	no.readSubjects(ctx, events)
	next, fits := cursor.Value, true
	for _, ev := range events {
		if fits, err = b.add(ctx, ev); !fits {
			break
		}
		next.After = ev.Number
	}
	if next.After == cursor.Value.After {
		return c, false, err
	}
	if err := b.write(ctx, &c); err != nil {
		return store.Change{}, false, err
	}
	no.SaveCursor(&c, cursor, next)
	return c, !fits || len(events) == notifyPage, nil
}

// readSubjects reads at once the requests and reviews that some events are about, and who
// stands for those who may not decide. What cannot be read now is read when it is needed.
func (no *Notices) readSubjects(ctx context.Context, events []store.Event) {
	var keys []store.Key
	var of []request.ID
	for _, ev := range events {
		if ev.Request != "" && len(notify.ToldOf(topicOf(ev))) > 0 {
			keys, of = append(keys, records.Requests.Key(ev.Request), records.Reviews.Key(ev.Request)), append(of, ev.Request)
		}
	}
	no.Act(ctx, keys...)
	reviews, err := records.Reviews.Some(ctx, no.Store, of...)
	if err != nil {
		return
	}
	keys = nil
	for _, rev := range reviews {
		for _, person := range rev.Value.Barred {
			keys = append(keys, records.Substitutions.Key(person))
		}
	}
	no.Act(ctx, keys...)
}

// audience finds everybody whom an event concerns, and returns their notices. The first
// is to nobody: it is for rooms.
func (no *Notices) audience(ctx context.Context, search *decisions.Search, ev store.Event) (n notify.Notice, notices []notify.Notice, err error) {
	topic := topicOf(ev)
	about, err := no.Decisions.SubjectOf(ctx, ev)
	if err != nil {
		return n, nil, err
	}
	n = noticeOf(about, topic, ev)
	notified := map[request.PersonID]bool{ev.By: true, request.SystemID: true}
	for _, audience := range notify.ToldOf(topic) {
		people, err := search.Audience(ctx, audience, about)
		if err != nil {
			return n, nil, err
		}
		for _, person := range people {
			if !notified[person] {
				notified[person] = true
				notices = append(notices, addressed(about, n, person, audience, ev))
			}
		}
	}
	return n, notices, no.advise(ctx, about, notices)
}
