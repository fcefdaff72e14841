package grantwright

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxBatch bounds the submissions of one batch.
const MaxBatch = 20

// SubmitBatch makes a request of each submission, all of them or none. They are
// reviewed and provisioned each on its own; their Batch names them together. What
// the requester has asked for already, and is open, stands in the result as it is,
// in its own batch or none. The faults of every submission are told at once, as
// items[2].answers.purpose. A key makes a repeated batch the same one, as
// Submission.Key does; those of the submissions must be empty.
func (e *Engine) SubmitBatch(ctx context.Context, by request.Identity, key string, items []Submission) ([]request.Request, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	replay, err := newBatchReplay(by, key, items)
	if err != nil {
		return nil, err
	}
	if first, err := e.replayedBatch(ctx, replay, key); err != nil || first != nil {
		return first, err
	}
	b, err := e.draftBatch(ctx, by, items)
	if err != nil {
		return nil, err
	}
	for range len(items) + 1 { // each time one more is found to be open already
		err = e.change(ctx, func(c *store.Change) error { return b.submit(ctx, c, by, replay, key) })
		taken := (*store.TakenError)(nil)
		if !errors.As(err, &taken) || taken.Name != "open" {
			break
		}
		if err = b.found(ctx, by, request.ID(taken.ID), taken.Value); err != nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	for _, req := range b.results {
		e.provisionSoon(req)
	}
	return b.results, nil
}

// batch is what one SubmitBatch works on.
type batch struct {
	e       *Engine
	id      request.BatchID
	drafts  []draft
	results []request.Request // in the order of the submissions
	open    []bool            // the result was open before
}

// draftBatch checks every submission and stores nothing.
func (e *Engine) draftBatch(ctx context.Context, by request.Identity, items []Submission) (*batch, error) {
	b := &batch{e: e, id: request.BatchID(e.config.NewID()), results: make([]request.Request, len(items)), open: make([]bool, len(items))}
	var faults []request.Fault
	seen := map[catalog.Ref]int{}
	for i, s := range items {
		d, err := e.draft(ctx, by, s)
		found := faultsOf(err)
		if err != nil && len(found) == 0 {
			return nil, fmt.Errorf("items[%d]: %w", i, err)
		}
		for _, f := range found {
			faults = append(faults, request.Fault{Field: fmt.Sprintf("items[%d].%s", i, f.Field), Reason: f.Reason})
		}
		if first, twice := seen[s.Asset]; twice {
			faults = append(faults, request.Fault{Field: fmt.Sprintf("items[%d].asset", i), Reason: fmt.Sprintf("is that of items[%d] already", first)})
		}
		seen[s.Asset] = i
		d.request.Batch = b.id
		b.drafts = append(b.drafts, d)
	}
	if len(faults) > 0 {
		return nil, &request.InvalidError{What: "batch", Faults: faults}
	}
	return b, nil
}

// submit adds to a change all that the new requests bring.
func (b *batch) submit(ctx context.Context, c *store.Change, by request.Identity, replay store.Replay, key string) error {
	if first, err := b.e.replayedBatch(ctx, replay, key); err != nil || first != nil {
		copy(b.results, first)
		return err
	}
	if err := b.e.remember(ctx, c, by); err != nil {
		return err
	}
	claimed := map[string]request.PersonID{}
	for i, d := range b.drafts {
		if b.open[i] {
			continue
		}
		req := d.request
		principal := store.ClaimKey(req.Asset.Connection(), req.Principal.Name)
		if person, is := claimed[principal]; is && person != req.Beneficiary {
			return &PrincipalTakenError{Connection: req.Asset.Connection(), Principal: req.Principal.Name}
		} else if !is {
			if err := b.e.claim(ctx, c, by.Person(), &req); err != nil {
				return err
			}
		}
		claimed[principal] = req.Beneficiary
		if err := b.e.submit(ctx, c, by, d, &req); err != nil {
			return err
		}
		b.results[i] = req
	}
	if key != "" {
		for _, req := range b.results {
			replay.Batch = append(replay.Batch, req.ID)
		}
		store.Replays.Insert(c, replay)
	}
	return nil
}

// found puts a request that was open before in the place of its draft.
func (b *batch) found(ctx context.Context, by request.Identity, id request.ID, open string) error {
	for i, d := range b.drafts {
		if store.Digest(d.request.Open()) != open {
			continue
		}
		first, err := store.Requests.Get(ctx, b.e.config.Store, id)
		if err == nil && first.Value.Requester != by.Person() {
			err = &OpenError{Asset: d.request.Asset}
		}
		b.results[i], b.open[i] = first.Value, true
		return err
	}
	return fmt.Errorf("grantwright: request %s is open, which the batch does not ask for", id)
}

// newBatchReplay is how a batch is known again.
func newBatchReplay(by request.Identity, key string, items []Submission) (store.Replay, error) {
	var faults []request.Fault
	if len(items) < 1 || len(items) > MaxBatch {
		faults = append(faults, request.Fault{Field: "items", Reason: fmt.Sprintf("are %d, must be 1 to %d", len(items), MaxBatch)})
	}
	for i, s := range items {
		if s.Key != "" {
			faults = append(faults, request.Fault{Field: fmt.Sprintf("items[%d].key", i), Reason: "must be empty: the batch has one key"})
		}
	}
	if len(faults) > 0 {
		return store.Replay{}, &request.InvalidError{What: "batch", Faults: faults}
	}
	body, err := json.Marshal(items)
	if err != nil {
		return store.Replay{}, err
	}
	return replayOf(by, "submit-batch", key, body)
}

// replayedBatch returns the requests that a batch has made before; nil if it has
// not.
func (e *Engine) replayedBatch(ctx context.Context, r store.Replay, key string) ([]request.Request, error) {
	before, err := e.used(ctx, r, key)
	if err != nil || len(before.Batch) == 0 {
		return nil, err
	}
	return values(store.Requests.Some(ctx, e.config.Store, before.Batch...))
}

// Batch returns the requests that were submitted together, each with what stands
// of it, as far as somebody may see them.
func (e *Engine) Batch(ctx context.Context, by request.Identity, id request.BatchID) ([]Case, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	all, err := values(store.RequestsIn.Find(ctx, e.config.Store, id, store.Position{}, MaxBatch))
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%w: batch %q", store.ErrNotFound, id)
	}
	if err != nil {
		return nil, err
	}
	var seen []Case
	var refused error
	for _, req := range all {
		c := Case{Request: req}
		if err := e.mayRead(ctx, by, req); err != nil {
			if !errors.Is(err, ErrForbidden) {
				return nil, err
			}
			refused = err
			continue
		}
		if c.Grant, err = e.grantIfAny(ctx, req.ID); err != nil {
			return nil, err
		}
		seen = append(seen, c)
	}
	if len(seen) == 0 {
		return nil, refused
	}
	return seen, nil
}

// grantIfAny returns the grant of a request; zero if it has none.
func (e *Engine) grantIfAny(ctx context.Context, id request.ID) (provision.Grant, error) {
	read, err := store.Grants.Get(ctx, e.config.Store, grantOf(id))
	return read.Value, unlessMissing(err)
}
