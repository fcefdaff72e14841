package grantwright

import (
	"context"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// tellers is the lane of what tells people.
const tellers = "tellers"

const (
	tellPage  = 50 // events at a time
	tellTries = 10 // after which those are told whom we know without the directory
)

// tellPeople reads the log on, and tells each person whom an event concerns, once.
// It has the time of its lease, and goes on from where it was.
func (e *Engine) tellPeople(ctx context.Context, attempts int) (store.Change, time.Time, error) {
	search := e.searching(attempts >= tellTries)
	for {
		lane, err := e.lane(ctx, tellers)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		events, err := e.eventsAfter(ctx, lane.Value.After, tellPage)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		for _, ev := range events {
			if err := e.tellOne(ctx, search, ev); err != nil {
				return store.Change{}, time.Time{}, fmt.Errorf("telling of event %s: %w", ev.ID, err)
			}
			lane.Value.After = ev.Number
			if err := e.advance(ctx, lane.Value); err != nil {
				return store.Change{}, time.Time{}, err
			}
			if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) < e.config.PlatformTimeout {
				return store.Change{}, e.now(), nil
			}
		}
		if len(events) < tellPage {
			return store.Change{}, time.Time{}, e.startDigest(ctx)
		}
	}
}

// advance records how far a lane has come.
func (e *Engine) advance(ctx context.Context, to store.Lane) error {
	return e.commit(ctx, func(c *store.Change) error {
		lane, err := e.lane(ctx, to.ID)
		if err != nil {
			return err
		}
		e.keepLane(c, lane, to)
		return nil
	})
}

// tellOne tells everybody whom an event concerns.
func (e *Engine) tellOne(ctx context.Context, search *search, ev store.Event) error {
	topic := topicOf(ev)
	audiences := notify.ToldOf(topic)
	if len(audiences) == 0 {
		return nil
	}
	about, err := e.aboutOf(ctx, ev)
	if err != nil {
		return err
	}
	n := noticeOf(about, topic, ev)
	var notices []notify.Notice
	told := map[request.PersonID]bool{ev.By: true, request.SystemID: true}
	for _, audience := range audiences {
		people, err := search.audience(ctx, audience, about)
		if err != nil {
			return err
		}
		for _, person := range people {
			if !told[person] {
				told[person] = true
				notices = append(notices, addressed(about, n, person, audience, ev))
			}
		}
	}
	if err := e.tellAll(ctx, notices); err != nil {
		return err
	}
	return e.tellRooms(ctx, n, ev)
}
