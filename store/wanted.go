package store

import "github.com/grantwright/grantwright/request"

// Wanteds are the assets that people have looked for in vain.
var Wanteds = Kind[request.WantedID, request.Wanted]{
	Name: "wanted",
	Of:   func(w request.Wanted) request.WantedID { return w.ID },
	Unique: func(w request.Wanted) []Unique {
		return only(Unique{"open", Digest(w.Same())}, w.Status == request.StillWanted)
	},
	Indexes: []Indexed[request.Wanted]{WantedByStatus, WantedBy},
}

// The orders in which they are found: by the time they were reported.
var (
	WantedByStatus = Index[request.WantedStatus, request.Wanted]{Kind: "wanted", Name: "status",
		Values: func(w request.Wanted) []request.WantedStatus { return []request.WantedStatus{w.Status} },
		Order:  func(w request.Wanted) string { return OrderTime(w.At) }}

	// WantedBy finds those of a person that are open.
	WantedBy = Index[request.PersonID, request.Wanted]{Kind: "wanted", Name: "person",
		Values: func(w request.Wanted) []request.PersonID { return only(w.By, w.Status == request.StillWanted) },
		Order:  func(w request.Wanted) string { return OrderTime(w.At) }}
)
