package masks

import (
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// Names holds the names of an asset, of its masked view, and of an existing view that
// masks it instead, if there is one.
type Names struct{ schema, name, View, OtherSchema, Other string }

// NamesOf reads the names of a masked asset and of its masked view. The error is about
// the asset of the call, which may be a container.
func NamesOf(of catalog.Ref, w provision.Masking) (Names, error) {
	path := w.Asset.Ref.Path()
	n := Names{schema: path[1], name: path[2], View: naming.MaskedView(path[1], path[2])}
	if w.Show.View == "" {
		return n, nil
	}
	view := w.Show.View.Path()
	if len(view) != 3 || view[0] != path[0] {
		return n, converge.RefuseAsset(of, "is masked by %s, which is no view of database %q", w.Show.View, path[0])
	}
	n.OtherSchema, n.Other = view[1], view[2]
	return n, nil
}
