package self

import (
	"context"
	"net/http"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Session is a browser in which somebody is signed in.
type Session struct {
	ID       request.SessionID `json:"id" doc:"Names it; it opens nothing"`
	Person   request.PersonID  `json:"person"`
	Agent    string            `json:"agent,omitempty" doc:"What the browser calls itself; it proves nothing"`
	Provider string            `json:"provider" doc:"The issuer that vouches for them"`
	Begun    time.Time         `json:"begun"`
	Seen     time.Time         `json:"seen" doc:"When it was last used, about"`
	Expires  time.Time         `json:"expires"`
	SignedIn time.Time         `json:"signedIn,omitzero" doc:"When they last proved who they are, as far as the provider says"`
	ACR      string            `json:"acr,omitempty" doc:"The level of that, by the provider's own name"`
}

// LostGroupsBody confirms that somebody is in no group any more.
type LostGroupsBody struct {
	Person request.PersonID `json:"person" example:"eve@example.com"`
	Reason string           `json:"reason" doc:"Recorded in the log"`
}

func (s *server) routeSessions() {
	serve(s, http.MethodGet, "/sessions", "sessions", "The browsers in which somebody is signed in, the newest first", s.listSessions, described("Those of others take ADMIN."))
	serve(s, http.MethodDelete, "/sessions/{session}", "end-session", "Sign a browser out", s.endSession, described("Those of others take ADMIN, and are recorded in the log."), answering(http.StatusNoContent))
	serve(s, http.MethodGet, "/people/lost-groups", "lost-groups", "People whose groups have all vanished at a sign-in, as far as nobody has confirmed it", s.lostGroups, described("Takes ADMIN, GOVERNANCE or AUDIT."))
	serve(s, http.MethodPost, "/people/lost-groups/confirm", "confirm-lost-groups", "Say that somebody is in no group any more", func(ctx context.Context, by request.Identity, in *struct{ Body LostGroupsBody }) (*struct{}, error) {
		return nil, s.Engine.People().ConfirmLost(ctx, by, in.Body.Person, in.Body.Reason)
	}, described("Takes ADMIN or GOVERNANCE, and is refused of oneself. Until then their groups are not known, and nothing of theirs ends."))
}

func (s *server) listSessions(ctx context.Context, by request.Identity, in *struct {
	Person request.PersonID `query:"person" maxLength:"512" doc:"Whose; your own if it is missing"`
}) (*listed[Session], error) {
	person := in.Person
	if person == "" || person == "me" {
		person = by.Person()
	}
	all, err := s.Engine.Sessions().Of(ctx, by, person)
	var out []Session
	for _, one := range all {
		out = append(out, Session{ID: one.ID, Person: one.Identity.Person(), Agent: one.Agent, Provider: one.Provider.Issuer,
			Begun: one.Begun, Seen: one.Seen, Expires: one.Expires, SignedIn: one.SignedIn.At, ACR: one.SignedIn.ACR})
	}
	return list(out, ""), err
}

func (s *server) endSession(ctx context.Context, by request.Identity, in *struct {
	Session request.SessionID `path:"session" maxLength:"64"`
}) (*struct{}, error) {
	return nil, s.Engine.Sessions().End(ctx, by, in.Session)
}

func (s *server) lostGroups(ctx context.Context, by request.Identity, in *Paged) (*listed[request.LostGroups], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Engine.People().Lost(ctx, by, after, site.PageSize(in.Limit))
	return list(all, site.FormatCursor(next)), err
}
