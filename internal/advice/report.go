package advice

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/store"
)

// MaxMonths bounds the months of a report.
const MaxMonths = 120

// Report lists the scores of a scope month by month, the last of them, the earliest first.
func (ad *Advice) Report(ctx context.Context, scope string, months int) ([]assist.Score, error) {
	var all []assist.Score
	for after := (store.Position{}); ; {
		read, err := records.ScoresOf.Find(ctx, ad.Store, scope, after, store.MaxPage)
		page, next, err := journal.PageOf(read, after, err)
		if err != nil {
			return nil, err
		}
		if all = append(all, page...); len(page) < store.MaxPage {
			return slices.Clone(all[max(0, len(all)-months):]), nil
		}
		after = next
	}
}
