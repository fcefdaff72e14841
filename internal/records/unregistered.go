package records

import (
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Wanteds are the assets that people have looked for in vain.
var Wanteds = store.Kind[request.WantedID, request.Wanted]{
	Name: "wanted",
	Of:   func(w request.Wanted) request.WantedID { return w.ID },
	Unique: func(w request.Wanted) []store.Unique {
		return store.Only(store.Unique{Name: "open", Value: store.Digest(w.Same())}, w.Status == request.StillWanted)
	},
	Indexes: []store.Indexed[request.Wanted]{WantedByStatus, WantedBy},
}

// The orders in which wanted assets are found: by the time they were reported.
var (
	WantedByStatus = store.Index[request.WantedStatus, request.Wanted]{Kind: "wanted", Name: "status",
		Values: func(w request.Wanted) []request.WantedStatus { return []request.WantedStatus{w.Status} },
		Order:  func(w request.Wanted) string { return store.OrderTime(w.At) }}

	// WantedBy finds those of a person that are open.
	WantedBy = store.Index[request.PersonID, request.Wanted]{Kind: "wanted", Name: "person",
		Values: func(w request.Wanted) []request.PersonID { return store.Only(w.By, w.Status == request.StillWanted) },
		Order:  func(w request.Wanted) string { return store.OrderTime(w.At) }}
)
