package review_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// asked opens a review whose one rule denies: what is DENIED held, what is
// APPROVED did not, and PENDING failed.
func asked(t testing.TB, d request.Duration, condition string) (request.Status, []string) {
	t.Helper()
	r := open(t, factsOf(d), review.Flow{Name: "f", Rules: []review.Rule{when("r", condition, deny)}, Default: approve})
	return r.Status, r.Why
}

func TestConditions(t *testing.T) {
	t.Parallel()
	const yes, no, fails = request.Denied, request.Approved, request.Pending
	for _, tt := range []struct {
		condition string
		d         request.Duration
		want      request.Status
	}{
		{"request.type == 'DATA_ACCESS' && request.privilege == 'READ' && request.columns == ['id'] && !request.endless", request.For(1, request.Days), yes},
		{"asset.ref == 'warehouse:sales.public.orders' && asset.name == 'orders' && asset.path == ['sales', 'public', 'orders'] && asset.kind == 'TABLE'", request.Endless, yes},
		{"asset.connection == 'warehouse' && asset.technology == 'postgres' && asset.columns == ['id', 'total']", request.Endless, yes},
		{"asset.source.owner == 'dba' && 'gold' in asset.source.tags", request.Endless, yes},
		{"requester.person == 'eve@example.com' && requester.id == requester.person && requester.issuer == '' && 'analysts' in requester.groups", request.Endless, yes},
		{"'FR' in requester.attributes.country && requester.permissions == [] && beneficiary.person != requester.person", request.Endless, yes},

		{"request.duration == duration('168h')", request.For(1, request.Weeks), yes},
		{"request.duration == duration('672h')", request.For(1, request.Months), yes}, // from 31 January
		{"request.duration <= duration('720h')", request.For(31, request.Days), no},
		{"request.duration <= duration('720h')", request.Endless, no},
		{"request.duration > duration('2562047h')", request.Endless, yes},
		{"request.duration == duration('2562047h47m15s')", request.For(1000, request.Years), yes}, // as long as can be said
		{"request.duration > duration('2562047h47m15s')", request.Endless, yes},
		{"request.duration == duration('0s')", request.Endless, no},
		{"request.endless", request.Endless, yes},
		{"request.duration + duration('1h') > duration('0s')", request.Endless, fails}, // it does not wrap

		{"answers.region == 'EU' && answers.agree == ['b', 'a'] && answers.none == []", request.Endless, yes},
		{"answers.time > duration('2562047h')", request.Endless, yes},
		{"answers.time == duration('1h')", request.For(1, request.Hours), yes},
		{"answers.region > duration('1h')", request.Endless, fails},
		{"answers.region.startsWith('E') && size(answers.agree) == 2", request.Endless, yes},
		{"answers.other == 'x'", request.Endless, fails},
		{"has(answers.other)", request.Endless, no},

		// What people write is text and nothing else.
		{`answers.purpose == '") || true || ("'`, request.Endless, yes},
		{"answers.purpose == 'x' || asset.source.comment == 'x'", request.Endless, no},
		{`asset.source.comment == "request.privilege == 'READ'"`, request.Endless, yes},
		{"sets.contains(asset.columns, request.columns) && asset.name.upperAscii() == 'ORDERS' && 'a-b'.replace('-', '_') == 'a_b'", request.Endless, yes},
	} {
		if got, why := asked(t, tt.d, tt.condition); got != tt.want {
			t.Errorf("%s, %v: got %s %v, want %s", tt.condition, tt.d, got, why, tt.want)
		}
	}
}

func TestMapping(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		expression string
		who        request.Identity
		want       string
	}{
		{"person.id.split('@')[0]", eve, "eve"},
		{"person.attributes['login'][0]", request.Identity{ID: "x", Attributes: map[string][]string{"login": {"db_x"}}}, "db_x"},
		{"person.id.lowerAscii().replace('@', '_').replace('.', '_')", eve, "eve_example_com"},
		{"'analysts' in person.groups ? 'analyst' : ''", eve, "analyst"},
		{"person.attributes['login'][0]", eve, ""},
		{"'analysts' in person.groups ? 'analyst' : ''", frank, ""},
	} {
		m, err := review.CompileMapping(tt.expression)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Map(t.Context(), tt.who)
		if got != tt.want || errors.Is(err, review.ErrNoPrincipal) != (tt.want == "") {
			t.Errorf("%s of %s: got %q, %v; want %q", tt.expression, tt.who.ID, got, err, tt.want)
		}
	}
	for _, expression := range []string{"", "person", "person.groups", "request.type", "person.nmae", "answers.x", strings.Repeat("x", 5000)} {
		var rule *review.RuleError
		if m, err := review.CompileMapping(expression); m != nil || !errors.As(err, &rule) || rule.Rule != "principals.expression" {
			t.Errorf("%.20s: got %v, %v", expression, m, err)
		}
	}
	m, err := review.CompileMapping("person.groups.exists(g, g == 'x') ? 'a' : 'b'")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if name, err := m.Map(ctx, request.Identity{ID: "x", Groups: make([]string, 1000)}); !errors.Is(err, context.Canceled) || errors.Is(err, review.ErrNoPrincipal) {
		t.Errorf("canceled: %q, %v", name, err)
	}
}

func TestQuestion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		condition string
		want      bool
		fails     bool
	}{
		{"answers.region == 'EU'", true, false},
		{"'a' in answers.agree && answers.region != 'EU'", false, false},
		{"answers.other == 'EU'", false, false}, // that was not asked
		{"answers.other != 'EU'", false, false},
		{"has(answers.other) || answers.region == 'EU'", true, false},
		{"requester.attributes.none[0] == 'DE'", false, true},
		{"int(answers.region) > 1", false, true},
		{"int(answers.region) > 1 || answers.other == 'EU'", false, false},
	} {
		holds, err := review.CompileQuestion("question q", tt.condition)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := holds(t.Context(), factsOf(request.Endless)); got != tt.want || (err != nil) != tt.fails {
			t.Errorf("%s: got %v, %v", tt.condition, got, err)
		}
	}
	if _, err := review.CompileQuestion("question q", "answers.region"); err == nil {
		t.Error("a condition that is no bool is taken")
	}
}

// A condition holds no character that nobody sees, wherever one is written.
func TestConditionsAreVisible(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		when         string
		line, column int // of the character; zero where there is none
	}{
		{"asset.name == 'Zürich' &&\r\n\tasset.kind == '表'", 0, 0},
		{`asset.name == '\u202e'`, 0, 0},
		{"asset.name == 'a' // \u202e\u2066 in a comment", 1, 22},
		{"asset.name == 'a' ||\n  asset.name == 'b\u200b'", 2, 19},
		{"asset.name == '\U000e0041'", 1, 16},
		{"asset.name ==\u00a0'a'", 1, 14},
	} {
		for what, err := range map[string]error{
			"rule":      second(review.Compile(review.Flow{Name: "f", Rules: []review.Rule{when("r", tt.when, deny)}, Default: people})),
			"stage":     second(review.Compile(asking(review.Stage{Name: "s", When: tt.when, Mode: review.Any, Selectors: []review.Selector{{Person: "eve@example.com"}}}))),
			"guardrail": second(review.CompileGuardrail(review.Guardrail{Name: "g", At: []catalog.Ref{"warehouse"}, Require: tt.when, Reason: "Ask."})),
		} {
			fault := (*review.RuleError)(nil)
			if errors.As(err, &fault); tt.line == 0 && err != nil || tt.line > 0 && (fault == nil || fault.Line != tt.line || fault.Column != tt.column) {
				t.Errorf("%s %q: %v, want a fault at line %d, column %d", what, tt.when, err, tt.line, tt.column)
			}
			if fault != nil && strings.ContainsAny(fault.Error()+fault.Snippet(), "\u202e\u2066\u200b") {
				t.Errorf("the fault shows %q", fault.Snippet())
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A policy serves any number of goroutines.
func TestPolicyIsShared(t *testing.T) {
	t.Parallel()
	flow := asking(review.Stage{Name: "s", Mode: review.Any, Selectors: []review.Selector{{When: "steward.id.startsWith('s') && asset.name == 'orders'"}}})
	flow.Rules = []review.Rule{when("r", "requester.groups.exists(g, g == 'nobody')", approve)}
	p := compile(t, flow)
	failed := make(chan error, 8)
	for range cap(failed) {
		go func() {
			var err error
			for range 50 {
				var r review.Review
				var m []review.Match
				if r, err = review.Open(t.Context(), factsOf(request.Endless), p); err == nil {
					m, err = p.Matches(t.Context(), r, factsOf(request.Endless), steward("s"))
				}
				if err == nil && len(m) != 1 {
					err = fmt.Errorf("matches %v", m)
				}
			}
			failed <- err
		}()
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

func Example() {
	flow := review.Flow{Name: "sales", Rules: []review.Rule{
		{Name: "short and read only", When: "request.privilege == 'READ' && request.duration <= duration('168h')", Then: review.Action{Act: review.Approve}},
	}, Default: review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "owners", Mode: review.All, Selectors: []review.Selector{{Group: "sales"}, {Group: "privacy"}}}}}}
	policy, err := review.Compile(flow)
	if err != nil {
		panic(err)
	}
	today := time.Date(2031, 1, 31, 9, 0, 0, 0, time.UTC)
	facts := review.NewFacts(request.Request{Requester: "eve@example.com", Beneficiary: "eve@example.com", Privilege: request.Read, Duration: request.For(30, request.Days)},
		request.DefaultForm, orders, eve, eve, today)
	r, err := review.Open(context.Background(), facts, policy)
	fmt.Println(r.Status, err)
	both := request.Identity{ID: "sam@example.com", Groups: []string{"sales", "privacy"}}
	matches, err := policy.Matches(context.Background(), r, facts, both)
	fmt.Println(len(matches), err)
	r, err = r.Determine(review.Determination{By: both.Person(), Act: review.Approve, Duration: request.For(1, request.Weeks), At: today, Matches: matches})
	fmt.Println(r.Status, r.Outcome().Granted.Duration, err)
	// Output:
	// PENDING <nil>
	// 2 <nil>
	// APPROVED 1 WEEKS <nil>
}
