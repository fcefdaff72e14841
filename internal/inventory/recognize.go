package inventory

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Recognition says that the platform that answers to a connection is the same as before,
// although it has another id, or is older than it was: it was upgraded, moved or restored.
// Its assets and our roles keep the names that they have.
type Recognition struct {
	Inventory *Inventory `json:"-"`

	Connection string             `json:"connection"`
	Is         provision.Identity `json:"is"` // what answers
	Reason     string             `json:"reason"`
}

// Recognition makes one of the platform that answers to a connection now.
func (i *Inventory) Recognition(ctx context.Context, connection, reason string) (*Recognition, error) {
	if err := review.CheckReason(reason); err != nil || reason == "" {
		return nil, &request.InvalidError{What: "recognition", Faults: []request.Fault{{Field: "reason", Reason: fmt.Sprintf("must be given, in at most %d bytes of text", review.MaxCommentBytes)}}}
	}
	now, err := i.identify(ctx, connection)
	return &Recognition{Inventory: i, Connection: connection, Is: now, Reason: reason}, err
}

// identify asks which platform answers.
func (i *Inventory) identify(ctx context.Context, connection string) (provision.Identity, error) {
	p, err := i.Platforms.Provisioner(ctx, connection)
	if err != nil {
		return provision.Identity{}, err
	}
	identifier, is := p.(provision.Identifier)
	if !is {
		return provision.Identity{}, fmt.Errorf("%w: connection %s cannot say which platform it leads to", provision.ErrNoPlatform, connection)
	}
	now, err := identifier.Identify(ctx)
	if err != nil {
		return now, i.Platforms.Unreachable(connection, err)
	}
	return now, nil
}

// Kind is the name of the change in a stored proposal.
func (*Recognition) Kind() manifest.ProposalKind { return "connection.recognize" }

// Of is the connection.
func (a *Recognition) Of() (what, name string) { return "platform", a.Connection }

// Needs is GOVERNANCE.
func (*Recognition) Needs() request.Permission { return request.Governance }

// Check asks the platform again: what answers has to be what was recognized, bear our mark,
// and have our roles and the objects that the grants are about, under their own ids.
func (a *Recognition) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, a.Inventory.Timeout)
	defer cancel()
	now, err := a.Inventory.identify(ctx, a.Connection)
	if err != nil {
		return err
	}
	known, err := a.known(ctx)
	switch {
	case err != nil:
		return err
	case now.ID != a.Is.ID || now.History != a.Is.History:
		return fmt.Errorf("%w: another platform answers by now than the one that was to be recognized: its id is %s", store.ErrState, now.ID)
	case known.Trouble(now) == "":
		return fmt.Errorf("%w: the platform of connection %s is the one that is known", store.ErrState, a.Connection)
	}
	return a.verify(ctx, known, now)
}

func (a *Recognition) known(ctx context.Context) (provision.Known, error) {
	read, err := records.Platforms.Get(ctx, a.Inventory.Store, a.Connection)
	return read.Value.Known, journal.UnlessMissing(err)
}

// maxVerified is about how many grants are compared with a platform that is recognized.
const maxVerified = 1000

// verify compares the platform with the live grants. Where there is none, nothing of ours
// can be on another platform, and any is taken.
func (a *Recognition) verify(ctx context.Context, known provision.Known, now provision.Identity) error {
	i := a.Inventory
	live, err := records.LiveOnConnection.Find(ctx, i.Store, a.Connection, store.Position{}, 1)
	if err != nil || len(live) == 0 {
		return err
	}
	self, err := i.Platforms.Self(ctx)
	if err != nil {
		return err
	}
	if now.Mark.Store != self {
		return fmt.Errorf("%w: the platform that answers does not bear the mark of these records", store.ErrState)
	}
	on, err := records.Connections.Get(ctx, i.Store, a.Connection)
	if err != nil {
		return err
	}
	p, err := i.Platforms.Candidate(ctx, on.Value, known.Recognize(now))
	if err != nil {
		return err
	}
	defer func() { _ = platforms.CloseIfPossible(p) }()
	planner, is := p.(provision.Planner)
	if !is {
		return fmt.Errorf("%w: connection %s cannot say what it would do, by which its grants are compared", provision.ErrNoPlatform, a.Connection)
	}
	return a.verifyGrants(ctx, planner)
}

// verifyGrants asks what the platform would have to do for the grants that work. A few may
// differ, as they may at any time: reconciliation looks after these.
func (a *Recognition) verifyGrants(ctx context.Context, planner provision.Planner) error {
	var compared int
	var differ []string
	for after := (store.Position{}); compared < maxVerified; {
		next, err := records.LiveOnConnection.Find(ctx, a.Inventory.Store, a.Connection, after, 1)
		if err != nil {
			return err
		}
		if len(next) == 0 {
			break
		}
		ref := next[0].Value.Asset.Ref
		n, found, err := a.verifyAsset(ctx, planner, ref)
		if err != nil {
			return err
		}
		compared, differ = compared+n, append(differ, found...)
		after = store.Position{Order: string(ref), ID: "\U0010FFFF"} // behind all grants of the asset
	}
	if len(differ) > (provision.Reconcile{}).MaySuspend(compared) {
		const shown = 3
		return fmt.Errorf("%w: it is not the same platform: of %d accesses that were compared %d do not stand as they were given, such as: %s",
			store.ErrState, compared, len(differ), strings.Join(differ[:min(shown, len(differ))], "; "))
	}
	return nil
}

// verifyAsset compares what the grants on one asset call for with what stands.
func (a *Recognition) verifyAsset(ctx context.Context, planner provision.Planner, ref catalog.Ref) (compared int, differ []string, err error) {
	page, err := records.LiveGrants.Find(ctx, a.Inventory.Store, ref, store.Position{}, store.MaxPage)
	if err != nil {
		return 0, nil, err
	}
	var grants []provision.Grant
	for _, g := range page {
		if g.Value.State == provision.Active && g.Value.How == provision.Auto {
			grants = append(grants, g.Value)
		}
	}
	if len(grants) == 0 {
		return 0, nil, nil
	}
	want, err := a.Inventory.Rules.WithCovered(ctx, ref, provision.Standings(grants))
	if err != nil {
		return 0, nil, err
	}
	plans := a.Inventory.Platforms.HidePlans(a.Connection, planner.Plan(ctx, want))
	if len(plans) != len(want) {
		return 0, nil, a.Inventory.Platforms.Unreachable(a.Connection, fmt.Errorf("the planner returned %d plans of %d", len(plans), len(want)))
	}
	for at, plan := range plans {
		switch {
		case plan.Err != nil:
			differ = append(differ, fmt.Sprintf("%s on %s: %v", want[at].Principal.Name, ref, plan.Err))
		case len(plan.Withdrawn) > 0:
			differ = append(differ, fmt.Sprintf("%s on %s: is not there", want[at].Principal.Name, ref))
		}
	}
	return len(want), differ, nil
}

// CarryOut records which platform is known from now on, and has it compared soon.
func (a *Recognition) CarryOut(ctx context.Context, d *governance.Revision) error {
	i := a.Inventory
	read, err := records.Platforms.Get(ctx, i.Store, a.Connection)
	if err != nil {
		return err
	}
	next := read.Value
	if next.Known, err = a.next(ctx, next.Known); err != nil {
		return err
	}
	next.Trouble, next.Since = "", time.Time{}
	records.Platforms.Update(d.C, read, next)
	i.Emit(d.C, event.ConnectionRecognized.With(event.Platform{IDs: next.Known.IDs, Reason: a.Reason}), d.By, nil, records.Connections.Subject(a.Connection))
	on, err := records.Connections.Get(ctx, i.Store, a.Connection)
	if err != nil {
		return err
	}
	return i.Drift.ReconcileSoon(ctx, d.C, on.Value)
}

// next is what is known after the recognition. A platform without grants of ours begins
// anew, under its own id.
func (a *Recognition) next(ctx context.Context, known provision.Known) (provision.Known, error) {
	live, err := records.LiveOnConnection.Find(ctx, a.Inventory.Store, a.Connection, store.Position{}, 1)
	if err == nil && len(live) == 0 {
		return provision.Known{Recognized: known.Recognized + 1}.See(a.Is), nil
	}
	return known.Recognize(a.Is), err
}

// Differences compares the ids that the platform would have with those of now.
func (a *Recognition) Differences(ctx context.Context) (manifest.Differences, error) {
	known, err := a.known(ctx)
	if err != nil {
		return nil, err
	}
	next, err := a.next(ctx, known)
	what, name := a.Of()
	type shown struct {
		Name string   `json:"name"`
		IDs  []string `json:"ids"`
		Seen any      `json:"seen"`
	}
	return manifest.Between(what, name, shown{known.Name, known.IDs, known.Seen}, shown{next.Name, next.IDs, next.Seen}), err
}
