package drift

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// maxOrphans bounds how many orphans one reconciliation goes through.
const maxOrphans = 10_000

// orphan is access of ours that no grant calls for.
type orphan struct {
	provision.Standing                               // Want is the access that no grant calls for
	last               store.Stored[provision.Grant] // the last of this principal on this asset; zero if there never was one
	shared             bool                          // live grants on the same object: applying them removes the orphan
	known              int64                         // the last act that the records know of this principal on this asset, or of anybody where they do not know them
}

// recorded reports whether the records know of the principal on the asset.
func (o orphan) recorded() bool { return o.last.Value.ID != "" }

// later reports whether we have given it by an act that is later than all that the records
// know: they are older than the platform.
func (o orphan) later() bool { return o.By == "" && o.Act > 0 && o.known > 0 && o.Act > o.known }

// foreign reports whether it is none of the records' making: somebody else gave it, or
// somebody in our name before the last act that they know.
func (o orphan) foreign() bool {
	return !o.recorded() && (o.By != "" || o.Act > 0 && o.known > 0 && o.Act <= o.known)
}

// counts reports whether it counts among the removals of which only so many are made
// without asking. What others gave in our roles is not, or anybody could hold up all.
func (o orphan) counts() bool { return o.recorded() || o.By == "" && o.foreign() }

// orphansOf compares the access of some principals on some objects with the grants. It
// reads the records after the platform: a grant is committed before its access is given,
// so that access without a record was not given by these records.
func (d *Drift) orphansOf(ctx context.Context, all []provision.Standing) ([]orphan, error) {
	var byID, byName []store.Query
	for _, s := range all {
		if s.Principal.ID == "" { // the platform has no ids, and nobody is renamed there
			byName = append(byName, records.GrantsOf.Query(records.PairKey(s.Asset.Ref, s.Principal.Name)))
		} else {
			byID = append(byID, records.GrantsOfID.Query(records.PairKey(s.Asset.Ref, s.Principal.ID)))
		}
	}
	ofIDs, err := journal.AllOf[provision.Grant](ctx, d.Store, byID)
	if err != nil {
		return nil, err
	}
	ofNames, err := journal.AllOf[provision.Grant](ctx, d.Store, byName)
	if err != nil {
		return nil, err
	}
	orphans := make([]orphan, len(all))
	for i, s := range all {
		from := &ofIDs
		if s.Principal.ID == "" {
			from = &ofNames
		}
		orphans[i] = orphanOf(s, (*from)[0])
		*from = (*from)[1:]
		if o := &orphans[i]; !o.recorded() && o.By == "" && o.Act > 0 {
			if o.known, err = d.lastAct(ctx, s.Asset.Ref); err != nil {
				return nil, err
			}
		}
	}
	return orphans, nil
}

// lastAct is the last act on an asset that the records know.
func (d *Drift) lastAct(ctx context.Context, ref catalog.Ref) (last int64, err error) {
	err = records.GrantsOn.Each(ctx, d.Store, ref, func(g store.Stored[provision.Grant]) error {
		last = max(last, g.Value.Act)
		return nil
	})
	return last, err
}

// orphanOf compares the access of one principal on one object with all grants of that
// principal there.
func orphanOf(s provision.Standing, grants []store.Stored[provision.Grant]) orphan {
	o := orphan{Standing: s}
	for _, g := range grants {
		o.known = max(o.known, g.Value.Act)
		if !g.Value.Approved.Before(o.last.Value.Approved) {
			o.last = g
		}
		if !g.Value.Live() || !concerns(g.Value, s.Asset.ID) {
			continue
		}
		o.shared = true
		if !compared(g.Value) { // the task of the asset applies it
			o.Want = nil
		}
		o.Want = slices.DeleteFunc(slices.Clone(o.Want), g.Value.Access.Covers)
	}
	return o
}

// concerns reports whether a grant is about an object, or has left something there.
func concerns(g provision.Grant, object string) bool {
	return g.Asset.ID == object || slices.ContainsFunc(g.Leftovers, func(o catalog.Object) bool { return o.ID == object })
}
