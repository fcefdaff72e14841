package drift

import (
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/provision"
)

// findingOf is the finding about a grant that the comparison has changed.
func findingOf(p provisioning.Progress) provision.Finding {
	was, next := p.Was.Value, p.Next
	f := provision.Finding{Asset: next.Asset.Ref, Principal: next.Principal.Name, Grant: next.ID, Access: []provision.Access{next.Access}, Mended: true}
	if columns := next.ColumnsSince(was); len(columns) > 0 {
		f.Kind, f.Detail = provision.FoundReplaced, strings.Join(columns, "; ")
		return f
	}
	switch next.EventSince(was) {
	case event.GrantSuspended:
		f.Kind, f.Detail = provision.FoundSuspended, next.Withheld
	case event.GrantReplaced:
		f.Kind, f.Detail = provision.FoundReplaced, fmt.Sprintf("object %s took the place of %s", next.Asset.ID, was.Asset.ID)
		if beside := next.ReplacedBeside(was); beside != "" {
			f.Detail, f.Mended = beside, false
		}
	case event.GrantGaps:
		f.Kind, f.Detail, f.Mended = provision.FoundGaps, gapsIn(next.Gaps), next.Gaps.Count == 0
	case event.GrantRemaining:
		f.Kind, f.Detail, f.Mended = provision.FoundForeign, fmt.Sprintf("other ways in: %q, before: %q", next.Remaining, was.Remaining), false
	case event.GrantRemarks:
		f.Kind, f.Detail, f.Mended = provision.FoundRemarks, next.RemarksSince(was), false
	default:
		f.Kind, f.Detail, f.Mended = provision.FoundBroken, next.Error, false
	}
	return f
}
