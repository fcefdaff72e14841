package governance

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/manifest"
)

// TestStoredProposalsAreRead holds the JSON in which proposals are stored.
func TestStoredProposalsAreRead(t *testing.T) {
	t.Parallel()
	gov := &Governance{Kinds: Kinds()}
	gov.Alterations = gov.DefinitionAlterations
	stored := map[manifest.ProposalKind]string{
		"agreement.save":        `{"agreement":{"name":"a","version":1,"title":"A","text":"t"}}`,
		"agreement.delete":      `{"agreement":{"name":"a","version":1}}`,
		"flow.save":             `{"flow":{"name":"a","version":1,"default":{"act":"DENY"}}}`,
		"flow.delete":           `{"flow":{"name":"a","version":1}}`,
		"form.save":             `{"form":{"name":"a","version":1,"title":"A"}}`,
		"form.delete":           `{"form":{"name":"a","version":1}}`,
		"guardrail.save":        `{"guardrail":{"name":"a","version":1,"at":["w"],"require":"true","reason":"r"}}`,
		"guardrail.delete":      `{"guardrail":{"name":"a","version":1}}`,
		"classification.save":   `{"classification":{"at":"w:s.t","version":1,"columns":[{"name":"c"}]}}`,
		"classification.delete": `{"classification":{"name":"w:s.t","version":1}}`,
		"mask.save":             `{"mask":{"name":"a","version":1,"at":"w","columns":["c"],"how":"NULL"}}`,
		"mask.delete":           `{"name":"a","version":1}`,
		"attachment.set":        `{"attachment":{"at":"w","type":"DATA_ACCESS","form":"a"}}`,
		"definitions.apply":     `{"changed":{"forms":[{"name":"a","version":0,"title":"A"}]},"removed":[{"what":"flow","name":"b"}],"reviewed":"h"}`,
		"definitions.furnish":   `{"changed":{"forms":[{"name":"a","version":0,"title":"A"}]},"reviewed":"h"}`,
	}
	for _, a := range gov.Alterations() {
		if stored[a.Kind()] == "" {
			t.Errorf("%s is not held by this test", a.Kind())
		}
	}
	for kind, body := range stored {
		a, err := gov.alterationOf(manifest.Proposal{Kind: kind, Body: json.RawMessage(body)})
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := json.Marshal(a)
		if diff := cmp.Diff(body, string(got)); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", kind, err, diff)
		}
		if what, name := a.Of(); kind != "definitions.apply" && (what == "" || name == "") {
			t.Errorf("%s is of %q %q", kind, what, name)
		}
	}
}
