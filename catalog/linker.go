package catalog

import "context"

// AssetLinks are the request links of one asset, as a browser follows them.
type AssetLinks struct {
	Ref        Ref    `json:"ref"`
	Kind       Kind   `json:"kind"`
	DataAccess string `json:"dataAccess"`

	// MaskingException is empty for what has no columns.
	MaskingException string `json:"maskingException,omitempty"`
}

// LinksTo writes the links of an asset below base, as Link.URL does.
func LinksTo(a Asset, base string) AssetLinks {
	links := AssetLinks{Ref: a.Ref, Kind: a.Kind, DataAccess: LinkTo(a, LinkDataAccess).URL(base)}
	if len(a.Columns) > 0 {
		links.MaskingException = LinkTo(a, LinkMaskingException).URL(base)
	}
	return links
}

// Linker writes request links into an external catalog.
//
// Link brings the catalog to the links of each asset, replacing those that it
// wrote before, and leaves alone what others wrote. It returns one error for each
// asset, in their order, nil where the links stand; one that fails does not hold
// up the others. It may be called again with the same, after any failure. When
// ctx ends it returns soon, with the error of ctx for what it did not do.
type Linker interface {
	Link(ctx context.Context, links []AssetLinks) []error
}

// Published counts what PublishLinks did.
type Published struct {
	Written int
	Failed  int

	// Whole says that every asset of the connection was reached.
	Whole bool
}
