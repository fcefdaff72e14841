package decisions

import (
	"context"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// takeVariants carries how many variants were previewed to the request, and
// begins anew.
func (ds *Decisions) takeVariants(ctx context.Context, c *store.Change, by request.Identity, req *request.Request) error {
	key := records.Variants{Person: by.Person(), Asset: req.Asset, Type: req.Type}.Key()
	read, err := records.Previews.Get(ctx, ds.Store, key)
	if err != nil {
		return journal.UnlessMissing(err)
	}
	req.Tried = len(read.Value.Digests)
	records.Previews.Delete(c, read)
	return nil
}
