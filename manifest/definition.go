package manifest

import "strings"

// DefinitionKind is a kind of things that have names and versions: that of their
// records.
type DefinitionKind string

// The kinds of definitions.
const (
	FormDefinition      DefinitionKind = "forms"
	FlowDefinition      DefinitionKind = "flows"
	AgreementDefinition DefinitionKind = "agreements"
	GuardrailDefinition DefinitionKind = "guardrails"
	MaskDefinition      DefinitionKind = "masks"

	ClassificationDefinition DefinitionKind = "classifications" // named by the Ref of the asset
)

// Singular is the word for one definition of the kind, such as "form"; empty for the zero
// kind.
func (k DefinitionKind) Singular() string { return strings.TrimSuffix(string(k), "s") }
