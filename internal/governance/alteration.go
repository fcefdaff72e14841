package governance

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// saving saves a definition.
type saving[N ~string, T any] struct {
	kind       *Kind[N, T]
	governance *Governance
	value      T
	saved      T
}

func (a *saving[N, T]) Kind() manifest.ProposalKind {
	if a.kind.unversioned() {
		return manifest.ProposalKind(a.kind.word() + ".set")
	}
	return manifest.ProposalKind(a.kind.word() + ".save")
}

func (a *saving[N, T]) Of() (what, name string) { return a.kind.word(), string(a.kind.name(a.value)) }

func (*saving[N, T]) Needs() request.Permission { return request.Governance }

func (a *saving[N, T]) Check(ctx context.Context) error {
	return a.kind.Check(ctx, a.governance, a.value)
}

func (a *saving[N, T]) CarryOut(ctx context.Context, d *Revision) (err error) {
	a.saved, err = a.kind.save(ctx, d, a.value, a.kind.version(a.value))
	return err
}

func (a *saving[N, T]) Differences(ctx context.Context) (manifest.Differences, error) {
	return differencesOf(a.between(ctx))
}

func (a *saving[N, T]) between(ctx context.Context) (stored, wanted manifest.Definitions, err error) {
	var want []T
	if !a.kind.unversioned() || !a.kind.Empty(a.value) {
		want = []T{a.value}
	}
	return a.kind.between(ctx, a.governance, a.kind.name(a.value), want)
}

func (a *saving[N, T]) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]T{a.kind.word(): a.value})
}

func (a *saving[N, T]) UnmarshalJSON(text []byte) error {
	body := map[string]T{}
	err := json.Unmarshal(text, &body)
	a.value = body[a.kind.word()]
	return err
}

// deleting deletes a definition.
type deleting[N ~string, T any] struct {
	kind       *Kind[N, T]
	governance *Governance
	versioned[N]
}

// versioned names a version of a definition.
type versioned[N ~string] struct {
	Name    N   `json:"name"`
	Version int `json:"version"`
}

func (a *deleting[N, T]) Kind() manifest.ProposalKind {
	return manifest.ProposalKind(a.kind.word() + ".delete")
}

func (a *deleting[N, T]) Of() (what, name string) { return a.kind.word(), string(a.Name) }

func (*deleting[N, T]) Needs() request.Permission { return request.Governance }

func (*deleting[N, T]) Check(context.Context) error { return nil }

func (a *deleting[N, T]) CarryOut(ctx context.Context, d *Revision) error {
	return a.kind.remove(ctx, d, a.Name, a.Version)
}

func (a *deleting[N, T]) Differences(ctx context.Context) (manifest.Differences, error) {
	return differencesOf(a.between(ctx))
}

func (a *deleting[N, T]) between(ctx context.Context) (stored, want manifest.Definitions, err error) {
	return a.kind.between(ctx, a.governance, a.Name, nil)
}

func (a *deleting[N, T]) MarshalJSON() ([]byte, error) {
	if a.kind.Plain {
		return json.Marshal(a.versioned)
	}
	return json.Marshal(map[string]versioned[N]{a.kind.word(): a.versioned})
}

func (a *deleting[N, T]) UnmarshalJSON(text []byte) error {
	if a.kind.Plain {
		return json.Unmarshal(text, &a.versioned)
	}
	body := map[string]versioned[N]{}
	err := json.Unmarshal(text, &body)
	a.versioned = body[a.kind.word()]
	return err
}

// differencesOf compares definitions, if they could be read.
func differencesOf(stored, want manifest.Definitions, err error) (manifest.Differences, error) {
	if err != nil {
		return nil, err
	}
	return manifest.Diff(stored, want), nil
}

// between are the definition of a name, if it stands, and those that are wanted in its
// place.
func (k *Kind[N, T]) between(ctx context.Context, gov *Governance, name N, wanted []T) (stored, want manifest.Definitions, err error) {
	stands, err := k.Newest(ctx, gov, name)
	if err == nil {
		err = k.File.Put(&stored, []T{stands})
	}
	if err := journal.UnlessMissing(err); err != nil {
		return stored, want, err
	}
	return stored, want, k.File.Put(&want, wanted)
}

func (k *Kind[N, T]) alterations(gov *Governance) []Alteration {
	all := []Alteration{&saving[N, T]{kind: k, governance: gov}}
	if k.unversioned() {
		return all
	}
	return append(all, &deleting[N, T]{kind: k, governance: gov})
}

// DefinitionAlterations are those of definitions.
func (gov *Governance) DefinitionAlterations() []Alteration {
	all := []Alteration{&Application{governance: gov}, &Furnishing{Application{governance: gov}}}
	for _, k := range gov.Kinds {
		all = append(all, k.alterations(gov)...)
	}
	return all
}

// alterationOf reads the change that a proposal holds.
func (gov *Governance) alterationOf(p manifest.Proposal) (Alteration, error) {
	for _, a := range gov.Alterations() {
		if a.Kind() != p.Kind {
			continue
		}
		if err := json.Unmarshal(p.Body, a); err != nil {
			return nil, fmt.Errorf("grantwright: proposal %s cannot be read: %w", p.ID, err)
		}
		return a, nil
	}
	return nil, fmt.Errorf("grantwright: proposal %s is a %s, which this release does not know", p.ID, p.Kind)
}
