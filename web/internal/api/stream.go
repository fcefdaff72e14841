package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
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

// streamed answers a request for the log as a stream of CloudEvents (server-sent events).
func (s *server) streamed(w http.ResponseWriter, r *http.Request) {
	if err := s.follow(w, r); err != nil {
		s.Refuse(w, r, err)
	}
}

// follow streams the log from the event after a number on: that of the header
// Last-Event-ID, which a browser sends when it comes back, or of the query.
func (s *server) follow(w http.ResponseWriter, r *http.Request) error {
	for name := range r.URL.Query() {
		if name != "after" {
			return &site.Problem{Status: http.StatusUnprocessableEntity, Code: "INVALID", Detail: "A stream is not filtered.", Errors: []site.Fault{{Parameter: name, Detail: "is for pages only; a stream takes after"}}}
		}
	}
	after, err := numberIn(r, "after")
	if err != nil {
		return err
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		if after, err = strconv.ParseInt(last, 10, 64); err != nil || after < 0 {
			return &site.Problem{Status: http.StatusBadRequest, Code: "INVALID", Detail: "The last event is none of the log.", Errors: []site.Fault{{Header: "Last-Event-ID", Detail: "must be the id of an event of this stream"}}}
		}
	}
	select {
	case s.followers <- struct{}{}:
		defer func() { <-s.followers }()
	default:
		return errFollowers
	}
	ctx, cancel := context.WithTimeout(r.Context(), streamFor)
	defer cancel()
	out := stream{w: w, to: http.NewResponseController(w)}
	err = s.Engine.Log().Follow(ctx, site.VisitOf(r.Context()).By, after, func(events []notify.CloudEvent, last int64) error {
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
	if len(events) == 0 {
		if _, err := fmt.Fprint(o.w, ": nothing new\n\n"); err != nil {
			return errGone
		}
	}
	first := last - int64(len(events)) + 1
	for i, e := range events {
		text, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(o.w, "id: %d\nevent: %s\ndata: %s\n\n", first+int64(i), e.Data.Type, text); err != nil {
			return errGone
		}
	}
	if o.to.Flush() != nil {
		return errGone
	}
	return nil
}

func numberIn(r *http.Request, name string) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, errNumber(name)
	}
	return n, nil
}

func errNumber(name string) error {
	return &site.Problem{Status: http.StatusUnprocessableEntity, Code: "INVALID", Detail: "A parameter is no number.", Errors: []site.Fault{{Parameter: name, Detail: "must be a number from 0 on; limit at most 500"}}}
}
