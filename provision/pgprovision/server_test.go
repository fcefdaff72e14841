package pgprovision

import (
	"strings"
	"testing"
)

func TestActsOnlyOnTheClusterThatWasOpened(t *testing.T) {
	t.Parallel()
	right := server{system: "7", version: 150018}
	tests := []struct {
		name   string
		change func(*server)
		says   string // empty: it acts
	}{
		{"as opened", func(*server) {}, ""},
		{"another cluster", func(s *server) { s.system = "8" }, "another server"},
		{"standby", func(s *server) { s.recovering = true }, "standby"},
		{"superuser", func(s *server) { s.super = true }, "superuser"},
		{"old", func(s *server) { s.version = 140012 }, "too old"},
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

func TestNamesOfRolesFitAndDiffer(t *testing.T) {
	t.Parallel()
	base := place{ref: "wh:sales.public.orders", system: "7711394053284171306", databaseID: 4294967295, installation: "sixteenletters16"}
	other := base
	other.system = "8"
	elsewhere := base
	elsewhere.databaseID = 1
	named := base
	named.ref = `wh:sales."public.orders"`
	seen := make(map[string]bool)
	for _, p := range []place{base, other, elsewhere, named} {
		for _, privilege := range privileges {
			name := p.role(privilege, 4294967295)
			if len(name) > maxName || seen[name] {
				t.Errorf("role name %q has %d bytes, seen before: %v", name, len(name), seen[name])
			}
			seen[name] = true
		}
	}
}
