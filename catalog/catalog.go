// Package catalog holds what can be asked for: the assets of data platforms.
//
// An administrator registers a Connection to a platform. A Source reads the
// platform's objects, one stream per sync, and an Inventory mirrors them as
// Assets. What a later sync no longer sees is marked gone, and is never deleted.
// A Link, built from names alone, leads from any data catalog to an asset.
package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
)

// ErrNotFound is wrapped when no asset has the Ref that was asked for.
var ErrNotFound = errors.New("catalog: no such asset")

// Kind says what an asset is.
type Kind string

// The kinds of assets.
const (
	Database         Kind = "DATABASE"
	Schema           Kind = "SCHEMA"
	Table            Kind = "TABLE"
	PartitionedTable Kind = "PARTITIONED_TABLE"
	View             Kind = "VIEW"
	MaterializedView Kind = "MATERIALIZED_VIEW"
	ForeignTable     Kind = "FOREIGN_TABLE"
)

// Container reports whether assets of this kind hold other assets.
func (k Kind) Container() bool { return k == Database || k == Schema }

// Asset is one object of a data platform, as the last sync saw it.
type Asset struct {
	Ref        Ref    `json:"ref"`
	Kind       Kind   `json:"kind"`
	ID         string `json:"id,omitempty"`         // the platform's own id; another id under the same Ref is another object
	Technology string `json:"technology,omitempty"` // of its connection
	Host       string `json:"host,omitempty"`       // of its connection: the name catalogs know the platform by

	Columns []Column `json:"columns,omitempty"` // in the platform's order; none for containers
	Source  Claims   `json:"source"`

	// Through is what is read or touched through the asset, at any depth, in the order
	// of Join; none for containers. PartOf are the assets through which this one is read
	// as a part of them: the tables that it is a partition or a child of, at any depth,
	// sorted.
	Through []Through `json:"through,omitempty"`
	PartOf  []Ref     `json:"partOf,omitempty"`

	// Was are the Refs under which governance may have spoken of the data of the asset
	// before: under which the same object stood, by its ID, and of which it was a part,
	// sorted. An Inventory fills it in, see Before; a Source leaves it empty. Like is a
	// masked asset beside it whose masked columns it had when it appeared there; the
	// engine fills it in.
	Was  []Ref `json:"was,omitempty"`
	Like Ref   `json:"like,omitempty"`

	// Had is what a materialized view read before and does not read any more: it may hold
	// rows of that until it is refreshed, and no catalog says when it was. An Inventory fills
	// it in, see Kept; a Source leaves it empty.
	Had []Through `json:"had,omitempty"`

	// Definition stands for what a view shows, and for all views beneath it, as a
	// provisioner has read it: see SameDefinition. Empty where nothing is defined, or
	// nobody has asked.
	Definition string `json:"definition,omitempty"`

	Gone time.Time `json:"gone,omitzero"` // when a sync first missed it; zero while it stands
}

// Column is one column of a table or view.
type Column struct {
	Name    string `json:"name"`
	Type    string `json:"type"` // in the platform's words
	Comment string `json:"comment,omitempty"`

	// ID is the platform's own, which stays when the column is renamed and is never
	// another's of the same object; empty where the platform has none.
	ID string `json:"id,omitempty"`

	// From are the other columns of the asset that a generated column is computed from, at
	// any depth, sorted: all of them where the platform does not say. An identity and a
	// default are not generated.
	From []string `json:"from,omitempty"`
}

// Claims are what the platform's own people say of an asset. They are shown and
// can be read by conditions, but governance did not say them.
type Claims struct {
	Owner   string   `json:"owner,omitempty"`
	Comment string   `json:"comment,omitempty"`
	Tags    []string `json:"tags,omitempty"`
}

// Object is the identity of what stands under a name: if any of it differs, it
// is not the object that was approved.
type Object struct {
	ID    string `json:"id"`
	Kind  Kind   `json:"kind"`
	Owner string `json:"owner"`
}

// Object returns the identity of the asset on its platform.
func (a Asset) Object() Object {
	return Object{ID: a.ID, Kind: a.Kind, Owner: a.Source.Owner}
}

// IDsOf are the platform's own ids of some of the columns, in their order; nil where one is
// not known.
func (a Asset) IDsOf(columns []string) []string {
	var ids []string
	for _, name := range columns {
		i := slices.IndexFunc(a.Columns, func(c Column) bool { return c.Name == name && c.ID != "" })
		if i < 0 {
			return nil
		}
		ids = append(ids, a.Columns[i].ID)
	}
	return ids
}

// Source reads the objects of one platform.
type Source interface {
	// Assets streams root and everything below it, containers before what they
	// hold, each once, with system objects left out. A *PartialError in the
	// stream names a part that could not be read; the stream goes on after it.
	// Any other error, and the end of ctx, ends the stream with that error. A
	// root that does not stand yields nothing. However the stream ends, also when
	// the caller leaves it early, nothing stays open on the platform for it.
	Assets(ctx context.Context, root Ref) iter.Seq2[Asset, error]
}

// PartialError says that everything at and below Ref could not be read. What
// was known there stays as it was: it is not gone.
type PartialError struct {
	Ref Ref
	Err error
}

func (e *PartialError) Error() string {
	return fmt.Sprintf("catalog: %s could not be read: %v", e.Ref, e.Err)
}

func (e *PartialError) Unwrap() error { return e.Err }

// Catalog finds assets. A vendor may implement it over a catalog of their own.
type Catalog interface {
	// Asset returns the asset with this Ref, also one that is gone, or an error
	// that wraps ErrNotFound.
	Asset(ctx context.Context, ref Ref) (Asset, error)

	// Find returns the assets with exactly this name that are not gone, in the
	// order of the bytes of their Refs, at most MaxCandidates.
	Find(ctx context.Context, n Name) ([]Asset, error)

	// Search lists assets in the order of the bytes of their Refs, a page at a
	// time.
	Search(ctx context.Context, q Query) ([]Asset, error)
}

// Inventory is a Catalog that mirrors what a Source reads.
type Inventory interface {
	Catalog

	// Replace makes the assets at and below root those of the stream: it adds,
	// changes what differs, brings back what was gone, and marks as gone, as of
	// now, what did not come. Where the stream holds a *PartialError, nothing at
	// or below its Ref is marked. If the stream ends in any other error, nothing
	// at all is marked gone, and that error is returned; what came before it may
	// have been kept. So it is when ctx ends. What Checked refuses is refused.
	// Two at once leave what one after the other would have left. Was of each asset
	// becomes what Before says, and Had what Kept says; a stream may say nothing of them.
	Replace(ctx context.Context, root Ref, assets iter.Seq2[Asset, error], now time.Time) (Synced, error)
}

// Synced counts what one Replace did.
type Synced struct {
	Added   int // never seen before
	Changed int // differ from what was known, or were gone and are back
	Same    int
	Gone    int // marked gone by this one

	// Moved are the assets that were written and stood elsewhere before: see Asset.Was.
	Moved []Ref

	Unread []*PartialError // at most MaxUnread are kept; all of them spare their subtrees
}

// The limits of lists.
const (
	MaxCandidates = 100 // assets in one answer of Find
	MaxUnread     = 100 // unreadable parts named in one Synced
	MaxPage       = 500 // assets in one answer of Search
)

// Name is what a link knows of an asset: the path on its platform, and perhaps
// which platform. Empty fields match everything.
type Name struct {
	Path       []string
	Technology string
	Host       string // matches the Host of an asset, or the name of its connection
}

// Query selects assets for a page of a list. Zero fields select all.
type Query struct {
	Below Ref    // only what lies below this Ref, without the asset itself; a connection too
	In    Ref    // only what lies directly in this Ref: one level of the tree
	Kind  Kind   // only this kind
	Tag   string // only what has just this tag
	Owner string // only what has just this owner on its platform

	// Text selects assets by words: each of its words must be the beginning of a
	// word of the asset's own name, its comment or its tags, as Words has them. Text
	// without a word selects nothing.
	Text string

	Gone  bool // also what is gone
	After Ref  // the last Ref of the page before; zero for the first page
	Limit int  // at most MaxPage; zero and more than that mean MaxPage
}

// AmbiguousError lists the assets that a link may mean. A person has to choose.
type AmbiguousError struct {
	Candidates []Asset // at most catalog.MaxCandidates
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("grantwright: the link fits %d assets, such as %s and %s", len(e.Candidates), e.Candidates[0].Ref, e.Candidates[1].Ref)
}
