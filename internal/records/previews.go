package records

import (
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxVariants is the most variants of a request that are counted.
const MaxVariants = 100

// Variants are the different requests for an asset that a person has previewed since
// they last submitted one. Stewards see their number: somebody may try until nobody
// would have to decide.
type Variants struct {
	Person  request.PersonID `json:"person"`
	Asset   catalog.Ref      `json:"asset"`
	Type    request.Type     `json:"type"`
	Digests []string         `json:"digests,omitempty"` // one of each variant; at most MaxVariants
}

// Key is the id of the variants.
func (v Variants) Key() string {
	return store.Digest(string(v.Person) + "\n" + string(v.Type) + "\n" + string(v.Asset))
}

// Previews are the variants that were previewed.
var Previews = store.Kind[string, Variants]{Name: "previews", Of: Variants.Key, Quiet: true}
