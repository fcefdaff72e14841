package frame

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	liveFor   = 5 * time.Minute  // after which a page comes back, and is asked anew who it is
	liveEvery = 2 * time.Second  // at most so often is a page told
	liveIdle  = 20 * time.Second // after which a line is written, so that nothing between closes the stream
	liveWrite = 10 * time.Second // the bound of one write
	maxLive   = 500              // streams at once; a page beyond them is not told, and works all the same
)

// livePage streams to a page that something has happened: nothing of it, so that whoever is
// signed in may follow. The page reads itself again, with what its reader may see.
func (s *Frame) livePage(w http.ResponseWriter, r *http.Request) {
	select {
	case s.live <- struct{}{}:
		defer func() { <-s.live }()
	default:
		w.WriteHeader(http.StatusNoContent) // a browser does not come back (HTML, server-sent events)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy must not wait for more
	ctx, cancel := context.WithTimeout(r.Context(), liveFor)
	defer cancel()
	out := http.NewResponseController(w)
	last, err := s.Engine.Log().Await(ctx, 0)
	for err == nil && ctx.Err() == nil {
		line, idle := "event: changed\ndata:\n\n", last
		if last, err = s.awaited(ctx, last); last == idle {
			line = ": nothing new\n\n"
		}
		if _, gone := s.StillIn(r); err != nil || gone != nil {
			return // their session has ended
		}
		_ = out.SetWriteDeadline(time.Now().Add(liveWrite)) // where it cannot be set, the server bounds it
		if _, err := fmt.Fprint(w, line); err != nil || out.Flush() != nil {
			return
		}
		select { // what comes at once is told once
		case <-time.After(liveEvery):
		case <-ctx.Done():
		}
	}
}

// awaited waits for what comes after a number, or until a line has to be written.
func (s *Frame) awaited(ctx context.Context, last int64) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, liveIdle)
	defer cancel()
	now, err := s.Engine.Log().Await(ctx, last)
	if ctx.Err() != nil {
		return max(now, last), nil
	}
	return now, err
}
