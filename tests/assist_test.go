package tests

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/store"
)

// asker is somebody with a login and attributes that are known.
func asker(name string, groups ...string) request.Identity {
	return request.Identity{ID: name + "@example.com", Groups: groups, Attributes: map[string][]string{"login": {name}, "site": {"north"}}}
}

// taught is a world in which stewards of the orders have approved for finance and denied to
// guests, each as often.
func taught(t *testing.T, each int, change ...func(*grantwright.Config)) *world {
	t.Helper()
	w := newWorld(t, change...)
	w.decides(t, askingIn(groups(review.Any, "keepers")))
	keeper := person("keeper", "keepers")
	w.Directory.Put(keeper)
	for i := range each {
		for _, as := range []struct {
			group string
			act   review.Act
		}{{"finance", review.Approve}, {"guests", review.Deny}} {
			who := asker(fmt.Sprintf("%s%d", as.group, i), as.group)
			w.Directory.Put(who)
			w.determine(t, keeper, w.submit(t, who, "30 DAYS"), as.act)
			w.clock.Move(time.Minute)
		}
	}
	w.learn(t)
	return w
}

// learn has the engine learn what there is to learn.
func (w *world) learn(t *testing.T) {
	t.Helper()
	w.clock.Move(2 * time.Minute)
	must(t, w.Work(t.Context()))
}

func TestStewardsAreAdvisedByPrecedent(t *testing.T) {
	t.Parallel()
	w := taught(t, 20)
	keeper := person("keeper", "keepers")
	for _, tt := range []struct {
		who  request.Identity
		want assist.Recommendation
		risk assist.Risk
	}{
		{asker("new1", "finance"), assist.Approve, assist.Low},
		{asker("new2", "guests"), assist.Deny, assist.High},
	} {
		w.Directory.Put(tt.who)
		req := w.submit(t, tt.who, "30 DAYS")
		a, err := w.Assist().Advise(t.Context(), keeper, req.ID)
		must(t, err)
		if a.Recommendation != tt.want || a.Risk != tt.risk {
			t.Errorf("%s: %s at %s risk, want %s at %s: %+v", tt.who.ID, a.Recommendation, a.Risk, tt.want, tt.risk, a)
		}
		if a.Precedents != 40 || a.By != assist.ByPrecedent || len(a.Evidence) == 0 {
			t.Errorf("%+v", a)
		}
		for _, e := range a.Evidence {
			for _, r := range e.Records {
				if _, err := w.Request(t.Context(), gov, request.ID(r.ID)); r.Kind == "REQUEST" && err != nil {
					t.Errorf("%q rests on a request that is not there: %v", e.Text, err)
				}
			}
		}
	}
}

func TestWhatWasAdvisedIsKeptAndScored(t *testing.T) {
	t.Parallel()
	w := taught(t, 12)
	keeper, who := person("keeper", "keepers"), asker("new", "finance")
	w.Directory.Put(who)
	req := w.submit(t, who, "30 DAYS")
	opened := w.clock.Now()
	first, err := w.Assist().Advise(t.Context(), keeper, req.ID)
	must(t, err)
	w.clock.Move(20 * time.Second)
	_, err = w.Assist().Advise(t.Context(), keeper, req.ID) // read again
	must(t, err)
	w.clock.Move(20 * time.Second)
	w.determine(t, keeper, req, review.Deny)
	w.learn(t)
	shown, err := w.Assist().Shown(t.Context(), auditor, req.ID)
	must(t, err)
	if len(shown) != 1 {
		t.Fatalf("%d were shown advice, want 1", len(shown))
	}
	s := shown[0]
	if s.Act != "DENY" || !s.Opened.Equal(opened) || s.Decided.Sub(s.Opened) != 40*time.Second || s.Advice.Recommendation != first.Recommendation {
		t.Errorf("%+v", s)
	}
	for _, scope := range []string{assist.Everywhere, assist.OfConnection("warehouse"), assist.OfFlow("asks")} {
		months, err := w.Assist().Report(t.Context(), auditor, scope, 12)
		must(t, err)
		if len(months) != 1 || months[0].Month != "2026-03" {
			t.Fatalf("%s: %+v", scope, months)
		}
		m := months[0]
		if m.Determined != 25 || m.Approved != 12 || m.Advised != 1 || m.Pace != [4]int{0, 1, 0, 0} || m.Seconds != 40 || m.Agreed+m.Overridden+m.Unadvised != 1 {
			t.Errorf("%s: %+v", scope, m)
		}
	}
}

// TestRebuildFromTheLog holds that ledgers and scores which are made anew are those of before.
func TestRebuildFromTheLog(t *testing.T) {
	t.Parallel()
	w := taught(t, 12)
	keeper, who := person("keeper", "keepers"), asker("new", "finance")
	w.Directory.Put(who)
	req := w.submit(t, who, "30 DAYS")
	advise := func() (assist.Advice, []assist.Score) {
		a, err := w.Assist().Advise(t.Context(), keeper, req.ID)
		must(t, err)
		months, err := w.Assist().Report(t.Context(), gov, assist.Everywhere, 1)
		must(t, err)
		a.At = time.Time{}
		return a, months
	}
	before, scores := advise()
	must(t, w.Assist().Rebuild(t.Context(), admin))
	after, again := advise()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("advice (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(scores, again); diff != "" {
		t.Errorf("scores (-before +after):\n%s", diff)
	}
}

// TestOnlyPeopleTeach holds that rules, and approvals that are taken back, teach nothing.
func TestOnlyPeopleTeach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decides(t, review.Flow{Name: "asks", Rules: []review.Rule{{Name: "all", When: "true", Then: review.Action{Act: review.Approve}}}, Default: review.Action{Act: review.Deny}})
	w.submit(t, eve, "30 DAYS")
	asks := askingIn(groups(review.All, "keepers", "others"))
	asks.Version = 1
	w.decides(t, asks)
	keeper := person("keeper", "keepers")
	w.Directory.Put(keeper)
	req := w.submit(t, frank, "30 DAYS")
	w.determine(t, keeper, req, review.Approve)
	_, err := w.Reviews().TakeBack(t.Context(), keeper, req.ID, 0, "a mistake")
	must(t, err)
	_, err = w.Cancel(t.Context(), frank, req.ID)
	must(t, err)
	w.learn(t)
	months, err := w.Assist().Report(t.Context(), gov, assist.Everywhere, 1)
	must(t, err)
	lessons, err := records.Lessons.All(t.Context(), w.store, "", 10)
	must(t, err)
	if len(months) != 0 || len(lessons) != 0 {
		t.Errorf("%d lessons were kept, and scored: %+v", len(lessons), months)
	}
}

func TestOthersEndingAccessSpeaksAgainst(t *testing.T) {
	t.Parallel()
	w := taught(t, 12)
	keeper, who := person("keeper", "keepers"), asker("new", "finance")
	w.Directory.Put(who)
	req := w.submit(t, who, "30 DAYS")
	w.determine(t, keeper, req, review.Approve)
	w.settle(t, req)
	_, err := w.Revoke(t.Context(), gov, req.ID, "misused")
	must(t, err)
	w.learn(t)
	again := w.submit(t, who, "30 DAYS")
	a, err := w.Assist().Advise(t.Context(), keeper, again.ID)
	must(t, err)
	if a.Risk == assist.Low || len(a.Evidence) == 0 || !strings.Contains(a.Evidence[0].Text, "ended access") || a.Evidence[0].Records[0].ID != string(req.ID) {
		t.Errorf("%+v", a)
	}
}

func TestWhoIsAdvised(t *testing.T) {
	t.Parallel()
	w := taught(t, 1)
	who := asker("new", "finance")
	keeper := person("keeper", "keepers")
	w.Directory.Put(who)
	req := w.submit(t, who, "30 DAYS")
	w.learn(t)
	for _, tt := range []struct {
		by              request.Identity
		advised, listed bool
		kept            bool
	}{{keeper, true, true, true}, {who, false, false, false}, {gov, false, false, true}, {auditor, false, false, true}, {nobody, false, false, false}} {
		_, err := w.Assist().Advise(t.Context(), tt.by, req.ID)
		if (err == nil) != tt.advised {
			t.Errorf("%s is advised: %v", tt.by.ID, err)
		}
		briefs, err := w.Assist().Briefs(t.Context(), tt.by, req.ID)
		if err != nil || (len(briefs) == 1) != tt.listed {
			t.Errorf("%s: briefs %v, %v", tt.by.ID, briefs, err)
		}
		if _, err := w.Assist().Shown(t.Context(), tt.by, req.ID); (err == nil) != tt.kept {
			t.Errorf("%s reads what was shown: %v", tt.by.ID, err)
		}
	}
	if _, err := w.Assist().Report(t.Context(), keeper, assist.Everywhere, 1); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("a steward reads the report: %v", err)
	}
	if err := w.Assist().Rebuild(t.Context(), gov); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("GOVERNANCE has it learn anew: %v", err)
	}
	if _, err := w.Assist().Report(t.Context(), gov, assist.Everywhere, 0); !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("a report of no months: %v", err)
	}
}

func TestAdministratorsSwitchAdviceOff(t *testing.T) {
	t.Parallel()
	w := taught(t, 1)
	c := catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com", Assist: catalog.AssistOff,
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}
	must(t, w.Connections().Register(t.Context(), admin, c))
	who := asker("new", "finance")
	w.Directory.Put(who)
	req := w.submit(t, who, "30 DAYS")
	w.learn(t)
	keeper := person("keeper", "keepers")
	if _, err := w.Assist().Advise(t.Context(), keeper, req.ID); !errors.Is(err, store.ErrState) {
		t.Errorf("advice where it is off: %v", err)
	}
	if briefs, err := w.Assist().Briefs(t.Context(), keeper, req.ID); err != nil || len(briefs) > 0 {
		t.Errorf("briefs where it is off: %v, %v", briefs, err)
	}
	c.Assist = "ON"
	if err := w.Connections().Register(t.Context(), admin, c); !errors.Is(err, catalog.ErrConnection) {
		t.Errorf("a way of advising that is not there: %v", err)
	}
}

func TestErasedFactsLeaveLessons(t *testing.T) {
	t.Parallel()
	w := taught(t, 1)
	lessons, err := records.Lessons.All(t.Context(), w.store, "", 10)
	must(t, err)
	id := lessons[0].Value.Request
	erased, err := w.EraseEvidence(t.Context(), gov, id, []string{"beneficiary"}, "asked for")
	must(t, err)
	if diff := cmp.Diff([]string{"beneficiary.attributes.login", "beneficiary.attributes.site", "beneficiary.groups"}, erased); diff != "" {
		t.Errorf("erased (-want +got):\n%s", diff)
	}
	left, err := records.Lessons.Get(t.Context(), w.store, id)
	must(t, err)
	if f := left.Value.Features; f.Groups != nil || len(f.Attributes) > 0 || !f.Unknown {
		t.Errorf("%+v", f)
	}
}

// askedStore counts the messages that ask a store.
type askedStore struct {
	store.Store
	asked atomic.Int64
}

func (r *askedStore) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	r.asked.Add(1)
	return r.Store.Get(ctx, keys...)
}

func (r *askedStore) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	r.asked.Add(1)
	return r.Store.Find(ctx, queries...)
}

// TestAdviceCostsNoMoreWithMoreDeterminations counts what advice asks the store.
func TestAdviceCostsNoMoreWithMoreDeterminations(t *testing.T) {
	t.Parallel()
	costs := map[int]int64{}
	for _, each := range []int{2, 25} {
		counted := &askedStore{Store: new(store.Memory)}
		w := taught(t, each, func(c *grantwright.Config) { c.Store = counted })
		for _, name := range []string{"first", "second"} { // the first reads what stays in the process
			who := asker(name, "finance")
			w.Directory.Put(who)
			req := w.submit(t, who, "30 DAYS")
			w.work(t)
			for try := range 5 { // what is done in the background beside it counts too
				before := counted.asked.Load()
				_, err := w.Assist().Advise(t.Context(), person("keeper", "keepers"), req.ID)
				must(t, err)
				if cost := counted.asked.Load() - before; try == 0 || cost < costs[each] {
					costs[each] = cost
				}
			}
		}
	}
	if costs[2] != costs[25] || costs[25] > 20 {
		t.Errorf("messages by determinations: %v", costs)
	}
	t.Log("messages for one advice:", costs[25])
}

// TestMessagesToStewardsCarryAdvice holds that whoever is asked to decide is told the advice,
// unless they have hidden it, and nobody else.
func TestMessagesToStewardsCarryAdvice(t *testing.T) {
	t.Parallel()
	mail := new(sentMail)
	w := taught(t, 16, func(c *grantwright.Config) { c.Channels = map[string]notify.Channel{"mail": mail} })
	hiding, who := person("hiding", "keepers"), asker("new", "finance")
	w.Directory.Put(hiding, who)
	_, err := w.Inbox().Prefer(t.Context(), hiding, notify.Preferences{HideAdvice: true})
	must(t, err)
	mail.clear()
	req := w.submit(t, who, "30 DAYS")
	w.work(t)
	want := map[string]string{"keeper@example.com": "approve, low risk (chance of a denial ", "hiding@example.com": ""}
	if got := mail.advice(t, req.ID); len(got) != len(want) || !strings.HasPrefix(got["keeper@example.com"], want["keeper@example.com"]) || got["hiding@example.com"] != "" {
		t.Errorf("messages carry %q", got)
	}
	mail.clear()
	w.determine(t, person("keeper", "keepers"), req, review.Approve)
	w.work(t)
	for to, text := range mail.advice(t, req.ID) {
		if text != "" {
			t.Errorf("%s is told %q after the decision", to, text)
		}
	}
}

// sentMail keeps the messages of a channel.
type sentMail struct {
	mu  sync.Mutex
	all []notify.Message
}

func (s *sentMail) Send(_ context.Context, m notify.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, m)
	return nil
}

func (s *sentMail) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = nil
}

// advice is what the messages about a request say of advice, by recipient.
func (s *sentMail) advice(t *testing.T, id request.ID) map[string]string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]string{}
	for _, m := range s.all {
		text, err := notify.English().Write(m)
		must(t, err)
		if m.Request == id {
			found[m.Recipient.ID] = ""
			for _, f := range text.Facts {
				if f.Label == "Advice" {
					found[m.Recipient.ID] = f.Value
				}
			}
		}
	}
	return found
}
