package pgprovision

import (
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// replaced names the object that stands under the name of the asset, instead of the one
// that was approved.
func (j *job) replaced(v *view, o *object, format string, args ...any) error {
	now := catalog.Object{ID: naming.FormatID(j.place.System, v.server.DatabaseID, o.id, j.place.Ref), Kind: naming.KindOf(o.kind), Owner: o.owner}
	return converge.ReplacedAsset(j.asset.Ref, now, format, args...)
}
