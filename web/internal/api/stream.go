package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/route"
	"github.com/grantwright/grantwright/web/internal/site"
)

const (
	streamFor     = 10 * time.Minute // after which a follower comes back, and is asked anew who they are
	streamWrite   = 15 * time.Second // the bound of one write
	maxFollowers  = 100
	eventStream   = "text/event-stream"
	cloudEventsIn = "application/cloudevents-batch+json"
)

// errFollowers refuses a follower beyond maxFollowers.
var errFollowers = &site.Problem{Status: http.StatusServiceUnavailable, Code: "BUSY", Detail: "Too many follow the log at once. Read it by pages, or try again."}

// streamed answers a request for the log as a stream of CloudEvents (server-sent events):
// from the event after a number on, or after that of the header Last-Event-ID, which a
// browser sends when it comes back.
func (s *server) streamed(ctx context.Context, f event.Filter, in EventsAfter) (*eventsAnswer, error) {
	if in.Limit != 0 {
		return nil, &request.InvalidError{What: "query", Faults: []request.Fault{{Field: "limit", Reason: "is for pages: a stream has no end"}}}
	}
	after := in.After
	if last := route.Asked(ctx).Header.Get("Last-Event-ID"); last != "" {
		var err error
		if after, err = strconv.ParseInt(last, 10, 64); err != nil || after < 0 {
			return nil, &site.Problem{Status: http.StatusBadRequest, Code: "INVALID", Detail: "The last event is none of the log.", Errors: []site.Fault{{Header: "Last-Event-ID", Detail: "must be the id of an event of this stream"}}}
		}
	}
	return &eventsAnswer{Body: func(c huma.Context) {
		r, w := humago.Unwrap(c)
		if err := s.follow(w, r, f, after); err != nil {
			s.Refuse(w, r, err)
		}
	}}, nil
}

// follow streams the events after a number that a filter wants.
func (s *server) follow(w http.ResponseWriter, r *http.Request, f event.Filter, after int64) error {
	select {
	case s.followers <- struct{}{}:
		defer func() { <-s.followers }()
	default:
		return errFollowers
	}
	ctx, cancel := context.WithTimeout(r.Context(), streamFor)
	defer cancel()
	out := stream{w: w, to: http.NewResponseController(w)}
	err := s.Engine.Log().Follow(ctx, site.VisitOf(r.Context()).By, f, after, func(events []notify.CloudEvent, last int64) error {
		if by, err := s.StillIn(r); err != nil || !by.Has(request.Audit) {
			return errGone // the token was revoked meanwhile, the session ended, or the right is gone
		}
		return out.write(events, last)
	})
	if out.begun || ctx.Err() != nil || errors.Is(err, errGone) {
		return nil // the follower comes back, from where it was
	}
	return err
}

// errGone ends a stream whose follower is gone.
var errGone = errors.New("web: the follower is gone")

// stream writes server-sent events.
type stream struct {
	w     http.ResponseWriter
	to    *http.ResponseController
	begun bool
}

func (o *stream) write(events []notify.CloudEvent, last int64) error {
	if !o.begun {
		o.begun = true
		o.w.Header().Set("Content-Type", eventStream)
		o.w.Header().Set("X-Accel-Buffering", "no") // a proxy must not wait for more
	}
	if err := o.to.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errGone
	}
	if len(events) == 0 { // an id alone is no message, and the client comes back after it
		if _, err := fmt.Fprintf(o.w, ": nothing new\nid: %d\n\n", last); err != nil {
			return errGone
		}
	}
	for _, e := range events {
		text, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(o.w, "id: %s\nevent: %s\ndata: %s\n\n", strings.TrimLeft(e.Sequence, "0"), e.Data.Type, text); err != nil {
			return errGone
		}
	}
	if o.to.Flush() != nil {
		return errGone
	}
	return nil
}
