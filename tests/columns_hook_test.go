package tests

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/hookprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// service answers each call of a provisioner at once, and keeps what it was asked for.
type service struct {
	mu    sync.Mutex
	asked []hookprovision.Message
}

func (s *service) Ask(_ context.Context, _, _, _ string, body []byte) (status int, answer []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var m hookprovision.Message
	err = json.Unmarshal(body, &m)
	s.asked = append(s.asked, m)
	return 200, []byte(`{"outcome":"DONE"}`), err
}

// last is what was asked for last.
func (s *service) last() []provision.Access {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[len(s.asked)-1].Want
}

// A service that gives access is told the columns of each access, beside those of other
// requests of the same person, and which of them end.
func TestSomeColumnsByAService(t *testing.T) {
	t.Parallel()
	s := &service{}
	w := newWorld(t, func(c *grantwright.Config) {
		fake := c.Platforms["fake"]
		fake.How = provision.Webhook
		fake.Provisioner = func(context.Context, provision.Target) (provision.Provisioner, error) {
			return &hookprovision.Provisioner{Connection: "warehouse", URL: "https://hooks.example.com", Secrets: "whsec_c2VjcmV0", Caller: s}, nil
		}
		c.Platforms = map[string]provision.Platform{"fake": fake}
	})
	give := func(columns ...string) request.Request {
		t.Helper()
		asked := asking("30 DAYS")
		asked.Columns = columns
		req, err := w.Submit(t.Context(), eve, asked)
		must(t, err)
		w.settle(t, w.determine(t, twice, req, review.Approve))
		if got := w.caseOf(t, req); got.Grant.State != provision.Active || got.Grant.Known != provision.Asserted || !slices.Equal(got.Grant.Access.Columns, columns) {
			t.Fatalf("the grant is %s, %s, of columns %v", got.Grant.State, got.Grant.Known, got.Grant.Access.Columns)
		}
		return req
	}
	names := func() (all [][]string) {
		for _, a := range s.last() {
			all = append(all, a.Columns)
		}
		return all
	}
	first := give("email", "id")
	if diff := cmp.Diff([][]string{{"email", "id"}}, names()); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	give("id")
	if diff := cmp.Diff([][]string{{"email", "id"}, {"id"}}, names()); diff != "" {
		t.Errorf("asked for both (-want +got):\n%s", diff)
	}
	_, err := w.Revoke(t.Context(), eve, first.ID, "done")
	must(t, err)
	w.work(t)
	if diff := cmp.Diff([][]string{{"id"}}, names()); diff != "" {
		t.Errorf("asked for what is left (-want +got):\n%s", diff)
	}
}
