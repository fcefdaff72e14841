package tests

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// tally is a store that counts what is asked of it.
type tally struct {
	store.Store
	calls       atomic.Int64
	ofGrants    atomic.Int64 // calls that read or write grants
	ofAct, rows atomic.Int64 // calls of an act, and the rows that these read
}

// act marks the context of an act. What the background reads meanwhile is not its cost.
type act struct{}

// during runs an act whose calls and rows are counted.
func (s *tally) during(t *testing.T, do func(context.Context)) (calls, rows int64) {
	t.Helper()
	calls, rows = s.ofAct.Load(), s.rows.Load()
	do(context.WithValue(t.Context(), act{}, true))
	return s.ofAct.Load() - calls, s.rows.Load() - rows
}

func (s *tally) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	s.count(ctx, slices.ContainsFunc(keys, func(k store.Key) bool { return k.Kind == "grants" }))
	found, err := s.Store.Get(ctx, keys...)
	s.read(ctx, found)
	return found, err
}

func (s *tally) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	s.count(ctx, slices.ContainsFunc(queries, func(q store.Query) bool { return q.Kind == "grants" }))
	pages, err := s.Store.Find(ctx, queries...)
	s.read(ctx, pages...)
	return pages, err
}

func (s *tally) Write(ctx context.Context, c store.Commit) error {
	s.count(ctx, slices.ContainsFunc(c.Writes, func(w store.Write) bool { return w.Kind == "grants" }))
	return s.Store.Write(ctx, c)
}

func (s *tally) count(ctx context.Context, grants bool) {
	s.calls.Add(1)
	if ctx.Value(act{}) != nil {
		s.ofAct.Add(1)
	}
	if grants {
		s.ofGrants.Add(1)
	}
}

func (s *tally) read(ctx context.Context, pages ...[]store.Record) {
	if ctx.Value(act{}) == nil {
		return
	}
	for _, page := range pages {
		s.rows.Add(int64(len(page)))
	}
}

// tallied is a world in which so many people have access for an hour, and its store.
func tallied(t *testing.T, people int) (*world, *tally) {
	t.Helper()
	s := &tally{Store: new(store.Memory)}
	w := newWorld(t, func(c *grantwright.Config) { c.Store, c.Directory = s, nil })
	var all []request.Request
	for i := range people {
		all = append(all, w.submit(t, one(i), "1 HOURS"))
	}
	for _, req := range all {
		w.settle(t, req)
	}
	w.work(t)
	w.restart(t)
	w.work(t) // the engine that is new has read the log
	return w, s
}

// one is one of many people.
func one(i int) request.Identity {
	login := fmt.Sprint("p", i)
	return request.Identity{ID: login + "@example.com", Attributes: map[string][]string{"login": {login}}}
}

// perGrant counts the calls of something among 100 grants, and among 500: each of those
// more costs a part of a call.
func perGrant(t *testing.T, most float64, do func(*world, *tally) int64) {
	t.Helper()
	const few, many = 100, 500
	w, s := tallied(t, few)
	less := do(w, s)
	w, s = tallied(t, many)
	each := float64(do(w, s)-less) / (many - few)
	if t.Logf("%d calls among %d grants, and %.2f for each more", less, few, each); each > most {
		t.Errorf("each grant costs %.2f calls of the store, at most %.2f are allowed", each, most)
	}
}

func TestEndsCostSets(t *testing.T) {
	t.Parallel()
	perGrant(t, 0.1, func(w *world, s *tally) int64 {
		w.clock.Move(time.Hour)
		before := s.ofGrants.Load()
		w.work(t)
		live, err := w.Access().To(t.Context(), auditor, orders, grantwright.AccessQuery{})
		if must(t, err); len(live.Entitlements) > 0 {
			t.Errorf("%d have access still", len(live.Entitlements))
		}
		return s.ofGrants.Load() - before
	})
}

func TestReconciliationCostsSets(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]provision.Reconcile{"in earnest": {}, "as a dry run": {DryRun: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perGrant(t, 0.25, func(w *world, s *tally) int64 {
				calls, _ := s.during(t, func(ctx context.Context) {
					found, err := w.Reconcile(ctx, admin, "warehouse", how)
					if must(t, err); found.Compared < 100 || len(found.Findings) > 0 {
						t.Errorf("compared %d, found %v", found.Compared, found.Findings)
					}
				})
				return calls
			})
		})
	}
}

// Whoever may decide on nothing reads nothing of what waits for others.
func TestReviewsOfNoStewardCostTheSame(t *testing.T) {
	t.Parallel()
	s := &tally{Store: new(store.Memory)}
	w := newWorld(t, func(c *grantwright.Config) { c.Store, c.Directory = s, nil })
	cost := func() (calls, rows int64) {
		return s.during(t, func(ctx context.Context) {
			page, err := w.Requests(ctx, nobody, grantwright.RequestQuery{Role: grantwright.Steward})
			if must(t, err); len(page.Requests) > 0 {
				t.Errorf("they may decide on %d", len(page.Requests))
			}
		})
	}
	w.submit(t, one(0), "30 DAYS")
	calls, rows := cost()
	for i := range 100 {
		w.submit(t, one(i+1), "30 DAYS")
	}
	if c, r := cost(); c > calls || r > rows || c == 0 {
		t.Errorf("with 100 requests more they cost %d calls and %d rows, before %d and %d", c, r, calls, rows)
	}
	page, err := w.Requests(t.Context(), twice, grantwright.RequestQuery{Role: grantwright.Steward})
	if must(t, err); len(page.Requests) != 101 {
		t.Errorf("their steward finds %d of 101", len(page.Requests))
	}
}

// The rechecks of what was decided meanwhile go in sets.
func TestRechecksOfDecidedRequestsCostSets(t *testing.T) {
	t.Parallel()
	cost := func(people int) int64 {
		s := &tally{Store: new(store.Memory)}
		w := newWorld(t, func(c *grantwright.Config) { c.Store, c.Directory = s, nil })
		for i := range people {
			w.settle(t, w.submit(t, one(i), "1 HOURS"))
		}
		before := s.calls.Load()
		w.work(t)
		w.work(t)
		due, err := records.RechecksDue.Find(t.Context(), s, "all", store.Position{}, 0)
		if must(t, err); len(due) > 0 {
			t.Errorf("%d rechecks are left of %d", len(due), people)
		}
		return s.calls.Load() - before
	}
	const few, many = 10, 60
	less := cost(few)
	if each := float64(cost(many)-less) / (many - few); each > 0.5 {
		t.Errorf("each request that was decided costs %.2f calls of the store", each)
	}
}

// Grants whose requests are so large that one commit holds only some end all the same.
func TestEndsOfLargeRequests(t *testing.T) {
	t.Parallel()
	const people = 42 // one commit holds 41 of them
	w := newWorld(t, func(c *grantwright.Config) { c.Store, c.Directory = new(store.Memory), nil })
	form := request.DefaultForm
	form.Name, form.Questions = "long", slices.Clone(form.Questions)
	for i := range form.Questions {
		if form.Questions[i].ID == "purpose" {
			form.Questions[i].MaxRunes = 450_000
		}
	}
	_, err := w.Governance().Forms.Save(t.Context(), gov, form)
	must(t, err)
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "long", Flow: "sales"}))
	long := strings.Repeat("why ", 100_000)
	for i := range people {
		s := asking("1 HOURS")
		s.Answers["purpose"] = []string{long}
		req, err := w.Submit(t.Context(), one(i), s)
		must(t, err)
		w.settle(t, req)
	}
	w.clock.Move(time.Hour)
	w.work(t)
	live, err := w.Access().To(t.Context(), auditor, orders, grantwright.AccessQuery{})
	if must(t, err); len(live.Entitlements) > 0 {
		t.Errorf("%d of %d have access still", len(live.Entitlements), people)
	}
}
