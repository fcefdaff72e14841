package grantwright

import (
	"cmp"
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Tokens is how programs act for people and for services. Whoever serves them over a
// network finds out by Authenticate who a secret acts for, and holds the program to the
// scope of its token: the engine knows the identity, and not by which way it came.
type Tokens struct{ e *Engine }

// Tokens returns the tokens of the engine.
func (e *Engine) Tokens() Tokens { return Tokens{e} }

// Issue makes a token, and returns its secret, which is never shown again. Any person issues
// tokens that act for themselves. One that acts for a service takes ADMIN; its owner issues
// those without permissions whose scope is ScopeRead alone. To let a service read everything
// takes AUDIT too. A program that acts by a token must not be let to issue others.
func (t Tokens) Issue(ctx context.Context, by request.Identity, s request.TokenSettings) (request.Token, string, error) {
	if err := checkPerson(by, "issue a token"); err != nil {
		return request.Token{}, "", err
	}
	if s.Service != nil {
		service := *s.Service
		service.Owner = cmp.Or(service.Owner, by.Person())
		s.Service = &service
		if err := mayServe(by, s); err != nil {
			return request.Token{}, "", err
		}
	}
	return t.e.tokens.Issue(ctx, by, s, by.Has(request.Admin))
}

// checkPerson refuses whoever is no person.
func checkPerson(by request.Identity, act string) error {
	if err := by.Check(); err != nil || by.Is(request.Person) {
		return err
	}
	return &request.ForbiddenError{Person: by.Person(), Act: act, Needs: "a person"}
}

// mayServe refuses a token for a service to whoever may not issue it.
func mayServe(by request.Identity, s request.TokenSettings) error {
	reads := s.Service.Owner == by.Person() && len(s.Service.Permissions) == 0 && slices.Equal(s.Scope.Operations, []string{request.ScopeRead})
	if !reads {
		if err := permit(by, "issue a token for a service that does more than read, or that somebody else owns", request.Admin); err != nil {
			return err
		}
	}
	if slices.Contains(s.Service.Permissions, request.Audit) {
		return permit(by, "let a service read everything", request.Audit)
	}
	return nil
}

// Revoke ends a token at once. Its owner may, whoever it acts for, and ADMIN; to everybody
// else it is not there. One that is revoked already stays so.
func (t Tokens) Revoke(ctx context.Context, by request.Identity, id request.TokenID) error {
	if err := by.Check(); err != nil {
		return err
	}
	return t.e.tokens.Revoke(ctx, by, id, func(of request.Token) bool { return concernsToken(by, of) || by.Has(request.Admin) })
}

func concernsToken(by request.Identity, t request.Token) bool {
	return by.Person() == t.Owner || by.Person() == t.Actor
}

// One returns a token, without its secret, to its owner, to whoever it acts for, to ADMIN
// and to AUDIT.
func (t Tokens) One(ctx context.Context, by request.Identity, id request.TokenID) (request.Token, error) {
	if err := by.Check(); err != nil {
		return request.Token{}, err
	}
	found, err := t.e.tokens.One(ctx, id)
	if err == nil && !concernsToken(by, found) && !by.Has(request.Admin) && !by.Has(request.Audit) {
		err = records.Tokens.Missing(id)
	}
	if err != nil {
		return request.Token{}, err
	}
	return found, nil
}

// Mine lists the tokens that somebody owns, the newest first: those that act for them and
// for their services.
func (t Tokens) Mine(ctx context.Context, by request.Identity, after store.Position, limit int) ([]request.Token, store.Position, error) {
	if err := by.Check(); err != nil {
		return nil, store.Position{}, err
	}
	return t.e.tokens.List(ctx, by.Person(), after, journal.PageLimit(limit, store.MaxPage))
}

// All lists the tokens of everybody, the newest first. It takes ADMIN or AUDIT.
func (t Tokens) All(ctx context.Context, by request.Identity, after store.Position, limit int) ([]request.Token, store.Position, error) {
	if err := permit(by, "list the tokens of others", request.Admin, request.Audit); err != nil {
		return nil, store.Position{}, err
	}
	return t.e.tokens.List(ctx, "", after, journal.PageLimit(limit, store.MaxPage))
}

// Authenticate finds whoever a secret acts for, as the directory knows them now, with the
// token. Where it lets nobody in the error wraps request.ErrToken; if whoever it acts for is
// disabled, it wraps request.ErrForbidden.
func (t Tokens) Authenticate(ctx context.Context, secret string) (request.Identity, request.Token, error) {
	return t.e.tokens.Authenticate(ctx, secret)
}

// MaxDays is how long a token may hold at most.
func (t Tokens) MaxDays() int { return t.e.tokens.MaxDays }

// Covers reports whether all of some requests, and of some grants, are on connections that
// the scope of a token holds. What does not exist is on none.
func (t Tokens) Covers(ctx context.Context, s request.TokenScope, ids ...request.ID) (bool, error) {
	if len(s.Connections) == 0 {
		return true, nil
	}
	if len(ids) > store.MaxPage {
		return false, nil
	}
	found, err := records.Requests.Some(ctx, t.e.journal.Store, ids...)
	on := map[request.ID]bool{}
	for _, r := range found {
		on[r.Value.ID] = s.AllowsOn(r.Value.Asset.Connection())
	}
	return err == nil && !slices.ContainsFunc(ids, func(id request.ID) bool { return !on[id] }), err
}

// AllowProgram lets a program on somebody's machine have a token that acts for them, and
// returns the code by which it fetches the token with Exchange.
func (t Tokens) AllowProgram(ctx context.Context, by request.Identity, p request.ProgramSettings) (string, error) {
	if err := checkPerson(by, "let a program act for you"); err != nil {
		return "", err
	}
	return t.e.tokens.AllowProgram(ctx, by, p)
}

// Exchange gives a program its token and the secret, for a code of AllowProgram and the
// verifier of its challenge (RFC 7636). A code is good for one time, and for
// request.ProgramCodeFor; else the error wraps request.ErrCode. If it comes again, the token
// that it gave is revoked.
func (t Tokens) Exchange(ctx context.Context, code, verifier string) (request.Token, string, error) {
	return t.e.tokens.Exchange(ctx, code, verifier)
}

// BeginDevice makes the codes of a device without a browser, as RFC 8628 has it. Where too
// many wait, the error wraps request.ErrTooOften.
func (t Tokens) BeginDevice(ctx context.Context, d request.DeviceSettings) (request.DeviceCodes, error) {
	return t.e.tokens.BeginDevice(ctx, d)
}

// Device finds the device that waits with a user code. Whoever has entered too many wrong
// ones is refused for a while, with request.ErrTooOften.
func (t Tokens) Device(ctx context.Context, by request.Identity, userCode string) (request.Device, error) {
	if err := checkPerson(by, "let a device act for you"); err != nil {
		return request.Device{}, err
	}
	return t.e.tokens.Device(ctx, by, userCode)
}

// AnswerDevice lets the device of a user code have a token that acts for whoever answers, or
// refuses it. It counts wrong codes as Device does.
func (t Tokens) AnswerDevice(ctx context.Context, by request.Identity, userCode string, allow bool, s request.TokenSettings) error {
	if err := checkPerson(by, "let a device act for you"); err != nil {
		return err
	}
	s.Service = nil
	return t.e.tokens.AnswerDevice(ctx, by, userCode, allow, s)
}

// PollDevice gives a device its token and the secret, once it was let in. Before, and where
// it is not, the error wraps request.ErrPending, ErrSlowDown, ErrRefused or ErrTokenOver.
func (t Tokens) PollDevice(ctx context.Context, deviceCode string) (request.Token, string, error) {
	return t.e.tokens.PollDevice(ctx, deviceCode)
}
