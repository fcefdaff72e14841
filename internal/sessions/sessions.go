// Package sessions keeps the sessions of browsers. One is opened when somebody has signed
// in, found by its token with each request, and ends by its time, by an act of its owner,
// of an administrator or of the provider, or because the person is disabled. Beside them it
// keeps sign-ins under way, and marks of tokens that were used, each of which is taken once.
package sessions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxOfOne is how many sessions one person may have. One more ends the oldest.
const MaxOfOne = 50

// Sessions keeps the sessions.
type Sessions struct {
	*journal.Journal
	People *people.People
}

// idOf is the id of the session of a token.
func idOf(token string) request.SessionID { return request.SessionID(store.Digest(token)) }

// Open opens a session under a token that nobody else knows, and remembers the person as
// they come. All their sessions speak of them as this sign-in does. The session that is
// returned says what holds: groups that have all vanished are not known in it.
func (s *Sessions) Open(ctx context.Context, token string, opened request.Session) (request.Session, error) {
	if err := opened.Check(); err != nil {
		return request.Session{}, err
	}
	var out request.Session
	err := s.Change(ctx, func(c *store.Change) error {
		out = opened.Opened(s.Now())
		out.ID = idOf(token)
		who, err := s.judged(ctx, c, out.Identity)
		if err != nil {
			return err
		}
		if who.Groups == nil && out.Identity.Groups != nil {
			out.Remark = LostRemark
		}
		out.Identity = who
		if err := s.People.Remember(ctx, c, who); err != nil {
			return err
		}
		records.Sessions.Insert(c, out)
		return s.renew(ctx, c, out)
	})
	return out, err
}

// LostRemark is for whoever comes without the groups that they had.
const LostRemark = "Your sign-in says that you are in no group any more. Until an administrator has confirmed it, your groups are not known, and nothing of yours ends."

// renew has the other sessions of a person speak of them as the new one does, and ends the
// oldest where there are too many.
func (s *Sessions) renew(ctx context.Context, c *store.Change, by request.Session) error {
	all, err := records.SessionsOf.Find(ctx, s.Store, by.Identity.Person(), store.Position{}, 2*MaxOfOne)
	if err != nil {
		return err
	}
	for i, read := range all {
		if len(all)-i >= MaxOfOne {
			records.Sessions.Delete(c, read)
			continue
		}
		records.Sessions.Update(c, read, saying(read.Value, by.Identity, by.Remark))
	}
	return nil
}

// saying is a session that speaks of its person as a later sign-in did.
func saying(one request.Session, who request.Identity, remark string) request.Session {
	one.Identity, one.Remark = who, remark
	return one
}

// Find returns the session of a token. One that is over, or was never there, is
// store.ErrNotFound. It is one read, and now and then a write.
func (s *Sessions) Find(ctx context.Context, token string) (request.Session, error) {
	read, err := records.Sessions.Get(ctx, s.Store, idOf(token))
	if err != nil {
		return request.Session{}, err
	}
	now := s.Now()
	if !now.Before(read.Value.Expires) {
		return request.Session{}, records.Sessions.Missing(read.Value.ID)
	}
	if read.Value.Stale(now) {
		s.use(ctx, read)
	}
	return read.Value, nil
}

// use writes down that a session is used. If that fails, the session counts as idle for
// longer than it is, and it is written down with its next use.
func (s *Sessions) use(ctx context.Context, read store.Stored[request.Session]) {
	var c store.Change
	records.Sessions.Update(&c, read, read.Value.Used(s.Now()))
	if err := s.CommitOnce(ctx, &c); err != nil && !errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
		s.Logger.WarnContext(ctx, "the use of a session could not be written down", "error", err)
	}
}

// Close ends the session of a token, for whoever holds it, and returns it as it was.
func (s *Sessions) Close(ctx context.Context, token string) (request.Session, error) {
	var was request.Session
	err := s.Change(ctx, func(c *store.Change) error {
		read, err := records.Sessions.Get(ctx, s.Store, idOf(token))
		if err == nil {
			was = read.Value
			records.Sessions.Delete(c, read)
		}
		return err
	})
	return was, err
}

// Of lists the sessions of a person that go on, the newest first.
func (s *Sessions) Of(ctx context.Context, person request.PersonID) ([]request.Session, error) {
	all, err := journal.Values(records.SessionsOf.Newest(ctx, s.Store, person, store.Position{}, 2*MaxOfOne))
	now := s.Now()
	return slices.DeleteFunc(all, func(one request.Session) bool { return !now.Before(one.Expires) }), err
}

// errNotYours hides the sessions of others from whoever may not end them.
var errNotYours = fmt.Errorf("%w: session", store.ErrNotFound)

// End ends a session by its id: one's own, or anybody's where others says so. Those of
// others stand in the log.
func (s *Sessions) End(ctx context.Context, by request.Identity, id request.SessionID, others bool) error {
	return s.Change(ctx, func(c *store.Change) error {
		read, err := records.Sessions.Get(ctx, s.Store, id)
		if err != nil {
			return err
		}
		person := read.Value.Identity.Person()
		if person != by.Person() && !others {
			return errNotYours
		}
		records.Sessions.Delete(c, read)
		if person != by.Person() {
			s.Emit(c, event.SessionEnded.With(event.Ended{Person: person}), by.Person(), nil, store.People.Subject(person))
		}
		return nil
	})
}

// EndUnder ends every session that goes back to a session at a provider or, where none is
// named, to the provider's id of a person; ended counts them. What says so counts once: it is
// spent in the commit that ends the last of them.
func (s *Sessions) EndUnder(ctx context.Context, p request.Provider, by string, during time.Duration) (ended int, err error) {
	key := records.SubjectKey(p.Issuer, p.Subject)
	if p.Session != "" {
		key = records.ProviderKey(p.Issuer, p.Session)
	}
	for full := true; full; {
		some := 0
		err := s.Commit(ctx, func(c *store.Change) error {
			all, err := records.SessionsUnder.Find(ctx, s.Store, key, store.Position{}, endedAtOnce)
			if err != nil {
				return err
			}
			full = len(all) == endedAtOnce
			all = slices.DeleteFunc(all, func(one store.Stored[request.Session]) bool {
				return p.Subject != "" && one.Value.Provider.Subject != p.Subject
			})
			for _, one := range all {
				records.Sessions.Delete(c, one)
			}
			if some = len(all); some == 0 {
				full = false
			}
			if full {
				return nil
			}
			return s.spend(ctx, c, by, during)
		})
		if err != nil {
			return ended, err
		}
		ended += some
	}
	return ended, nil
}

// endedAtOnce bounds the sessions that one commit ends, beside what else it writes.
const endedAtOnce = store.MaxPage - 1

// EndOf ends every session of a person.
func (s *Sessions) EndOf(ctx context.Context, person request.PersonID) error {
	_, err := s.endEach(ctx, func() ([]store.Stored[request.Session], error) {
		return records.SessionsOf.Find(ctx, s.Store, person, store.Position{}, store.MaxPage)
	})
	return err
}

// endEach ends sessions page by page, each page in one commit, until there are none.
func (s *Sessions) endEach(ctx context.Context, find func() ([]store.Stored[request.Session], error)) (ended int, err error) {
	for {
		some := 0
		err := s.Commit(ctx, func(c *store.Change) error {
			page, err := find()
			for _, read := range page {
				records.Sessions.Delete(c, read)
			}
			some = len(page)
			return err
		})
		if ended += some; err != nil || some == 0 {
			return ended, err
		}
	}
}

// Sweep deletes the sessions that are over.
func (s *Sessions) Sweep(ctx context.Context) error {
	_, err := s.endEach(ctx, func() ([]store.Stored[request.Session], error) {
		return due[request.Session](ctx, s, records.SessionsEnding.Query("all"))
	})
	return err
}

// due reads a page of what is over by now.
func due[T any](ctx context.Context, s *Sessions, q store.Query) ([]store.Stored[T], error) {
	q.Until, q.Limit = store.OrderTime(s.Now()), store.MaxPage
	pages, err := store.Pages[T](ctx, s.Store, q)
	if err != nil {
		return nil, err
	}
	return pages[0], nil
}
