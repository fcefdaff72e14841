package request

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// GroupIDs are the ids of the groups that somebody is in, as beneficiaries: sorted, each
// once; nil for whoever is in none.
func (i Identity) GroupIDs() []PersonID {
	var ids []PersonID
	for _, name := range i.Groups {
		ids = append(ids, Identity{Issuer: i.Issuer, ID: name}.Person())
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// ErrForbidden is wrapped when whoever acts has no right to.
var ErrForbidden = errors.New("grantwright: forbidden")

// ForbiddenError says who may not do what, and who may.
type ForbiddenError struct {
	Person PersonID
	Act    string // such as "register a connection"
	Needs  string // such as "permission ADMIN"
}

func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("grantwright: %s may not %s: that takes %s", e.Person, e.Act, e.Needs)
}

func (e *ForbiddenError) Unwrap() error { return ErrForbidden }

// OneOf names permissions of which one is enough, such as "the permission ADMIN or AUDIT".
func OneOf(all ...Permission) string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = string(p)
	}
	if len(names) > 1 {
		names = append(names[:len(names)-2], names[len(names)-2]+" or "+names[len(names)-1])
	}
	return "the permission " + strings.Join(names, ", ")
}
