package provision

import "github.com/grantwright/grantwright/request"

// Profile is what is known of a person.
type Profile struct {
	request.Identity `json:"identity"`

	InDirectory bool            `json:"inDirectory"`          // the directory knows them; otherwise there are traces of them only
	Disabled    *Stop           `json:"disabled,omitempty"`   // nil while they may act
	Principals  []HeldPrincipal `json:"principals,omitempty"` // who they are on platforms, as far as that was needed
}

// HeldPrincipal is a principal that belongs to a person.
type HeldPrincipal struct {
	Connection string `json:"connection"`
	Principal  string `json:"principal"`
}
