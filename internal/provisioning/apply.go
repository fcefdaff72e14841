package provisioning

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// answers are the outcomes of the Standings that were asked for.
type answers map[Pair]provision.Outcome

// Pair is a principal and an object under a Ref.
type Pair struct {
	principal request.Principal
	ref       catalog.Ref
	object    catalog.Object
}

// PairOf is what a Standing is about.
func PairOf(s provision.Standing) Pair { return Pair{s.Principal, s.Asset.Ref, s.Asset.Object()} }

// answered pairs Standings with their outcomes.
func answered(want []provision.Standing, outcomes []provision.Outcome) answers {
	all := make(answers, len(want))
	for i, w := range want {
		all[PairOf(w)] = outcomes[i]
	}
	return all
}

// of is the answer about the principal and the asset of a grant.
func (a answers) of(g provision.Grant) provision.Outcome {
	o, _ := a.find(provision.Standing{Principal: g.Principal, Asset: g.Asset})
	o.Err = FaultOf(o.Err, g)
	return o
}

func (a answers) find(s provision.Standing) (o provision.Outcome, asked bool) {
	if o, asked = a[PairOf(s)]; !asked {
		o.Err = errors.New("grantwright: the platform was not asked")
	}
	return o, asked
}

// apply asks the platform for the Standings that the live grants call for. Where
// nothing more may be given, and something ends, it asks for the Standings in force
// without it.
func (pr *Provisioning) apply(ctx context.Context, ref catalog.Ref, live []provision.Grant, hold bool) answers {
	want, others := provision.Standings(live), inForce(live)
	ctx, cancel := WithTimeToRecord(ctx)
	defer cancel()
	p, err := pr.Platforms.Acting(ctx, ref.Connection())
	if err == nil && p == nil {
		err = fmt.Errorf("%w: connection %s has no provisioner any more", provision.ErrNoPlatform, ref.Connection())
	}
	var covering []provision.Standing
	if err == nil {
		covering, err = pr.Rules.WithCovered(ctx, ref, slices.Concat(want, others))
	}
	if err != nil {
		return answered(want, failed(len(want), err))
	}
	for i := range covering {
		covering[i].Hold = hold
	}
	faults := rulebook.UnmaskableFaults(p, covering)
	for i, fault := range faults {
		if fault != nil {
			covering[i].Want, covering[i].Given = nil, nil
		}
	}
	outcomes := pr.applyResolved(ctx, p, live, covering[:len(want)], covering[len(want):])
	pr.giveRest(ctx, p, live, covering[:len(want)], outcomes)
	pr.judgeReach(ctx, p, live, covering[:len(want)], outcomes)
	for i, o := range outcomes {
		if faults[i] != nil {
			outcomes[i].Taken, outcomes[i].Err = o.Taken || o.Err == nil, errors.Join(faults[i], o.Err)
		}
	}
	return answered(want, outcomes)
}

// WithTimeToRecord shortens a context by a third of its remaining time, in which
// outcomes can still be recorded.
func WithTimeToRecord(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)*2/3)
}

// applyResolved gives nothing more to whoever is no longer the principal that was
// approved. What ends is taken from them all the same, and where the connection is
// frozen what stands on one asset comes under the masks that hold by now.
func (pr *Provisioning) applyResolved(ctx context.Context, p provision.Provisioner, live []provision.Grant, want, inForce []provision.Standing) []provision.Outcome {
	pr.readAnew(ctx, want, live)
	outcomes, refused := make([]provision.Outcome, len(want)), pr.changedPrincipals(ctx, want)
	var ask []provision.Standing
	var places []int
	for i, w := range want {
		if outcomes[i].Err = refused[i]; refused[i] != nil {
			at := slices.IndexFunc(inForce, func(b provision.Standing) bool {
				return b.SamePair(w) && (ends(b, live) || comesUnder(b, refused[i]))
			})
			if at < 0 {
				continue
			}
			w = inForce[at]
		}
		ask, places = append(ask, w), append(places, i)
	}
	for i, o := range pr.Ask(ctx, p, ask, live) {
		at := places[i]
		if refused[at] != nil {
			o.Taken, o.Err = o.Taken || o.Err == nil, &withheldError{errors.Join(refused[at], o.Err)}
		}
		outcomes[at] = o
	}
	return outcomes
}

// readAnew reads at once the records that may forbid to give something: a switch that was
// set until now counts. The requests that the outcomes go to are read with them.
func (pr *Provisioning) readAnew(ctx context.Context, want []provision.Standing, live []provision.Grant) {
	if len(want) == 0 {
		return
	}
	snapshot.Forget(ctx)
	connection := want[0].Asset.Ref.Connection()
	keys := []store.Key{records.Connections.Key(connection), records.Stops.Key(provision.StoppedConnection(connection))}
	for _, w := range want {
		keys = append(keys, records.PrincipalClaims.Key(records.ClaimKey(connection, w.Principal.Name)))
	}
	for _, g := range live {
		keys = append(keys, records.Stops.Key(provision.StoppedPerson(g.Beneficiary)))
		if g.Wanted() {
			keys = append(keys, pr.People.Keys(g.Beneficiary)...)
		}
		if g.State != provision.Active {
			keys = append(keys, records.Requests.Key(g.Request))
		}
	}
	pr.Act(ctx, keys...)
}

// comesUnder reports whether what stands is brought under its masks although nothing
// may be given. Of a container that might give what has come into it since.
func comesUnder(s provision.Standing, refused error) bool {
	return len(s.Masked) > 0 && !s.Asset.Kind.Container() && errors.As(refused, new(*people.FrozenError))
}

// changedPrincipals says of each Standing that wants something why it may not be
// given: its connection is frozen, its principal is not that of the person who has
// claimed it any more, that person is disabled, or this is not known; nil where it
// may.
func (pr *Provisioning) changedPrincipals(ctx context.Context, want []provision.Standing) []error {
	faults := make([]error, len(want))
	if len(want) == 0 {
		return faults
	}
	c, err := records.Connections.Get(ctx, pr.Store, want[0].Asset.Ref.Connection())
	if err == nil {
		err = pr.People.CheckFrozen(ctx, c.Value.Name)
	}
	for i, w := range want {
		switch {
		case len(w.Want) == 0:
		case err != nil:
			faults[i] = err
		default:
			faults[i] = pr.stillPrincipal(ctx, c.Value, w.Principal)
		}
	}
	return faults
}

func (pr *Provisioning) stillPrincipal(ctx context.Context, c catalog.Connection, p request.Principal) error {
	claim, err := records.PrincipalClaims.Get(ctx, pr.Store, records.ClaimKey(c.Name, p.Name))
	if err != nil {
		return err
	}
	if err := pr.People.CheckBeneficiary(ctx, claim.Value.Person); err != nil {
		return needsPerson(err)
	}
	person, err := pr.People.Person(ctx, claim.Value.Person, request.Identity{})
	if err != nil {
		return needsPerson(err)
	}
	name, err := pr.Platforms.Principal(ctx, c, person)
	switch {
	case err != nil:
		return needsPerson(err)
	case name != p.Name:
		return fmt.Errorf("%w: %s is principal %q now, and %q was approved", provision.ErrPermanent, claim.Value.Person, name, p.Name)
	}
	return nil
}

// needsPerson says of what somebody has to mend that it does. What could not be
// found out just now, as from a store or a directory that is busy, is not that.
func needsPerson(err error) error {
	late := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
	known := errors.As(err, new(*request.InvalidError)) || errors.Is(err, request.ErrUnknownPerson) || errors.Is(err, provision.ErrNoPrincipal)
	if late || !known {
		return err
	}
	return fmt.Errorf("%w: %w", provision.ErrPermanent, err)
}
