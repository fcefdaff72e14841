package main

import (
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// The people of the story. A host of the engine takes them from its identity
// provider.
var (
	admin      = request.Identity{ID: "admin@example.com", Permissions: []request.Permission{request.Admin}}
	governance = request.Identity{ID: "governance@example.com", Permissions: []request.Permission{request.Governance}}
	auditor    = request.Identity{ID: "auditor@example.com", Permissions: []request.Permission{request.Audit}}
	owner      = request.Identity{ID: "sales-owner@example.com", Groups: []string{"sales-owners"}}
	privacy    = request.Identity{ID: "privacy@example.com", Groups: []string{"privacy"}}
	eve        = request.Identity{ID: "eve@example.com", Groups: []string{"analysts"}}
	frank      = request.Identity{ID: "frank@example.com", Groups: []string{"interns"}}
)

// principals says who is who on the platform.
var principals = map[string]string{"eve@example.com": "eve", "frank@example.com": "frank"}

// flow says who decides about the sales data: a look of a minute needs one of
// the owners, everything else an owner and someone of privacy.
var flow = review.Flow{
	Name: "sales",
	Rules: []review.Rule{{
		Name: "a short look",
		When: `request.duration <= duration("1m") && "analysts" in beneficiary.groups`,
		Then: review.Action{Act: review.Ask, Stages: []review.Stage{{
			Name: "owners", Mode: review.Any,
			Selectors: []review.Selector{{Group: "sales-owners"}, {Group: "privacy"}},
		}}},
	}},
	Default: review.Action{Act: review.Ask, Stages: []review.Stage{{
		Name: "owners and privacy", Mode: review.All,
		Selectors: []review.Selector{{Group: "sales-owners"}, {Group: "privacy"}},
	}}},
}
