package grantwright

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/request"
)

// Resolve finds the asset that a request link leads to, and its form. A name that
// none has is read as its platform reads it without quotes. If the name fits several assets, the error is an *AmbiguousError; if it fits none, it
// wraps catalog.ErrNotFound.
func (e *Engine) Resolve(ctx context.Context, by request.Identity, link catalog.Link) (request.Entry, error) {
	if err := by.Check(); err != nil {
		return request.Entry{}, err
	}
	found, err := e.rules.Find(ctx, link)
	if err != nil {
		return request.Entry{}, err
	}
	switch len(found) {
	case 0:
		return request.Entry{}, fmt.Errorf("%w: %s", catalog.ErrNotFound, catalog.FormatPath(link.Path))
	case 1:
		return e.rules.Entry(ctx, found[0], rulebook.RequestType(link.Type))
	}
	return request.Entry{}, &catalog.AmbiguousError{Candidates: found}
}
