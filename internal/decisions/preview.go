package decisions

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// NoteVariant remembers that a submission was previewed.
func (ds *Decisions) NoteVariant(ctx context.Context, by request.Identity, s request.Submission, d Draft) error {
	s.Key = ""
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	digest := store.Digest(string(body))
	return ds.Change(ctx, func(c *store.Change) error {
		v := records.Variants{Person: by.Person(), Asset: d.Request.Asset, Type: d.Request.Type}
		read, err := records.Previews.Get(ctx, ds.Store, v.Key())
		if errors.Is(err, store.ErrNotFound) {
			v.Digests = []string{digest}
			records.Previews.Insert(c, v)
			return nil
		}
		if v = read.Value; err != nil || slices.Contains(v.Digests, digest) || len(v.Digests) >= records.MaxVariants {
			return err
		}
		v.Digests = append(v.Digests, digest)
		records.Previews.Update(c, read, v)
		return nil
	})
}

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
