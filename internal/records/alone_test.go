package records_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// A change is not forgotten because many came after it, by whoever made it or by others, and
// a place does not grow without bound.
func TestChangesAreNotBuriedUnderOthers(t *testing.T) {
	t.Parallel()
	for _, later := range []request.PersonID{"eve@example.com", "mallory@example.com"} {
		place := records.Alone{At: "warehouse:sales"}.With(records.Change{Kind: manifest.AttachmentDefinition, Name: "open", By: "eve@example.com"})
		for n := range 1000 {
			place = place.With(records.Change{Kind: manifest.MaskDefinition, Name: fmt.Sprint(n), By: later})
		}
		if !slices.ContainsFunc(place.Changes, func(c records.Change) bool { return c.By == "eve@example.com" }) {
			t.Errorf("eve's change is forgotten after those of %s", later)
		}
		if len(place.Changes) > 210 {
			t.Errorf("%d changes are kept", len(place.Changes))
		}
		for n := range 1000 { // a second person agrees to what stands
			place = place.With(records.Change{Kind: manifest.MaskDefinition, Name: fmt.Sprint(n)})
		}
		if !slices.ContainsFunc(place.Changes, func(c records.Change) bool { return c.By == "eve@example.com" }) {
			t.Errorf("eve's change is forgotten once two have agreed to others of %s", later)
		}
	}
}
