package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
)

// AccessOf is the access that a request asks for, or of which so much was granted. A
// masking exception is READ, with its columns shown clear, whatever its privilege says.
// Without columns, other access is to the whole asset.
func AccessOf(req request.Request, p request.Privilege, columns []string) Access {
	if req.Type == request.MaskingException {
		return Access{Privilege: request.Read, Unmasked: columns}
	}
	return Access{Privilege: p, Columns: columns, ColumnIDs: req.IDsOf(columns)}
}

// texts are the plain strings of a payload; nil for none.
func texts[S ~string](all []S) []string {
	var plain []string
	for _, s := range all {
		plain = append(plain, string(s))
	}
	return plain
}

// EventSince is the event that took a grant from an earlier state to this one: the first
// that fits, where several do. It is provisioning where none does, as for two equal states.
func (g Grant) EventSince(was Grant) event.Type[event.Grant] {
	switch {
	case g.Announced != was.Announced:
		return event.GrantExpiring
	case g.Task.Reminded != was.Task.Reminded && !g.Task.Reminded.IsZero():
		return event.GrantOverdue
	case g.Task.Since != was.Task.Since && !g.Task.Since.IsZero():
		return event.GrantToDo
	case g.Attempts > was.Attempts:
		return event.GrantFailed
	case len(g.Healed) > 0 && g.Asset.ID != was.Asset.ID:
		return event.GrantReplaced
	case g.State == Active && was.State == Active && g.ReplacedBeside(was) != "":
		return event.GrantReplaced
	case g.State == Suspended && was.State != Suspended:
		return event.GrantSuspended
	case g.State == Active && was.State != Active:
		return event.GrantActive
	case g.State == Revoked:
		return event.GrantRevoked
	case g.State == was.State && len(g.Leftovers) < len(was.Leftovers):
		return event.GrantCleared
	case g.State == Active && g.Query != was.Query:
		return event.GrantMoved
	case g.State == Active && !g.Gaps.Equal(was.Gaps):
		return event.GrantGaps
	case g.State == Active && !slices.Equal(g.Remaining, was.Remaining):
		return event.GrantRemaining
	case g.State == Active && was.State == Active && !slices.Equal(g.Remarks, was.Remarks):
		return event.GrantRemarks
	}
	return event.GrantProvisioning
}

// Same reports whether a grant that was looked at again says the same of its access as before.
func (g Grant) Same(was Grant) bool {
	return g.State == was.State && g.Query == was.Query && g.Gaps.Equal(was.Gaps) && slices.Equal(g.Remaining, was.Remaining) &&
		slices.Equal(g.Remarks, was.Remarks) && g.ReplacedBeside(was) == ""
}

// RemarksSince tells the remarks that came since an earlier state, and those that went.
func (g Grant) RemarksSince(was Grant) string {
	var all []string
	for _, r := range g.Remarks {
		if !slices.Contains(was.Remarks, r) {
			all = append(all, r)
		}
	}
	for _, r := range was.Remarks {
		if !slices.Contains(g.Remarks, r) {
			all = append(all, "no longer: "+r)
		}
	}
	return strings.Join(all, "; ")
}

// NotRenewable is the reason why the access that the grant of a request gives cannot be
// renewed, as the end of a sentence about the request; empty if it can.
func (g Grant) NotRenewable(req request.Request) string {
	switch {
	case req.Status != request.Approved || !g.Wanted():
		return fmt.Sprintf("is %s: only access that stands can be renewed; ask for it anew", req.Status)
	case g.Emergency:
		return "is emergency access, which ends; ask for access anew, so that people decide"
	case g.Duration == request.Endless && g.Ends.IsZero():
		return "has no end, and needs no renewal"
	case g.Started.IsZero():
		return "has not begun yet"
	}
	return ""
}

// CheckShorter refuses an end that does not bring that of the grant forward. The error is a
// *request.InvalidError.
func (g Grant) CheckShorter(ends, now time.Time) error {
	reason := ""
	switch {
	case !g.Wanted() || g.Started.IsZero():
		reason = "is for access that stands"
	case !ends.After(now):
		reason = "must be after now; revoke the access to end it at once"
	case !g.Ends.IsZero() && !ends.Before(g.Ends):
		reason = "must be before " + g.Ends.UTC().Format(time.RFC3339) + ", when the access ends anyway"
	default:
		return nil
	}
	return &request.InvalidError{What: "grant", Faults: []request.Fault{{Field: "ends", Reason: reason}}}
}

// Settled reports whether the platform has answered for the grant, as far as it can for
// now: the grant has left its state of waiting, people have to act, or a callback is
// waited for. A removal that failed counts too, although it is tried again.
func (g Grant) Settled() bool {
	switch g.State {
	case Pending, Provisioning:
		return g.How == Manual || !g.Waits.IsZero()
	case Revoking:
		return g.How == Manual || !g.Waits.IsZero() || g.Error != ""
	}
	return true
}

// Told is the payload of the events that took a grant from an earlier state to this one.
// The note is there only where the grant was attested as done in between.
func (g Grant) Told(was Grant) event.Grant {
	note := ""
	if g.Attestation != was.Attestation && g.Attestation.Done {
		note = g.Attestation.Note
	}
	return event.Grant{State: string(g.State), Error: g.Error, Attempts: g.Attempts, Withheld: g.Withheld, Ends: g.Ends, Object: g.Asset.ID, Remaining: texts(g.Remaining),
		Waits: g.Waits, Query: g.Query, Due: g.Task.Due, Note: note, Reason: cmp.Or(g.Prevented, g.ReplacedBeside(was)), Gaps: g.Gaps.Lines(), GapCount: g.Gaps.Count,
		Remarks: g.Remarks}
}
