package review

import (
	"strings"

	"github.com/grantwright/grantwright/catalog"
)

// PreventedError says that guardrails prevent access, whatever anybody decides.
type PreventedError struct{ Preventions []Prevention }

func (e *PreventedError) Error() string {
	return "grantwright: a guardrail blocks this, and approval will not help: " + PreventedBy(e.Preventions)
}

// PreventedBy is one text that says which guardrails prevent something, and why; empty
// where none does.
func PreventedBy(all []Prevention) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = p.String()
	}
	return strings.Join(texts, "; ")
}

// Placed is a guardrail that holds for an asset, and where it is set: at the asset
// itself, or at a container of it.
type Placed struct {
	*Guard
	From catalog.Ref
}
