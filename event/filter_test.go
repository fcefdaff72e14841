package event_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		f    event.Filter
		want bool
	}{
		{"nothing", event.Filter{}, true},
		{"the type", event.Filter{Types: []string{"grant.active", "request.created"}}, true},
		{"its first part", event.Filter{Types: []string{"request.*"}}, true},
		{"a part of its first part", event.Filter{Types: []string{"req.*"}}, false},
		{"another type", event.Filter{Types: []string{"grant.*"}}, false},
		{"who did it", event.Filter{By: "eve@example.com"}, true},
		{"somebody else", event.Filter{By: "frank@example.com"}, false},
		{"from just then", event.Filter{From: noon}, true},
		{"from later", event.Filter{From: noon.Add(1)}, false},
		{"until just then", event.Filter{Until: noon}, false},
		{"until later", event.Filter{Until: noon.Add(1)}, true},
	} {
		if got := tt.f.Fits("request.created", "eve@example.com", noon); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		if narrows := tt.f.Narrows(); narrows != (tt.name != "nothing") {
			t.Errorf("%s narrows: %v", tt.name, narrows)
		}
	}
	for _, f := range []event.Filter{{Person: "eve@example.com"}, {Asset: "warehouse"}, {Text: "report"}} {
		if !f.Narrows() || !f.Names() || f.Check() != nil {
			t.Errorf("%+v narrows nothing, or is refused: %v", f, f.Check())
		}
	}
	for field, f := range map[string]event.Filter{"asset": {Asset: ":x"}, "text": {Text: strings.Repeat("a", event.MaxText+1)},
		"type": {Types: []string{"request.created", "no.*"}}, "subject": {Subject: "/x"}, "from": {From: noon, Until: noon}} {
		invalid := (*request.InvalidError)(nil)
		if err := f.Check(); !errors.As(err, &invalid) || invalid.Faults[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
