package journal

import (
	"cmp"
	"context"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/store"
)

const (
	followPage = 100
	followPoll = time.Second      // between two looks for the events of other processes
	followIdle = 15 * time.Second // after which a follower is told that there is nothing new

	// awaitPoll is the time between two looks of those who only want to know that there is
	// something.
	awaitPoll = 5 * time.Second
)

// Follow calls each with the events after a number that a filter wants, as they come, and
// with the number as far as which it has read, until ctx ends or each returns an error. From
// time to time, while there are none, it calls each with none. Poll is the time between two
// looks for the events of other processes; zero is a second.
func (j *Journal) Follow(ctx context.Context, f event.Filter, after int64, poll time.Duration, each func([]store.Event, int64) error) error {
	after, err := j.Since(ctx, f.From, after)
	if err != nil {
		return err
	}
	told := time.Now()
	for {
		changed := j.Changes.Next()
		events, last, more, err := j.Wanted(ctx, f, after, followPage)
		if err != nil {
			return err
		}
		after = last
		if len(events) > 0 || time.Since(told) >= followIdle {
			if err := each(events, after); err != nil {
				return err
			}
			told = time.Now()
		}
		if !more {
			wait(ctx, changed, cmp.Or(poll, followPoll))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// Await waits until the log goes on after a number, and returns the last number then; zero
// returns it at once. It returns the number as it was when ctx ends.
func (j *Journal) Await(ctx context.Context, after int64) (last int64, err error) {
	for {
		changed := j.Changes.Next()
		if last, err = store.LastNumber(ctx, j.Store); err != nil || last > after {
			return max(last, after), err
		}
		if wait(ctx, changed, awaitPoll); ctx.Err() != nil {
			return after, nil
		}
	}
}

// wait waits for a change here, or until it is time to look for those of other processes.
func wait(ctx context.Context, changed <-chan struct{}, poll time.Duration) {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-changed: // here
	case <-timer.C: // or by another process
	}
}
