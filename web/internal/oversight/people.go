package oversight

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/api"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Person is what is known of somebody.
type Person struct {
	Identity    request.Identity          `json:"identity"`
	InDirectory bool                      `json:"inDirectory" doc:"The directory knows them; otherwise there are traces of them only"`
	Disabled    *api.Stop                 `json:"disabled,omitempty" doc:"Missing while they may act"`
	Principals  []provision.HeldPrincipal `json:"principals" nullable:"false" doc:"Who they are on platforms, as far as that was needed"`
}

func (s *server) routePeople() {
	serve(s, http.MethodGet, "/people", "list-people", "The people whom the directory knows, by id", "Takes ADMIN, GOVERNANCE or AUDIT.", s.people)
	serve(s, http.MethodGet, "/people/{person}", "person", "What is known of somebody: who they are, whether they are disabled, and who they are on platforms",
		"Takes ADMIN, GOVERNANCE or AUDIT. What they have access to is person-access.", s.person)
}

func (s *server) people(ctx context.Context, by request.Identity, in *struct {
	Paged
	Text string `query:"text" maxLength:"200" doc:"Those whose id, name or e-mail address holds it, without regard to case"`
}) (*listed[request.Identity], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	found, next, err := s.Engine.People().Search(ctx, by, in.Text, request.PersonID(after.ID), site.PageSize(in.Limit))
	if err != nil {
		return nil, err
	}
	cursor := ""
	if next != "" {
		cursor = site.FormatCursor(store.Position{ID: string(next)})
	}
	return list(found, cursor), nil
}

func (s *server) person(ctx context.Context, by request.Identity, in *struct {
	Person request.PersonID `path:"person" maxLength:"512" doc:"The id of a person, escaped as one segment of a path"`
}) (*shown[Person], error) {
	p, err := s.Engine.People().Profile(ctx, by, in.Person)
	if err != nil {
		return nil, err
	}
	var disabled *api.Stop
	if p.Disabled != nil {
		stop := api.Stop(*p.Disabled)
		disabled = &stop
	}
	return &shown[Person]{Person{p.Identity, p.InDirectory, disabled, append([]provision.HeldPrincipal{}, p.Principals...)}}, nil
}
