package notify_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

func TestWhoIsTold(t *testing.T) {
	t.Parallel()
	type people = []request.PersonID
	for _, tt := range []struct {
		name                   string
		requester, beneficiary request.PersonID
		by                     request.PersonID
		stewards               people
		want                   people
	}{
		{"for oneself, once", "eve", "eve", "owner", nil, people{"eve"}},
		{"for another, both", "eve", "frank", "owner", nil, people{"eve", "frank"}},
		{"not the one who acts", "eve", "frank", "eve", nil, people{"frank"}},
		{"the other stewards", "eve", "eve", "owner", people{"owner", "privacy", "privacy"}, people{"eve", "privacy"}},
		{"a steward who asked is told once", "eve", "frank", "owner", people{"eve"}, people{"eve", "frank"}},
		{"never the engine itself", "eve", "eve", request.SystemID, people{request.SystemID}, people{"eve"}},
		{"nobody is left", "eve", "eve", "eve", nil, people{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := request.Request{Requester: tt.requester, Beneficiary: tt.beneficiary}
			if diff := cmp.Diff(tt.want, notify.To(req, tt.by, tt.stewards...)); diff != "" {
				t.Errorf("who is told differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSeenKeepsTheFirstTime(t *testing.T) {
	t.Parallel()
	first := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	n := notify.Notice{}.Seen(first).Seen(first.Add(time.Hour))
	if !n.Read.Equal(first) {
		t.Errorf("read at %v, want %v", n.Read, first)
	}
}
