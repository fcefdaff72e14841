package cluster

import (
	"strings"
	"testing"
)

func TestActsOnlyOnTheClusterThatWasOpened(t *testing.T) {
	t.Parallel()
	right := Server{system: "7", version: 150018}
	tests := []struct {
		name   string
		change func(*Server)
		says   string // empty: it acts
	}{
		{"as opened", func(*Server) {}, ""},
		{"another cluster", func(s *Server) { s.system = "8" }, "another server"},
		{"standby", func(s *Server) { s.recovering = true }, "standby"},
		{"superuser", func(s *Server) { s.super = true }, "superuser"},
		{"old", func(s *Server) { s.version = 140012 }, "too old"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := right
			tt.change(&s)
			err := s.check("7")
			if said := err != nil; said != (tt.says != "") || said && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("check: %v, want one that says %q", err, tt.says)
			}
		})
	}
}
