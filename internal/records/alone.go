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

// Leading is the kind of changes of where a connection leads, and with which secret.
const Leading manifest.DefinitionKind = "leads"

// Many is the kind of all the changes of one person that are no longer told apart.
const Many manifest.DefinitionKind = "changes"

// maxAlone bounds the changes of one place that are told apart. Of older ones only who made
// them is kept: else somebody could bury a change under others.
const maxAlone = 200

// With returns the changes with another one, in the place of that of the same definition.
// One that a second person has agreed to has nobody in By, and leaves none.
func (a Alone) With(c Change) Alone {
	a.Changes = slices.DeleteFunc(slices.Clone(a.Changes), c.same)
	if c.By != "" {
		a.Changes = append(a.Changes, c)
	}
	for len(a.Changes) > maxAlone {
		oldest := slices.IndexFunc(a.Changes, func(o Change) bool { return o.Kind != Many })
		if oldest < 0 {
			break
		}
		many := Change{Kind: Many, Name: string(a.Changes[oldest].By), By: a.Changes[oldest].By}
		a.Changes = append([]Change{many}, slices.DeleteFunc(slices.Delete(a.Changes, oldest, oldest+1), many.same)...)
	}
	return a
}

// same reports whether two changes are of one definition.
func (c Change) same(o Change) bool { return o.Kind == c.Kind && o.Name == c.Name }

// Alones are the changes that one person has made, by their places.
var Alones = store.Kind[catalog.Ref, Alone]{Name: "alone", Of: func(a Alone) catalog.Ref { return a.At }, Quiet: true}
