package grantwright

import (
	"context"
	"encoding/json"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Sessions are the sign-ins that browsers hold. A way to sign in, such as web/oidcsignin,
// opens and closes them by a token, whose digest alone is kept.
type Sessions struct{ e *Engine }

// Sessions returns the sessions of the engine.
func (e *Engine) Sessions() Sessions { return Sessions{e} }

// Open opens a session for somebody who has just signed in, under a random token that the
// browser alone knows, and stores the person. Their other sessions speak of them as this
// sign-in does. Groups that have all vanished are not known in the session that is
// returned: see People.Lost. Disabled people are refused.
func (s Sessions) Open(ctx context.Context, token string, opened request.Session) (request.Session, error) {
	if err := s.e.people.CheckEnabled(ctx, opened.Identity.Person()); err != nil {
		return request.Session{}, err
	}
	return s.e.sessions.Open(ctx, token, opened)
}

// Find returns the session of a token. Where it is over, or never was, the error wraps
// store.ErrNotFound. It reads one record, and writes it each tenth of the idle time.
func (s Sessions) Find(ctx context.Context, token string) (request.Session, error) {
	return s.e.sessions.Find(ctx, token)
}

// Close ends the session of a token, for whoever holds it, and returns it as it was.
// Where there is none, the error wraps store.ErrNotFound.
func (s Sessions) Close(ctx context.Context, token string) (request.Session, error) {
	return s.e.sessions.Close(ctx, token)
}

// CloseUnder ends, for a provider that the caller has verified, each session that goes back
// to one of its own or, where p.Session is empty, to its id of a person.
func (s Sessions) CloseUnder(ctx context.Context, p request.Provider, by string, during time.Duration) (ended int, err error) {
	return s.e.sessions.EndUnder(ctx, p, by, during)
}

// Of lists the sessions of a person, the newest first, without what would open one. Those
// of others take ADMIN.
func (s Sessions) Of(ctx context.Context, by request.Identity, person request.PersonID) ([]request.Session, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	if by.Person() != person {
		if err := permit(by, "list the sessions of others", request.Admin); err != nil {
			return nil, err
		}
	}
	all, err := s.e.sessions.Of(ctx, person)
	for i := range all {
		all[i].Provider.Token = ""
	}
	return all, err
}

// End ends a session. Those of others take ADMIN, and stand in the log.
func (s Sessions) End(ctx context.Context, by request.Identity, id request.SessionID) error {
	if err := by.Check(); err != nil {
		return err
	}
	return s.e.sessions.End(ctx, by, id, by.Has(request.Admin))
}

// Keep keeps a value under a secret for a while, such as a sign-in under way.
func (s Sessions) Keep(ctx context.Context, secret string, value json.RawMessage, during time.Duration) error {
	return s.e.sessions.Keep(ctx, secret, value, during)
}

// Take returns the value under a secret, once; later the error wraps store.ErrNotFound.
func (s Sessions) Take(ctx context.Context, secret string) (json.RawMessage, error) {
	return s.e.sessions.Take(ctx, secret)
}

// Lost lists the people whose groups have all vanished at a sign-in, until somebody confirms
// that; next is where the following page begins, zero on the last. It takes ADMIN,
// GOVERNANCE or AUDIT.
func (p People) Lost(ctx context.Context, by request.Identity, after store.Position, limit int) (all []request.LostGroups, next store.Position, err error) {
	if err := permit(by, "list groups that have vanished", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, next, err
	}
	read, err := p.e.sessions.Lost(ctx, after, limit)
	for _, one := range read {
		all = append(all, one.Value)
	}
	if len(read) == limit && limit > 0 {
		next = read[limit-1].At
	}
	return all, next, err
}

// ConfirmLost says that somebody is in no group any more: what their groups gave them ends.
// It takes ADMIN or GOVERNANCE, and a reason; nobody confirms it of themselves.
func (p People) ConfirmLost(ctx context.Context, by request.Identity, person request.PersonID, reason string) error {
	if err := permit(by, "confirm that somebody is in no group", request.Admin, request.Governance); err != nil {
		return err
	}
	if by.Person() == person {
		return &request.ForbiddenError{Person: person, Act: "confirm that they are in no group themselves", Needs: "someone else"}
	}
	return p.e.sessions.Confirm(ctx, by, person, reason)
}
