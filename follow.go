package grantwright

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	followPage = 100
	followIdle = 15 * time.Second // after which a follower is told that there is nothing new
)

// CloudEvents lists events as Events does, each in the envelope of CloudEvents 1.0,
// with the records that it is about as they are now, and a grant in the state in
// which its event has left it. It takes AUDIT.
func (l Log) CloudEvents(ctx context.Context, by request.Identity, after int64, limit int) ([]notify.CloudEvent, error) {
	events, err := l.Events(ctx, by, after, limit)
	if err != nil {
		return nil, err
	}
	payloads, err := l.e.webhooks.Payloads(ctx, events)
	if err != nil {
		return nil, err
	}
	all := make([]notify.CloudEvent, len(events))
	for i, p := range payloads {
		all[i] = notify.CloudEventOf(p, events[i].Number, l.e.provisioning.Address)
	}
	return all, nil
}

// Follow calls each with the events after a number, in the order of the log, as
// they come, until ctx ends or each returns an error. While nothing comes it calls
// each with none, now and then. It takes AUDIT.
func (l Log) Follow(ctx context.Context, by request.Identity, after int64, each func([]notify.CloudEvent, int64) error) error {
	poll := l.e.config.Poll
	if poll == 0 {
		poll = store.DefaultPoll
	}
	told := time.Now()
	for {
		changed := l.e.journal.Changes.Next()
		events, err := l.CloudEvents(ctx, by, after, followPage)
		if err != nil {
			return err
		}
		after += int64(len(events)) // numbers have no holes
		if len(events) > 0 || time.Since(told) >= followIdle {
			if err := each(events, after); err != nil {
				return err
			}
			told = time.Now()
		}
		if len(events) == followPage {
			continue
		}
		timer := time.NewTimer(poll)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-changed: // here
		case <-timer.C: // or by another process
		}
		timer.Stop()
	}
}
