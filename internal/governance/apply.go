package governance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// CheckDefinitions lists all faults of definitions that show without the records.
func (gov *Governance) CheckDefinitions(ctx context.Context, want manifest.Definitions) error {
	var faults []error
	for _, k := range gov.Kinds {
		faults = append(faults, k.check(ctx, gov, want))
	}
	return errors.Join(faults...)
}

// Definitions reads everything that is defined.
func (gov *Governance) Definitions(ctx context.Context) (all manifest.Definitions, err error) {
	for _, k := range gov.Kinds {
		if err := k.read(ctx, gov, &all); err != nil {
			return all, err
		}
	}
	return all, nil
}

// apply saves what differs, and then removes what is not wanted: what names others goes
// before these.
func (d *Revision) apply(ctx context.Context, differences manifest.Differences, want manifest.Definitions) error {
	if len(differences) > manifest.MaxApplied {
		return &request.InvalidError{What: "definitions", Faults: []request.Fault{{Field: "definitions", Reason: fmt.Sprintf(
			"differ in %d places, at most %d can be applied at once; apply a part of them first", len(differences), manifest.MaxApplied)}}}
	}
	based := map[named]int{}
	for _, one := range differences {
		based[named{one.What, one.Name}] = one.Based
	}
	for _, k := range d.governance.Kinds {
		if err := k.saveAll(ctx, d, want, based); err != nil {
			return err
		}
	}
	for _, k := range slices.Backward(d.governance.Kinds) {
		if err := k.removeAll(ctx, d, differences); err != nil {
			return err
		}
	}
	return nil
}

// Application brings many definitions to what somebody has reviewed: it holds those
// that differ, and the names of those that go.
type Application struct {
	governance *Governance

	Changed  manifest.Definitions `json:"changed"`
	Removed  []named              `json:"removed,omitempty"`
	Reviewed string               `json:"reviewed"` // the hash of the differences
	Owned    string               `json:"owned,omitempty"`

	Applied manifest.Differences `json:"-"`
}

// named names a definition by the word of its kind and its own name.
type named struct {
	What string `json:"what"`
	Name string `json:"name"`
}

// NewApplication returns the alteration that brings about the differences, with the
// wanted definitions that it needs.
func (gov *Governance) NewApplication(want manifest.Definitions, differences manifest.Differences) *Application {
	a := &Application{governance: gov, Reviewed: differences.Hash(), Owned: want.Owned}
	changed := map[named]bool{}
	for _, d := range differences {
		if d.How == manifest.Removed {
			a.Removed = append(a.Removed, named{d.What, d.Name})
		} else {
			changed[named{d.What, d.Name}] = true
		}
	}
	a.Changed = want.Only(func(what, name string) bool { return changed[named{what, name}] })
	return a
}

// Kind is the kind of its proposals.
func (*Application) Kind() manifest.ProposalKind { return "definitions.apply" }

// Of says that it concerns many definitions: it has no name of its own.
func (*Application) Of() (what, name string) { return "definitions", "of a file" }

// Needs is the permission to change definitions.
func (*Application) Needs() request.Permission { return request.Governance }

// Check looks for faults in the definitions that change.
func (a *Application) Check(ctx context.Context) error {
	return a.governance.CheckDefinitions(ctx, a.Changed)
}

// Differences compares the stored definitions with those that the application leaves.
func (a *Application) Differences(ctx context.Context) (manifest.Differences, error) {
	return differencesOf(a.between(ctx))
}

func (a *Application) between(ctx context.Context) (stored, want manifest.Definitions, err error) {
	stored, err = a.governance.Definitions(ctx)
	return stored, a.wanted(stored), err
}

// wanted are the stored definitions with those that change, and without those that
// go.
func (a *Application) wanted(stored manifest.Definitions) manifest.Definitions {
	return stored.With(a.Changed).Only(func(what, name string) bool { return !slices.Contains(a.Removed, named{what, name}) })
}

// CarryOut applies the differences, if they are still those that somebody has reviewed.
func (a *Application) CarryOut(ctx context.Context, d *Revision) error {
	stored, err := a.governance.Definitions(ctx)
	if err != nil {
		return err
	}
	want := a.wanted(stored)
	d.as = a.Owned
	a.Applied = manifest.Diff(stored, want)
	if now := a.Applied.Hash(); now != a.Reviewed {
		return &manifest.StaleDiffError{Reviewed: a.Reviewed, Now: now}
	}
	return errors.Join(d.apply(ctx, a.Applied, want), d.ownAgain(ctx, a))
}
