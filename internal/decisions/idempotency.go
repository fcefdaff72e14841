package decisions

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

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
	return replayOf(by, "submit", s.Key, body)
}

// replayOf recognises an operation with a body by its key.
func replayOf(by request.Identity, operation, key string, body []byte) (records.Replay, error) {
	if len(key) > request.MaxKeyBytes || !utf8.ValidString(key) {
		return records.Replay{}, &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "key", Reason: fmt.Sprintf("must be UTF-8 of at most %d bytes", request.MaxKeyBytes)}}}
	}
	return records.Replay{Key: store.Digest(string(by.Person()) + "\n" + operation + "\n" + key), Body: store.Digest(string(body))}, nil
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
