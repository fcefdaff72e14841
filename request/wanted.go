package request

import (
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// WantedID names a Wanted.
type WantedID string

// Wanted is a notice to governance: somebody has followed a request link to a name
// that no asset has. It asks for nothing that could be approved. When an asset of
// that name appears, whoever reported it is told, and fills in its form.
type Wanted struct {
	ID   WantedID     `json:"id"`
	Link catalog.Link `json:"link"`
	By   PersonID     `json:"by"`
	At   time.Time    `json:"at"`

	Status WantedStatus `json:"status"`
	Asset  catalog.Ref  `json:"asset,omitempty"`  // that has appeared
	Ended  time.Time    `json:"ended,omitzero"`   // when it was no longer open
	Reason string       `json:"reason,omitempty"` // of whoever dismissed it
}

// WantedStatus is what became of a Wanted.
type WantedStatus string

// The statuses. Only WANTED is open.
const (
	StillWanted WantedStatus = "WANTED"
	Appeared    WantedStatus = "APPEARED"
	Dismissed   WantedStatus = "DISMISSED" // by governance: there will be no such asset
)

// MaxWanted is how many of one person's are open at once.
const MaxWanted = 20

// Same names what one person reports once while it is open.
func (w Wanted) Same() string { return string(w.By) + "\n" + w.Link.URL("") }
