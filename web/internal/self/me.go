package self

import (
	"context"
	"net/http"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Me is whoever asks.
type Me struct {
	Person request.PersonID `json:"person" doc:"The id under which records speak of you"`
	request.Identity

	GroupsKnown     bool           `json:"groupsKnown" doc:"Whether your groups are known; if not, groups is missing, which is not the same as none"`
	AttributesKnown bool           `json:"attributesKnown" doc:"The same of your attributes"`
	SignedIn        *SignedIn      `json:"signedIn,omitempty" doc:"How you proved who you are; missing where that is not known, and with a token"`
	Token           *request.Token `json:"token,omitempty" doc:"The token by which you ask; missing without one"`
}

// SignedIn is how somebody proved who they are.
type SignedIn struct {
	At  time.Time `json:"at,omitzero" doc:"When they last proved it"`
	ACR string    `json:"acr,omitempty" doc:"The level that was reached, by the provider's name for it"`
	AMR []string  `json:"amr,omitempty" nullable:"false" doc:"The ways in which they proved it, of RFC 8176"`
}

func (s *server) routeMe() {
	serve(s, http.MethodGet, "/me", "me", "Who am I, and by which token", s.me, described("As the sign-in, or the token, says it."))
	serve(s, http.MethodGet, "/people/me", "who-am-i", "The same", s.me, described("As the sign-in, or the token, says it."))
}

func (s *server) me(ctx context.Context, by request.Identity, _ *struct{}) (*shown[Me], error) {
	out := Me{Person: by.Person(), Identity: by, GroupsKnown: by.Groups != nil, AttributesKnown: by.Attributes != nil, Token: site.VisitOf(ctx).Token}
	if in := by.SignedIn; !in.At.IsZero() || in.ACR != "" || len(in.AMR) > 0 {
		out.SignedIn = &SignedIn{in.At, in.ACR, in.AMR}
	}
	return &shown[Me]{out}, nil
}
