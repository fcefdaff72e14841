// Package scopes says of every operation of the API which scope of a token holds it, and
// where the operation names the connections on which it works.
package scopes

// Rule is what a token needs for an operation.
type Rule struct {
	Class string // none has it: no token calls the operation
	At    Place
}

// Place is where an operation names its connections, for tokens that are limited to some.
type Place int

// The places.
const (
	Nowhere  Place = iota // it may be about any connection: a limited token is refused
	Anywhere              // about none
	InPath                // its path names a connection, an asset, a request or a grant
	InQuery               // its parameter connection
	InTree                // its parameters in and below
	InBody                // its body names assets or requests
	ByAnswer              // its answer does
)

// Always is the class of what every token may do.
const Always = "always"

// Of is the rule of an operation. One that is not known is refused to every token.
func Of(operation string) Rule { return table[operation] }

// Known reports whether there is a rule of an operation.
func Known(operation string) bool {
	_, is := table[operation]
	return is
}

// Operations lists those that have a rule, in no order.
func Operations() (all []string) {
	for operation := range table {
		all = append(all, operation)
	}
	return all
}
