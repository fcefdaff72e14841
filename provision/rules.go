package provision

import (
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
)

// AccessOf is what a request asks for, or was granted.
func AccessOf(t request.Type, p request.Privilege, columns []string) Access {
	if t == request.MaskingException {
		return Access{Privilege: request.Read, Unmasked: columns}
	}
	return Access{Privilege: p, Columns: columns}
}

// Texts are strings of some other type.
func Texts[S ~string](all []S) []string {
	var plain []string
	for _, s := range all {
		plain = append(plain, string(s))
	}
	return plain
}

// EventOf is what has happened between two states of a grant.
func EventOf(was, is Grant) event.Type[event.Grant] {
	switch {
	case is.Announced != was.Announced:
		return event.GrantExpiring
	case is.Task.Reminded != was.Task.Reminded && !is.Task.Reminded.IsZero():
		return event.GrantOverdue
	case is.Task.Since != was.Task.Since && !is.Task.Since.IsZero():
		return event.GrantToDo
	case is.Attempts > was.Attempts:
		return event.GrantFailed
	case len(is.Healed) > 0 && is.Asset.ID != was.Asset.ID:
		return event.GrantReplaced
	case is.State == Suspended && was.State != Suspended:
		return event.GrantSuspended
	case is.State == Active && was.State != Active:
		return event.GrantActive
	case is.State == Revoked:
		return event.GrantRevoked
	case is.State == was.State && len(is.Leftovers) < len(was.Leftovers):
		return event.GrantCleared
	case is.State == Active && is.Query != was.Query:
		return event.GrantMoved
	case is.State == Active && !slices.Equal(is.Remaining, was.Remaining):
		return event.GrantRemaining
	}
	return event.GrantProvisioning
}

// Renewable reports why the access of a request cannot be renewed; empty if it can.
func Renewable(req request.Request, grant Grant) string {
	switch {
	case req.Status != request.Approved || !grant.Wanted():
		return fmt.Sprintf("is %s: only access that stands can be renewed; ask for it anew", req.Status)
	case grant.Duration == request.Endless:
		return "has no end, and needs no renewal"
	case grant.Started.IsZero():
		return "has not begun yet"
	}
	return ""
}

// Settled reports whether the platform has had its say.
func Settled(g Grant) bool {
	switch g.State {
	case Pending, Provisioning:
		return g.How == Manual || !g.Waits.IsZero()
	case Revoking:
		return g.How == Manual || !g.Waits.IsZero() || g.Error != ""
	}
	return true
}
