package site

import (
	"context"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// timeLine is how many events of a request are shown with it.
const timeLine = 100

// ReadCase reads a request with the end of its time line.
func (s *Site) ReadCase(ctx context.Context, by request.Identity, id request.ID) (grantwright.Case, []store.Event, error) {
	all, err := s.Engine.Request(ctx, by, id)
	if err != nil {
		return all, nil, err
	}
	events, err := s.Engine.Log().Of(ctx, by, id, max(0, all.Request.Events-timeLine), timeLine)
	return all, events, err
}

// WaitForGrant waits for the platform, and for no longer than it may. That it has not
// answered by then is no error.
func (s *Site) WaitForGrant(ctx context.Context, by request.Identity, id request.ID, atMost time.Duration) error {
	within, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	_, err := s.Engine.Settle(within, by, id)
	if within.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Remark makes a remark of some kind.
func (s *Site) Remark(ctx context.Context, by request.Identity, id request.ID, kind request.RemarkKind, text string) (request.Remark, error) {
	switch reviews := s.Engine.Reviews(); kind {
	case request.Inquiry:
		return reviews.Ask(ctx, by, id, text)
	case request.Response:
		return reviews.Answer(ctx, by, id, text)
	default:
		return reviews.Comment(ctx, by, id, text)
	}
}
