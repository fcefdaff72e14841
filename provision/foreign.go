package provision

import (
	"context"
	"iter"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Foreign is access to an asset that stands on a platform and that we did not
// give: somebody else gave it to the principal directly.
type Foreign struct {
	Principal request.Principal `json:"principal"`
	Asset     catalog.Asset     `json:"asset"`            // Ref and Object, as they stand
	By        string            `json:"by"`               // who gave it, in the platform's words
	Rights    []string          `json:"rights"`           // in the platform's words, such as SELECT; sorted
	Access    Access            `json:"access"`           // what of ours it amounts to; without a privilege where it is none of them
	Undo      []Statement       `json:"undo,omitempty"`   // by which whoever gave it takes it away
	Remark    string            `json:"remark,omitempty"` // what there is to know before it is claimed
	Takes     bool              `json:"takes"`            // a Taker may take it away
}

// Surveyor is what a Provisioner may do beside: list the access at and below root
// that others gave to principals directly. It changes nothing. What its own roles
// hold is left out, and so is what owners and everyone may do.
type Surveyor interface {
	Survey(ctx context.Context, root catalog.Ref) iter.Seq2[Foreign, error]
}

// Taker is what a Provisioner may do beside: take away access that others gave,
// where governance has expressly said so. It reads back that it is gone, and
// returns one Outcome for each, in their order; what it may not take away is an
// error that wraps ErrPermanent. What somebody has changed since it was surveyed is
// left alone.
type Taker interface {
	Take(ctx context.Context, all []Foreign) []Outcome
}
