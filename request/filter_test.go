package request_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
)

func TestFilterFits(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := request.Request{Asset: "warehouse:sales.public.orders", Type: request.DataAccess, Requester: "frank@example.com", Beneficiary: "eve@example.com",
		Submitted: noon, Answers: request.Answers{"purpose": {"The monthly Report"}}, Reason: "moved on"}
	for _, tt := range []struct {
		name string
		f    request.Filter
		want bool
	}{
		{"nothing", request.Filter{}, true},
		{"the asset", request.Filter{Asset: r.Asset}, true},
		{"above it", request.Filter{Asset: "warehouse:sales"}, true},
		{"beside it", request.Filter{Asset: "warehouse:sales.public.order"}, false},
		{"the connection", request.Filter{Connection: "warehouse"}, true},
		{"another connection", request.Filter{Connection: "ware"}, false},
		{"the requester", request.Filter{Person: "frank@example.com"}, true},
		{"the beneficiary", request.Filter{Person: "eve@example.com"}, true},
		{"somebody else", request.Filter{Person: "e"}, false},
		{"another type", request.Filter{Type: request.MaskingException}, false},
		{"from just then", request.Filter{From: noon}, true},
		{"from later", request.Filter{From: noon.Add(1)}, false},
		{"until just then", request.Filter{Until: noon}, false},
		{"until later", request.Filter{Until: noon.Add(1)}, true},
		{"text of an answer", request.Filter{Text: "MONTHLY report"}, true},
		{"text of the reason", request.Filter{Text: "moved"}, true},
		{"text of nothing", request.Filter{Text: "weekly"}, false},
		{"all but one", request.Filter{Asset: r.Asset, Person: "eve@example.com", Text: "weekly"}, false},
	} {
		if got := tt.f.Fits(r); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestFilterCheck(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for field, f := range map[string]request.Filter{
		"type":  {Type: "WRITE"},
		"text":  {Text: strings.Repeat("x", request.MaxFilterText+1)},
		"from":  {From: now, Until: now},
		"asset": {Asset: "lake:a", Connection: "warehouse"},
	} {
		invalid := (*request.InvalidError)(nil)
		if err := f.Check(); !errors.As(err, &invalid) || len(invalid.Faults) != 1 || invalid.Faults[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := (request.Filter{Asset: "lake:a", Connection: "lake", From: now}).Check(); err != nil {
		t.Error(err)
	}
}
