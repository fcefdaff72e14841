package people

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxStandsFor bounds for how many people one person substitutes at a time.
const MaxStandsFor = 50

// StandsFor lists those whose substitute somebody is now, as the directory knows
// them now. Those whom it does not know, or who are disabled, are left out.
func (pp *People) StandsFor(ctx context.Context, by request.Identity) ([]request.Identity, error) {
	named, err := journal.Values(records.SubstitutionsBy.Newest(ctx, pp.Store, by.Person(), store.Position{}, MaxStandsFor))
	if err != nil {
		return nil, err
	}
	var all []request.Identity
	for _, s := range named {
		if !s.Stands(pp.Now()) {
			continue
		}
		who, err := pp.Person(ctx, s.Person, by)
		if errors.Is(err, request.ErrUnknownPerson) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, who)
	}
	return pp.withoutDisabled(ctx, all)
}
