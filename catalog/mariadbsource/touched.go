package mariadbsource

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
)

// Touched is something that is called, or changed, when a table or a view is used, as the
// procedure list_touched has it.
type Touched struct {
	Table string // in the database that was asked about
	Way   catalog.Way

	Database, Name string // of the table that is changed; else the name as MariaDB writes it
	Own            bool   // a function runs with the rights of whoever calls it
}

// through says it of an asset of a connection. A trigger always runs as its definer.
func (t Touched) through(connection string) (catalog.Through, error) {
	if t.Way != catalog.ByCascade {
		return catalog.Through{Way: t.Way, Name: t.Name, Own: t.Own, Writes: t.Way == catalog.ByTrigger}, nil
	}
	ref, err := catalog.NewRef(connection, t.Database, t.Name)
	if err != nil {
		return catalog.Through{}, fmt.Errorf("what is changed with it: %w", err)
	}
	return catalog.Through{Way: t.Way, Ref: ref, Writes: true}, nil
}

// TouchLinks says what is called, or changed, through an asset: of itself, and of what is
// read through it. What takes rights of one's own is written by nobody else. Touched asks
// for what one table or view touches.
func TouchLinks(ctx context.Context, asset catalog.Ref, read []catalog.Through, touched func(ctx context.Context, database, table string) ([]Touched, error)) ([]catalog.Through, error) {
	all := []catalog.Through{{Ref: asset}}
	for _, t := range read {
		if t.Way == catalog.ByQuery {
			all = append(all, t)
		}
	}
	var links []catalog.Through
	for _, of := range all {
		path := of.Ref.Path()
		found, err := touched(ctx, path[0], path[1])
		if err != nil {
			return nil, err
		}
		for _, t := range found {
			link, err := t.through(asset.Connection())
			if err != nil {
				return nil, err
			}
			if link.Ref != asset && (!of.Own || !link.Writes) {
				links = append(links, link)
			}
		}
	}
	return catalog.Join(read, links), nil
}
