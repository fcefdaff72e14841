package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// readyTimeout bounds how long the store may take to answer.
const readyTimeout = 5 * time.Second

func (s *site) routeHealth() {
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { plain(w, http.StatusOK, "ok") })
	s.mux.HandleFunc("GET /readyz", s.ready)
}

// ready answers that the store does, and how many grants should have ended on
// their platforms and have not, as far as is known: up to 500.
func (s *site) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := s.engine.Ready(ctx); err != nil {
		s.log.Warn("not ready", "error", err)
		plain(w, http.StatusServiceUnavailable, "the store does not answer")
		return
	}
	overdue, err := s.engine.Overdue(ctx)
	if err != nil {
		s.log.Warn("what is overdue is not known", "error", err)
		plain(w, http.StatusServiceUnavailable, "the store does not answer")
		return
	}
	plain(w, http.StatusOK, fmt.Sprintf("ok\noverdue: %d", overdue))
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, text+"\n")
}
