package grantwright

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// DefaultReconcile is the time between two reconciliations of a connection.
const DefaultReconcile = time.Hour

// MaxFindings bounds what one Reconciliation lists.
const MaxFindings = 1000

// Reconcile says how what stands on a connection is compared with what should.
// The zero value mends what it may.
type Reconcile struct {
	// DryRun changes nothing, and says what would be done.
	DryRun bool

	// MaxRemovals is how many accesses may be removed. Zero means 10, or 5 % of
	// those that stand where that is less, and one in any case. Where more would be,
	// none is, and somebody has to look and name a number. It takes GOVERNANCE.
	MaxRemovals int

	// Adopt says that the records of this engine are the right ones, although the
	// platform was marked by others or by later ones. It takes GOVERNANCE.
	Adopt bool
}

// Reconciliation is what came of comparing what stands with what should.
type Reconciliation struct {
	Connection string
	At         time.Time
	DryRun     bool

	Compared int // grants
	Standing int // accesses of ours on the platform
	Removals int // accesses that nothing calls for, as far as they may be removed

	// Stopped says that more would be removed than may be without asking.
	Stopped bool

	// Doubt is why nothing is changed but only reported: the records do not seem to
	// be those by which the access was given. Empty where all is well.
	Doubt string

	Findings []Finding // the first MaxFindings
	More     int       // findings that are not listed
}

// FindingKind is what kind of difference was found.
type FindingKind string

// The kinds of findings.
const (
	FoundReplaced  FindingKind = "REPLACED"  // the object was made anew: the grant follows it
	FoundSuspended FindingKind = "SUSPENDED" // someone took it away, or something else stands there: governance decides
	FoundBroken    FindingKind = "BROKEN"    // the access does not work; it is tried again
	FoundMissing   FindingKind = "MISSING"   // something of the access has to be given again (a dry run says what)
	FoundForeign   FindingKind = "FOREIGN"   // other ways in than ours came or went; they are only reported
	FoundOrphan    FindingKind = "ORPHAN"    // access of ours that nothing calls for
	FoundPrevented FindingKind = "PREVENTED" // a guardrail keeps them from the access by now: the grant ends
	FoundStricter  FindingKind = "STRICTER"  // other assets are read through it, where others decide; they are only reported
	FoundUnheard   FindingKind = "UNHEARD"   // the platform did not say how it stands
)

// Finding is one difference between what stands and what should.
type Finding struct {
	Kind       FindingKind           `json:"kind"`
	Asset      catalog.Ref           `json:"asset"`
	Principal  string                `json:"principal,omitempty"`
	Grant      provision.GrantID     `json:"grant,omitempty"` // empty where there is none
	Access     []provision.Access    `json:"access,omitempty"`
	Detail     string                `json:"detail,omitempty"`
	Mended     bool                  `json:"mended"`               // false where it is only reported
	Statements []provision.Statement `json:"statements,omitempty"` // that ran, or that a dry run would run
}

// Reconcile compares what stands on a connection with what its grants call for.
// Where an object was made anew, its grants follow it. Access of ours that someone
// has taken away is not put back: the grant is SUSPENDED. Access of ours that
// nothing calls for is removed, if the records know that it has ended. Access that
// others gave is reported. It takes ADMIN or GOVERNANCE, and is done now and then
// by itself: see Config.Reconcile.
func (e *Engine) Reconcile(ctx context.Context, by request.Identity, connection string, how Reconcile) (Reconciliation, error) {
	needs := []request.Permission{request.Governance, request.Admin}
	if how.Adopt || how.MaxRemovals != 0 {
		needs = needs[:1]
	}
	if err := permit(by, "reconcile a connection", needs...); err != nil {
		return Reconciliation{}, err
	}
	return e.reconcileNow(ctx, by, connection, how)
}

// reconcileNow reconciles a connection for somebody who may.
func (e *Engine) reconcileNow(ctx context.Context, by request.Identity, connection string, how Reconcile) (Reconciliation, error) {
	if how.MaxRemovals < 0 {
		return Reconciliation{}, &request.InvalidError{What: "reconciliation", Faults: []request.Fault{{Field: "maxRemovals", Reason: "must not be negative"}}}
	}
	if err := e.frozen(ctx, connection); err != nil && !how.DryRun {
		return Reconciliation{}, fmt.Errorf("%w: only a dry run is possible: %w", ErrState, err)
	}
	return e.reconcile(ctx, by.Person(), connection, how)
}

// reconciling is a reconciliation that goes on.
type reconciling struct {
	e      *Engine
	by     request.PersonID
	on     store.Stored[catalog.Connection]
	p      provision.Provisioner
	how    Reconcile
	result Reconciliation
}

func (e *Engine) reconcile(ctx context.Context, by request.PersonID, connection string, how Reconcile) (Reconciliation, error) {
	r := reconciling{e: e, by: by, how: how, result: Reconciliation{Connection: connection, At: e.now(), DryRun: how.DryRun}}
	var err error
	if r.on, err = store.Connections.Get(ctx, e.config.Store, connection); err != nil {
		return r.result, err
	}
	enforced := r.enforce(ctx)
	return r.result, errors.Join(r.withPlatform(ctx), enforced)
}

// withPlatform compares what stands with what should.
func (r *reconciling) withPlatform(ctx context.Context) (err error) {
	e, connection, how := r.e, r.on.Value.Name, r.how
	if r.p, err = e.acting(ctx, connection); err != nil {
		return err
	}
	if r.p == nil {
		return fmt.Errorf("%w: access on connection %s is given by hand; nothing can be compared", ErrNoPlatform, connection)
	}
	if r.result.Doubt, err = e.doubt(ctx, r.p, how); err != nil {
		return unasked(connection, err)
	}
	orphans, err := r.orphans(ctx)
	if err != nil {
		return unasked(connection, err)
	}
	r.result.Stopped = r.result.Removals > r.allowed()
	if err := r.compareAll(ctx); err != nil {
		return err
	}
	for _, o := range orphans {
		if err := r.remove(ctx, o); err != nil {
			return err
		}
	}
	return r.tell(ctx)
}

// acts reports whether anything may be changed.
func (r *reconciling) acts() bool {
	return !r.how.DryRun && r.result.Doubt == "" && !r.result.Stopped
}

// allowed is how many accesses may be removed without asking.
func (r *reconciling) allowed() int {
	const most, part = 10, 20
	if r.how.MaxRemovals > 0 {
		return r.how.MaxRemovals
	}
	return min(most, max(1, r.result.Standing/part))
}

func (r *reconciling) find(f Finding) {
	if len(r.result.Findings) == MaxFindings {
		r.result.More++
		return
	}
	r.result.Findings = append(r.result.Findings, f)
}

// compareAll compares the grants of one asset after another.
func (r *reconciling) compareAll(ctx context.Context) error {
	for after := (store.Position{}); ; {
		next, err := store.LiveOnConnection.Find(ctx, r.e.config.Store, r.on.Value.Name, after, 1)
		if err != nil || len(next) == 0 {
			return err
		}
		ref := next[0].Value.Asset.Ref
		if err := r.compareAsset(ctx, ref); err != nil {
			return err
		}
		after = store.Position{Order: string(ref), ID: "\U0010FFFF"} // behind all grants of the asset
	}
}

// compareAsset compares the grants of one asset, some at a time.
func (r *reconciling) compareAsset(ctx context.Context, ref catalog.Ref) error {
	if err := r.findStricter(ctx, ref); err != nil {
		return err
	}
	for after := (store.Position{}); ; {
		page, err := store.LiveGrants.Find(ctx, r.e.config.Store, ref, after, provisionBatch)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].At
		if r.acts() {
			err = r.compare(ctx, ref, page)
		} else {
			err = r.foresee(ctx, ref, page)
		}
		if err != nil {
			return err
		}
	}
}

// compare asks the platform how some grants stand, and does what follows, under
// the lease of their asset.
func (r *reconciling) compare(ctx context.Context, ref catalog.Ref, page []store.Stored[provision.Grant]) error {
	var found brought
	compared := 0
	err := r.e.worker.Hold(ctx, grantTask(ref), func(ctx context.Context, _ store.Task) (store.Change, time.Time, error) {
		standing, err := r.e.stillActive(ctx, page)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		if found, err = r.e.bring(ctx, ref, standing); err != nil {
			return store.Change{}, time.Time{}, err
		}
		compared = len(standing)
		next, err := r.e.nextOn(ctx, ref, found.progress)
		return found.change, next, err
	})
	if errors.Is(err, store.ErrConflict) {
		r.find(Finding{Kind: FoundUnheard, Asset: ref, Detail: "it is being worked on, and is compared the next time"})
		return nil
	}
	if err != nil {
		return err
	}
	r.e.committed()
	r.result.Compared += compared
	for _, p := range found.progress {
		r.find(findingOf(p))
	}
	for _, g := range found.unheard {
		r.find(Finding{Kind: FoundUnheard, Asset: ref, Principal: g.Principal.Name, Grant: g.ID, Detail: "the platform did not say how it stands"})
	}
	if len(found.progress) > 0 { // what follows an object is given there at once
		if err := r.e.worker.Do(ctx, grantTask(ref)); err != nil && !errors.Is(err, store.ErrConflict) {
			r.e.config.Logger.Warn("a grant is tried again later", "asset", ref, "error", err)
		}
	}
	return nil
}

// stillActive reads grants again, and picks those that should stand untouched.
func (e *Engine) stillActive(ctx context.Context, page []store.Stored[provision.Grant]) ([]store.Stored[provision.Grant], error) {
	ids := make([]provision.GrantID, len(page))
	for i, g := range page {
		ids[i] = g.Value.ID
	}
	now, err := store.Grants.Some(ctx, e.config.Store, ids...)
	if err != nil {
		return nil, err
	}
	var active []store.Stored[provision.Grant]
	for _, g := range now {
		if compared(g.Value) {
			active = append(active, g)
		}
	}
	return active, nil
}

// compared reports whether a grant is one that reconciliation looks at. The others
// are on their way already.
func compared(g provision.Grant) bool { return g.State == provision.Active && g.How == provision.Auto }

func findingOf(p progress) Finding {
	was, next := p.was.Value, p.next
	f := Finding{Asset: next.Asset.Ref, Principal: next.Principal.Name, Grant: next.ID, Access: []provision.Access{next.Access}, Mended: true}
	switch grantEvent(was, next) {
	case event.GrantSuspended:
		f.Kind, f.Detail = FoundSuspended, next.Withheld
	case event.GrantReplaced:
		f.Kind, f.Detail = FoundReplaced, fmt.Sprintf("object %s took the place of %s", next.Asset.ID, was.Asset.ID)
	case event.GrantRemaining:
		f.Kind, f.Detail, f.Mended = FoundForeign, fmt.Sprintf("other ways in: %q, before: %q", next.Remaining, was.Remaining), false
	default:
		f.Kind, f.Detail, f.Mended = FoundBroken, next.Error, false
	}
	return f
}
