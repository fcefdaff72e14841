package provision

import (
	"errors"
	"fmt"
)

// ErrNoPlatform is wrapped when nothing is configured that could serve a
// connection.
var ErrNoPlatform = errors.New("grantwright: no platform")

// ErrPlatform is wrapped when a platform could not be asked. Trying again later
// may help.
var ErrPlatform = errors.New("grantwright: the platform could not be asked")

// ErrNoPrincipal is wrapped when a connection has no principal for a person.
var ErrNoPrincipal = errors.New("grantwright: the login is not known")

// PrincipalTakenError says that a principal is somebody else's.
type PrincipalTakenError struct{ Connection, Principal string }

func (e *PrincipalTakenError) Error() string {
	return fmt.Sprintf("grantwright: principal %q of connection %s belongs to another person, or to the same one under an id of before; an administrator links it to the new id, releases it, or mends the mapping of the connection", e.Principal, e.Connection)
}
