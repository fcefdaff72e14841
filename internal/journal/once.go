package journal

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// once is an act that is done at most once under a key. The first commit of the act
// records that, so that a process that dies in the middle leaves neither one without the
// other.
type once struct {
	replay    records.Replay
	committed atomic.Bool
	late      atomic.Bool // another was faster; the act may have answered with that, so that its error does not say so
}

type onceKey struct{}

// errDone ends an act whose key was used by another that was faster.
var errDone = errors.New("grantwright: the act was done under this key meanwhile")

const (
	answerWait  = 3 * time.Second // for the answer of the same act that is under way elsewhere
	answerLook  = 100 * time.Millisecond
	answerBytes = 256 << 10 // of an answer that is kept

	serverFaults = 500 // and above are the statuses of answers that do not say what was done
)

// ReplayOf recognises an operation with a body by its key.
func ReplayOf(by request.Identity, operation, key string, body []byte) (records.Replay, error) {
	if len(key) > request.MaxKeyBytes || !utf8.ValidString(key) {
		return records.Replay{}, &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "key", Reason: fmt.Sprintf("must be UTF-8 of at most %d bytes", request.MaxKeyBytes)}}}
	}
	return records.Replay{Key: store.Digest(string(by.Person()) + "\n" + operation + "\n" + key), Body: store.Digest(string(body))}, nil
}

// Once does an act, unless it was done under the same key before: then it returns the answer
// of before, and true. An act that fails may be tried again under its key, unless something
// of it was committed and its answer is a fault of the server: what has come of it is not known.
func (j *Journal) Once(ctx context.Context, by request.Identity, a request.Attempt, act func(ctx context.Context) (request.Answered, error)) (request.Answered, bool, error) {
	replay, err := ReplayOf(by, a.Operation, a.Key, a.Body)
	if err != nil {
		return request.Answered{}, false, err
	}
	if found, err := records.Replays.Some(ctx, j.Store, replay.Key); err != nil || len(found) > 0 {
		answered, err := j.replayed(ctx, replay, a.Key, err)
		return answered, err == nil, err
	}
	replay.At = j.Now()
	o := &once{replay: replay}
	answered, err := act(context.WithValue(ctx, onceKey{}, o))
	if errors.Is(err, errDone) || o.late.Load() && !o.committed.Load() {
		answered, err := j.replayed(ctx, replay, a.Key, nil)
		return answered, err == nil, err
	}
	if settled := j.settle(ctx, o, answered, err); settled != nil {
		j.Logger.WarnContext(ctx, "the answer of an act is not kept for its key", "operation", a.Operation, "error", settled)
	}
	return answered, false, err
}

// begin adds to the first commit of an act that it was done under its key.
func (o *once) begin(ctx context.Context, s store.Store, c *store.Change) error {
	found, err := records.Replays.Some(ctx, s, o.replay.Key)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		o.late.Store(true)
		return errDone
	}
	records.Replays.Insert(c, o.replay)
	return nil
}

// settle keeps the answer of an act, or forgets the key of one that has failed.
func (j *Journal) settle(ctx context.Context, o *once, answered request.Answered, failed error) error {
	if failed != nil && (!o.committed.Load() || answered.Status >= serverFaults) {
		return nil
	}
	if len(answered.Body) > answerBytes {
		answered.Body, answered.Withheld = nil, true
	}
	next := o.replay
	next.Answer = &answered
	return j.Commit(context.WithoutCancel(context.WithValue(ctx, onceKey{}, (*once)(nil))), func(c *store.Change) error {
		read, err := records.Replays.Some(ctx, j.Store, o.replay.Key)
		switch {
		case err != nil:
			return err
		case failed != nil && len(read) > 0:
			records.Replays.Delete(c, read[0])
		case failed != nil:
		case len(read) > 0:
			records.Replays.Update(c, read[0], next)
		default:
			records.Replays.Insert(c, next)
		}
		return nil
	})
}

// replayed is the answer that was given under a key. It waits a little for that of an act
// that is under way.
func (j *Journal) replayed(ctx context.Context, r records.Replay, key string, err error) (request.Answered, error) {
	for until := time.Now().Add(answerWait); err == nil; {
		before, found, failed := j.lookUp(ctx, r.Key)
		if err = failed; err != nil {
			break
		}
		switch {
		case !found:
			return request.Answered{}, store.ErrConflict // the first has failed: try again
		case before.Body != r.Body:
			return request.Answered{}, &request.KeyError{Key: key}
		case before.Answer != nil:
			return *before.Answer, nil
		case time.Now().After(until):
			return request.Answered{}, &request.UnansweredError{Key: key, At: before.At}
		}
		timer := time.NewTimer(answerLook)
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-timer.C:
		}
		timer.Stop()
	}
	return request.Answered{}, err
}

func (j *Journal) lookUp(ctx context.Context, key string) (records.Replay, bool, error) {
	found, err := records.Replays.Some(ctx, j.Store, key)
	if err != nil || len(found) == 0 {
		return records.Replay{}, false, err
	}
	return found[0].Value, true, nil
}

// ForgetKeys deletes the idempotency keys that are older than request.KeyKept.
func (j *Journal) ForgetKeys(ctx context.Context) error {
	query := records.ReplaysByTime.Query("all")
	query.Until, query.Limit = store.OrderTime(j.Now().Add(-request.KeyKept)), forgetBatch
	for {
		pages, err := store.Pages[records.Replay](ctx, j.Store, query)
		if err != nil || len(pages[0]) == 0 {
			return err
		}
		var c store.Change
		for _, old := range pages[0] {
			records.Replays.Delete(&c, old)
		}
		if err := j.CommitOnce(ctx, &c); err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
		if len(pages[0]) < forgetBatch {
			return nil
		}
	}
}

const forgetBatch = 200
