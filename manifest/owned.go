package manifest

import (
	"fmt"

	"github.com/grantwright/grantwright/store"
)

// MaxOwnedBytes bounds how a file may name itself.
const MaxOwnedBytes = 200

// OwnedError says that a connection or a definition is kept in a file, and changed there alone.
// It is store.ErrState.
type OwnedError struct {
	What string // the word of its kind, such as flow or connection
	Name string
	File string // as File.Owned names it
}

func (e *OwnedError) Error() string {
	return fmt.Sprintf("grantwright: %s %q is kept in the configuration file %s. Change it there", e.What, e.Name, e.File)
}

func (e *OwnedError) Unwrap() error { return store.ErrState }

// Ownership is what a file keeps for itself. The zero value is no file's.
type Ownership struct {
	File string  `json:"file,omitempty"` // as File.Owned names it
	All  []Owned `json:"all,omitempty"`  // by kind and name
}

// Owned is a connection or a definition that a file keeps for itself.
type Owned struct {
	What string `json:"what"`
	Name string `json:"name"`

	// Differs says that what is stored is not what the file said when it was carried out
	// last: a change awaits a second person, was refused, or was made before it was the file's.
	Differs bool `json:"differs,omitempty"`
}
