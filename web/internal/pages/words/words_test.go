package words

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/store"
)

// ofNoRequest are the first parts of the names of events that belong to no request: no
// time line shows them.
var ofNoRequest = []string{"substitute", "approvals", "connection", "person", "principal", "form", "flow", "agreement", "guardrail",
	"attachment", "proposal", "mask", "masks", "columns", "asset", "webhook", "token", "session", "group"}

func TestEveryEventOfARequestHasWords(t *testing.T) {
	t.Parallel()
	for _, name := range event.Names() {
		first, _, _ := strings.Cut(string(name), ".")
		if slices.Contains(ofNoRequest, first) || name == event.AccessOrphaned.Name() {
			continue
		}
		said := []byte(nil)
		if name == event.RequestDetermined.Name() { // its words are made of its payload
			said = []byte(`{"status":"APPROVED","act":"APPROVE"}`)
		}
		if text := Languages()[0].StepOf(store.Event{Type: name, Data: said}).Text; text == "" || text == string(name) {
			t.Errorf("%s has no words on the pages: %q", name, text)
		}
	}
	for name := range texts {
		if !slices.Contains(event.Names(), name) {
			t.Errorf("%s has words, and is no event", name)
		}
	}
}
