package assist_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/assist"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// memory is a Memory of what it was taught.
type memory struct {
	book    assist.Book
	lessons map[request.ID]assist.Lesson
	asked   int
}

func (m *memory) Ledgers(_ context.Context, ids []assist.LedgerID) (assist.Book, error) {
	m.asked++
	found := assist.Book{}
	for _, id := range ids {
		if l := m.book[id]; l != nil {
			found[id] = l
		}
	}
	return found, nil
}

func (m *memory) Lessons(_ context.Context, ids []request.ID) (all []assist.Lesson, err error) {
	m.asked++
	for _, id := range ids {
		if l, is := m.lessons[id]; is {
			all = append(all, l)
		}
	}
	return all, nil
}

// teach has n requests for an asset determined: by members of a group, from a time on.
func (m *memory) teach(n int, asset catalog.Ref, group string, approved bool, from time.Time) {
	for i := range n {
		l := assist.Lesson{Request: request.ID(fmt.Sprintf("r%d", len(m.lessons))), Approved: approved, At: from.Add(time.Duration(i) * time.Minute), Features: assist.Features{
			Type: request.DataAccess, Privilege: request.Read, Asset: asset, Duration: request.For(30, request.Days),
			Beneficiary: request.PersonID(fmt.Sprintf("p%d@example.com", i)), Groups: []string{group}, Attributes: []string{"country=DE"}}}
		if approved {
			l.Granted = request.For(30, request.Days)
		}
		m.book.Learn(l)
		m.lessons[l.Request] = l
	}
}

func newMemory() *memory {
	return &memory{book: assist.Book{}, lessons: map[request.ID]assist.Lesson{}}
}

const orders catalog.Ref = "warehouse:sales.public.orders"

// asked is a case of somebody in some groups; nil are not known.
func asked(groups []string, change func(c *assist.Case)) assist.Case {
	c := assist.Case{Now: noon, Request: request.Request{ID: "new", Type: request.DataAccess, Privilege: request.Read, Asset: orders, Duration: request.For(30, request.Days), Beneficiary: "eve@example.com"},
		Facts: review.Facts{Beneficiary: review.PersonFacts{Groups: groups, Attributes: map[string][]string{"country": {"DE"}}}}}
	if change != nil {
		change(&c)
	}
	return c
}

// advise has precedent advise after finance was let in 40 times, and guests were kept out as
// often.
func advise(t *testing.T, c assist.Case) assist.Advice {
	t.Helper()
	m := newMemory()
	for i := range 40 {
		m.teach(1, orders, "finance", true, noon.AddDate(0, 0, i-50))
		m.teach(1, orders, "guests", false, noon.AddDate(0, 0, i-50).Add(time.Hour))
	}
	m.book.Revoke("revoked@example.com", "r1")
	a, err := assist.Precedent{Memory: m}.Advise(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if m.asked != 2 {
		t.Errorf("the memory was asked %d times, want 2", m.asked)
	}
	return a
}

func TestPrecedentRecommends(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		groups []string
		change func(c *assist.Case)
		want   assist.Recommendation
		risk   assist.Risk
	}{
		{"like those who were let in", []string{"finance"}, nil, assist.Approve, assist.Low},
		{"like those who were kept out", []string{"guests"}, nil, assist.Deny, assist.High},
		{"groups that are not known", nil, nil, assist.None, assist.Undetermined},
		{"attributes that are not known", []string{"finance"}, func(c *assist.Case) { c.Facts.Beneficiary.Attributes = nil }, assist.None, assist.Undetermined},
		{"where nothing was determined", []string{"finance"}, func(c *assist.Case) { c.Request.Asset = "lake:a.b.c" }, assist.None, assist.Undetermined},
		{"without an end", []string{"finance"}, func(c *assist.Case) { c.Request.Duration = request.Endless }, assist.ApproveFor, assist.Low},
		{"a guardrail", []string{"finance"}, func(c *assist.Case) {
			c.Standing.Prevented = []review.Prevention{{Guardrail: "region", Reason: "DE only"}}
		}, assist.Deny, assist.High},
		{"a guardrail where nothing was determined", []string{"finance"}, func(c *assist.Case) {
			c.Standing.Prevented = []review.Prevention{{Guardrail: "region", Reason: "DE only"}}
			c.Request.Asset = "lake:a.b.c"
		}, assist.Deny, assist.High},
		{"an earlier revocation", []string{"finance"}, func(c *assist.Case) { c.Request.Beneficiary = "revoked@example.com" }, assist.Approve, assist.Moderate},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := advise(t, asked(tt.groups, tt.change))
			if a.Recommendation != tt.want || a.Risk != tt.risk {
				t.Errorf("%s at %s risk, want %s at %s: %+v", a.Recommendation, a.Risk, tt.want, tt.risk, a)
			}
			if len(a.Made) == 0 {
				t.Error("nothing says how the risk came about")
			}
			if a.Number < a.From || a.Number > a.To || a.From < 0 || a.To > 1 {
				t.Errorf("the number is %v, not from %v to %v", a.Number, a.From, a.To)
			}
		})
	}
}

func TestEvidenceCitesTheDeterminationsThatItCounts(t *testing.T) {
	t.Parallel()
	a := advise(t, asked([]string{"guests"}, nil))
	found := false
	for _, e := range a.Evidence {
		if strings.Contains(e.Text, "members of guests") {
			found = true
			if e.Speaks != assist.Against || len(e.Records) == 0 || e.Records[0].ID != "r79" {
				t.Errorf("%+v", e)
			}
			if !strings.Contains(e.Text, "Of 40 requests") || !strings.Contains(e.Text, "0 were approved") {
				t.Error(e.Text)
			}
		}
	}
	if !found || a.Reason == "" {
		t.Errorf("no evidence of guests, or no reason: %+v", a)
	}
}

func TestOtherwiseNamesTheGroupThatIsMissing(t *testing.T) {
	t.Parallel()
	a := advise(t, asked([]string{"staff"}, nil))
	if len(a.Otherwise) == 0 || !strings.HasPrefix(a.Otherwise[0], "With the group finance, ") {
		t.Errorf("otherwise: %q", a.Otherwise)
	}
	if a := advise(t, asked([]string{"staff"}, func(c *assist.Case) { c.Standing.Prevented = []review.Prevention{{Guardrail: "region", Reason: "x"}} })); a.Otherwise != nil {
		t.Errorf("a group does not change what a guardrail prevents: %q", a.Otherwise)
	}
}

// TestThreeCasesDoNotShout holds that little precedent recommends nothing.
func TestThreeCasesDoNotShout(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.teach(3, orders, "finance", true, noon.AddDate(0, 0, -20))
	a, err := assist.Precedent{Memory: m}.Advise(t.Context(), asked([]string{"finance"}, nil))
	if err != nil || a.Risk != assist.Undetermined || a.Recommendation != assist.None || !strings.Contains(a.Made[0], "Too little precedent") {
		t.Errorf("%+v, %v", a, err)
	}
	if got := a.Short(); got != "too little precedent for advice" {
		t.Error(got)
	}
}

func TestRulesThatChangeAreFollowed(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.teach(500, orders, "finance", true, noon.AddDate(0, -3, 0))
	m.teach(60, orders, "finance", false, noon.AddDate(0, 0, -1))
	a, err := assist.Precedent{Memory: m}.Advise(t.Context(), asked([]string{"finance"}, nil))
	if err != nil || a.Risk == assist.Low || a.Number < 0.5 {
		t.Errorf("after 60 denials in a row: %+v, %v", a, err)
	}
}

func TestCountsForgetWhatIsOld(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.teach(100, orders, "finance", true, noon.AddDate(-2, 0, 0))
	a, err := assist.Precedent{Memory: m}.Advise(t.Context(), asked([]string{"finance"}, nil))
	if err != nil || a.Risk != assist.Undetermined || a.Precedents != 0 {
		t.Errorf("two years later: %+v, %v", a, err)
	}
}

// TestLedgersAreTheSameAfterTheStore holds that a book which was stored advises as before.
func TestLedgersAreTheSameAfterTheStore(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.teach(40, orders, "finance", true, noon.AddDate(0, 0, -20))
	m.teach(10, orders, "guests", false, noon.AddDate(0, 0, -10))
	text, err := json.Marshal(m.book)
	if err != nil {
		t.Fatal(err)
	}
	var again assist.Book
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m.book, again); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFullLedgersKeepWhatIsCountedOften(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.teach(5, orders, "finance", true, noon)
	for i := range 3000 {
		m.teach(1, orders, fmt.Sprintf("g%d", i), true, noon)
	}
	l := m.book["asset/"+assist.LedgerID(orders)]
	l.Trim()
	if _, is := l.Cohorts["group finance"]; !is || len(l.Cohorts) > 1500 {
		t.Errorf("%d cohorts, finance %v", len(l.Cohorts), is)
	}
	if _, is := l.Cohorts[""]; !is {
		t.Error("the whole is gone")
	}
}

func TestWilson(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		counted, n int
		low, high  float64
	}{{0, 0, 0, 1}, {3, 3, 0.5258, 1}, {0, 3, 0, 0.4742}, {50, 100, 0.4189, 0.5811}, {8, 10, 0.5409, 0.9314}} {
		low, high := assist.Wilson(tt.counted, tt.n)
		if math.Abs(low-tt.low) > 0.001 || math.Abs(high-tt.high) > 0.001 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", tt.counted, tt.n, low, high, tt.low, tt.high)
		}
	}
}
