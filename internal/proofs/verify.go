package proofs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// verifier can tell whether a signature is its own. A signer may have it too.
type verifier interface {
	Verify(text, signature []byte) bool
}

// Verify reads the whole log and compares each event with the hash that the tree has of it, the
// hashes with those above them, and the root with every checkpoint. It holds one page at a
// time, and changes nothing.
func (p *Proofs) Verify(ctx context.Context) (proof.Report, error) {
	tree, err := p.tree(ctx)
	if err != nil {
		return proof.Report{}, err
	}
	c := &check{Proofs: p, size: tree.Value.Size, tiles: map[proof.TileID]proof.Tile{}, report: proof.Report{Faults: []proof.Fault{}}, expected: 1}
	if err := c.readCheckpoints(ctx); err != nil {
		return proof.Report{}, err
	}
	for more := true; more; {
		if more, err = c.page(ctx); err != nil {
			return proof.Report{}, err
		}
	}
	if c.expected <= c.size {
		c.missing(c.size)
	}
	c.report.Covered = min(c.report.Events, c.size)
	c.reorder()
	return c.report, c.finish(ctx, tree.Value)
}

// check is one run of Verify.
type check struct {
	*Proofs
	report   proof.Report
	size     int64                       // of the tree
	expected int64                       // the number of the next event
	hashed   int64                       // how many stored hashes are part of the edge
	edge     proof.Edge                  // grown from the stored hashes
	tiles    map[proof.TileID]proof.Tile // of the page
	changed  []leaf                      // events that are not what the tree has, as far as they are reported

	checkpoints []proof.Checkpoint // the next ones, by size
	after       store.Position
	ended       bool // there are no checkpoints beyond these
}

// page compares the next page of events, and says whether there may be more.
func (c *check) page(ctx context.Context) (more bool, err error) {
	pages, err := c.Store.Find(ctx, store.Query{Kind: store.Events.Name, After: store.Position{ID: store.OrderNumber(c.expected - 1)}, Limit: store.MaxPage})
	if err != nil {
		return false, err
	}
	page := pages[0]
	for _, r := range page {
		number, err := strconv.ParseInt(r.ID, 10, 64)
		if err != nil || number < c.expected {
			c.report.Add(proof.Fault{Kind: proof.Forged, Number: c.expected, Detail: fmt.Sprintf("the record %q has no number", r.ID)})
			return false, nil
		}
		l := leaf{number: number, body: r.Body}
		l.text, _ = proof.Leaf(number, r.Body) // a body that cannot be read is not the one that was logged
		if err := c.event(ctx, l); err != nil {
			return false, err
		}
	}
	return len(page) == store.MaxPage, nil
}

// event compares one event.
func (c *check) event(ctx context.Context, l leaf) error {
	c.report.Events++
	if l.number > c.size && l.number > c.expected {
		c.report.Add(proof.Fault{Kind: proof.Forged, Number: l.number, Detail: fmt.Sprintf("there is no event %d before it", l.number-1)})
		if c.expected <= c.size {
			c.missing(c.size)
		}
		c.expected = l.number + 1
		return nil
	}
	if l.number > c.expected {
		c.missing(l.number - 1)
	}
	c.expected = l.number + 1
	if l.number > c.size {
		return nil // it is newer than the tree
	}
	stored, err := c.hash(ctx, l.number)
	if err != nil {
		return err
	}
	if !bytes.Equal(stored, proof.LeafHash(l.text)) {
		l.stored = bytes.Clone(stored)
		if len(c.changed) < proof.MaxFaults {
			c.changed = append(c.changed, l)
		} else {
			c.report.More = true
		}
	}
	return nil
}

// missing reports that all events are missing from the expected one up to another.
func (c *check) missing(until int64) {
	f := proof.Fault{Kind: proof.Removed, Number: c.expected}
	if until > f.Number {
		f.Until = until
	}
	c.report.Add(f)
	c.expected = until + 1
}

// hash is the stored hash of an event. The edge grows by the hashes up to it.
func (c *check) hash(ctx context.Context, number int64) ([]byte, error) {
	if err := c.grow(ctx, number); err != nil {
		return nil, err
	}
	t, err := c.tile(ctx, tileOf(number))
	return t.Hash(int((number - 1) % proof.TileWidth)), err
}

// grow adds the stored hashes up to a number to the edge, and compares the tiles above them and
// the checkpoints on the way.
func (c *check) grow(ctx context.Context, number int64) (err error) {
	for c.hashed < number && err == nil {
		c.hashed++
		var t proof.Tile
		if t, err = c.tile(ctx, tileOf(c.hashed)); err != nil {
			return err
		}
		h := t.Hash(int((c.hashed - 1) % proof.TileWidth))
		if h == nil {
			h = make([]byte, 32) // a hash that is missing is none of an event
		}
		c.edge.Append(h, func(full proof.Tile) { err = errors.Join(err, c.compare(ctx, full)) })
		if err == nil {
			err = c.compareCheckpoint(ctx)
		}
	}
	return err
}

// tile reads a tile of the lowest level, and keeps it for the events beside.
func (c *check) tile(ctx context.Context, id proof.TileID) (proof.Tile, error) {
	if t, is := c.tiles[id]; is {
		return t, nil
	}
	found, err := c.Proofs.tiles(ctx, id)
	c.tiles = map[proof.TileID]proof.Tile{id: found[id].Value}
	return found[id].Value, err
}

// compare compares a tile above the lowest level with what is stored.
func (c *check) compare(ctx context.Context, want proof.Tile) error {
	if want.Level == 0 {
		return nil // it is what was read
	}
	found, err := c.Proofs.tiles(ctx, want.TileID)
	if err != nil {
		return err
	}
	below := int64(1)
	for range want.Level {
		below *= proof.TileWidth
	}
	first := want.Index * proof.TileWidth
	for i := range want.Len() {
		if !bytes.Equal(found[want.TileID].Value.Hash(i), want.Hash(i)) {
			c.report.Add(proof.Fault{Kind: proof.Tampered, Number: (first+int64(i))*below + 1, Until: (first + int64(i) + 1) * below,
				Detail: fmt.Sprintf("tile %d of level %d", want.Index, want.Level)})
		}
	}
	return nil
}

// readCheckpoints reads the next page of checkpoints.
func (c *check) readCheckpoints(ctx context.Context) error {
	pages, err := store.Pages[proof.Checkpoint](ctx, c.Store, store.Query{Kind: records.Checkpoints.Name, After: c.after})
	if err != nil {
		return err
	}
	c.ended = len(pages[0]) < store.MaxPage
	for _, read := range pages[0] {
		c.checkpoints, c.after = append(c.checkpoints, read.Value), read.At
	}
	return nil
}

// compareCheckpoint compares the root with the checkpoint of this size, if there is one.
func (c *check) compareCheckpoint(ctx context.Context) error {
	if len(c.checkpoints) == 0 && !c.ended {
		if err := c.readCheckpoints(ctx); err != nil {
			return err
		}
	}
	if len(c.checkpoints) == 0 || c.checkpoints[0].Size > c.edge.Size {
		return nil
	}
	next := c.checkpoints[0]
	c.checkpoints = c.checkpoints[1:]
	root, err := c.edge.Root()
	if err != nil {
		return err
	}
	c.checkCheckpoint(next, root)
	return nil
}

// checkCheckpoint compares a checkpoint with the root of the events that it covers.
func (c *check) checkCheckpoint(next proof.Checkpoint, root []byte) {
	c.report.Checkpoints, c.report.Signed = c.report.Checkpoints+1, next.Size
	_, size, signed, err := proof.Read(next.Note)
	switch {
	case err != nil || size != next.Size || !bytes.Equal(signed, next.Root):
		c.report.Add(proof.Fault{Kind: proof.Disagreeing, Number: next.Size, Detail: "its note says something else than its record"})
	case !bytes.Equal(root, next.Root):
		c.report.Add(proof.Fault{Kind: proof.Disagreeing, Number: next.Size})
	}
	if v, is := c.Signer.(verifier); is && !proof.Signed(c.Signer, v.Verify, next.Note) {
		c.report.Add(proof.Fault{Kind: proof.Unsigned, Number: next.Size})
	}
}

// reorder reports the events that are not what the tree has: one that the tree has under
// another number was moved.
func (c *check) reorder() {
	hashes := map[int64][]byte{}
	for _, l := range c.changed { // at most proof.MaxFaults
		hashes[l.number] = l.stored
	}
	for _, l := range c.changed {
		f := proof.Fault{Kind: proof.Changed, Number: l.number}
		for number, stored := range hashes {
			if text, err := proof.Leaf(number, l.body); err == nil && bytes.Equal(proof.LeafHash(text), stored) {
				f.Kind, f.Was = proof.Reordered, number
				break
			}
		}
		c.report.Add(f)
	}
}

// finish compares the edge of the tree, its root, and the checkpoints that cover more than it.
func (c *check) finish(ctx context.Context, tree records.Tree) error {
	if err := c.grow(ctx, c.size); err != nil {
		return err
	}
	for _, t := range c.edge.Partial() {
		if err := c.compare(ctx, t); err != nil {
			return err
		}
	}
	root, err := c.edge.Root()
	if err != nil {
		return err
	}
	if c.size > 0 && !bytes.Equal(root, tree.Root) {
		c.report.Add(proof.Fault{Kind: proof.Tampered, Number: 1, Until: c.size, Detail: "the root of the tree"})
	}
	for !c.ended || len(c.checkpoints) > 0 {
		for _, next := range c.checkpoints {
			c.report.Add(proof.Fault{Kind: proof.Disagreeing, Number: next.Size, Detail: fmt.Sprintf("the tree has %d events only", c.size)})
		}
		if c.checkpoints = nil; c.ended {
			break
		}
		if err := c.readCheckpoints(ctx); err != nil {
			return err
		}
	}
	return nil
}
