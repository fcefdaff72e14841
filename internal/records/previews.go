package records

import (
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxVariants bounds how many variants of a request are told apart.
const MaxVariants = 100

// Variants are what somebody has previewed of requests for an asset since they
// last submitted one. A steward is told how many there were: whoever tries until
// nobody would have to be asked is seen to have tried.
type Variants struct {
	Person  request.PersonID `json:"person"`
	Asset   catalog.Ref      `json:"asset"`
	Type    request.Type     `json:"type"`
	Digests []string         `json:"digests,omitempty"` // of what was previewed, each once; at most MaxVariants
}

// Key is the id of the variants.
func (v Variants) Key() string {
	return store.Digest(string(v.Person) + "\n" + string(v.Type) + "\n" + string(v.Asset))
}

// Previews are the variants that were previewed.
var Previews = store.Kind[string, Variants]{Name: "previews", Of: Variants.Key, Quiet: true}
