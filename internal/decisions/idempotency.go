package decisions

import (
	"context"
	"encoding/json"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// newReplay recognises a submission by its key.
func newReplay(by request.Identity, s request.Submission) (records.Replay, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return records.Replay{}, err
	}
	return journal.ReplayOf(by, "submit", s.Key, body)
}

// keep adds to a change that a key was used.
func (ds *Decisions) keep(c *store.Change, r records.Replay) {
	r.At = ds.Now()
	records.Replays.Insert(c, r)
}

// used returns what a key was used for before; zero if it was not.
func (ds *Decisions) used(ctx context.Context, r records.Replay, key string) (records.Replay, error) {
	if key == "" {
		return records.Replay{}, nil
	}
	before, err := records.Replays.Get(ctx, ds.Store, r.Key)
	if err != nil {
		return records.Replay{}, journal.UnlessMissing(err)
	}
	if before.Value.Body != r.Body {
		return records.Replay{}, &request.KeyError{Key: key}
	}
	request.NoteReplay(ctx)
	return before.Value, nil
}

// replayed returns the request that a submission has made before; zero if it has
// not.
func (ds *Decisions) replayed(ctx context.Context, r records.Replay, key string) (request.Request, error) {
	before, err := ds.used(ctx, r, key)
	if err != nil || before.Request == "" {
		return request.Request{}, err
	}
	first, err := records.Requests.Get(ctx, ds.Store, before.Request)
	return first.Value, err
}
