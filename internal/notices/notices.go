// Package notices finds whom an event concerns, and sends them notices: into their
// inbox, by the channels, and in a daily digest.
package notices

import (
	"context"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
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

	Channels map[string]notify.Channel
	Rooms    map[string]notify.Room
	Defaults notify.Defaults
	DigestAt time.Duration // from midnight UTC on; negative for never
}

// notifierCursor is the cursor of the writer of notices.
const notifierCursor = "tellers"

const (
	notifyPage  = 50 // events at a time
	notifyTries = 10 // attempts, after which people are notified without the directory if that fails
)

// NotifyPeople reads the log on, and notifies each person whom an event concerns,
// once. It works as long as its lease lasts, and goes on from its cursor.
func (no *Notices) NotifyPeople(ctx context.Context, attempts int) (store.Change, time.Time, error) {
	search := no.Decisions.Search(attempts >= notifyTries)
	for {
		cursor, err := no.Cursor(ctx, notifierCursor)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		events, err := no.EventsAfter(ctx, cursor.Value.After, notifyPage)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		for _, ev := range events {
			if err := no.notifyOne(ctx, search, ev); err != nil {
				return store.Change{}, time.Time{}, fmt.Errorf("telling of event %s: %w", ev.ID, err)
			}
			cursor.Value.After = ev.Number
			if err := no.advance(ctx, cursor.Value); err != nil {
				return store.Change{}, time.Time{}, err
			}
			if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) < no.Timeout {
				return store.Change{}, no.Now(), nil
			}
		}
		if len(events) < notifyPage {
			return store.Change{}, time.Time{}, no.startDigest(ctx)
		}
	}
}

// advance moves a cursor on.
func (no *Notices) advance(ctx context.Context, to records.Cursor) error {
	return no.Commit(ctx, func(c *store.Change) error {
		cursor, err := no.Cursor(ctx, to.ID)
		if err != nil {
			return err
		}
		no.SaveCursor(c, cursor, to)
		return nil
	})
}

// notifyOne notifies everybody whom one event concerns.
func (no *Notices) notifyOne(ctx context.Context, search *decisions.Search, ev store.Event) error {
	topic := topicOf(ev)
	audiences := notify.ToldOf(topic)
	if len(audiences) == 0 {
		return nil
	}
	about, err := no.Decisions.SubjectOf(ctx, ev)
	if err != nil {
		return err
	}
	n := noticeOf(about, topic, ev)
	var notices []notify.Notice
	notified := map[request.PersonID]bool{ev.By: true, request.SystemID: true}
	for _, audience := range audiences {
		people, err := search.Audience(ctx, audience, about)
		if err != nil {
			return err
		}
		for _, person := range people {
			if !notified[person] {
				notified[person] = true
				notices = append(notices, addressed(about, n, person, audience, ev))
			}
		}
	}
	if err := no.notifyAll(ctx, notices); err != nil {
		return err
	}
	return no.notifyRooms(ctx, n, ev)
}
