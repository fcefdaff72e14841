package grantwright

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxKeyBytes bounds an idempotency key.
const MaxKeyBytes = 255

// KeyError says that an idempotency key was used for something else before.
type KeyError struct{ Key string }

func (e *KeyError) Error() string {
	return fmt.Sprintf("grantwright: idempotency key %q was used for another submission; take a new one", e.Key)
}

// newReplay is how a submission is known again.
func newReplay(by request.Identity, s Submission) (store.Replay, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return store.Replay{}, err
	}
	return replayOf(by, "submit", s.Key, body)
}

// replayOf is how an operation with a body is known again.
func replayOf(by request.Identity, operation, key string, body []byte) (store.Replay, error) {
	if len(key) > MaxKeyBytes || !utf8.ValidString(key) {
		return store.Replay{}, &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "key", Reason: fmt.Sprintf("must be UTF-8 of at most %d bytes", MaxKeyBytes)}}}
	}
	return store.Replay{Key: store.Digest(string(by.Person()) + "\n" + operation + "\n" + key), Body: store.Digest(string(body))}, nil
}

// used returns what a key was used for before; zero if it was not.
func (e *Engine) used(ctx context.Context, r store.Replay, key string) (store.Replay, error) {
	if key == "" {
		return store.Replay{}, nil
	}
	before, err := store.Replays.Get(ctx, e.config.Store, r.Key)
	if err != nil {
		return store.Replay{}, unlessMissing(err)
	}
	if before.Value.Body != r.Body {
		return store.Replay{}, &KeyError{key}
	}
	return before.Value, nil
}

// replayed returns the request that a submission has made before; zero if it has
// not.
func (e *Engine) replayed(ctx context.Context, r store.Replay, key string) (request.Request, error) {
	before, err := e.used(ctx, r, key)
	if err != nil || before.Request == "" {
		return request.Request{}, err
	}
	first, err := store.Requests.Get(ctx, e.config.Store, before.Request)
	return first.Value, err
}
