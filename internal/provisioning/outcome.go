package provisioning

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Convergence is the result of one call of a platform about some grants.
type Convergence struct {
	Change   store.Change
	Progress []Progress
	Held     []Progress        // of grants that would be suspended, or taken from what has moved: nothing was done
	Unknown  []provision.Grant // whose state the platform could not tell
	Rest     bool              // there are outcomes that one commit does not hold: what is due is applied again
	Reach    provision.Reach   // of the asset, as the platform said
}

// Converge asks the platform to give the principals of some grants of an asset all
// that their grants call for, and records the outcomes: of due grants in any case,
// and of ACTIVE grants where the outcome differs. With hold no ACTIVE grant is suspended, and
// none is taken because its object has another name: those that would be are returned, and
// what stands of them stays.
func (pr *Provisioning) Converge(ctx context.Context, ref catalog.Ref, grants []store.Stored[provision.Grant], hold bool) (Convergence, error) {
	var b Convergence
	if len(grants) == 0 {
		return b, nil
	}
	ctx = snapshot.Begin(ctx)
	all, err := pr.OfSamePrincipals(ctx, ref, grants)
	if err != nil {
		return b, err
	}
	askedFor := make(map[provision.GrantID]store.Stored[provision.Grant], len(grants))
	for _, g := range grants {
		askedFor[g.Value.ID] = g
	}
	for i, g := range all { // as whoever asks has made them, such as due before their next attempt
		if as, is := askedFor[g.Value.ID]; is && as.Version == g.Version {
			all[i].Value = as.Value
		}
	}
	live := ValuesOf(all)
	said := pr.apply(ctx, ref, live, hold)
	b.Reach = said.reach()
	if err := ctx.Err(); err != nil {
		return b, err // what was done will be seen by whoever comes next
	}
	for _, g := range all {
		_, asked := askedFor[g.Value.ID]
		if overtakes := !g.Value.Waits.IsZero(); overtakes || asked && g.Value.Due(pr.Now()) {
			next := pr.whenDue(g.Value, said)
			b.Rest = b.Rest || next.Ending != g.Value.Ending // a guardrail has ended it: it is taken
			b.Progress = append(b.Progress, Progress{Was: g, Next: next})
		} else if g.Value.State == provision.Active && g.Value.How != provision.Manual {
			pr.recheck(&b, g, said, asked)
		}
	}
	if hold {
		b.holdBack()
	}
	ApplyRenewals(b.Progress, live)
	fillOutliving(b.Progress, live)
	recorded, err := pr.recordSome(ctx, &b.Change, request.SystemID, b.Progress)
	b.Rest, b.Progress = b.Rest || len(recorded) < len(b.Progress), recorded
	return b, err
}

// reach joins what the platform said of the asset. One look serves many people: what is the
// same slice is the same.
func (a answers) reach() (all provision.Reach) {
	var last provision.Reach
	for _, o := range a {
		if len(o.Reach) > 0 && (len(last) != len(o.Reach) || &last[0] != &o.Reach[0]) {
			all, last = catalog.Join(all, o.Reach), o.Reach
		}
	}
	return all
}

// holdBack sets the grants apart that would be suspended.
func (b *Convergence) holdBack() {
	suspends := func(p Progress) bool {
		return p.Next.State == provision.Suspended && p.Was.Value.State == provision.Active
	}
	for _, p := range b.Progress {
		if suspends(p) {
			b.Held = append(b.Held, p)
		}
	}
	b.Progress = slices.DeleteFunc(b.Progress, suspends)
}

// recheck compares an ACTIVE grant that was not due with its outcome. Grants that
// one commit cannot hold are compared the next time.
func (pr *Provisioning) recheck(b *Convergence, g store.Stored[provision.Grant], said answers, asked bool) {
	o := said.of(g.Value)
	switch {
	case errors.As(o.Err, new(*withheldError)), errors.Is(o.Err, provision.ErrWaiting):
		return // it says nothing of what works already
	case o.Err != nil && !o.Taken && asked && errors.As(o.Err, new(*provision.MovedError)):
		b.Held = append(b.Held, Progress{Was: g, Next: pr.withAnswer(g.Value, said)})
		return
	case o.Err != nil && !o.Taken:
		b.Unknown = append(b.Unknown, g.Value)
		return
	}
	next := pr.withAnswer(g.Value, said)
	if next.Same(g.Value) {
		return
	}
	if asked || len(b.Progress) < GrantBatch {
		b.Progress = append(b.Progress, Progress{Was: g, Next: next})
	}
}

// whenDue is a grant that was due after the answer of the platform. Where it works, and
// nothing may be given just now, it was looked at for its gaps in vain.
func (pr *Provisioning) whenDue(g provision.Grant, said answers) provision.Grant {
	if withheld := errors.As(said.of(g).Err, new(*withheldError)); withheld && g.Gapped() && len(g.Leftovers) == 0 {
		g.Retry = time.Time{}
		return g
	}
	return pr.withAnswer(g, said)
}

// withAnswer is a grant after the answer of the platform.
func (pr *Provisioning) withAnswer(g provision.Grant, said answers) provision.Grant {
	o := said.of(g)
	g = g.ClearedBy(said.find)
	if prevented := (*review.PreventedError)(nil); errors.As(o.Err, &prevented) {
		why := rulebook.PreventedPublicly(prevented.Preventions)
		if len(review.Known(prevented.Preventions)) > 0 && g.Ending == "" {
			return g.Prevent(why)
		}
		o.Err = fmt.Errorf("a guardrail blocks this, and approval will not help: %s", why)
	}
	return g.Applied(o, pr.Now(), store.Backoff)
}

// OfSamePrincipals reads all live grants on an asset of the principals of some.
func (pr *Provisioning) OfSamePrincipals(ctx context.Context, ref catalog.Ref, grants []store.Stored[provision.Grant]) ([]store.Stored[provision.Grant], error) {
	var names []string
	seen := map[string]bool{}
	for _, g := range grants {
		if name := g.Value.Principal.Name; !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	live, err := pr.liveOf(ctx, ref, names)
	return slices.Concat(live...), err
}

// LiveGrants reads the grants of a principal on an asset that may stand.
func (pr *Provisioning) LiveGrants(ctx context.Context, ref catalog.Ref, principal string) ([]store.Stored[provision.Grant], error) {
	live, err := pr.liveOf(ctx, ref, []string{principal})
	return slices.Concat(live...), err
}

// liveOf reads the grants on an asset that may stand, of each of some principals.
func (pr *Provisioning) liveOf(ctx context.Context, ref catalog.Ref, principals []string) ([][]store.Stored[provision.Grant], error) {
	queries := make([]store.Query, len(principals))
	for i, name := range principals {
		queries[i] = records.LiveGrantsOf(records.PairKey(ref, name))
	}
	return journal.AllOf[provision.Grant](ctx, pr.Store, queries)
}

// inForce are the Standings of the grants that work or end, by those that work.
func inForce(all []provision.Grant) []provision.Standing {
	return provision.Standings(slices.DeleteFunc(slices.Clone(all), func(g provision.Grant) bool { return g.Ending == "" && g.State != provision.Active }))
}

// ends reports whether something in a Standing ends.
func ends(s provision.Standing, all []provision.Grant) bool {
	return slices.ContainsFunc(all, func(g provision.Grant) bool { return g.Ending != "" && s.Includes(g) })
}

// ValuesOf are the grants without their versions, in the same order.
func ValuesOf(read []store.Stored[provision.Grant]) []provision.Grant {
	grants := make([]provision.Grant, len(read))
	for i, g := range read {
		grants[i] = g.Value
	}
	return grants
}

// Ask calls a provisioner, and turns a panic or a missing outcome into an error: a
// missing outcome would read as if the platform were as it should be. Live are the
// grants of the principals that it is about.
func (pr *Provisioning) Ask(ctx context.Context, p provision.Provisioner, want []provision.Standing, live []provision.Grant) (outcomes []provision.Outcome) {
	if len(want) == 0 {
		return nil
	}
	ctx, asked := pr.Metrics.Asking(ctx, want[0].Asset.Ref.Connection())
	defer func() { asked(outcomes) }()
	defer func() {
		if fault := recover(); fault != nil {
			pr.Logger.ErrorContext(ctx, "a provisioner panicked", "panic", fault, "stack", string(debug.Stack()))
			outcomes = failed(len(want), errors.New("grantwright: the provisioner panicked; the log says where"))
		}
	}()
	if later, is := p.(provision.Later); is {
		return pr.askLater(ctx, later, want, live)
	}
	outcomes = complete(p.Apply(ctx, want), want)
	return pr.Platforms.HideOutcomes(want[0].Asset.Ref.Connection(), outcomes)
}

// askLater is Ask for a platform that may answer later. The calls are recorded
// first, so that an answer finds its call however soon it comes.
func (pr *Provisioning) askLater(ctx context.Context, p provision.Later, want []provision.Standing, live []provision.Grant) []provision.Outcome {
	back, err := pr.openCalls(ctx, want, live)
	if err != nil {
		return failed(len(want), err)
	}
	outcomes := pr.Platforms.HideOutcomes(want[0].Asset.Ref.Connection(), complete(p.ApplyLater(ctx, want, back), want))
	if err := pr.saveDeadlines(ctx, back, outcomes); err != nil {
		return failed(len(want), err)
	}
	return outcomes
}

func complete(outcomes []provision.Outcome, want []provision.Standing) []provision.Outcome {
	if len(outcomes) != len(want) {
		return failed(len(want), fmt.Errorf("grantwright: the provisioner returned %d outcomes, and was asked for %d", len(outcomes), len(want)))
	}
	return outcomes
}

// failed is the same error for everything that was asked.
func failed(n int, err error) []provision.Outcome {
	return slices.Repeat([]provision.Outcome{{Err: err}}, n)
}

// withheldError says why nothing more is given. It says nothing of access that works
// already.
type withheldError struct{ error }

func (e *withheldError) Unwrap() error { return e.error }
