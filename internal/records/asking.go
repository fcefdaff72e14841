package records

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// ReviewsAsking finds the pending reviews by the selectors of their open stage, the first
// that was opened first. AskedOf lists the values to look under for a person: of a
// review that it finds the selectors still have to be matched.
var ReviewsAsking = store.Index[string, review.Review]{Kind: "reviews", Name: "asking",
	Values: asking,
	Order:  func(r review.Review) string { return store.OrderTime(r.Opened) }}

// AskingAnybody is the value of reviews with a selector that is not found by a trait: by
// its condition, as the owners or the manager of somebody, or because no index
// takes it.
const AskingAnybody = "anybody"

// maxAsked bounds the bytes of a value. A longer one counts as AskingAnybody.
const maxAsked = 100

func asking(r review.Review) []string {
	if r.Status != request.Pending || len(r.Stages) == 0 {
		return nil
	}
	var values []string
	for _, a := range r.Stages[r.Stage()].Approvals {
		values = append(values, askedBy(a.Selector))
		if a.Fallback {
			values = append(values, askedBy(review.Selector{Permission: request.Governance}))
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

func askedBy(s review.Selector) string {
	value := s.String()
	if s.Criterion() == (request.Criterion{}) || len(value) > maxAsked || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return AskingAnybody
	}
	return value
}

// AskedOf lists the values of ReviewsAsking under which every review stands that somebody
// may decide on.
func AskedOf(who request.Identity) []string {
	selectors := []review.Selector{{Person: who.Person()}}
	for _, g := range who.GroupIDs() {
		selectors = append(selectors, review.Selector{Group: string(g)})
	}
	for _, p := range who.Permissions {
		selectors = append(selectors, review.Selector{Permission: p})
	}
	for key, all := range who.Attributes {
		for _, value := range all {
			selectors = append(selectors, review.Selector{Attribute: &request.Attribute{Key: key, Value: value}})
		}
	}
	values := []string{AskingAnybody}
	for _, s := range selectors {
		values = append(values, askedBy(s))
	}
	return values
}
