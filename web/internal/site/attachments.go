package site

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// AttachmentsOf lists what is attached for one type of request, in the order of the
// places, from the one after a given place.
func (s *Site) AttachmentsOf(ctx context.Context, by request.Identity, t request.Type, after catalog.Ref, limit int) ([]request.Attachment, error) {
	all, err := s.Engine.Governance().Attachments.List(ctx, by, request.Attachment{At: after, Type: t}.Key(), limit)
	if i := slices.IndexFunc(all, func(a request.Attachment) bool { return a.Type != t }); i >= 0 {
		all = all[:i]
	}
	return all, err
}
