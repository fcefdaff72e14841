package review

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// opened is the review of a table with 150 columns under one rule, which has some time.
func opened(t *testing.T, condition string, within time.Duration) Review {
	t.Helper()
	p, err := Compile(Flow{Name: "f", Rules: []Rule{{Name: "r", When: condition, Then: Action{Act: Deny}}}, Default: Action{Act: Approve}})
	if err != nil {
		t.Fatal(err)
	}
	p.within = within
	asset := catalog.Asset{Ref: "warehouse:sales.public.orders", Columns: make([]catalog.Column, 150)}
	eve := request.Identity{ID: "eve@example.com"}
	facts := NewFacts(request.Request{Requester: eve.Person(), Beneficiary: eve.Person()}, request.DefaultForm, asset, eve, eve, time.Now())
	r, err := Open(t.Context(), facts, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A flow that takes too long asks people: it neither approves nor denies.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	r := opened(t, "asset.columns.all(a, asset.columns.all(b, a != b || true))", time.Nanosecond)
	if r.Status != request.Pending || len(r.Why) == 0 || !strings.Contains(r.Why[0], "rule r failed") {
		t.Errorf("got %s %v", r.Status, r.Why)
	}
}

// So does a condition that takes too many steps, however fast the machine is.
func TestCostLimit(t *testing.T) {
	t.Parallel()
	tens := "[0,1,2,3,4,5,6,7,8,9]"
	nested := "true"
	for i := range 6 {
		nested = fmt.Sprintf("%s.all(x%d, %s)", tens, i, nested)
	}
	double := "'aaaaaaaaaaaaaaaa'"
	for i := range 9 {
		double = fmt.Sprintf("[%s].map(y%d, y%d + y%d + y%d + y%d + y%d)[0]", double, i, i, i, i, i, i)
	}
	for name, condition := range map[string]string{
		"nested comprehensions": nested,
		"growing text":          double + ".size() > 0",
		"replaced":              "'a'" + strings.Repeat(".replace('', 'aaaaaaaaaaaaaaa')", 9) + ".size() > 0",
		"a large pattern":       "'" + strings.Repeat("a", 1000) + "'.matches('" + strings.Repeat("(a?a?)", 200) + "') && " + nested,
	} {
		r := opened(t, condition, time.Hour)
		if r.Status != request.Pending || len(r.Why) != 1 || !strings.Contains(r.Why[0], "cost limit") {
			t.Errorf("%s: got %s %v", name, r.Status, r.Why)
		}
	}
}
