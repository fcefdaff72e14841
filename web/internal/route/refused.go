package route

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/web/internal/conditional"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Awaiting is the answer to a change that a second person has to see first.
type Awaiting struct {
	Proposal manifest.ProposalID `json:"proposal" doc:"The change as it waits: see /proposals/{id}"`
	Detail   string              `json:"detail" doc:"In words"`
	Secret   string              `json:"secret,omitempty" doc:"Of a webhook that is registered: shown this once"`
}

func (a *Awaiting) Error() string { return a.Detail }

// GetStatus is the HTTP status.
func (a *Awaiting) GetStatus() int { return http.StatusAccepted }

// AwaitingOf is the answer to a change that was proposed; nil to everything else.
func AwaitingOf(err error, secret string) *Awaiting {
	proposed := (*manifest.ProposedError)(nil)
	if !errors.As(err, &proposed) {
		return nil
	}
	return &Awaiting{proposed.Proposal, site.Sentence(err), secret}
}

// refused is the problem of an error. What is stale is 412 where a condition of HTTP said so,
// and else a 409 that names the field.
func (s *Server) refused(ctx context.Context, err error) error {
	r := Asked(ctx)
	was := (*manifest.StaleError)(nil)
	if !errors.As(err, &was) {
		return s.Problem(r, err)
	}
	if r.Header.Get("If-Match") != "" || r.Header.Get("If-None-Match") != "" {
		return s.Problem(r, conditional.Stale(site.Sentence(err), int64(was.Newest)))
	}
	p := s.Problem(r, err)
	switch says := "is " + strconv.Itoa(was.Based) + ", and the newest is " + strconv.Itoa(was.Newest); {
	case was.Unversioned:
	case r.Method == http.MethodDelete:
		p.Errors = []site.Fault{{Parameter: "version", Detail: says}}
	case was.What == "connections" || was.What == "webhooks":
		p.Errors = []site.Fault{{Pointer: "#/version", Detail: says}}
	default:
		p.Errors = []site.Fault{{Pointer: "#/based", Detail: says}}
	}
	return p
}
