package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/hookprovision"
	"github.com/grantwright/grantwright/web/internal/limit"
	"github.com/grantwright/grantwright/web/internal/site"
)

// wrongTokens bounds answers with a wrong token from one address. A right one is never held
// up: services behind one address would lock out one another.
var wrongTokens = limit.Rate{PerSecond: 1.0 / 3, AtOnce: 20}

var (
	errToken   = &site.Problem{Status: http.StatusUnauthorized, Code: "TOKEN", Detail: "The token is not that of a call that waits for an answer. It belongs into the header Authorization, after Bearer, or into the body."}
	errGuesses = &site.Problem{Status: http.StatusTooManyRequests, Code: "LIMIT", Detail: "Too many wrong tokens came from this address. Try again later."}
)

// answeredBody answers the callback of a service.
type answeredBody struct {
	Counts bool   `json:"counts"`        // it has an effect
	Why    string `json:"why,omitempty"` // it has none, and is only recorded
}

// answer takes the callback of a service that was called before and answers later.
func (s *handler) answer(w http.ResponseWriter, r *http.Request) {
	late, err := s.answered(r)
	if errors.Is(err, provision.ErrToken) {
		if err = errToken; s.guesses.Take(site.VisitOf(r.Context()).From) > 0 {
			err = errGuesses
		}
	}
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answeredBody{Counts: late == "", Why: late})
}

func (s *handler) answered(r *http.Request) (late string, err error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	token := bearer(r)
	if token == "" {
		var said hookprovision.Answer
		if json.Unmarshal(text, &said) == nil {
			token = said.Token
		}
	}
	outcome, bad := hookprovision.ParseAnswer(text)
	if bad != nil {
		// A caller without a token learns nothing about the form of an answer.
		if err := s.Engine.Grants().Awaits(r.Context(), token); err != nil {
			return "", err
		}
		return "", &site.Problem{Status: http.StatusUnprocessableEntity, Code: "INVALID", Detail: site.Sentence(bad), Errors: []site.Fault{{Pointer: "#/outcome", Detail: "must be DONE or FAILED"}}}
	}
	return s.Engine.Grants().Answer(r.Context(), token, outcome)
}

func bearer(r *http.Request) string {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
