package comparison_test

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/comparison"
)

var (
	people  = review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "owners", Mode: review.Any, Selectors: []review.Selector{{Group: "owners"}}}}}
	approve = review.Action{Act: review.Approve}
	deny    = review.Action{Act: review.Deny}
)

// flow asks people, unless one of some conditions holds: then it approves.
func flow(conditions ...string) review.Flow {
	f := review.Flow{Name: "sales", Default: people}
	for i, when := range conditions {
		f.Rules = append(f.Rules, review.Rule{Name: string(rune('a' + i)), When: when, Then: approve})
	}
	return f
}

func TestTry(t *testing.T) {
	for _, tt := range []struct{ before, changed string }{
		{`request.privilege == "READ" && request.duration <= duration("168h") && "analysts" in beneficiary.groups`, `request.privilege == "READ" && request.duration <= duration("720h") && "analysts" in beneficiary.groups`},
		{`request.privilege == "READ" && request.duration <= duration("720h") && "analysts" in beneficiary.groups`, `request.privilege == "READ" && request.duration <= duration("168h") && "analysts" in beneficiary.groups`},
		{`"training" in beneficiary.attributes && "privacy" in beneficiary.attributes.training`, `"privacy" in beneficiary.attributes.training`},
		{`size(asset.tags) > 0 && asset.tags.all(t, t in ["public", "internal"])`, `asset.tags.all(t, t in ["public", "internal"])`},
		{`asset.tags.all(t, t in ["public"])`, `!asset.tags.exists(t, t != "public")`},
		{`asset.ref.startsWith("warehouse:sales.")`, `asset.ref.startsWith("warehouse:sales.public.")`},
		{`asset.ref.startsWith("warehouse:sales.public.")`, `asset.ref.startsWith("warehouse:sales.")`},
		{`requester.person == beneficiary.person`, `requester.person == beneficiary.person || beneficiary.owner == requester.person`},
		{`has(answers.region) && answers.region == "US"`, `answers.region in ["US", "CA"]`},
		{`asset.connection == "warehouse" && asset.path[0] == "sales"`, `asset.path[0] == "sales"`},
		{`asset.name.endsWith("_public")`, `asset.name.endsWith("public")`},
		{`asset.name.endsWith("public")`, `asset.name.endsWith("_public")`},
		{`asset.tags.exists_one(t, t == "a")`, `"a" in asset.tags`},
		{`"a" in asset.tags`, `asset.tags.exists_one(t, t == "a")`},
		{`true`, `false`}, {`false`, `true`},
		{`request.endless`, `request.duration > duration("8760h")`},
		{`request.duration > duration("8760h")`, `request.endless`},
		{`sets.intersects(asset.source.tags, ["pii", "secret"])`, `sets.contains(asset.source.tags, ["pii"])`},
		{`asset.tags.all(t, t in beneficiary.attributes.clearances)`, `size(asset.tags) > 0 && asset.tags.all(t, t in beneficiary.attributes.clearances)`},
		{`size(asset.tags) > 0 && asset.tags.all(t, t in beneficiary.attributes.clearances)`, `asset.tags.all(t, t in beneficiary.attributes.clearances)`},
	} {
		c, err := comparison.Flows(t.Context(), flow(tt.before), flow(tt.changed))
		t.Logf("%s\n-> %s\n   %s %v", tt.before, tt.changed, strings.Join(c.Lines(), "\n   "), err)
	}
	_ = request.Read
	_ = deny
}
