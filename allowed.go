package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Allowed says what a principal may do now with an asset, or with some columns of
// it: for platforms in the same process that ask each time instead of being
// granted. It answers from the grants as they are committed, those on containers
// that cover the asset included, and keeps nothing: what was revoked a moment ago
// is allowed no more. What stands under the name of the asset must be what was
// approved. Whoever calls it vouches for the principal; a principal that is in
// groups of the platform is asked for under each of their names. An asset that no
// sync has seen, or that is gone, is an error that wraps catalog.ErrNotFound. Of one
// that is masked only what is shown clear is allowed, and what a masking exception
// of the principal shows, and nothing is to be written: see provision.AllowMasked.
//
// A platform that asks has provision.Asking as its Provisioner.
func (e *Engine) Allowed(ctx context.Context, who request.Principal, ref catalog.Ref, columns []string) (provision.Allowance, error) {
	return e.rules.Allowed(ctx, who, ref, columns)
}
