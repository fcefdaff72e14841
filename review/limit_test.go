package review

import (
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// A flow that takes too long asks people, and approves nothing.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	flow := Flow{Name: "f", Rules: []Rule{{Name: "r", When: "asset.columns.all(a, asset.columns.all(b, a != b || true))", Then: Action{Act: Approve}}}, Default: Action{Act: Approve}}
	p, err := Compile(flow)
	if err != nil {
		t.Fatal(err)
	}
	p.within = time.Nanosecond
	asset := catalog.Asset{Ref: "warehouse:sales.public.orders", Columns: make([]catalog.Column, 150)}
	eve := request.Identity{ID: "eve@example.com"}
	facts := NewFacts(request.Request{Requester: eve.Person(), Beneficiary: eve.Person()}, request.DefaultForm, asset, eve, eve, time.Now())
	r, err := Open(t.Context(), facts, p)
	if err != nil || r.Status != request.Pending || len(r.Why) == 0 || !strings.Contains(r.Why[0], "rule r failed") {
		t.Errorf("got %s %v, %v", r.Status, r.Why, err)
	}
}
