package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// reconciliations is how many are made until there is nothing left to mend: what
// the first finds may be worked on just then.
const reconciliations = 5

// locksHeld is longer than a session that is silent in a transaction keeps its locks.
const locksHeld = 2 * time.Minute

// manyLost is more than what is taken away on the platforms meanwhile: what has to be
// suspended is looked at by the survey, and not by a person.
const manyLost = 10_000

// reconcile reads the platforms, brings their masks into force, and compares and mends until
// there is nothing left to mend. It returns what should not have been found.
func reconcile(ctx context.Context, w *world) ([]string, error) {
	e, err := w.spec().calm().engine(w.records)
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }()
	if err := refresh(ctx, w, e); err != nil {
		return nil, err
	}
	var wrong, left []string
	for range reconciliations {
		left = nil
		for _, p := range w.platforms {
			r, err := e.Reconcile(ctx, governance, p.name, provision.Reconcile{MaxRemovals: manyLost})
			if err != nil {
				return wrong, fmt.Errorf("reconciling %s: %w", p.name, err)
			}
			wrong = append(wrong, faultsOf(r)...)
			left = append(left, differences(r)...)
		}
		if err := quiet(ctx, w); err != nil || len(left) == 0 {
			return wrong, err
		}
	}
	return append(wrong, left...), nil
}

// refresh reads the platforms and brings their masks into force. The engine processes sync and
// look at the masks as well: who comes second has to look again.
func refresh(ctx context.Context, w *world, e *grantwright.Engine) error {
	for _, p := range w.platforms {
		err := unlessOvertaken(ctx, w, func() error {
			_, err := e.Sync(ctx, admin, catalog.Ref(p.name))
			return err
		})
		if err != nil {
			return fmt.Errorf("syncing %s: %w", p.name, err)
		}
		if err := unlessOvertaken(ctx, w, func() error { return e.Masks().Enforce(ctx, governance, p.name) }); err != nil {
			return fmt.Errorf("masking on %s: %w", p.name, err)
		}
	}
	return quiet(ctx, w)
}

// unlessOvertaken does something when all is quiet, and again where an engine was at it too,
// or the session of a killed one still holds its locks: for a minute, as the store allows.
func unlessOvertaken(ctx context.Context, w *world, do func() error) error {
	err := store.ErrConflict
	for until := time.Now().Add(locksHeld); errors.Is(err, store.ErrConflict) && time.Now().Before(until); {
		if err = quiet(ctx, w); err == nil {
			err = do()
		}
	}
	return err
}

// faultsOf is what no reconciliation should find, whatever happened before: a
// platform that it does not trust, and access that has ended by the records.
func faultsOf(r provision.Reconciliation) []string {
	var wrong []string
	if r.Stopped || r.Doubt != "" {
		wrong = append(wrong, fmt.Sprintf("reconciling %s stopped: %d of %d accesses would be removed; %s", r.Connection, r.Removals, r.Standing, r.Doubt))
	}
	for _, f := range r.Findings {
		if f.Kind == provision.FoundOrphan {
			wrong = append(wrong, fmt.Sprintf("reconciling %s found %+v", r.Connection, f))
		}
	}
	return wrong
}

// differences is what a reconciliation found beside what others gave.
func differences(r provision.Reconciliation) []string {
	var found []string
	for _, f := range r.Findings {
		if f.Kind != provision.FoundForeign {
			found = append(found, fmt.Sprintf("reconciling %s still finds %+v", r.Connection, f))
		}
	}
	return found
}
