// Package desk gathers what data stewards have in front of them: the rows of their lists,
// what surrounds a case, and how they ask others to decide.
package desk

import (
	"crypto/sha256"

	"github.com/grantwright/grantwright/internal/cache"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/lists"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Desk reads what stands beside requests.
type Desk struct {
	*journal.Journal
	People    *people.People
	Rules     *rulebook.Rulebook
	Decisions *decisions.Decisions
	Lists     *lists.Lists

	reviews cache.Cache[[sha256.Size]byte, review.Review] // by the sums of their bodies: every page of a data steward counts what waits
}

// review is that of a record, for reading only.
func (d *Desk) review(r store.Record) (review.Review, error) {
	return d.reviews.Load(sha256.Sum256(r.Body), func() (review.Review, error) {
		read, err := records.ReviewsAsking.Read([]store.Record{r})
		if err != nil {
			return review.Review{}, err
		}
		return read[0].Value, nil
	})
}
