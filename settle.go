package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Settle waits until the platform has answered for a request, and returns its
// grant: ACTIVE or REVOKED; FAILED, or REVOKING with an Error, where it did not
// work and is tried again; PENDING where a person has to do it; or with a time until
// which it Waits, where a service answers later. A request that has no grant has
// nothing to wait for: the grant is zero then.
func (e *Engine) Settle(ctx context.Context, by request.Identity, id request.ID) (provision.Grant, error) {
	read, err := records.Requests.Get(ctx, e.journal.Store, id)
	if err != nil {
		return provision.Grant{}, err
	}
	if err := e.decisions.MayRead(ctx, by, read.Value); err != nil {
		return provision.Grant{}, err
	}
	return e.provisioning.WaitForGrant(ctx, read.Value)
}
