package main

import "github.com/grantwright/grantwright/request"

// The people of the story. A host of the engine takes them from its identity
// provider.
var (
	admin      = request.Identity{ID: "admin@example.com", Permissions: []request.Permission{request.Admin}}
	governance = request.Identity{ID: "governance@example.com", Permissions: []request.Permission{request.Governance}}
	auditor    = request.Identity{ID: "auditor@example.com", Permissions: []request.Permission{request.Audit}}
	owner      = request.Identity{ID: "sales-owner@example.com", Groups: []string{"sales-owners"}}
	privacy    = request.Identity{ID: "privacy@example.com", Groups: []string{"privacy"}}
	both       = request.Identity{ID: "sales-privacy@example.com", Groups: []string{"sales-owners", "privacy"}}
	eve        = request.Identity{ID: "eve@example.com", Groups: []string{"analysts"}}
	frank      = request.Identity{ID: "frank@example.com", Groups: []string{"interns"}}
	grace      = request.Identity{ID: "grace@example.com", Groups: []string{"analysts"}}
)

// principals says who is who on the platform.
var principals = map[string]string{"eve@example.com": "eve", "frank@example.com": "frank", "grace@example.com": "grace"}
