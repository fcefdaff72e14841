package event_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
)

func TestCreatedOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		req  request.Request
		want event.Created
	}{
		{"nothing", request.Request{}, event.Created{}},
		{"a request, without its answers", request.Request{ID: "r1", Asset: "w:d.s.orders", Requester: "frank@example.com", Beneficiary: "eve@example.com",
			Privilege: request.Read, Duration: request.For(7, request.Days), Answers: request.Answers{"purpose": {"secret"}}},
			event.Created{Asset: "w:d.s.orders", Beneficiary: "eve@example.com", Privilege: request.Read, Duration: request.For(7, request.Days)}},
	} {
		if diff := cmp.Diff(tt.want, event.CreatedOf(tt.req)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
