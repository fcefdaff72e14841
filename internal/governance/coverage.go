package governance

import (
	"context"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// coverAnew rings the reconciliation of the connections that a revision affects:
// where grants on containers cover more or fewer assets now, and where guardrails
// differ.
func (gov *Governance) coverAnew(ctx context.Context, c *store.Change, d *Revision) error {
	connections := map[string]bool{} // whether guardrails differ there
	for _, at := range d.guarded {
		connections[at.Connection()] = true
	}
	for _, at := range d.changedPlaces() {
		for _, container := range at.Lineage()[1:] {
			live, err := records.LiveGrants.Find(ctx, gov.Store, container, store.Position{}, 1)
			if err != nil {
				return err
			}
			if len(live) > 0 {
				connections[at.Connection()] = connections[at.Connection()]
				break
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(connections)) {
		on, err := records.Connections.Get(ctx, gov.Store, name)
		switch {
		case err != nil:
		case connections[name]:
			err = store.Ring(ctx, gov.Store, c, journal.ReconcileTask(name), gov.Now())
		default:
			err = gov.Drift.ReconcileSoon(ctx, c, on.Value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
