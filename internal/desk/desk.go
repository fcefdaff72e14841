// Package desk gathers what data stewards have in front of them: the rows of their lists,
// what surrounds a case, and how they ask others to decide.
package desk

import (
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/lists"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/rulebook"
)

// Desk reads what stands beside requests.
type Desk struct {
	*journal.Journal
	People    *people.People
	Rules     *rulebook.Rulebook
	Decisions *decisions.Decisions
	Lists     *lists.Lists
}
