package provisioning

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Brought is what came of bringing the platform to what some grants call for.
type Brought struct {
	Change   store.Change
	Progress []Progress
	Unheard  []provision.Grant // that the platform did not say anything certain of
}

// Bring asks the platform for what the principals of some grants of an asset
// should have from all their grants, and records what it said: of those that are
// due in any case, and of those that were ACTIVE where it says something new.
func (pr *Provisioning) Bring(ctx context.Context, ref catalog.Ref, grants []store.Stored[provision.Grant]) (Brought, error) {
	var b Brought
	if len(grants) == 0 {
		return b, nil
	}
	all, err := pr.OfSamePrincipals(ctx, ref, grants)
	if err != nil {
		return b, err
	}
	live := ValuesOf(all)
	said := pr.apply(ctx, ref, live)
	if err := ctx.Err(); err != nil {
		return b, err // what was done will be seen by whoever comes next
	}
	for _, g := range all {
		asked := holds(grants, g.Value.ID)
		if overtakes := !g.Value.Waits.IsZero(); overtakes || asked && g.Value.Due(pr.Now()) {
			b.Progress = append(b.Progress, Progress{Was: g, Next: pr.heard(g.Value, said)})
		} else if g.Value.State == provision.Active && g.Value.How != provision.Manual {
			pr.recheck(&b, g, said, asked)
		}
	}
	Renewed(b.Progress, live)
	for i, p := range b.Progress {
		if p.Next.State == provision.Revoked && p.Next.Ending == request.Expired {
			b.Progress[i].outlived = outliving(live, p.Next)
		}
	}
	return b, pr.Record(ctx, &b.Change, request.SystemID, b.Progress...)
}

// recheck looks at a grant that was ACTIVE, and at which nothing was to be done.
// What one commit cannot hold shows the next time.
func (pr *Provisioning) recheck(b *Brought, g store.Stored[provision.Grant], said answers, asked bool) {
	o := said.of(g.Value)
	switch {
	case errors.As(o.Err, new(*withheldError)), errors.Is(o.Err, provision.ErrWaiting):
		return // it says nothing of what works already
	case o.Err != nil && !o.Taken:
		b.Unheard = append(b.Unheard, g.Value)
		return
	}
	next := pr.heard(g.Value, said)
	if next.State == g.Value.State && slices.Equal(next.Remaining, g.Value.Remaining) && next.Query == g.Value.Query {
		return
	}
	if asked || len(b.Progress) < ProvisionBatch {
		b.Progress = append(b.Progress, Progress{Was: g, Next: next})
	}
}

// heard is a grant after the platform has said how it stands with it.
func (pr *Provisioning) heard(g provision.Grant, said answers) provision.Grant {
	return g.ClearedBy(said.find).Applied(said.of(g), pr.Now(), store.Backoff)
}

// OfSamePrincipals reads all live grants on an asset of the principals of some.
func (pr *Provisioning) OfSamePrincipals(ctx context.Context, ref catalog.Ref, grants []store.Stored[provision.Grant]) ([]store.Stored[provision.Grant], error) {
	var all []store.Stored[provision.Grant]
	seen := map[string]bool{}
	for _, g := range grants {
		name := g.Value.Principal.Name
		if seen[name] {
			continue
		}
		seen[name] = true
		found, err := pr.LiveGrants(ctx, ref, name)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// LiveGrants reads the grants of a principal on an asset that may stand.
func (pr *Provisioning) LiveGrants(ctx context.Context, ref catalog.Ref, principal string) ([]store.Stored[provision.Grant], error) {
	var live []store.Stored[provision.Grant]
	err := records.GrantsOf.Each(ctx, pr.Store, records.PairKey(ref, principal), func(g store.Stored[provision.Grant]) error {
		if g.Value.Live() {
			live = append(live, g)
		}
		return nil
	})
	return live, err
}

// beside is what the principals of grants that end, or work, have from those that
// work.
func beside(all []provision.Grant) []provision.Standing {
	return provision.Standings(slices.DeleteFunc(slices.Clone(all), func(g provision.Grant) bool { return g.Ending == "" && g.State != provision.Active }))
}

// ends reports whether something in a Standing ends.
func ends(s provision.Standing, all []provision.Grant) bool {
	return slices.ContainsFunc(all, func(g provision.Grant) bool { return g.Ending != "" && s.Includes(g) })
}

func holds(grants []store.Stored[provision.Grant], id provision.GrantID) bool {
	return slices.ContainsFunc(grants, func(g store.Stored[provision.Grant]) bool { return g.Value.ID == id })
}

// ValuesOf are the grants without their versions, in the same order.
func ValuesOf(read []store.Stored[provision.Grant]) []provision.Grant {
	grants := make([]provision.Grant, len(read))
	for i, g := range read {
		grants[i] = g.Value
	}
	return grants
}
