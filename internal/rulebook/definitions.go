package rulebook

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// ConnectionsOf are the connections of some places, each once.
func ConnectionsOf(places []catalog.Ref) []string {
	var all []string
	for _, at := range places {
		if name := at.Connection(); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// List reads one page of the newest versions of a kind of definitions, by name.
func List[T any](ctx context.Context, r *Rulebook, of manifest.DefinitionKind, versions store.Kind[string, T], after string, limit int) ([]T, error) {
	from := store.Position{}
	if after != "" {
		from.ID = records.DefinitionNeed{Kind: of, Name: after}.Key()
	}
	heads, err := journal.Values(records.DefinitionsOf.Find(ctx, r.Store, of, from, limit))
	if err != nil || len(heads) == 0 {
		return nil, err
	}
	keys := make([]string, len(heads))
	for i, h := range heads {
		keys[i] = records.VersionKey(h.Name, h.Newest)
	}
	return journal.Values(versions.Some(ctx, r.Store, keys...))
}

// Newest reads the newest version of a definition.
func Newest[T any](ctx context.Context, r *Rulebook, n records.DefinitionNeed, versions store.Kind[string, T]) (T, error) {
	var none T
	h, err := records.Definitions.Get(ctx, r.Store, n.Key())
	if err == nil && h.Value.Deleted {
		err = store.ErrNotFound
	}
	if errors.Is(err, store.ErrNotFound) {
		return none, fmt.Errorf("%w: %s %q", store.ErrNotFound, n.Kind.Singular(), n.Name)
	}
	if err != nil {
		return none, err
	}
	read, err := versions.Get(ctx, r.Store, records.VersionKey(n.Name, h.Value.Newest))
	return read.Value, err
}

// FormNamed is the key of the head of a form.
func FormNamed(name request.FormName) records.DefinitionNeed {
	return records.DefinitionNeed{Kind: manifest.FormDefinition, Name: string(name)}
}

// FlowNamed is the key of the head of a flow.
func FlowNamed(name request.FlowName) records.DefinitionNeed {
	return records.DefinitionNeed{Kind: manifest.FlowDefinition, Name: string(name)}
}

// AgreementNamed is the key of the head of an agreement.
func AgreementNamed(name request.AgreementName) records.DefinitionNeed {
	return records.DefinitionNeed{Kind: manifest.AgreementDefinition, Name: string(name)}
}
