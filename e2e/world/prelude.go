package world

import (
	"slices"
	"strings"
)

// ours is the role of the engine.
const ours = "ours"

// Roles are all whose names stand in braces in statements.
func (p People) Roles() []string { return append(append(p.All(), Owners...), ours) }

// In writes names into a statement that has them in braces: of each role the one that it has
// there.
func (p People) In(statement string, role func(string) string) string {
	var names []string
	for _, r := range p.Roles() {
		names = append(names, "{"+r+"}", role(r))
	}
	return strings.NewReplacer(names...).Replace(statement)
}

// Prelude makes all that is in every world: people, owners, schemas, a function in each of
// them, a domain, and a table that only the owners write to.
func (p People) Prelude(password string) []string {
	var all []string
	for _, r := range p.Roles() {
		login := "login password '" + password + "'"
		if slices.Contains(p.All(), r) && !slices.Contains(p.Logins, r) {
			login = "nologin"
		}
		all = append(all, "create role {"+r+"} "+login)
	}
	for _, login := range p.Logins {
		for _, team := range p.Teams[login] {
			all = append(all, "grant {"+team+"} to {"+login+"}")
		}
	}
	for _, schema := range append([]string{"audit"}, Schemas...) {
		all = append(all, "create schema "+schema, "grant usage, create on schema "+schema+" to {etl}, {rep}")
	}
	for _, schema := range Schemas {
		all = append(all, "create function "+schema+"."+function+"(text) returns text immutable language plpgsql as 'begin return $1; end'")
	}
	return append(all, "create domain shop.mailbox as text not null check (value like 'd%')",
		"create table audit.log (n int)", "grant insert on audit.log to {etl}, {rep}")
}
