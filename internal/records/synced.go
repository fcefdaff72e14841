package records

import (
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// Synced is what is known of the syncs of a connection.
type Synced struct {
	Connection string `json:"connection"`
	provision.Syncs
}

// Syncs holds one for each connection that was synced.
var Syncs = store.Kind[string, Synced]{
	Name:  "syncs",
	Of:    func(s Synced) string { return s.Connection },
	Quiet: true,
}

// Compared is the last reconciliation of a connection, with the first of its findings.
type Compared struct {
	Connection string                   `json:"connection"`
	Result     provision.Reconciliation `json:"result"`
}

// Comparisons holds one for each connection that was reconciled.
var Comparisons = store.Kind[string, Compared]{
	Name:  "comparisons",
	Of:    func(c Compared) string { return c.Connection },
	Quiet: true,
}
