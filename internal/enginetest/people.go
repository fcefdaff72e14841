package enginetest

import (
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// The people of the tests.
var (
	Eve     = request.Identity{ID: "eve@example.com", Name: "Eve", Groups: []string{"analysts"}, Attributes: map[string][]string{"login": {"eve"}}}
	Frank   = request.Identity{ID: "frank@example.com", Name: "Frank", Groups: []string{"analysts"}, Attributes: map[string][]string{"login": {"frank"}}}
	Owner   = request.Identity{ID: "sales-owner@example.com", Groups: []string{"sales-owners"}}
	Privacy = request.Identity{ID: "privacy@example.com", Groups: []string{"privacy"}}
	Both    = request.Identity{ID: "both@example.com", Groups: []string{"privacy", "sales-owners"}}
	Gov     = request.Identity{ID: "governance@example.com", Groups: []string{}, Permissions: []request.Permission{request.Governance}}
	Admin   = request.Identity{ID: "admin@example.com", Groups: []string{}, Permissions: []request.Permission{request.Admin}}
	Auditor = request.Identity{ID: "auditor@example.com", Groups: []string{}, Permissions: []request.Permission{request.Audit}}
	Nobody  = request.Identity{ID: "nobody@example.com", Groups: []string{}}
)

// Orders is the table of the tests.
const Orders catalog.Ref = "warehouse:sales.public.orders"

// Flow is the flow of the tests: a table needs the sales owners and privacy, short
// requests are approved at once, and those for writing are denied.
var Flow = review.Flow{
	Name: "sales",
	Rules: []review.Rule{
		{Name: "short", When: `request.duration <= duration("1h")`, Then: review.Action{Act: review.Approve, Comment: "an hour is fine"}},
		{Name: "no writing", When: `request.privilege == "READ_WRITE"`, Then: review.Action{Act: review.Deny, Comment: "read only"}},
		{Name: "any owner", When: `request.duration < duration("48h")`, Then: review.Action{Act: review.Ask, Stages: []review.Stage{
			{Name: "owners", Mode: review.Any, Selectors: []review.Selector{{Group: "sales-owners"}, {Group: "privacy"}}}}}},
	},
	Default: review.Action{Act: review.Ask, Stages: []review.Stage{
		{Name: "owners and privacy", Mode: review.All, Selectors: []review.Selector{{Group: "sales-owners"}, {Group: "privacy"}}}}},
}
