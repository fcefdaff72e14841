package tests

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

var unattended = notify.Topic(event.RequestUnattended.Name())

// noticesOf lists the notices of a topic that somebody has, the newest first.
func (w *world) noticesOf(t *testing.T, who request.Identity, topic notify.Topic) (of []notify.Notice) {
	t.Helper()
	notices, _, err := w.Inbox().Notices(t.Context(), who, false, store.Position{}, store.MaxPage)
	must(t, err)
	for _, n := range notices {
		if n.Topic == topic {
			of = append(of, n)
		}
	}
	return of
}

// seenBy is a world whose directory knows those who came, and whose host says whether these
// are all.
func seenBy(t *testing.T, complete bool) *world {
	t.Helper()
	w := newWorld(t, func(c *grantwright.Config) {
		c.Store = new(store.Memory)
		c.Directory = store.Directory{Store: c.Store, Complete: complete}
	})
	must(t, w.People().Seen(t.Context(), everybody...))
	return w
}

// renamed lets the stewards come again, with another name of their group.
func (w *world) renamed(t *testing.T) {
	t.Helper()
	for _, who := range []request.Identity{owner, twice} {
		who.Groups = []string{"sales-data-owners"}
		must(t, w.People().Seen(t.Context(), who))
	}
}

// TestARenamedGroupIsMissed tells governance and administrators within the hour that those
// who could decide are known no more, once. Where the directory knows everybody, governance
// may decide in their place.
func TestARenamedGroupIsMissed(t *testing.T) {
	t.Parallel()
	w := seenBy(t, false)
	w.decides(t, askingIn(groups(review.Any, "sales-owners")))
	req := w.submit(t, eve, "30 DAYS")
	w.work(t)
	if got := w.caseOf(t, req).Deciders; got != request.DecidersPartly {
		t.Errorf("while they are there the deciders are %q", got)
	}
	w.renamed(t)
	for hour := range 3 {
		w.clock.Move(time.Hour)
		w.restart(t)
		w.work(t)
		of, others := w.noticesOf(t, gov, unattended), w.noticesOf(t, admin, unattended)
		if len(of) != 1 || len(others) != 1 || !strings.Contains(of[0].Detail, "another name") {
			t.Errorf("after %d hours they are told %v, %v", hour+1, of, others)
		}
	}
	if all := w.caseOf(t, req); all.Deciders != request.DecidersUnknown || all.Review.Unattended.IsZero() || all.Review.Stages[0].Approvals[0].Fallback {
		t.Errorf("the deciders are %q, the review %+v", all.Deciders, all.Review)
	}
	must(t, w.People().Seen(t.Context(), owner))
	w.clock.Move(time.Hour)
	w.work(t)
	if got := w.caseOf(t, req).Deciders; got != request.DecidersPartly || len(w.noticesOf(t, gov, unattended)) != 1 {
		t.Errorf("once one is there again the deciders are %q", got)
	}
	must(t, w.approves(t, owner, req))
}

func TestARenamedGroupFallsBackWhereAllAreKnown(t *testing.T) {
	t.Parallel()
	w := seenBy(t, true)
	w.decides(t, askingIn(groups(review.Any, "sales-owners")))
	req := w.submit(t, eve, "30 DAYS")
	w.work(t)
	if got := w.caseOf(t, req).Deciders; got != request.DecidersKnown || w.toldOf(t, gov, notify.Topic(event.RequestFellBack.Name())) {
		t.Errorf("while they are there the deciders are %q", got)
	}
	w.renamed(t)
	w.clock.Move(time.Hour)
	w.restart(t)
	w.work(t)
	if !w.toldOf(t, gov, notify.Topic(event.RequestFellBack.Name())) {
		t.Error("governance is not told")
	}
	must(t, w.approves(t, gov, req))
}

// TestUnattendedIsToldInTime tells after three days, after seven and before the lapse, each
// once, whichever of two processes looks, and also one that was away.
func TestUnattendedIsToldInTime(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lapse request.Duration
		away  []int // days on which nobody works
		want  []int // days on which it is told
	}{
		"a month":           {request.Duration{}, nil, []int{3, 7, 27}},
		"away":              {request.Duration{}, []int{3, 4, 5, 6, 7, 8}, []int{9, 27}},
		"a short time":      {request.For(5, request.Days), nil, []int{3}},
		"a few days":        {request.For(10, request.Days), nil, []int{3, 7, 9}},
		"without an end":    {request.Endless, nil, []int{3, 7}},
		"away for too long": {request.For(10, request.Days), []int{3, 4, 5, 6, 7, 8}, []int{9}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := seenBy(t, false)
			f := askingIn(groups(review.Any, "strangers"))
			f.Pending = tt.lapse
			w.decides(t, f)
			req := w.submit(t, eve, "30 DAYS")
			other, err := grantwright.New(w.Config)
			must(t, err)
			defer func() { must(t, other.Close()) }()
			var got []int
			before := 0
			for day := range 29 {
				if w.review(t, req).Status != request.Pending {
					break
				}
				away := false
				for _, d := range tt.away {
					away = away || d == day
				}
				if !away {
					var both sync.WaitGroup
					both.Go(func() { _ = other.Work(t.Context()) }) // whoever loses tries later
					w.work(t)
					both.Wait()
					w.work(t)
					now := len(w.noticesOf(t, gov, unattended))
					if now != len(w.noticesOf(t, admin, unattended)) || now > before+1 {
						t.Errorf("on day %d governance has %d notices, before %d", day, now, before)
					}
					if now > before {
						got = append(got, day)
					}
					before = now
				}
				w.clock.Move(24 * time.Hour)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the days on which it is told differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTooFewAreUnattended tells of a stage that wants more people than are known, and of one
// that wants everybody, where a group of them is missing.
func TestTooFewAreUnattended(t *testing.T) {
	t.Parallel()
	many := groups(review.AtLeast, "sales-owners", "strangers")
	many.People = 3
	for name, stage := range map[string]review.Stage{"at least three": many, "all": groups(review.All, "sales-owners", "strangers")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := seenBy(t, false)
			w.decides(t, askingIn(stage))
			req := w.submit(t, eve, "30 DAYS")
			must(t, w.approves(t, owner, req)) // who counts on
			w.work(t)
			w.clock.Move(3 * 24 * time.Hour)
			w.work(t)
			if got := w.caseOf(t, req).Deciders; got != request.DecidersUnknown || len(w.noticesOf(t, gov, unattended)) != 1 {
				t.Errorf("the deciders are %q, and governance has %v", got, w.noticesOf(t, gov, unattended))
			}
			must(t, w.People().Seen(t.Context(), person("one", "strangers"), person("two", "strangers")))
			w.clock.Move(time.Hour)
			w.work(t)
			if got := w.caseOf(t, req).Deciders; got != request.DecidersPartly {
				t.Errorf("once there are enough the deciders are %q", got)
			}
		})
	}
}
