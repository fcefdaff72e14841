package grantwright

import (
	"context"
	"encoding/json"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Sessions are the sign-ins that browsers hold. Ways to sign in open and close them, by a
// token that the engine does not keep; people see and end theirs, and administrators those
// of everybody. web/oidcsignin is such a way.
type Sessions struct{ e *Engine }

// Sessions returns the sessions of the engine.
func (e *Engine) Sessions() Sessions { return Sessions{e} }

// Open opens a session for somebody who has just signed in, under a token of the caller's,
// random and known to the browser alone, and stores the person as they come. Their
// other sessions speak of them as this sign-in does from now on. Groups that have all
// vanished since they were last seen are not known in the session that is returned, and are
// a finding: see People.Lost. It refuses people who are disabled.
func (s Sessions) Open(ctx context.Context, token string, opened request.Session) (request.Session, error) {
	if err := s.e.people.CheckEnabled(ctx, opened.Identity.Person()); err != nil {
		return request.Session{}, err
	}
	return s.e.sessions.Open(ctx, token, opened)
}

// Find returns the session of a token. Where it is over, or never was, the error wraps
// store.ErrNotFound. It reads one record, and writes one when a tenth of the idle time is
// over. Whether the person is disabled StopSwitches.Disabled says.
func (s Sessions) Find(ctx context.Context, token string) (request.Session, error) {
	return s.e.sessions.Find(ctx, token)
}

// Close ends the session of a token, for whoever holds it, and returns it as it was.
// Where there is none, the error wraps store.ErrNotFound.
func (s Sessions) Close(ctx context.Context, token string) (request.Session, error) {
	return s.e.sessions.Close(ctx, token)
}

// CloseUnder ends every session that goes back to a session at a provider or, where
// p.Session is empty, to the provider's own id of a person; it is for a provider that says
// so, which the caller has verified.
func (s Sessions) CloseUnder(ctx context.Context, p request.Provider) (ended int, err error) {
	return s.e.sessions.EndUnder(ctx, p)
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

// Keep keeps a value under a secret for a while, such as a sign-in under way, for whichever
// process takes it. The value has the bounds of a record.
func (s Sessions) Keep(ctx context.Context, secret string, value json.RawMessage, during time.Duration) error {
	return s.e.sessions.Keep(ctx, secret, value, during)
}

// Take returns the value under a secret, to one caller alone. To every other, and to
// whoever comes too late, the error wraps store.ErrNotFound.
func (s Sessions) Take(ctx context.Context, secret string) (json.RawMessage, error) {
	return s.e.sessions.Take(ctx, secret)
}

// Spend marks something as used, such as the id of a token. If it was used before, and
// that time is not over, the error wraps store.ErrState.
func (s Sessions) Spend(ctx context.Context, what string, during time.Duration) error {
	return s.e.sessions.Spend(ctx, what, during)
}

// Lost lists the people whose groups have all vanished at a sign-in, as far as nobody has
// confirmed that, from a position on; next is where the following page begins, zero on the
// last. It takes ADMIN, GOVERNANCE or AUDIT.
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

// ConfirmLost says that somebody is in no group any more, with a reason for the log. What
// their groups gave them ends. It takes ADMIN or GOVERNANCE, and nobody does it for
// themselves: leaving a group may be to their advantage.
func (p People) ConfirmLost(ctx context.Context, by request.Identity, person request.PersonID, reason string) error {
	if err := permit(by, "confirm that somebody is in no group", request.Admin, request.Governance); err != nil {
		return err
	}
	if by.Person() == person {
		return &request.ForbiddenError{Person: person, Act: "confirm that they are in no group themselves", Needs: "someone else"}
	}
	return p.e.sessions.Confirm(ctx, by, person, reason)
}
