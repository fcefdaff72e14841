package pgprovision

import (
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/request"
)

// replaced names the object that stands under the name of the asset, instead of the one
// that was approved.
func (j *job) replaced(v *view, o *object, format string, args ...any) error {
	return &provision.ReplacedError{
		What:   fmt.Sprintf("asset %q", j.asset.Ref),
		Reason: fmt.Sprintf(format, args...),
		Now:    catalog.Object{ID: naming.FormatID(j.place.System, v.server.DatabaseID, o.id, j.place.Ref), Kind: naming.KindOf(o.kind), Owner: o.owner},
	}
}

func replacedPrincipal(p request.Principal, format string, args ...any) error {
	return &provision.ReplacedError{What: fmt.Sprintf("principal %q", p.Name), Reason: fmt.Sprintf(format, args...)}
}
