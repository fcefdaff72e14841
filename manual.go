package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// ToDo lists the grants that wait for a person to do something on the platform,
// those first that should be done first. It takes ADMIN or GOVERNANCE.
func (g Grants) ToDo(ctx context.Context, by request.Identity, after store.Position, limit int) ([]provision.Grant, store.Position, error) {
	if err := permit(by, "list what is to be done by hand", request.Admin, request.Governance); err != nil {
		return nil, after, err
	}
	read, err := records.GrantsByHand.Find(ctx, g.e.journal.Store, "all", after, limit)
	return journal.PageOf(read, after, err)
}

// Job returns the work by hand that a grant waits for. The platform is asked for the
// statements; it is no error if it cannot list them. It takes ADMIN or GOVERNANCE, and
// wraps ErrState where nothing is to be done by hand.
func (g Grants) Job(ctx context.Context, by request.Identity, id provision.GrantID) (provision.Job, error) {
	if err := permit(by, "see what is to be done by hand", request.Admin, request.Governance); err != nil {
		return provision.Job{}, err
	}
	return g.e.provisioning.Job(ctx, by, id)
}

// Attest records that a person has given or taken the access on the platform, for which
// the grant waits. It takes ADMIN or GOVERNANCE, and is refused to the requester, the
// beneficiary, and the members of a group that is the beneficiary.
func (g Grants) Attest(ctx context.Context, by request.Identity, id provision.GrantID, a provision.Attest) (provision.Grant, error) {
	if err := errors.Join(permit(by, "attest a grant", request.Admin, request.Governance), review.CheckReason(a.Note)); err != nil {
		return provision.Grant{}, err
	}
	if !a.Done && a.Note == "" {
		return provision.Grant{}, &request.InvalidError{What: "attestation", Faults: []request.Fault{{Field: "note", Reason: "is required for what could not be done"}}}
	}
	return g.e.provisioning.Attest(ctx, by, id, a)
}

// Answer records the outcome of a call that a service answers later. The token proves
// who answers, and is good once: the same answer may come again, and another is
// ErrState. An answer that comes too late, or that a later call or another decision has
// overtaken, is recorded and not followed: late says why. If access was given by then
// that has ended since, the service is called again.
func (g Grants) Answer(ctx context.Context, token string, o provision.Outcome) (late string, err error) {
	return g.e.provisioning.Answer(ctx, token, o)
}

// Awaits checks that a token is that of a call that waits for an answer. If it is not,
// the error wraps ErrToken, and counts as a try.
func (g Grants) Awaits(ctx context.Context, token string) error {
	return g.e.provisioning.Awaits(ctx, token)
}
