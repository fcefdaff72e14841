package manifest

import (
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/store"
)

// StaleDiffError says that the differences are not those that were reviewed: the
// definitions, or what is stored, have changed since. Nothing was applied.
type StaleDiffError struct{ Reviewed, Now string }

func (e *StaleDiffError) Error() string {
	return fmt.Sprintf("grantwright: the differences that were reviewed are %.12s, and are %.12s now; look at them again", e.Reviewed, e.Now)
}

// StaleError says that a definition was saved by someone else
// meanwhile: read it again, and save on top of that. It is store.ErrConflict.
type StaleError struct {
	What   DefinitionKind
	Name   string
	Based  int // the version that the save was based on; 0 for a new one
	Newest int // the version that is the newest; 0 if there is none

	Unversioned bool // the numbers are digests, which say nothing to people
}

func (e *StaleError) Error() string {
	if e.Unversioned {
		return fmt.Sprintf("grantwright: %s %q was changed meanwhile; read it again", e.What.Singular(), e.Name)
	}
	if e.Newest == 0 {
		return fmt.Sprintf("grantwright: %s %q has no version %d to build on; a new one is based on version 0", e.What.Singular(), e.Name, e.Based)
	}
	return fmt.Sprintf("grantwright: %s %q is at version %d by now, and this was based on version %d; read it again", e.What.Singular(), e.Name, e.Newest, e.Based)
}

func (e *StaleError) Unwrap() error { return store.ErrConflict }

// InUseError says that something cannot be deleted, and what needs it.
type InUseError struct {
	What DefinitionKind
	Name string
	By   []string // some of what needs it, such as `form "standard"`
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("grantwright: %s %q is in use: %s", e.What.Singular(), e.Name, strings.Join(e.By, ", "))
}
