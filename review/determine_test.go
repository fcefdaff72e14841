package review_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// act is what one person says, in a flow whose people are named by their groups.
type act struct {
	who request.Identity
	act review.Act
	err error
}

func says(act0 review.Act, groups ...string) act {
	return act{who: steward("of-"+strings.Join(groups, "-"), groups...), act: act0}
}

func (a act) failing(err error) act { a.err = err; return a }

// states are the approval records as text: stages by bars, selectors by spaces.
func states(r review.Review) string {
	short := map[review.ApprovalStatus]string{"PENDING": "?", "BLOCKED": "#", "APPROVED": "+", "DENIED": "-", "CANCELED": "x"}
	var stages []string
	for _, s := range r.Stages {
		text := ""
		for _, a := range s.Approvals {
			text += short[a.Status]
		}
		stages = append(stages, text)
	}
	return strings.Join(stages, "|")
}

func TestDetermine(t *testing.T) {
	t.Parallel()
	const yes, no = review.Approve, review.Deny
	barred := act{who: request.Identity{ID: eve.ID, Groups: []string{"a", "b"}}, act: yes}
	barredToo := act{who: request.Identity{ID: frank.ID, Groups: []string{"a"}}, act: no}
	for _, tt := range []struct {
		name   string
		stages []review.Stage
		acts   []act
		want   request.Status
		states string
	}{
		{"any: one is enough", []review.Stage{stage(review.Any, "a", "b")}, []act{says(yes, "b")}, request.Approved, "x+"},
		{"any: the first is final", []review.Stage{stage(review.Any, "a", "b")}, []act{says(no, "a"), says(yes, "b").failing(review.ErrDecided)}, request.Denied, "-x"},
		{"any: of both groups", []review.Stage{stage(review.Any, "a", "b")}, []act{says(yes, "a", "b")}, request.Approved, "+x"},
		{"all: one for each", []review.Stage{stage(review.All, "a", "b")}, []act{says(yes, "b")}, request.Pending, "?+"},
		{"all: both", []review.Stage{stage(review.All, "a", "b")}, []act{says(yes, "b"), says(yes, "a")}, request.Approved, "++"},
		{"all: one person of both", []review.Stage{stage(review.All, "a", "b")}, []act{says(yes, "a", "b")}, request.Approved, "++"},
		{"all: of two of three", []review.Stage{stage(review.All, "a", "b", "c")}, []act{says(yes, "a", "c"), says(yes, "c", "b")}, request.Approved, "+++"},
		{"all: two of one group are not both", []review.Stage{stage(review.All, "a", "b")}, []act{says(yes, "a"), says(yes, "a", "z").failing(review.ErrNotOpen)}, request.Pending, "+?"},
		{"all: the same person again", []review.Stage{stage(review.All, "a", "b")}, []act{says(yes, "a"), says(yes, "a").failing(review.ErrNotOpen)}, request.Pending, "+?"},
		{"all: one denial denies", []review.Stage{stage(review.All, "a", "b")}, []act{says(yes, "a"), says(no, "b")}, request.Denied, "+-"},
		{"all: who has approved denies", []review.Stage{stage(review.All, "a", "b")}, []act{says(yes, "a"), says(no, "a")}, request.Denied, "+x"},
		{"stages: one after the other", []review.Stage{stage(review.Any, "a"), stage(review.All, "b", "c")}, []act{says(yes, "a")}, request.Pending, "+|??"},
		{"stages: a later one is not open", []review.Stage{stage(review.Any, "a"), stage(review.Any, "b")}, []act{says(yes, "b").failing(review.ErrNotOpen)}, request.Pending, "?|#"},
		{"stages: an act counts for one only", []review.Stage{stage(review.Any, "a"), stage(review.Any, "z", "a")}, []act{says(yes, "a")}, request.Pending, "+|??"},
		{"stages: the same person in both", []review.Stage{stage(review.Any, "a"), stage(review.Any, "z", "a")}, []act{says(yes, "a"), says(yes, "a")}, request.Approved, "+|x+"},
		{"stages: of more selectors later", []review.Stage{stage(review.All, "a"), stage(review.All, "z", "y", "a")}, []act{says(yes, "a", "y")}, request.Pending, "+|???"},
		{"stages: a later steward denies", []review.Stage{stage(review.All, "a"), stage(review.All, "b", "c")}, []act{says(no, "c")}, request.Denied, "x|x-"},
		{"stages: an earlier steward denies", []review.Stage{stage(review.Any, "a"), stage(review.Any, "b")}, []act{says(yes, "a"), says(no, "a", "c")}, request.Denied, "+|x"},
		{"stages: all of three", []review.Stage{stage(review.Any, "a"), stage(review.Any, "b"), stage(review.Any, "c")}, []act{says(yes, "a"), says(yes, "b"), says(yes, "c")}, request.Approved, "+|+|+"},
		{"nobody's steward", []review.Stage{stage(review.Any, "a")}, []act{says(yes, "z").failing(review.ErrNotSteward), says(no, "z").failing(review.ErrNotSteward)}, request.Pending, "?"},
		{"own request", []review.Stage{stage(review.Any, "a")}, []act{barred.failing(review.ErrOwnRequest), barredToo.failing(review.ErrOwnRequest)}, request.Pending, "?"},
	} {
		flow := asking(tt.stages...)
		p, r := compile(t, flow), open(t, factsOf(request.For(30, request.Days)), flow)
		for i, a := range tt.acts {
			next, err := r.Determine(review.Determination{By: a.who.Person(), Act: a.act, At: now, Matches: matching(t, p, r, a.who), Version: r.Version})
			if !errors.Is(err, a.err) || err == nil && next.Version != r.Version+1 || err != nil && !reflect.DeepEqual(next, r) {
				t.Errorf("%s: act %d: got %v, version %d; want %v", tt.name, i, err, next.Version, a.err)
			}
			r = next
		}
		if r.Status != tt.want || states(r) != tt.states {
			t.Errorf("%s: got %s %s, want %s %s", tt.name, r.Status, states(r), tt.want, tt.states)
		}
		if decided := r.Status != request.Pending; decided == r.Decided.IsZero() || decided != r.Next().IsZero() || r.Outcome().Status != tt.want {
			t.Errorf("%s: decided %v, next %v, outcome %v", tt.name, r.Decided, r.Next(), r.Outcome())
		}
	}
}

func TestOwnRequests(t *testing.T) {
	t.Parallel()
	flow := asking(stage(review.Any, "a"))
	flow.OwnRequests = true
	r := open(t, factsOf(request.Endless), flow)
	next, err := r.Determine(review.Determination{By: eve.Person(), Act: review.Approve, At: now, Matches: []review.Match{{}}})
	if err != nil || next.Status != request.Approved || len(r.Barred) > 0 {
		t.Errorf("got %v, %v, barred %v", next.Status, err, r.Barred)
	}
	same(t, "barred", []request.PersonID{eve.Person(), frank.Person()}, open(t, factsOf(request.Endless), asking(stage(review.Any, "a"))).Barred)
}

func TestDetermineRefuses(t *testing.T) {
	t.Parallel()
	r := open(t, factsOf(request.Endless), asking(stage(review.Any, "a"), stage(review.All, "b", "c")))
	good := review.Determination{By: "s@example.com", Act: review.Approve, At: now, Version: 1, Matches: []review.Match{{}}}
	var invalid *request.InvalidError
	for _, tt := range []struct {
		name   string
		change func(*review.Determination)
		is     func(error) bool
	}{
		{"stale", func(d *review.Determination) { d.Version = 2 }, func(err error) bool { return errors.Is(err, review.ErrStale) }},
		{"no act", func(d *review.Determination) { d.Act = "" }, func(err error) bool { return errors.As(err, &invalid) }},
		{"delegate", func(d *review.Determination) { d.Act = review.Delegate }, func(err error) bool { return errors.As(err, &invalid) }},
		{"a denial for a time", func(d *review.Determination) { d.Act, d.Duration = review.Deny, request.Endless }, func(err error) bool { return errors.As(err, &invalid) }},
		{"no match", func(d *review.Determination) { d.Matches = nil }, func(err error) bool { return errors.Is(err, review.ErrNotSteward) }},
		{"no such stage", func(d *review.Determination) { d.Matches = []review.Match{{}, {Stage: 2}} }, func(err error) bool { return errors.Is(err, review.ErrNotSteward) }},
		{"no such selector", func(d *review.Determination) { d.Matches = []review.Match{{Selector: 1}} }, func(err error) bool { return errors.Is(err, review.ErrNotSteward) }},
		{"no place at all", func(d *review.Determination) {
			d.Act, d.Matches = review.Deny, []review.Match{{Stage: -1, Selector: -1}}
		}, func(err error) bool { return errors.Is(err, review.ErrNotSteward) }},
		{"a later stage", func(d *review.Determination) { d.Matches = []review.Match{{Stage: 1, Selector: 1}} }, func(err error) bool { return errors.Is(err, review.ErrNotOpen) }},
	} {
		d := good
		tt.change(&d)
		if next, err := r.Determine(d); !tt.is(err) || !reflect.DeepEqual(next, r) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	good.Version = 0
	if _, err := r.Determine(good); err != nil {
		t.Errorf("without a version: %v", err)
	}
	if r.Awaits("s", []review.Match{{Stage: 9}, {Selector: -1}}) || !r.Awaits("s", []review.Match{{Stage: 9}, {}}) {
		t.Error("Admits takes a match that names nothing, or refuses one that does")
	}
}

// Nothing that Determine, Cancel or Elapse return shares what they change with
// the review that they were called on.
func TestReviewIsNeverChanged(t *testing.T) {
	t.Parallel()
	r := open(t, factsOf(request.Endless), asking(stage(review.All, "a", "b"), stage(review.Any, "c")))
	r.Determinations = make([]review.Determination, 0, 10) // room that append could use
	determine := func(r review.Review, by request.PersonID, act review.Act, m ...review.Match) review.Review {
		next, err := r.Determine(review.Determination{By: by, Act: act, At: now, Matches: m})
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	before := fmt.Sprintf("%+v", r)
	one := determine(r, "x", review.Approve, review.Match{})
	kept := fmt.Sprintf("%+v", one)
	two, other := determine(one, "y", review.Approve, review.Match{Selector: 1}), determine(one, "z", review.Deny, review.Match{Stage: 1})
	canceled, err := one.Cancel(now)
	if err != nil {
		t.Fatal(err)
	}
	lapsed := one.Elapse(one.Lapses)
	same(t, "the review", before, fmt.Sprintf("%+v", r))
	same(t, "after one act", kept, fmt.Sprintf("%+v", one))
	same(t, "states", []string{"++|?", "+x|-", "+x|x", "+x|x"}, []string{states(two), states(other), states(canceled), states(lapsed)})
	same(t, "who", []request.PersonID{"y", "z"}, []request.PersonID{two.Determinations[1].By, other.Determinations[1].By})
}

func TestElapse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		pending request.Duration
		lapses  time.Time
	}{
		{"by default", request.Duration{}, now.AddDate(0, 0, 30)},
		{"a month", request.For(1, request.Months), time.Date(2031, 2, 28, 9, 0, 0, 0, time.UTC)},
		{"never", request.Endless, time.Time{}},
	} {
		flow := asking(stage(review.Any, "a"))
		flow.Pending = tt.pending
		r := open(t, factsOf(request.Endless), flow)
		if !r.Next().Equal(tt.lapses) {
			t.Errorf("%s: lapses %v, want %v", tt.name, r.Next(), tt.lapses)
		}
		far := now.AddDate(500, 0, 0)
		if tt.lapses.IsZero() {
			same(t, tt.name, r, r.Elapse(far))
			continue
		}
		same(t, tt.name+", before", r, r.Elapse(tt.lapses.Add(-1)))
		lapsed := r.Elapse(tt.lapses)
		if lapsed.Status != request.Lapsed || !lapsed.Decided.Equal(tt.lapses) || lapsed.Version != 2 || states(lapsed) != "x" || !lapsed.Next().IsZero() {
			t.Errorf("%s: got %+v", tt.name, lapsed)
		}
		same(t, tt.name+", again", lapsed, lapsed.Elapse(far))
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	r := open(t, factsOf(request.Endless), asking(stage(review.All, "a", "b")))
	canceled, err := r.Cancel(now)
	if err != nil || canceled.Status != request.Canceled || canceled.Version != 2 || states(canceled) != "xx" || !canceled.Next().IsZero() {
		t.Errorf("got %+v, %v", canceled, err)
	}
	if again, err := canceled.Cancel(now); !errors.Is(err, review.ErrDecided) || again.Version != 2 {
		t.Errorf("again: %v", err)
	}
	if _, err := canceled.Determine(review.Determination{By: "s", Act: review.Deny, Matches: []review.Match{{}}}); !errors.Is(err, review.ErrDecided) {
		t.Errorf("a denial: %v", err)
	}
	same(t, "outcome", review.Outcome{Status: request.Canceled}, canceled.Outcome())
}

// What is granted lasts for the shortest of what was asked, allowed and said,
// compared from the decision.
func TestOutcomeDuration(t *testing.T) {
	t.Parallel()
	days := func(n int) request.Duration { return request.For(n, request.Days) }
	month, none := request.For(1, request.Months), request.Duration{}
	february := time.Date(2031, 2, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		asked, most  request.Duration
		said         [2]request.Duration
		decided      time.Time
		want         request.Duration
		explainShort string
	}{
		{days(30), none, [2]request.Duration{}, now, days(30), "as asked"},
		{days(30), days(7), [2]request.Duration{}, now, days(7), "flow"},
		{days(7), days(30), [2]request.Duration{}, now, days(7), "asked less"},
		{days(30), none, [2]request.Duration{days(9), days(5)}, now, days(5), "shortest said"},
		{days(30), none, [2]request.Duration{days(9), none}, now, days(9), "one said"},
		{request.Endless, none, [2]request.Duration{}, now, request.Endless, "endless"},
		{request.Endless, days(90), [2]request.Duration{}, now, days(90), "endless not allowed"},
		{request.Endless, none, [2]request.Duration{request.Endless, days(1)}, now, days(1), "endless narrowed"},
		{days(29), none, [2]request.Duration{month, none}, february, month, "28 days, from the first of February"},
	} {
		flow := asking(stage(review.All, "a", "b"))
		flow.Max = tt.most
		r := open(t, factsOf(tt.asked), flow)
		for i, d := range tt.said {
			var err error
			if r, err = r.Determine(review.Determination{By: request.PersonID(fmt.Sprint(i)), Act: review.Approve, At: tt.decided, Duration: d, Matches: []review.Match{{Selector: i}}}); err != nil {
				t.Fatal(err)
			}
		}
		want := review.Outcome{Status: request.Approved, Granted: review.Terms{Privilege: request.Read, Columns: []string{"id"}, Duration: tt.want}}
		if diff := cmp.Diff(want, r.Outcome()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.explainShort, diff)
		}
	}
}

func BenchmarkDetermine(b *testing.B) {
	r := open(b, factsOf(request.Endless), asking(stage(review.All, "a", "b", "c"), stage(review.Any, "d")))
	d := review.Determination{By: "s@example.com", Act: review.Approve, At: now, Matches: []review.Match{{}, {Selector: 2}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Determine(d); err != nil {
			b.Fatal(err)
		}
	}
}

// S2: an approval for longer than what was asked is refused.
func TestMoreThanAskedIsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		field string
		d     review.Determination
	}{
		{"duration", review.Determination{Duration: request.For(9, request.Days)}},
		{"duration", review.Determination{Duration: request.Endless}},
	} {
		r := open(t, factsOf(request.For(3, request.Days)), asking(stage(review.All, "a")))
		tt.d.By, tt.d.Act, tt.d.At, tt.d.Matches = "steward", review.Approve, now, []review.Match{{}}
		_, err := r.Determine(tt.d)
		if faults := request.FaultsOf(err); len(faults) != 1 || faults[0].Field != tt.field {
			t.Errorf("%+v: %v", tt.d, err)
		}
	}
}
