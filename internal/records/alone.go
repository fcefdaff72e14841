package records

import (
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Alone holds the last changes at one place that one person has made without a second:
// also those that took away what was set. Nothing there approves by itself for them.
type Alone struct {
	At      catalog.Ref `json:"at"`
	Changes []Change    `json:"changes"`
}

// Change is the last change of one definition at a place.
type Change struct {
	Kind manifest.DefinitionKind `json:"kind"`
	Name string                  `json:"name"`
	By   request.PersonID        `json:"by"`
}

// Mapping is the kind of changes of who is who on a connection.
const Mapping manifest.DefinitionKind = "mappings"

// maxAlone bounds the changes of one place: the oldest go.
const maxAlone = 200

// With returns the changes with another one, in the place of that of the same definition.
// One that a second person has agreed to has nobody in By, and leaves none.
func (a Alone) With(c Change) Alone {
	same := func(o Change) bool { return o.Kind == c.Kind && o.Name == c.Name }
	a.Changes = slices.DeleteFunc(slices.Clone(a.Changes), same)
	if c.By != "" {
		a.Changes = append(a.Changes, c)
	}
	a.Changes = a.Changes[max(0, len(a.Changes)-maxAlone):]
	return a
}

// Alones are the changes that one person has made, by their places.
var Alones = store.Kind[catalog.Ref, Alone]{Name: "alone", Of: func(a Alone) catalog.Ref { return a.At }, Quiet: true}
