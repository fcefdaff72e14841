package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/grantwright/grantwright/web/internal/site"
)

// readyTimeout bounds how long the store may take to answer.
const readyTimeout = 5 * time.Second

func (s *handler) routeHealth() {
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { site.Plain(w, http.StatusOK, "ok") })
	s.mux.HandleFunc("GET /readyz", s.ready)
}

// ready answers that the store does and can write, and how many grants should have ended
// on their platforms and have not, as far as is known: up to 500.
func (s *handler) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	err, overdue := s.Engine.Ready(ctx), 0
	if err == nil {
		overdue, err = s.Engine.Overdue(ctx)
	}
	if err != nil {
		s.Log.WarnContext(r.Context(), "not ready", "error", err)
		site.ErrAway.SetHeaders(w)
		site.Plain(w, http.StatusServiceUnavailable, "the store does not answer, or cannot write")
		return
	}
	site.Plain(w, http.StatusOK, fmt.Sprintf("ok\noverdue: %d", overdue))
}
