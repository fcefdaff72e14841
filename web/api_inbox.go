package web

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

func (s *site) routeInbox() {
	serve(s, http.MethodGet, "/inbox", "inbox", "What you are told, the newest first", s.inbox, described("Everyone has their own."))
	serve(s, http.MethodPost, "/inbox/{id}/seen", "see-notice", "Say that you have seen a notice", s.seen, answering(http.StatusNoContent))
}

// inboxPage is what the list of notices takes.
type inboxPage struct {
	Paged
	Unread bool `query:"unread" doc:"Only notices that you have not seen"`
}

func (s *site) inbox(ctx context.Context, by request.Identity, in *inboxPage) (*listed[notify.Notice], error) {
	after, err := parseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := pageSize(in.Limit)
	found, next, err := s.engine.Inbox().Notices(ctx, by, in.Unread, after, limit)
	if err != nil {
		return nil, err
	}
	return list(found, nextIfFull(len(found), limit, next)), nil
}

func (s *site) seen(ctx context.Context, by request.Identity, in *struct {
	ID string `path:"id" maxLength:"255"`
}) (*struct{}, error) {
	return nil, s.engine.Inbox().See(ctx, by, in.ID)
}
