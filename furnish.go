package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// Furnish carries out what a file has changed in its connections and definitions since it was
// carried out last, and lists in what it differed from what is stored. Nothing is written
// over that was changed here meanwhile: if the file says of it what it said before it is
// manifest.Kept, and else a manifest.Conflict, which Apply settles. What the file holds no
// more stays. A file with File.Owned keeps what it holds for itself: it becomes as the file says,
// and other acts on it are refused with a *manifest.OwnedError, until the file holds it no more.
//
// Where changes take two people, those of the file do too: they are proposed, and whoever
// approves them answers for them. The first file on an empty store is carried out at once. By
// stands for the file; it takes ADMIN and GOVERNANCE.
func (e *Engine) Furnish(ctx context.Context, by request.Identity, file *manifest.File) ([]manifest.Furnished, error) {
	if err := errors.Join(permit(by, "register the connections of a file", request.Admin), permit(by, "save the definitions of a file", request.Governance)); err != nil {
		return nil, err
	}
	found, err := e.inventory.Furnish(ctx, e.governance, by, file)
	if err != nil {
		return found, err
	}
	definitions, err := e.governance.Furnish(ctx, by, file)
	return append(found, definitions...), err
}
