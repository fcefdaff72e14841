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

// WaitForGrant waits until the platform has answered, and no longer than atMost. It
// is no error if the platform has not answered by then.
func (s *Site) WaitForGrant(ctx context.Context, by request.Identity, id request.ID, atMost time.Duration) error {
	within, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	_, err := s.Engine.WaitForGrant(within, by, id)
	if within.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Remark adds a remark of some kind to a request.
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
