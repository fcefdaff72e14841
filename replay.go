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
	if len(s.Key) > MaxKeyBytes || !utf8.ValidString(s.Key) {
		return store.Replay{}, &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "key", Reason: fmt.Sprintf("must be UTF-8 of at most %d bytes", MaxKeyBytes)}}}
	}
	body, err := json.Marshal(s)
	if err != nil {
		return store.Replay{}, err
	}
	return store.Replay{Key: store.Digest(string(by.Person()) + "\nsubmit\n" + s.Key), Body: store.Digest(string(body))}, nil
}

// replayed returns the request that a submission has made before; zero if it has
// not.
func (e *Engine) replayed(ctx context.Context, r store.Replay, key string) (request.Request, error) {
	if key == "" {
		return request.Request{}, nil
	}
	before, err := store.Replays.Get(ctx, e.config.Store, r.Key)
	if err != nil {
		return request.Request{}, unlessMissing(err)
	}
	if before.Value.Body != r.Body {
		return request.Request{}, &KeyError{key}
	}
	first, err := store.Requests.Get(ctx, e.config.Store, before.Value.Request)
	return first.Value, err
}
