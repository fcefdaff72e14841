package provisioning

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

const (
	grantPoll = 250 * time.Millisecond // between two looks at the work of other processes
	grantRead = 50 * time.Millisecond  // between two readings of a grant, whatever changes
)

// WaitForDecided waits for the outcome of a grant that this process is about to apply, for
// somebody whom the request concerns. It reads nothing. Where it is not settled, whoever
// waits has to read.
func (pr *Provisioning) WaitForDecided(ctx context.Context, who request.PersonID, id request.ID) (g provision.Grant, settled bool) {
	outcomes, leave := pr.await(journal.GrantID(id)) // first: an outcome that comes now is not missed
	defer leave()
	ref, is := pr.isDecidedFor(who, journal.GrantID(id))
	if !is {
		return provision.Grant{}, false
	}
	return waitForOutcome(ctx, outcomes, nil, func() bool { return pr.InLane(journal.GrantTask(ref)) }, grantRead)
}

// WaitForGrant waits until the platform has answered for a request. What the act of ctx
// has read already counts for the first look.
func (pr *Provisioning) WaitForGrant(ctx context.Context, req request.Request) (provision.Grant, error) {
	id := journal.GrantID(req.ID)
	outcomes, leave := pr.await(id)
	defer leave()
	here := func() bool { return pr.InLane(journal.GrantTask(req.Asset)) }
	for looks := 0; ; looks++ {
		first, changed := looks == 0, pr.Changes.Next()
		read, err := records.Grants.Get(ctx, pr.Store, id)
		if err != nil || read.Value.Settled() {
			return read.Value, journal.UnlessMissing(err)
		}
		switch {
		case !read.Value.Due(pr.Now()):
		case first && here(): // it is at this grant, or was called for it
		case first || !pr.waitsForThaw(ctx, read.Value):
			pr.WorkOn(ctx, req.Asset)
		}
		ctx = snapshot.Leave(ctx)
		if g, settled := waitForOutcome(ctx, outcomes, changed, here, min(grantRead<<min(looks, 3), grantPoll)); settled {
			return g, nil
		}
		if ctx.Err() != nil {
			return read.Value, ctx.Err()
		}
	}
}

// waitsForThaw reports whether a grant is due and not to be given, as its connection is
// frozen.
func (pr *Provisioning) waitsForThaw(ctx context.Context, g provision.Grant) bool {
	frozen, err := pr.People.IsFrozen(ctx, g.Asset.Ref.Connection())
	return err == nil && frozen && toGive(g)
}

// waitForOutcome waits for the outcome of a grant, or until it is time to read it again.
// Where this process does not work on it, that is soon.
func waitForOutcome(ctx context.Context, outcomes <-chan provision.Grant, changed <-chan struct{}, here func() bool, soon time.Duration) (g provision.Grant, settled bool) {
	poll, read, elsewhere := time.NewTimer(grantPoll), time.NewTimer(grantRead), time.NewTimer(soon)
	defer poll.Stop()
	defer read.Stop()
	defer elsewhere.Stop()
	var readable <-chan struct{} // once it is not too soon
	for {
		select {
		case g := <-outcomes:
			if g.Settled() {
				return g, true
			}
		case <-read.C:
			readable = changed
		case <-elsewhere.C:
			if !here() {
				return provision.Grant{}, false
			}
		case <-readable:
			return provision.Grant{}, false
		case <-poll.C:
			return provision.Grant{}, false
		case <-ctx.Done():
			return provision.Grant{}, false
		}
	}
}
