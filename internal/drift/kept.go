package drift

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// The bounds of what is kept of a reconciliation.
const (
	keptFindings   = 100
	keptStatements = 5 // of one finding
)

// keep adds the result of a reconciliation to a change, in the place of the one before.
func (r *reconciliation) keep(ctx context.Context, c *store.Change) error {
	kept := records.Compared{Connection: r.on.Value.Name, Result: r.result}
	kept.Result.Findings = nil
	for _, f := range r.result.Findings[:min(len(r.result.Findings), keptFindings)] {
		f.Statements = f.Statements[:min(len(f.Statements), keptStatements)]
		kept.Result.Findings = append(kept.Result.Findings, f)
	}
	kept.Result.More += len(r.result.Findings) - len(kept.Result.Findings)
	was, err := records.Comparisons.Get(ctx, r.drift.Store, kept.Connection)
	if journal.UnlessMissing(err) != nil {
		return err
	}
	if err != nil {
		records.Comparisons.Insert(c, kept)
	} else {
		records.Comparisons.Update(c, was, kept)
	}
	return nil
}

// keepNotSetUp keeps that Setup has not run, where that is why nothing can be compared. It is
// a step of registering a connection, and tells nobody.
func (r *reconciliation) keepNotSetUp(ctx context.Context, err error) {
	if !errors.Is(err, platforms.ErrNotSetUp) || r.how.DryRun {
		return
	}
	r.result.Doubt = "Setup has not run on the platform yet"
	if err := r.drift.Commit(ctx, func(c *store.Change) error { return r.keep(ctx, c) }); err != nil {
		r.drift.Logger.WarnContext(ctx, "that Setup has not run cannot be kept", "connection", r.on.Value.Name, "error", err)
	}
}
