package records

import (
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// Platform is what is known of the platform that a connection leads to, and what is wrong
// with what answers there.
type Platform struct {
	Connection string          `json:"connection"`
	Known      provision.Known `json:"known"`
	Trouble    string          `json:"trouble,omitempty"`
	Since      time.Time       `json:"since,omitzero"`
}

// Platforms holds one for each connection whose platform was reached.
var Platforms = store.Kind[string, Platform]{
	Name:  "platforms",
	Of:    func(p Platform) string { return p.Connection },
	Quiet: true,
}
