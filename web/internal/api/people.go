package api

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright/request"
)

// PersonRelinkBody links a person to another id.
type PersonRelinkBody struct {
	Was    request.PersonID `json:"was" doc:"The id of before" example:"https://id.example.com|17"`
	Now    request.PersonID `json:"now" doc:"The id that the person has now" example:"https://id.example.com|4711"`
	Reason string           `json:"reason,omitempty" doc:"Recorded in the log"`
}

// PersonRelinked is what a link has left.
type PersonRelinked struct {
	Stays []string `json:"stays" nullable:"false" doc:"What stays with the id of before, because others have to change it or the new id has one of its own"`
}

func (s *server) routeRelinks() {
	serve(s, http.MethodPost, "/people/relink", "relink-person", "Link a person to the id that they have now, with all that is theirs", s.relinkPerson,
		described("Takes ADMIN, for when the identity provider has issued an id anew. Their principals, open requests, live access, substitutes, services, tokens, preferences and accounts at channels go to the new id. It is refused with 409 where a connection with something open or live does not map the new id to the principal, where somebody is disabled under one of the ids or one is a group's, and where one commit cannot hold it all."), s.takesTwo)
}

func (s *server) relinkPerson(ctx context.Context, by request.Identity, in *struct{ Body PersonRelinkBody }) (*shown[PersonRelinked], error) {
	stays, err := s.Engine.People().Relink(ctx, by, in.Body.Was, in.Body.Now, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &shown[PersonRelinked]{PersonRelinked{Stays: append([]string{}, stays...)}}, nil
}
