package site

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/grantwright/grantwright/request"
)

// ErrTokenOnPage refuses a token where people sign in.
var ErrTokenOnPage = &Problem{Status: http.StatusForbidden, Code: "TOKEN_ON_PAGE", Detail: "A token is for the API below " + APIRoot + ". Pages are for people who sign in."}

// Caller is Who for programs: the secret of a token of ours in the header Authorization
// counts before everything else that may say who sent the request.
func (s *Site) Caller(r *http.Request) error {
	v := VisitOf(r.Context())
	if v.known {
		return nil
	}
	secret, ours, err := Bearer(r)
	if err != nil {
		return err
	}
	if !ours {
		return s.Who(r)
	}
	by, token, err := s.Engine.Tokens().Authenticate(r.Context(), secret)
	if err != nil {
		return err
	}
	if err := s.holdToRate(by); err != nil {
		return err
	}
	v.By, v.Token, v.known = by, &token, true
	return nil
}

// StillIn finds out anew who sent a request that is still being answered.
func (s *Site) StillIn(r *http.Request) (request.Identity, error) {
	secret, ours, err := Bearer(r)
	if err != nil {
		return request.Identity{}, err
	}
	if !ours {
		return s.Authenticate(r)
	}
	by, _, err := s.Engine.Tokens().Authenticate(r.Context(), secret)
	return by, err
}

// Bearer is the secret of a token of ours that a request bears, as RFC 6750, section 2.1,
// has it. Two of them are none.
func Bearer(r *http.Request) (secret string, ours bool, err error) {
	values := r.Header.Values("Authorization")
	for _, value := range values {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
		if rest = strings.TrimSpace(rest); strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(rest, request.TokenPrefix) {
			secret, ours = rest, true
		}
	}
	if ours && len(values) > 1 {
		return "", true, fmt.Errorf("%w: the header Authorization is there twice", request.ErrToken)
	}
	return secret, ours, nil
}

// OutOfScope refuses what the scope of a token does not hold, as RFC 6750, section 3.1, has it.
// Class is the one that would; empty where none is missing.
func OutOfScope(class, why string, args ...any) *Problem {
	detail := fmt.Sprintf(why, args...)
	challenge := `Bearer error="insufficient_scope", error_description="` + quotable(detail) + `"`
	if class != "" {
		challenge += `, scope="` + class + `"`
	}
	return &Problem{Status: http.StatusForbidden, Code: "SCOPE", Detail: detail, Header: http.Header{"WWW-Authenticate": {challenge}}}
}

// badToken is the problem of a token that lets nobody in.
func badToken(err error) *Problem {
	detail := Sentence(err)
	return &Problem{Status: http.StatusUnauthorized, Code: "TOKEN", Detail: detail,
		Header: http.Header{"WWW-Authenticate": {`Bearer error="invalid_token", error_description="` + quotable(detail) + `"`}}}
}

// quotable leaves out of a text what an error_description may not hold.
func quotable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, text)
}
