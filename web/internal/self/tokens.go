package self

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/once"
	"github.com/grantwright/grantwright/web/internal/scopes"
	"github.com/grantwright/grantwright/web/internal/site"
)

// TokenBody issues a token.
type TokenBody struct {
	Name    string            `json:"name" doc:"For people to read" example:"nightly report"`
	Scope   TokenScopeBody    `json:"scope"`
	Days    int               `json:"days" doc:"How long it holds, from 1 on; the server has a maximum, 90 unless its operator says otherwise"`
	Service *TokenServiceBody `json:"service,omitempty" doc:"For whom it acts; yourself if it is missing. Takes ADMIN, unless it is a service of your own without permissions, and the scope is read"`
}

// TokenScopeBody is what a token may be used for.
type TokenScopeBody struct {
	Operations  []string `json:"operations" nullable:"false" doc:"Of read, ask, decide, govern and administer, of which none includes another; or ids of operations of this document. x-token-scope of an operation is its class"`
	Connections []string `json:"connections,omitempty" nullable:"false" doc:"Only these; all if it is missing. An operation that does not say on which connection it works is refused then"`
}

// TokenServiceBody is the service that a token acts for.
type TokenServiceBody struct {
	ID          string               `json:"id" example:"nightly-load"`
	Name        string               `json:"name" doc:"For people to read"`
	Owner       request.PersonID     `json:"owner,omitempty" doc:"The person who answers for it; yourself if it is missing"`
	Permissions []request.Permission `json:"permissions,omitempty" nullable:"false" doc:"ASKING: it submits requests for itself. ASKING_FOR_OTHERS: for anybody. AUDIT: it reads everything, while its owner does"`
}

// IssuedToken is a new token with its secret.
type IssuedToken struct {
	Secret string        `json:"secret" doc:"To be sent as Authorization: Bearer. It is never shown again"`
	Token  request.Token `json:"token"`
}

// TokenNamed is a route about one token.
type TokenNamed struct {
	ID request.TokenID `path:"id" maxLength:"255"`
}

func (s *server) routeTokens() {
	serve(s, http.MethodPost, "/tokens", "issue-token", "Issue a token that acts for you, or for a service", s.issueToken, answering(http.StatusCreated), once.ShowsSecret,
		described("The secret is shown this once. No token issues others."))
	serve(s, http.MethodGet, "/tokens", "list-tokens", "List the tokens that you own, the newest first", s.tokens, described("With ADMIN or AUDIT, and all=true, also those of others. The secrets are not among what is listed."))
	serve(s, http.MethodDelete, "/tokens/{id}", "revoke-token", "Revoke a token at once", s.revokeToken, answering(http.StatusNoContent), described("One of your own, or with ADMIN anybody's. One that is revoked stays so."))
	serve(s, http.MethodDelete, "/tokens/current", "revoke-current-token", "Revoke the token by which you ask", s.revokeCurrent, answering(http.StatusNoContent), described("Every token may, whatever its scope."))
}

func (b TokenBody) settings() (request.TokenSettings, error) {
	settings := request.TokenSettings{Name: b.Name, Scope: request.TokenScope(b.Scope), Days: b.Days}
	if b.Service != nil {
		service := request.TokenService(*b.Service)
		settings.Service = &service
	}
	var faults []request.Fault
	for i, o := range b.Scope.Operations {
		if !scopes.Known(o) && !slices.Contains(request.ScopeClasses(), o) {
			faults = append(faults, request.Fault{Field: fmt.Sprintf("scope.operations[%d]", i), Reason: "is neither read, ask, decide, govern or administer, nor the id of an operation"})
		}
		if len(faults) == request.MaxFaults {
			break
		}
	}
	if len(faults) > 0 {
		return settings, &request.InvalidError{What: "token", Faults: faults}
	}
	return settings, nil
}

func (s *server) issueToken(ctx context.Context, by request.Identity, in *struct{ Body TokenBody }) (*shown[IssuedToken], error) {
	settings, err := in.Body.settings()
	if err != nil {
		return nil, err
	}
	made, secret, err := s.Engine.Tokens().Issue(ctx, by, settings)
	if err != nil {
		return nil, err
	}
	return &shown[IssuedToken]{IssuedToken{secret, made}}, nil
}

func (s *server) tokens(ctx context.Context, by request.Identity, in *struct {
	Paged
	All bool `query:"all" doc:"Those of everybody; takes ADMIN or AUDIT"`
}) (*listed[request.Token], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, next, err := s.Engine.Tokens().List(ctx, by, in.All, after, limit)
	if err != nil {
		return nil, err
	}
	return list(found, nextIfFull(len(found), limit, next)), nil
}

func (s *server) revokeToken(ctx context.Context, by request.Identity, in *TokenNamed) (*struct{}, error) {
	return nil, s.Engine.Tokens().Revoke(ctx, by, in.ID)
}

func (s *server) revokeCurrent(ctx context.Context, by request.Identity, _ *struct{}) (*struct{}, error) {
	t := site.VisitOf(ctx).Token
	if t == nil {
		return nil, fmt.Errorf("%w: you ask without a token", store.ErrState)
	}
	return nil, s.Engine.Tokens().Revoke(ctx, by, t.ID)
}
