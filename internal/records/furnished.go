package records

import (
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/store"
)

// Furnished holds of all definitions of one kind, or of all connections, how a file
// described them when it was carried out last.
type Furnished struct {
	What string          `json:"what"` // the word of the kind
	Said map[string]Said `json:"said,omitempty"`

	File string `json:"file,omitempty"` // of OwnedFurnished: the name of the file
}

// OwnedFurnished is the What of the record of what a file keeps for itself: it has the digest
// of each, by the word of its kind, a slash and its name.
const OwnedFurnished = "owned"

// OwnedKey names something in the record of what a file keeps for itself.
func OwnedKey(what, name string) string { return what + "/" + name }

// Said is how a file described something.
type Said struct {
	Digest string `json:"digest"` // of the words of the file
	Number int64  `json:"number"` // of the stored version that was just that
}

// FirstFurnished is the What of a record that is there as long as the first file is not
// carried out as a whole.
const FirstFurnished = "first"

// Furnishings holds what was carried out of files.
var Furnishings = store.Kind[string, Furnished]{Name: "furnished", Of: func(f Furnished) string { return f.What }, Quiet: true}

// Becomes decides on something in which the file differs from what stands: by what the file
// said last, if it did, and by the number of the version that stands, or 0.
func (s Said) Becomes(digest string, stands int64) manifest.Became {
	switch untouched, same := s.Number == stands, s.Digest == digest; {
	case untouched && !same:
		return manifest.Saved
	case same:
		return manifest.Kept
	}
	return manifest.Conflict
}
