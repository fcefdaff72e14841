package advice

import (
	"context"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/store"
)

// closeCited marks the requests that advice rests on and that somebody may not read. The
// requests with their reviews are read in one message, however many they are.
func (ad *Advice) closeCited(ctx context.Context, by request.Identity, a *assist.Advice) error {
	closed := map[request.ID]bool{}
	cited, err := ad.cited(ctx, by, a)
	if err != nil {
		return err
	}
	for _, req := range cited {
		reads, err := journal.Allowed(ad.Decisions.MayRead(ctx, by, req))
		if err != nil {
			return err
		}
		closed[req.ID] = !reads
	}
	for i := range a.Evidence {
		for j, r := range a.Evidence[i].Records {
			a.Evidence[i].Records[j].Closed = closed[request.ID(r.ID)]
		}
	}
	return nil
}

// cited are the requests that advice rests on, whose readers are not known by permission alone.
func (ad *Advice) cited(ctx context.Context, by request.Identity, a *assist.Advice) (all []request.Request, err error) {
	if by.Has(request.Governance) || by.Has(request.Audit) {
		return nil, nil
	}
	var ids []request.ID
	for _, s := range a.Evidence {
		for _, r := range s.Records {
			if r.Kind == "REQUEST" {
				ids = append(ids, request.ID(r.ID))
			}
		}
	}
	ids = unique(ids)
	var keys []store.Key
	for _, id := range ids {
		keys = append(keys, records.Requests.Key(id), records.Reviews.Key(id))
	}
	ad.Act(ctx, keys...)
	read, err := records.Requests.Some(ctx, ad.Store, ids...)
	for _, req := range read {
		snapshot.Expect(ctx, req.Value.Asset)
		all = append(all, req.Value)
	}
	return all, err
}
