package tests

import (
	"context"
	"errors"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// readingToken are settings that everybody may have.
var readingToken = request.TokenSettings{Name: "report", Days: 30, Scope: request.TokenScope{Operations: []string{request.ScopeRead}}}

// challengeOf is the S256 challenge of verifier, of RFC 7636, appendix B.
const (
	verifier      = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challengeOf   = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	otherVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXx"
)

func program(name string) request.ProgramSettings {
	return request.ProgramSettings{Name: name, Days: 30, Scope: readingToken.Scope, Challenge: challengeOf}
}

// everyRole are the people among the roles.
var everyRole = []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}

// ofEve is a token of the requester.
func ofEve(ctx context.Context, w *world) (request.Token, error) {
	made, _, err := w.Tokens().Issue(ctx, eve, readingToken)
	return made, err
}

// notThere turns the answer that a token of somebody else gets into a refusal.
func notThere(by request.Identity, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &request.ForbiddenError{Person: by.Person()}
	}
	return err
}

var tokenActs = []struct {
	method string
	may    []string
	do     func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error
}{
	{"Tokens.Issue", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Tokens().Issue(ctx, by, readingToken)
		return err
	}},
	{"Tokens.Revoke", []string{"requester", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		made, err := ofEve(ctx, w)
		if err != nil {
			return err
		}
		return notThere(by, w.Tokens().Revoke(ctx, by, made.ID))
	}},
	{"Tokens.List", []string{"ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Tokens().List(ctx, by, true, store.Position{}, 10)
		return err
	}},
	{"Tokens.AllowProgram", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Tokens().AllowProgram(ctx, by, program("gw"))
		return err
	}},
	{"Tokens.Device", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		codes, err := w.Tokens().BeginDevice(ctx, request.DeviceSettings{})
		if err != nil {
			return err
		}
		_, err = w.Tokens().Device(ctx, by, codes.User)
		return err
	}},
	{"Tokens.AnswerDevice", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		codes, err := w.Tokens().BeginDevice(ctx, request.DeviceSettings{})
		if err != nil {
			return err
		}
		return w.Tokens().AnswerDevice(ctx, by, codes.User, true, readingToken)
	}},
}

// Whose service a token is for, and who may issue it.
func TestTokensOfServicesAreAdministrators(t *testing.T) {
	t.Parallel()
	ask := func(id string, owner request.PersonID, permissions ...request.Permission) request.TokenSettings {
		s := readingToken
		s.Service = &request.TokenService{ID: id, Name: "A service", Owner: owner, Permissions: permissions}
		return s
	}
	asks := ask("load", "")
	asks.Scope = request.TokenScope{Operations: []string{request.ScopeAsk}}
	for name, tt := range map[string]struct {
		by      request.Identity
		s       request.TokenSettings
		refused bool
	}{
		"one of one's own that reads":            {eve, ask("load", ""), false},
		"one of one's own that asks":             {eve, ask("load", "", request.Asking), true},
		"one of one's own whose scope is to ask": {eve, asks, true},
		"one of somebody else":                   {eve, ask("load", frank.Person()), true},
		"by ADMIN":                               {admin, ask("load", frank.Person(), request.Asking, request.AskingForOthers), false},
		"that reads everything, without AUDIT":   {admin, ask("load", frank.Person(), request.Audit), true},
		"that acts":                              {admin, ask("load", frank.Person(), request.Acting), true},
		"that governs":                           {admin, ask("load", frank.Person(), request.Governance), true},
		"whose owner nobody knows":               {admin, ask("load", "who@example.com"), true},
		"with the id of a person":                {admin, ask("eve@example.com", frank.Person()), true},
	} {
		w := newWorld(t)
		_, _, err := w.Tokens().Issue(t.Context(), tt.by, tt.s)
		if refused(err) != tt.refused || !tt.refused && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorld(t)
	_, _, err := w.Tokens().Issue(t.Context(), eve, ask("load", ""))
	must(t, err)
	if _, _, err := w.Tokens().Issue(t.Context(), frank, ask("load", "")); !refused(err) {
		t.Errorf("frank takes the service of eve: %v", err)
	}
}
