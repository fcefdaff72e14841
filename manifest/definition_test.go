package manifest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/manifest"
)

func TestSingular(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind manifest.DefinitionKind
		want string
	}{
		{"", ""},
		{manifest.FormDefinition, "form"},
		{manifest.FlowDefinition, "flow"},
		{manifest.AgreementDefinition, "agreement"},
		{manifest.GuardrailDefinition, "guardrail"},
		{manifest.MaskDefinition, "mask"},
		{manifest.ClassificationDefinition, "classification"},
		{"lamp", "lamp"}, // of no kind of ours
	} {
		if diff := cmp.Diff(tt.want, tt.kind.Singular()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.kind, diff)
		}
	}
}

func TestDefinitionErrorsNameOneDefinition(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"new, and not there", &manifest.StaleError{What: manifest.FormDefinition, Name: "standard", Based: 2},
			`grantwright: form "standard" has no version 2 to build on; a new one is based on version 0`},
		{"changed", &manifest.StaleError{What: manifest.MaskDefinition, Name: "mails", Based: 1, Newest: 3},
			`grantwright: mask "mails" is at version 3 by now, and this was based on version 1; read it again`},
		{"in use", &manifest.InUseError{What: manifest.FlowDefinition, Name: "owners", By: []string{`attachment "w"`, `attachment "x"`}},
			`grantwright: flow "owners" is in use: attachment "w", attachment "x"`},
	} {
		if diff := cmp.Diff(tt.want, tt.err.Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
