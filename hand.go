package grantwright

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Attestation is what a person says of access that is given or taken by hand.
type Attestation struct {
	Done bool   // it stands now, or is gone now; false if it could not be done
	Note string // needed if it could not be done

	// State is the one that the person saw the grant in. If the access was to be
	// given then, and is to be taken now, the attestation is refused: what was
	// given by hand must not count as taken. Zero leaves that open.
	State provision.State
}

// DefaultGiveWithin and DefaultTakeWithin are how long people have for what they
// have to do by hand, unless the Config says otherwise.
const (
	DefaultGiveWithin = 48 * time.Hour
	DefaultTakeWithin = 24 * time.Hour
)

// ToDo lists the grants that wait for a person to do something on the platform,
// those first that should be done first. It takes ADMIN or GOVERNANCE.
func (g Grants) ToDo(ctx context.Context, by request.Identity, after store.Position, limit int) ([]provision.Grant, store.Position, error) {
	if err := permit(by, "list what is to be done by hand", request.Admin, request.Governance); err != nil {
		return nil, after, err
	}
	read, err := store.GrantsByHand.Find(ctx, g.e.config.Store, "all", after, limit)
	return pageOf(read, after, err)
}

// Job is what a person has to do on a platform, with what it takes to do it.
type Job struct {
	Grant   provision.Grant
	Request request.Request

	// Stands is what the principal should have from us on the asset once it is done,
	// from all grants together.
	Stands []provision.Access

	Plan   provision.Plan // with the statements to run, where the platform can say
	NoPlan string         // why there is no Plan, where there is none

	May     bool   // whoever asks may say that it is done: it concerns others
	Stopped string // why it must not be done now: the connection is frozen, the person is disabled, or a guardrail prevents it
}

// Job returns what a grant waits for a person to do. The platform is asked by which
// statements; that it cannot say is no error. It takes ADMIN or GOVERNANCE, and
// wraps ErrState where nothing is to be done by hand.
func (g Grants) Job(ctx context.Context, by request.Identity, id provision.GrantID) (Job, error) {
	if err := permit(by, "see what is to be done by hand", request.Admin, request.Governance); err != nil {
		return Job{}, err
	}
	read, err := store.Grants.Get(ctx, g.e.config.Store, id)
	if err != nil {
		return Job{}, err
	}
	job := Job{Grant: read.Value}
	err = g.mayAttest(ctx, by, job.Grant)
	if job.May = err == nil; err != nil && !errors.Is(err, ErrForbidden) {
		return Job{}, err
	}
	req, err := store.Requests.Get(ctx, g.e.config.Store, job.Grant.Request)
	if err != nil {
		return Job{}, err
	}
	job.Request = req.Value
	live, err := g.e.liveGrants(ctx, job.Grant.Asset.Ref, job.Grant.Principal.Name)
	if err != nil {
		return Job{}, err
	}
	if err := g.mayGive(ctx, job.Grant); errors.Is(err, ErrState) {
		job.Stopped = err.Error()
	} else if err != nil {
		return Job{}, err
	}
	should := job.Grant.Handed(valuesOf(live))
	job.Stands = should.Want
	if job.Plan, err = g.planFor(ctx, should); err != nil {
		job.NoPlan = err.Error()
	}
	return job, nil
}

// Attest records that a person has done on the platform what a grant waits for:
// given the access, or taken it away. It takes ADMIN or GOVERNANCE, and is refused
// to the requester, the beneficiary, and the members of a group that is the
// beneficiary.
func (g Grants) Attest(ctx context.Context, by request.Identity, id provision.GrantID, a Attestation) (provision.Grant, error) {
	if err := errors.Join(permit(by, "attest a grant", request.Admin, request.Governance), checkReason(a.Note)); err != nil {
		return provision.Grant{}, err
	}
	if !a.Done && a.Note == "" {
		return provision.Grant{}, &request.InvalidError{What: "attestation", Faults: []request.Fault{{Field: "note", Reason: "is required for what could not be done"}}}
	}
	var next provision.Grant
	err := g.e.change(ctx, func(c *store.Change) error {
		read, err := store.Grants.Get(ctx, g.e.config.Store, id)
		if err != nil {
			return err
		}
		if err := g.mayAttest(ctx, by, read.Value); err != nil {
			return err
		}
		if taking := a.State == provision.Revoking; a.State != "" && taking != (read.Value.State == provision.Revoking) {
			return fmt.Errorf("%w: grant %s was %s when it was seen, it is %s now", ErrState, id, a.State, read.Value.State)
		}
		if a.Done && read.Value.Wanted() {
			if err := g.e.unlessGrantPrevented(ctx, read.Value); err != nil {
				return err
			}
		}
		if err := g.mayGive(ctx, read.Value); a.Done && err != nil {
			return err
		}
		live, err := g.e.liveGrants(ctx, read.Value.Asset.Ref, read.Value.Principal.Name)
		if err != nil {
			return err
		}
		attested := []progress{{was: read, next: read.Value.Attested(provision.Attestation{By: by.Person(), At: g.e.now(), Done: a.Done, Note: a.Note}, store.Backoff)}}
		renewed(attested, valuesOf(live))
		next = attested[0].next
		if err := errors.Join(g.e.record(ctx, c, by.Person(), attested...), g.e.remember(ctx, c, by)); err != nil {
			return err
		}
		return g.settleCovered(ctx, c, next, live)
	})
	if err != nil {
		return provision.Grant{}, err
	}
	return next, nil
}

// settleCovered ends the grants for which nothing is to be taken away any more,
// because another one gives the same now: whoever took it for them would take it
// from that one.
func (g Grants) settleCovered(ctx context.Context, c *store.Change, given provision.Grant, live []store.Stored[provision.Grant]) error {
	var covered []progress
	for _, other := range live {
		if other.Value.Covered([]provision.Grant{given}) && len(covered) < provisionBatch {
			covered = append(covered, progress{was: other, next: other.Value.Applied(provision.Outcome{}, g.e.now(), store.Backoff)})
		}
	}
	if err := g.e.record(ctx, c, request.SystemID, covered...); err != nil {
		return err
	}
	return g.ringAt(ctx, c, given)
}

// handOver tells people of what they have to do for a grant, and again when nobody
// has done it in time. Where another grant gives the same there is nothing to take.
func (e *Engine) handOver(ctx context.Context, g provision.Grant) (provision.Grant, error) {
	if !g.ByHand() {
		return g, nil
	}
	if g.State == provision.Revoking {
		live, err := e.liveGrants(ctx, g.Asset.Ref, g.Principal.Name)
		if err != nil {
			return g, err
		}
		if g.Covered(valuesOf(live)) {
			return g.Applied(provision.Outcome{}, e.now(), store.Backoff), nil
		}
	}
	return g.Assign(e.now(), e.config.GiveWithin, e.config.TakeWithin).Remind(e.now()), nil
}

// mayGive refuses to have given by hand what may not be given now.
func (g Grants) mayGive(ctx context.Context, grant provision.Grant) error {
	if !grant.Wanted() {
		return nil
	}
	err := errors.Join(g.e.frozen(ctx, grant.Asset.Ref.Connection()), g.e.enabled(ctx, grant.Beneficiary))
	if err != nil && (errors.As(err, new(*frozenError)) || errors.As(err, new(*request.InvalidError))) {
		return fmt.Errorf("%w: %v; if it was given already, take it away again", ErrState, err)
	}
	if err != nil {
		return err
	}
	found, err := g.e.guarding().preventedGrant(ctx, grant)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%w: %s; if it was given already, take it away again", ErrState, preventedBy(found))
	}
	return err
}

// mayAttest refuses what no person has to do, and whom it concerns.
func (g Grants) mayAttest(ctx context.Context, by request.Identity, grant provision.Grant) error {
	if !grant.ByHand() {
		return fmt.Errorf("%w: grant %s is %s, done %s: nothing is to be done by hand", ErrState, grant.ID, grant.State, grant.How)
	}
	req, rev, err := g.e.underReview(ctx, grant.Request)
	if err == nil && own(by, req.Value, rev.Value) {
		err = &ForbiddenError{Person: by.Person(), Act: "attest this grant", Needs: "someone other than its requester and beneficiary, and than members of a group that has it"}
	}
	return err
}

// own reports whether a request concerns somebody, by themselves or by a group.
func own(by request.Identity, req request.Request, rev review.Review) bool {
	return req.Concerns(by.Person()) || rev.Bars(by) || req.For == request.Group && by.IsMember(req.Beneficiary)
}

// ringAt calls for the task of a grant when time will change it.
func (g Grants) ringAt(ctx context.Context, c *store.Change, grant provision.Grant) error {
	if grant.Next().IsZero() {
		return nil
	}
	return store.Ring(ctx, g.e.config.Store, c, grantTask(grant.Asset.Ref), grant.Next())
}
