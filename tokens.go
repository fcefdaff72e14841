package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/internal/journal"
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
// tokens that act for themselves, and for services of their own that only read; all others
// take ADMIN, and to let a service read everything takes AUDIT too. A program that acts by a
// token must not be let to issue others.
func (t Tokens) Issue(ctx context.Context, by request.Identity, s request.TokenSettings) (request.Token, string, error) {
	if err := by.CheckPerson("issue a token"); err != nil {
		return request.Token{}, "", err
	}
	s = s.By(by.Person())
	for _, needs := range s.Needs(by.Person()) {
		if err := permit(by, "issue this token for a service", needs); err != nil {
			return request.Token{}, "", err
		}
	}
	return t.e.tokens.Issue(ctx, by, s, by.Has(request.Admin))
}

// Revoke ends a token at once. Its owner may, whoever it acts for, and ADMIN; to everybody
// else it is not there. One that is revoked already stays so.
func (t Tokens) Revoke(ctx context.Context, by request.Identity, id request.TokenID) error {
	if err := by.Check(); err != nil {
		return err
	}
	return t.e.tokens.Revoke(ctx, by, id, func(of request.Token) bool { return of.Concerns(by.Person()) || by.Has(request.Admin) })
}

// List returns a page of the tokens that somebody owns, the newest first: those that act for
// them and for their services. That of everybody's takes ADMIN or AUDIT.
func (t Tokens) List(ctx context.Context, by request.Identity, everybodys bool, after store.Position, limit int) ([]request.Token, store.Position, error) {
	if err := by.Check(); err != nil {
		return nil, after, err
	}
	owner := by.Person()
	if everybodys {
		if err := permit(by, "list the tokens of others", request.Admin, request.Audit); err != nil {
			return nil, after, err
		}
		owner = ""
	}
	return t.e.tokens.List(ctx, owner, after, journal.PageLimit(limit, store.MaxPage))
}

// Authenticate finds whoever a secret acts for, as the directory knows them now, with the
// token. Where it lets nobody in the error wraps request.ErrToken; if whoever it acts for is
// disabled, it wraps request.ErrForbidden.
func (t Tokens) Authenticate(ctx context.Context, secret string) (request.Identity, request.Token, error) {
	return t.e.tokens.Authenticate(ctx, secret)
}

// MaxDays is how long a token may hold at most.
func (t Tokens) MaxDays() int { return t.e.tokens.MaxDays }

// Covers reports whether all of some requests, or their grants, are on connections that a
// scope holds. What does not exist is on none.
func (t Tokens) Covers(ctx context.Context, s request.TokenScope, ids ...request.ID) (bool, error) {
	return t.e.tokens.Covers(ctx, s, ids)
}

// AllowProgram lets a program on somebody's machine have a token that acts for them, and
// returns the code by which it fetches the token with Exchange.
func (t Tokens) AllowProgram(ctx context.Context, by request.Identity, p request.ProgramSettings) (string, error) {
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
	return t.e.tokens.Device(ctx, by, userCode)
}

// AnswerDevice lets the device of a user code have a token that acts for whoever answers, or
// refuses it. It counts wrong codes as Device does.
func (t Tokens) AnswerDevice(ctx context.Context, by request.Identity, userCode string, allow bool, s request.TokenSettings) error {
	return t.e.tokens.AnswerDevice(ctx, by, userCode, allow, s)
}

// PollDevice gives a device its token and the secret, once it was let in. Before, and where
// it is not, the error wraps request.ErrPending, ErrSlowDown, ErrRefused or ErrTokenOver.
func (t Tokens) PollDevice(ctx context.Context, deviceCode string) (request.Token, string, error) {
	return t.e.tokens.PollDevice(ctx, deviceCode)
}
