package proofs

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Event proves that an event stands in the log of the last checkpoint: a story of this event
// alone.
func (p *Proofs) Event(ctx context.Context, number int64) (s proof.Story, err error) {
	last, err := p.Latest(ctx)
	if err != nil {
		return s, err
	}
	if number < 1 || number > last.Size {
		return s, fmt.Errorf("%w: the last checkpoint covers the events up to %d", store.ErrNotFound, last.Size)
	}
	found, err := p.Store.Get(ctx, store.Events.Key(store.OrderNumber(number)))
	if err != nil {
		return s, err
	}
	s.Checkpoint = last.Note
	if s.Events, err = p.proven(ctx, found, last); err == nil && len(s.Events) == 0 {
		err = store.Events.Missing(store.OrderNumber(number))
	}
	return s, err
}

// Consistency proves that the log of a later size begins with that of an earlier one. A later
// size of zero is that of the last checkpoint.
func (p *Proofs) Consistency(ctx context.Context, from, to int64) (c proof.Consistency, err error) {
	tree, err := p.tree(ctx)
	if err != nil {
		return c, err
	}
	if to == 0 {
		last, err := p.Latest(ctx)
		if err != nil {
			return c, err
		}
		to = last.Size
	}
	if from < 1 || from > to || to > tree.Value.Size {
		return c, &request.InvalidError{What: "query", Faults: []request.Fault{{Field: "from", Reason: fmt.Sprintf("and to must rise from 1 to %d at most", tree.Value.Size)}}}
	}
	of := p.of(tree.Value.Size)
	c = proof.Consistency{From: from, To: to}
	if c.FromRoot, err = of.Root(ctx, from); err != nil {
		return c, err
	}
	if c.ToRoot, err = of.Root(ctx, to); err != nil {
		return c, err
	}
	c.Proof, err = of.Consistency(ctx, from, to)
	return c, err
}

// Story is all that the log of the last checkpoint says of a request, with the proofs.
func (p *Proofs) Story(ctx context.Context, id request.ID) (s proof.Story, err error) {
	if _, err := records.Requests.Get(ctx, p.Store, id); err != nil {
		return s, err
	}
	last, err := p.Latest(ctx)
	if err != nil {
		return s, err
	}
	s = proof.Story{Request: string(id), Checkpoint: last.Note, Events: []proof.Proven{}}
	q := store.EventsOf.Query(id)
	for {
		pages, err := p.Store.Find(ctx, q)
		if err != nil {
			return s, err
		}
		page := pages[0]
		if len(page) == 0 {
			return s, nil
		}
		q.After = page[len(page)-1].Position()
		proven, err := p.proven(ctx, page, last)
		if err != nil {
			return s, err
		}
		s.Events, s.Later = append(s.Events, proven...), s.Later+len(page)-len(proven)
		if len(page) < store.MaxPage {
			return s, nil
		}
	}
}

// proven are those of some events that a checkpoint covers, with their proofs. All that the
// proofs are made of is read at once.
func (p *Proofs) proven(ctx context.Context, events []store.Record, last proof.Checkpoint) ([]proof.Proven, error) {
	leaves, err := leavesOf(events)
	if err != nil {
		return nil, err
	}
	var all []proof.Proven
	read := map[proof.TileID]proof.Tile{}
	of := proof.Tree{Size: last.Size, Tiles: func(ctx context.Context, ids ...proof.TileID) (map[proof.TileID]proof.Tile, error) {
		var missing []proof.TileID
		for _, id := range ids {
			if _, is := read[id]; !is {
				missing = append(missing, id)
			}
		}
		found, err := p.tiles(ctx, missing...)
		for id, t := range found {
			read[id] = t.Value
		}
		return read, err
	}}
	for _, l := range leaves {
		if l.number > last.Size {
			continue
		}
		path, err := of.Inclusion(ctx, l.number, last.Size)
		if err != nil {
			return nil, err
		}
		all = append(all, proof.Proven{Hashed: proof.Hashed{Leaf: string(l.text), Hash: proof.LeafHash(l.text)}, Number: l.number, Proof: path})
	}
	return all, nil
}

// Export lists events after a number as lines of an export, with the hashes that the tree has
// of them, up to the last event that is a leaf.
func (p *Proofs) Export(ctx context.Context, after int64, limit int) ([]proof.Hashed, error) {
	tree, err := p.tree(ctx)
	if err != nil {
		return nil, err
	}
	leaves, err := p.leaves(ctx, max(after, 0))
	if err != nil {
		return nil, err
	}
	if limit > 0 {
		leaves = leaves[:min(limit, len(leaves))]
	}
	var ids []proof.TileID
	for _, l := range leaves {
		if id := tileOf(l.number); l.number <= tree.Value.Size && (len(ids) == 0 || ids[len(ids)-1] != id) {
			ids = append(ids, id)
		}
	}
	tiles, err := p.tiles(ctx, ids...)
	if err != nil {
		return nil, err
	}
	all := []proof.Hashed{}
	for _, l := range leaves {
		if l.number <= tree.Value.Size {
			all = append(all, proof.Hashed{Leaf: string(l.text), Hash: tiles[tileOf(l.number)].Value.Hash(int((l.number - 1) % proof.TileWidth))})
		}
	}
	return all, nil
}

// tileOf names the tile that holds the hash of an event.
func tileOf(number int64) proof.TileID { return proof.TileID{Index: (number - 1) / proof.TileWidth} }
