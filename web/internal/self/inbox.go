package self

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

func (s *server) routeInbox() {
	serve(s, http.MethodGet, "/inbox", "inbox", "What you are told, the newest first", s.inbox, described("Everyone has their own."))
	serve(s, http.MethodPost, "/inbox/{id}/seen", "see-notice", "Say that you have seen a notice", s.seen, answering(http.StatusNoContent), described("Of your own."))
	serve(s, http.MethodGet, "/preferences", "preferences", "How you wish to be told, beside your inbox", s.preferences, described("Everyone has their own."))
	serve(s, http.MethodPut, "/preferences", "set-preferences", "Say how you wish to be told, beside your inbox", s.setPreferences, described("Your own. What GET returns can be sent back as it is."))
}

// Preferences say by which channels somebody gets notices.
type Preferences struct {
	PreferencesBody
	There []string `json:"there" nullable:"false" doc:"The channels that there are"`
}

// PreferencesBody names channels for each concern, and what is hidden.
type PreferencesBody struct {
	Channels map[string][]string `json:"channels" doc:"For each of ACT, DIGEST, MINE, REVIEWED, BY_HAND and OVERSEE the names of channels, none for the inbox only; one that is missing goes by the operator's defaults"`

	HideAdvice bool `json:"hideAdvice,omitempty" doc:"Pages and messages show you nothing of review assist"`
}

func (s *server) preferences(ctx context.Context, by request.Identity, _ *struct{}) (*shown[Preferences], error) {
	p, err := s.Engine.Inbox().Preferences(ctx, by)
	return s.preferencesOf(p), err
}

func (s *server) preferencesOf(p notify.Preferences) *shown[Preferences] {
	out := Preferences{PreferencesBody{map[string][]string{}, p.HideAdvice}, append([]string{}, s.Engine.Inbox().Channels()...)}
	for concern, names := range p.Channels {
		out.Channels[string(concern)] = append([]string{}, names...)
	}
	return &shown[Preferences]{out}
}

func (s *server) setPreferences(ctx context.Context, by request.Identity, in *struct{ Body PreferencesBody }) (*shown[Preferences], error) {
	wished := map[notify.Concern][]string{}
	for concern, names := range in.Body.Channels {
		wished[notify.Concern(concern)] = append([]string{}, names...)
	}
	p, err := s.Engine.Inbox().Prefer(ctx, by, notify.Preferences{Channels: wished, HideAdvice: in.Body.HideAdvice})
	return s.preferencesOf(p), err
}

// inboxPage are the parameters of the list of notices.
type inboxPage struct {
	Paged
	Unread bool `query:"unread" doc:"Only notices that you have not seen"`
}

func (s *server) inbox(ctx context.Context, by request.Identity, in *inboxPage) (*listed[notify.Notice], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, next, err := s.Engine.Inbox().Notices(ctx, by, in.Unread, after, limit)
	if err != nil {
		return nil, err
	}
	return list(found, nextIfFull(len(found), limit, next)), nil
}

func (s *server) seen(ctx context.Context, by request.Identity, in *struct {
	ID string `path:"id" maxLength:"255"`
}) (*struct{}, error) {
	return nil, s.Engine.Inbox().See(ctx, by, in.ID)
}
