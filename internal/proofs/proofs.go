// Package proofs makes the log prove itself: each event becomes a leaf of a Merkle tree,
// whose root is signed now and then. The tree follows the log in the background, as the
// figures do: what a page of events adds to it is one commit with the size that it had
// before, so that each event is one leaf, whoever adds it. It begins with the first event
// of the log, also where that is older than the tree.
package proofs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// Every is how often the tree grows at most, and is signed, unless a host wants it otherwise.
const Every = time.Minute

// pagesAtOnce bounds what is added at once: other work in the background waits meanwhile.
const pagesAtOnce = 10

// Proofs keeps the tree.
type Proofs struct {
	*journal.Journal
	Signer  proof.Signer                                                 // nil signs nothing
	Publish func(ctx context.Context, checkpoint proof.Checkpoint) error // after each new checkpoint; nil publishes nothing
	Every   time.Duration                                                // between two checkpoints; zero means the package's Every

	Witnesses []proof.Witness // cosign each checkpoint before it is published

	mu     sync.Mutex
	looked time.Time
	grown  int64            // the number of the last event that this process knows to be a leaf
	behind bool             // there was more than was added at once
	last   proof.Checkpoint // the last one that this process knows, as far as it is published and cosigned

	witnessed map[string]int64 // by the key of a witness, the size that it has signed last
}

// GrowSoon adds new events to the tree, and signs it, unless it was done just now. While there
// is nothing new it asks the store for nothing.
func (p *Proofs) GrowSoon(ctx context.Context) error {
	p.mu.Lock()
	due := p.behind || p.Announced() > min(p.grown, p.signedUpTo()) && p.Now().Sub(p.looked).Abs() >= p.every()
	if due {
		p.looked = p.Now()
	}
	p.mu.Unlock()
	if !due {
		return nil
	}
	more, err := p.growPages(ctx, pagesAtOnce)
	if err != nil || more {
		return err
	}
	return p.Sign(ctx)
}

// signedUpTo is the size of the last checkpoint that is known here; without a signer nothing is
// left to be signed.
func (p *Proofs) signedUpTo() int64 {
	if p.Signer == nil {
		return p.grown
	}
	return p.last.Size
}

func (p *Proofs) every() time.Duration {
	if p.Every == 0 {
		return Every
	}
	return p.Every
}

// Grow adds all events that are no leaves so far, and signs the tree if that is due.
func (p *Proofs) Grow(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = p.growPages(ctx, pagesAtOnce); err != nil {
			return err
		}
	}
	return p.Sign(ctx)
}

// growPages adds so many pages of events at most, and says whether there may be more.
func (p *Proofs) growPages(ctx context.Context, pages int) (more bool, err error) {
	more = true
	for range pages {
		if more, err = p.next(ctx); err != nil || !more {
			break
		}
	}
	p.mu.Lock()
	p.behind = more && err == nil
	p.mu.Unlock()
	return more, err
}

// next adds the next page of events, and says whether there may be more.
func (p *Proofs) next(ctx context.Context) (more bool, err error) {
	read, tiles, err := p.edge(ctx)
	if err != nil {
		return false, err
	}
	leaves, err := p.leaves(ctx, read.Value.Size)
	if err != nil || len(leaves) == 0 {
		return false, err
	}
	var c store.Change
	if err := extend(&c, read, tiles, leaves); err != nil {
		return false, err
	}
	switch err := p.CommitOnce(ctx, &c); {
	case errors.Is(err, store.ErrConflict): // another process has added them
		return true, nil
	case err != nil:
		return false, err
	}
	p.mu.Lock()
	p.grown = max(p.grown, read.Value.Size+int64(len(leaves)))
	p.mu.Unlock()
	return len(leaves) == store.MaxPage, nil
}

// tree reads how far the tree has grown. Its version is zero while it has no leaf.
func (p *Proofs) tree(ctx context.Context) (store.Stored[records.Tree], error) {
	found, err := records.Trees.Some(ctx, p.Store, records.TheTree)
	if err != nil || len(found) == 0 {
		return store.Stored[records.Tree]{Value: records.Tree{ID: records.TheTree}}, err
	}
	return found[0], nil
}

// edge reads the tree, and the tiles from which it grows.
func (p *Proofs) edge(ctx context.Context) (store.Stored[records.Tree], map[proof.TileID]store.Stored[proof.Tile], error) {
	read, err := p.tree(ctx)
	if err != nil {
		return read, nil, err
	}
	p.mu.Lock()
	p.grown = max(p.grown, read.Value.Size)
	p.mu.Unlock()
	tiles, err := p.tiles(ctx, proof.EdgeOf(read.Value.Size)...)
	return read, tiles, err
}

// tiles reads some tiles.
func (p *Proofs) tiles(ctx context.Context, ids ...proof.TileID) (map[proof.TileID]store.Stored[proof.Tile], error) {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = records.TileID(id)
	}
	all := map[proof.TileID]store.Stored[proof.Tile]{}
	if len(names) == 0 {
		return all, nil
	}
	found, err := records.Tiles.Some(ctx, p.Store, names...)
	for _, t := range found {
		all[t.Value.TileID] = t
	}
	return all, err
}

// of is a tree that is read from the store.
func (p *Proofs) of(size int64) proof.Tree {
	return proof.Tree{Size: size, Tiles: func(ctx context.Context, ids ...proof.TileID) (map[proof.TileID]proof.Tile, error) {
		found, err := p.tiles(ctx, ids...)
		return values(found), err
	}}
}

func values(read map[proof.TileID]store.Stored[proof.Tile]) map[proof.TileID]proof.Tile {
	all := make(map[proof.TileID]proof.Tile, len(read))
	for id, t := range read {
		all[id] = t.Value
	}
	return all
}

// extend adds leaves to the tree, in a change.
func extend(c *store.Change, read store.Stored[records.Tree], tiles map[proof.TileID]store.Stored[proof.Tile], leaves []leaf) error {
	edge, err := proof.NewEdge(read.Value.Size, values(tiles))
	if err != nil {
		return err
	}
	save := func(t proof.Tile) {
		if was, is := tiles[t.TileID]; !is {
			records.Tiles.Insert(c, t)
		} else if !bytes.Equal(t.Hashes, was.Value.Hashes) {
			records.Tiles.Update(c, was, t)
		}
	}
	for _, l := range leaves {
		if l.number != edge.Size+1 {
			return fmt.Errorf("%w: the log has no event %d, although it has event %d", proof.ErrBroken, edge.Size+1, l.number)
		}
		edge.Append(proof.LeafHash(l.text), save)
	}
	for _, t := range edge.Partial() {
		save(t)
	}
	next := records.Tree{ID: records.TheTree, Size: edge.Size}
	if next.Root, err = edge.Root(); err != nil {
		return err
	}
	if read.Version == 0 {
		records.Trees.Insert(c, next)
		return nil
	}
	records.Trees.Update(c, read, next)
	return nil
}

// leaf is an event as the tree has it.
type leaf struct {
	number int64
	text   []byte
	body   []byte // as it is stored
	stored []byte // the hash that the tree has of it, where the two are compared
}

// leaves reads the next events of the log. They are read as they are stored: fields that this
// release does not know are part of them.
func (p *Proofs) leaves(ctx context.Context, after int64) ([]leaf, error) {
	pages, err := p.Store.Find(ctx, store.Query{Kind: store.Events.Name, After: store.Position{ID: store.OrderNumber(after)}, Limit: store.MaxPage})
	if err != nil {
		return nil, err
	}
	return leavesOf(pages[0])
}

func leavesOf(all []store.Record) ([]leaf, error) {
	leaves := make([]leaf, len(all))
	for i, r := range all {
		number, err := strconv.ParseInt(r.ID, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: event %q has no number", proof.ErrBroken, r.ID)
		}
		text, err := proof.Leaf(number, r.Body)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", number, err)
		}
		leaves[i] = leaf{number: number, text: text, body: r.Body}
	}
	return leaves, nil
}
