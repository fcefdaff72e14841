package decisions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// SubmitBatch makes a request of each submission, all of them or none. They are
// reviewed and provisioned each on its own; their Batch names them together. What
// the requester has asked for already, and is open, stands in the result as it is,
// in its own batch or none. The faults of every submission are told at once, as
// items[2].answers.purpose. A key makes a repeated batch the same one, as
// Submission.Key does; those of the submissions must be empty.
func (ds *Decisions) SubmitBatch(ctx context.Context, by request.Identity, key string, items []request.Submission) ([]request.Request, error) {
	if err := by.CheckAsks("submit requests"); err != nil {
		return nil, err
	}
	replay, err := newBatchReplay(by, key, items)
	if err != nil {
		return nil, err
	}
	if first, err := ds.replayedBatch(ctx, replay, key); err != nil || first != nil {
		return first, err
	}
	ctx = ds.Act(ctx, store.People.Key(by.Person()), records.Stops.Key(provision.StoppedPerson(by.Person())), records.OpenCounts.Key(by.Person()))
	b, err := ds.draftBatch(ctx, by, items)
	if err != nil {
		return nil, err
	}
	for range len(items) + 1 { // each time one more is found to be open already
		err = ds.Change(ctx, func(c *store.Change) error { return b.submit(ctx, c, by, replay, key) })
		taken := (*store.TakenError)(nil)
		if !errors.As(err, &taken) || taken.Name != "open" {
			break
		}
		if err = b.replaceOpen(ctx, by, request.ID(taken.ID), taken.Value); err != nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	for _, req := range b.results {
		ds.Provisioning.ApplySoon(ctx, req)
	}
	return b.results, nil
}

// batch is the work of one SubmitBatch.
type batch struct {
	decisions *Decisions
	id        request.BatchID
	drafts    []Draft
	results   []request.Request // in the order of the submissions
	open      []bool            // the result was open before
}

// draftBatch checks every submission and stores nothing.
func (ds *Decisions) draftBatch(ctx context.Context, by request.Identity, items []request.Submission) (*batch, error) {
	b := &batch{decisions: ds, id: request.BatchID(ds.NewID()), results: make([]request.Request, len(items)), open: make([]bool, len(items))}
	var faults []request.Fault
	seen := map[catalog.Ref]int{}
	for i, s := range items {
		d, err := ds.Draft(ctx, by, s)
		found := request.FaultsOf(err)
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
		d.Request.Batch = b.id
		b.drafts = append(b.drafts, d)
	}
	if len(faults) > 0 {
		return nil, &request.InvalidError{What: "batch", Faults: faults}
	}
	return b, nil
}

// submit adds to a change all that the new requests bring.
func (b *batch) submit(ctx context.Context, c *store.Change, by request.Identity, replay records.Replay, key string) error {
	if first, err := b.decisions.replayedBatch(ctx, replay, key); err != nil || first != nil {
		copy(b.results, first)
		return err
	}
	if err := b.decisions.People.Remember(ctx, c, by); err != nil {
		return err
	}
	claimed := map[string]request.PersonID{}
	var created []request.Request
	var places []int
	for i, d := range b.drafts {
		if b.open[i] {
			continue
		}
		req := d.Request
		principal := records.ClaimKey(req.Asset.Connection(), req.Principal.Name)
		if person, is := claimed[principal]; is && person != req.Beneficiary {
			return &provision.PrincipalTakenError{Connection: req.Asset.Connection(), Principal: req.Principal.Name}
		} else if !is {
			if err := b.decisions.Platforms.Claim(ctx, c, by.Person(), &req); err != nil {
				return err
			}
		}
		claimed[principal] = req.Beneficiary
		if err := b.decisions.AddRequest(ctx, c, by, d, &req); err != nil {
			return err
		}
		b.results[i] = req
		created, places = append(created, req), append(places, i)
	}
	field := func(i int) string { return fmt.Sprintf("items[%d].beneficiary", places[i]) }
	if err := b.decisions.boundOpen(ctx, c, field, created...); err != nil {
		return err
	}
	if key != "" {
		for _, req := range b.results {
			replay.Batch = append(replay.Batch, req.ID)
		}
		b.decisions.keep(c, replay)
	}
	return nil
}

// replaceOpen puts a request that was open before in the place of its draft.
func (b *batch) replaceOpen(ctx context.Context, by request.Identity, id request.ID, open string) error {
	for i, d := range b.drafts {
		if store.Digest(d.Request.Open()) != open {
			continue
		}
		first, err := records.Requests.Get(ctx, b.decisions.Store, id)
		if err == nil && first.Value.Requester != by.Person() {
			err = &request.OpenError{Asset: d.Request.Asset}
		}
		b.results[i], b.open[i] = first.Value, true
		request.NoteExists(ctx, id)
		return err
	}
	return fmt.Errorf("grantwright: request %s is open, which the batch does not ask for", id)
}

// newBatchReplay recognises a batch by its key.
func newBatchReplay(by request.Identity, key string, items []request.Submission) (records.Replay, error) {
	var faults []request.Fault
	if len(items) < 1 || len(items) > request.MaxBatch {
		faults = append(faults, request.Fault{Field: "items", Reason: fmt.Sprintf("are %d, must be 1 to %d", len(items), request.MaxBatch)})
	}
	for i, s := range items {
		if s.Key != "" {
			faults = append(faults, request.Fault{Field: fmt.Sprintf("items[%d].key", i), Reason: "must be empty: the batch has one key"})
		}
	}
	if len(faults) > 0 {
		return records.Replay{}, &request.InvalidError{What: "batch", Faults: faults}
	}
	body, err := json.Marshal(items)
	if err != nil {
		return records.Replay{}, err
	}
	return journal.ReplayOf(by, "submit-batch", key, body)
}

// replayedBatch returns the requests that a batch has made before; nil if it has
// not.
func (ds *Decisions) replayedBatch(ctx context.Context, r records.Replay, key string) ([]request.Request, error) {
	before, err := ds.used(ctx, r, key)
	if err != nil || len(before.Batch) == 0 {
		return nil, err
	}
	return journal.Values(records.Requests.Some(ctx, ds.Store, before.Batch...))
}

// GrantIfAny returns the grant of a request; zero if it has none.
func (ds *Decisions) GrantIfAny(ctx context.Context, id request.ID) (provision.Grant, error) {
	read, err := records.Grants.Get(ctx, ds.Store, journal.GrantID(id))
	return read.Value, journal.UnlessMissing(err)
}
