package advice

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/store"
)

const (
	// LearnEvery is the time after which lessons are looked for. Advice is behind by no more,
	// and determinations do not wait for it.
	LearnEvery = time.Minute

	maxTouched = 350 // ledgers that one commit writes, beside what was shown and the scores
	maxActs    = 60  // acts that one commit scores
)

// LearnDue learns what there is to learn, if it is time to. Another process that learns at the
// same time is no failure.
func (ad *Advice) LearnDue(ctx context.Context) error {
	ad.mu.Lock()
	defer ad.mu.Unlock()
	if now := ad.Now(); !now.Before(ad.learned) && now.Sub(ad.learned) < LearnEvery {
		return nil
	}
	if err := ad.learn(ctx); err != nil && !errors.Is(err, store.ErrConflict) {
		return err
	}
	ad.learned = ad.Now()
	return nil
}

// learn learns until nothing is left.
func (ad *Advice) learn(ctx context.Context) error {
	for {
		l, err := ad.next(ctx)
		if err != nil || l == nil {
			return err
		}
		if err := ad.CommitOnce(ctx, &l.change); err != nil {
			return err
		}
		if err := ad.brief(ctx, l.pending); err != nil {
			return err
		}
	}
}

// learning is what one commit learns: a part of the log.
type learning struct {
	ad      *Advice
	change  store.Change
	events  []store.Event
	stored  map[assist.LedgerID]store.Stored[assist.Ledger]
	book    assist.Book
	touched map[assist.LedgerID]bool
	scores  map[string]*store.Stored[assist.Score]
	lessons map[request.ID]assist.Lesson
	persons map[request.ID]request.PersonID // beneficiaries of what was revoked
	shown   map[string]store.Stored[assist.Shown]
	pending []request.ID // that want a brief
}

// next is the next part of the log that there is to learn; nil for nothing.
func (ad *Advice) next(ctx context.Context) (*learning, error) {
	at, err := ad.learner(ctx)
	if err != nil {
		return nil, err
	}
	l := &learning{ad: ad, stored: map[assist.LedgerID]store.Stored[assist.Ledger]{}, book: assist.Book{}, touched: map[assist.LedgerID]bool{},
		scores: map[string]*store.Stored[assist.Score]{}, lessons: map[request.ID]assist.Lesson{}, persons: map[request.ID]request.PersonID{}, shown: map[string]store.Stored[assist.Shown]{}}
	if at.Value.Clearing {
		return l, l.clear(ctx, at)
	}
	events, err := ad.EventsAfter(ctx, at.Value.After, store.MaxPage)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	for l.events = l.bounded(events); ; l.events = l.events[:len(l.events)/2] {
		if err := l.read(ctx); err != nil {
			return nil, err
		}
		if len(l.ledgers()) <= maxTouched || len(l.events) < 2 {
			break
		}
	}
	if err := l.load(ctx); err != nil {
		return nil, err
	}
	for _, ev := range l.events {
		if err := l.event(ev, at.Value); err != nil {
			return nil, err
		}
	}
	l.write(at)
	return l, nil
}

// bounded are the first of some events, with as many acts as one commit holds.
func (l *learning) bounded(events []store.Event) []store.Event {
	acts := 0
	for i, ev := range events {
		if teaches(ev) {
			if acts++; acts > maxActs {
				return events[:i]
			}
		}
	}
	return events
}

func teaches(ev store.Event) bool {
	return ev.By != request.SystemID && (ev.Type == event.RequestDetermined.Name() || ev.Type == event.RequestRevoked.Name())
}

// read reads what the events are about: what was learned, shown and revoked.
func (l *learning) read(ctx context.Context) error {
	var determined, revoked []request.ID
	var shown []string
	for _, ev := range l.events {
		switch {
		case !teaches(ev):
		case ev.Type == event.RequestDetermined.Name():
			determined, shown = append(determined, ev.Request), append(shown, records.ShownKey(ev.Request, ev.By))
		default:
			revoked = append(revoked, ev.Request)
		}
	}
	clear(l.lessons)
	clear(l.persons)
	if len(determined) > 0 {
		lessons, err := records.Lessons.Some(ctx, l.ad.Store, unique(determined)...)
		if err != nil {
			return err
		}
		for _, lesson := range lessons {
			l.lessons[lesson.Value.Request] = lesson.Value
		}
		was, err := records.Shown.Some(ctx, l.ad.Store, unique(shown)...)
		if err != nil {
			return err
		}
		for _, s := range was {
			l.shown[records.ShownKey(s.Value.Request, s.Value.To)] = s
		}
	}
	if len(revoked) > 0 {
		requests, err := records.Requests.Some(ctx, l.ad.Store, unique(revoked)...)
		for _, req := range requests {
			l.persons[req.Value.ID] = req.Value.Beneficiary
		}
		return err
	}
	return nil
}

func unique[T ~string](all []T) []T {
	slices.Sort(all)
	return slices.Compact(all)
}

// ledgers are those that the events touch.
func (l *learning) ledgers() (all []assist.LedgerID) {
	for _, lesson := range l.lessons {
		all = append(all, lesson.Features.Ledgers()...)
	}
	for _, person := range l.persons {
		all = append(all, assist.LedgerOf(person))
	}
	return unique(all)
}

// load reads the ledgers.
func (l *learning) load(ctx context.Context) error {
	for some := range slices.Chunk(l.ledgers(), store.MaxPage) {
		read, err := records.Ledgers.Some(ctx, l.ad.Store, some...)
		if err != nil {
			return err
		}
		for _, s := range read {
			ledger := s.Value
			l.stored[ledger.ID], l.book[ledger.ID] = s, &ledger
		}
	}
	return l.loadScores(ctx)
}

// loadScores reads the scores of the months and scopes that the events fall into.
func (l *learning) loadScores(ctx context.Context) error {
	var keys []string
	for _, ev := range l.events {
		if lesson, is := l.lessons[ev.Request]; is && ev.Type == event.RequestDetermined.Name() {
			for _, scope := range assist.ScopesOf(lesson.Features.Asset, lesson.Flow) {
				s := assist.Score{Month: assist.MonthOf(lesson.At), Scope: scope}
				if l.scores[s.Key()] == nil {
					l.scores[s.Key()] = &store.Stored[assist.Score]{Value: s}
					keys = append(keys, s.Key())
				}
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	read, err := records.Scores.Some(ctx, l.ad.Store, keys...)
	for _, s := range read {
		l.scores[s.Value.Key()] = &s
	}
	return err
}

// event learns from one event.
func (l *learning) event(ev store.Event, at records.Learner) error {
	switch ev.Type {
	case event.RequestDetermined.Name():
		if ev.By == request.SystemID {
			return nil
		}
		d, err := event.RequestDetermined.Decode(ev.Data)
		if err != nil {
			return err
		}
		l.determined(ev, d)
	case event.RequestRevoked.Name():
		if person := l.persons[ev.Request]; person != "" && person != ev.By && ev.By != request.SystemID {
			l.book.Revoke(person, ev.Request)
			l.touched[assist.LedgerOf(person)] = true
		}
	case event.RequestCreated.Name(), event.RequestEdited.Name(), event.RequestReopened.Name():
		if ev.Number > at.LogEnd {
			l.pending = append(l.pending, ev.Request)
		}
	}
	return nil
}

// determined learns from a determination by a person: what it was, if it is final, and what
// became of the advice that they were shown.
func (l *learning) determined(ev store.Event, d event.Determined) {
	lesson, final := l.lessons[ev.Request]
	if d.Status == request.Pending || !final {
		return
	}
	before := l.book.Learn(lesson)
	for _, id := range lesson.Features.Ledgers() {
		l.touched[id] = true
	}
	key := records.ShownKey(ev.Request, ev.By)
	shown, was := l.shown[key]
	if was {
		shown.Value.Act, shown.Value.Duration, shown.Value.Decided = d.Act, d.Duration, ev.At
		l.shown[key] = shown
	}
	for _, scope := range assist.ScopesOf(lesson.Features.Asset, lesson.Flow) {
		s := l.scores[assist.Score{Month: assist.MonthOf(lesson.At), Scope: scope}.Key()]
		s.Value.Count(before, lesson.Approved)
		if was {
			s.Value.CountShown(shown.Value)
		}
	}
}

// write adds all that was learned to the change, and how far the log was read.
func (l *learning) write(at store.Stored[records.Learner]) {
	for id := range l.touched {
		ledger := l.book[id]
		ledger.Trim()
		if stored, is := l.stored[id]; is {
			records.Ledgers.Update(&l.change, stored, *ledger)
		} else {
			records.Ledgers.Insert(&l.change, *ledger)
		}
	}
	for _, s := range l.scores {
		if s.Version == 0 {
			records.Scores.Insert(&l.change, s.Value)
		} else {
			records.Scores.Update(&l.change, *s, s.Value)
		}
	}
	for _, s := range l.shown {
		if s.Value.Act != "" {
			records.Shown.Update(&l.change, s, s.Value)
		}
	}
	next := at.Value
	next.After = l.events[len(l.events)-1].Number
	saveLearner(&l.change, at, next)
}

// learner reads how far lessons have been learned. Its version is zero before the first.
func (ad *Advice) learner(ctx context.Context) (store.Stored[records.Learner], error) {
	read, err := records.Learners.Some(ctx, ad.Store, records.LearnerKey)
	if err != nil || len(read) == 0 {
		return store.Stored[records.Learner]{Value: records.Learner{ID: records.LearnerKey}}, err
	}
	return read[0], nil
}

func saveLearner(c *store.Change, read store.Stored[records.Learner], next records.Learner) {
	if read.Version == 0 {
		records.Learners.Insert(c, next)
		return
	}
	records.Learners.Update(c, read, next)
}

// brief advises in short on requests that have come or changed. One that fails has none: lists
// and messages say nothing then.
func (ad *Advice) brief(ctx context.Context, ids []request.ID) error {
	ids, err := ad.undecided(ctx, unique(ids))
	if err != nil {
		return err
	}
	for _, id := range ids {
		b, fits, err := ad.Brief(ctx, id)
		if err != nil {
			ad.Logger.WarnContext(ctx, "a request has no advice in its list", "request", id, "error", err)
			continue
		}
		if !fits {
			continue
		}
		err = ad.Commit(ctx, func(c *store.Change) error {
			read, err := records.Briefs.Some(ctx, ad.Store, id)
			if err == nil && len(read) > 0 {
				records.Briefs.Update(c, read[0], b)
			} else if err == nil {
				records.Briefs.Insert(c, b)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// undecided are those of some requests that still wait for a decision. Most were decided by a
// rule by now, or by people: they are left out in sets.
func (ad *Advice) undecided(ctx context.Context, ids []request.ID) (pending []request.ID, err error) {
	for some := range slices.Chunk(ids, store.MaxPage) {
		read, err := records.Reviews.Some(ctx, ad.Store, some...)
		if err != nil {
			return nil, err
		}
		for _, rev := range read {
			if rev.Value.Status == request.Pending {
				pending = append(pending, rev.Value.Request)
			}
		}
	}
	return pending, nil
}

// Brief advises in short on a request, by precedent alone; fits is false for one that is not
// pending, or on a connection that is not advised on.
func (ad *Advice) Brief(ctx context.Context, id request.ID) (b assist.Brief, fits bool, err error) {
	ctx = ad.Act(ctx, records.Requests.Key(id), records.Reviews.Key(id))
	req, rev, err := ad.UnderReview(ctx, id)
	if err != nil || rev.Value.Status != request.Pending {
		return b, false, journal.UnlessMissing(err)
	}
	if mode, err := ad.mode(ctx, req.Value.Asset.Connection()); err != nil || mode == catalog.AssistOff {
		return b, false, err
	}
	facts, err := ad.Decisions.FactsOf(ctx, request.Identity{}, req.Value, rev.Value)
	if err != nil {
		return b, false, err
	}
	c, err := ad.caseOf(ctx, request.Identity{}, req.Value, facts)
	if err != nil {
		return b, false, err
	}
	a, err := ad.precedent().Advise(ctx, c)
	return assist.Brief{Request: id, Recommendation: a.Recommendation, Duration: a.Duration, Risk: a.Risk, Number: a.Number, Text: a.Short(), At: a.At}, true, err
}
