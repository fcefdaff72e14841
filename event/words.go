package event

import (
	"cmp"
	"strings"

	"github.com/grantwright/grantwright/request"
)

// Words are those of a payload that a person or a platform has written, such as a
// reason or an error. Empty where it has none.
func Words(payload any) string {
	switch p := payload.(type) {
	case Determined:
		return p.Reason
	case Emergency:
		return cmp.Or(p.Note, p.Reason)
	case Withdrawn:
		return p.Reason
	case Erased:
		return p.Reason
	case Stage:
		return p.Reason
	case Assigned:
		return p.Reason
	case Relinked:
		return p.Reason
	case PersonRelink:
		return p.Reason
	case Remark:
		return p.Text
	case Substitute:
		return p.Reason
	case Stop:
		return p.Reason
	case Claim:
		return p.Reason
	case Suspension:
		return p.Reason
	case Proposal:
		return cmp.Or(p.Reason, p.Text)
	case Masked:
		return p.Error
	case Webhook:
		return p.Why
	case Reconciliation:
		return p.Doubt
	case Platform:
		return cmp.Or(p.Reason, p.Why)
	case request.Wanted:
		return p.Reason
	}
	return grantWords(payload)
}

// maxLines is how many gaps are among the words.
const maxLines = 10

func grantWords(payload any) string {
	switch p := payload.(type) {
	case Grant:
		return cmp.Or(p.Reason, p.Withheld, p.Error, p.Note, strings.Join(p.Gaps[:min(len(p.Gaps), maxLines)], "\n"))
	case LateAnswer:
		return cmp.Or(p.Error, p.Why)
	case Finding:
		return p.Detail
	case Contested:
		if p.Grant != nil {
			return grantWords(*p.Grant)
		}
		if p.Finding != nil {
			return p.Detail
		}
	}
	return ""
}
