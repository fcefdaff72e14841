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

// Known is somebody whom the directory knows. Attributes are left out: they may be logins.
type Known struct {
	ID    request.PersonID     `json:"id"`
	Name  string               `json:"name,omitempty"`
	Email string               `json:"email,omitempty"`
	Kind  request.IdentityKind `json:"kind,omitempty" doc:"Missing for a person"`
}

// Person is what is known of somebody.
type Person struct {
	Known
	Groups      []string                  `json:"groups,omitempty" doc:"Missing while they are not known"`
	InDirectory bool                      `json:"inDirectory" doc:"The directory knows them; otherwise there are traces of them only"`
	Disabled    *api.Stop                 `json:"disabled,omitempty" doc:"Missing while they may act"`
	Principals  []provision.HeldPrincipal `json:"principals,omitempty" doc:"Who they are on platforms, as far as that was needed; for GOVERNANCE and AUDIT"`
}

func known(i request.Identity) Known { return Known{i.Person(), i.Name, i.Email, i.Kind} }

func (s *server) routePeople() {
	serve(s, http.MethodGet, "/people", "list-people", "The people whom the directory knows, by id", "Takes ADMIN, GOVERNANCE or AUDIT.", s.people)
	serve(s, http.MethodGet, "/people/{person}", "person", "What is known of somebody: who they are, whether they are disabled, and who they are on platforms",
		"Takes ADMIN, GOVERNANCE or AUDIT. What they have access to is person-access.", s.person)
}

func (s *server) people(ctx context.Context, by request.Identity, in *struct {
	Paged
	Text string `query:"text" maxLength:"200" doc:"Those whose id, name or e-mail address holds it, without regard to case"`
}) (*listed[Known], error) {
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
	all := make([]Known, len(found))
	for i, who := range found {
		all[i] = known(who)
	}
	return list(all, cursor), nil
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
	out := Person{Known: known(p.Identity), Groups: p.Groups, InDirectory: p.InDirectory, Disabled: disabled}
	if by.Has(request.Governance) || by.Has(request.Audit) {
		out.Principals = p.Principals
	}
	return &shown[Person]{out}, nil
}
