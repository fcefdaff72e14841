package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// TileWidth is how many hashes a full tile holds.
const TileWidth = 256

// tileBits is the height of a tile: 2 to this power is TileWidth.
const tileBits = 8

// hashBytes are those of one hash.
const hashBytes = 32

// TileID names a tile: its level, from 0 for the hashes of leaves, and its place there.
type TileID struct {
	Level int   `json:"level"`
	Index int64 `json:"index"`
}

// Tile holds up to TileWidth hashes of one level: those of leaves, or the roots of the full
// tiles of the level below.
type Tile struct {
	TileID
	Hashes []byte `json:"hashes"` // one after another, as in tlog-tiles
}

// Len is how many hashes the tile holds.
func (t Tile) Len() int { return len(t.Hashes) / hashBytes }

// Hash is one of the hashes, from 0; nil beyond the last.
func (t Tile) Hash(i int) []byte {
	if i < 0 || i >= t.Len() {
		return nil
	}
	return t.Hashes[i*hashBytes : (i+1)*hashBytes]
}

// root is the root of some of the tile's hashes, of which there are a power of two; nil where
// the tile does not hold them all.
func (t Tile) root(from, count int) []byte {
	if from+count > t.Len() {
		return nil
	}
	if count == 1 {
		return t.Hash(from)
	}
	return rfc6962.DefaultHasher.HashChildren(t.root(from, count/2), t.root(from+count/2, count/2))
}

// Edge are the tiles at the right edge of a tree, from which it grows: one of each level,
// which is not full.
type Edge struct {
	Size  int64
	Tiles []Tile
}

// EdgeOf names the tiles at the right edge of a tree of a size. Those that hold nothing yet
// are left out.
func EdgeOf(size int64) (ids []TileID) {
	for level := 0; size > 0; level++ {
		if size%TileWidth > 0 {
			ids = append(ids, TileID{level, size / TileWidth})
		}
		size /= TileWidth
	}
	return ids
}

// NewEdge is the edge of a tree of a size, from its tiles. It is an error if one of them is
// missing, or holds less than the size says; hashes beyond the size are left out: the tree may
// have grown since.
func NewEdge(size int64, tiles map[TileID]Tile) (Edge, error) {
	e := Edge{Size: size}
	for level, n := 0, size; n > 0; level, n = level+1, n/TileWidth {
		id := TileID{level, n / TileWidth}
		tile := Tile{TileID: id}
		if n%TileWidth > 0 {
			count := int(n % TileWidth)
			if tiles[id].Len() < count {
				return Edge{}, &TileError{TileID: id, Size: size}
			}
			tile.Hashes = slices.Clone(tiles[id].Hashes[:count*hashBytes])
		}
		e.Tiles = append(e.Tiles, tile)
	}
	return e, nil
}

// Append adds a leaf, by its hash, and calls filled with each tile that is full thereby, the
// lowest first.
func (e *Edge) Append(hash []byte, filled func(Tile)) {
	e.Size++
	for level := 0; ; level++ {
		if level == len(e.Tiles) {
			e.Tiles = append(e.Tiles, Tile{TileID: TileID{Level: level}})
		}
		t := &e.Tiles[level]
		t.Hashes = append(t.Hashes, hash...)
		if t.Len() < TileWidth {
			return
		}
		hash = t.root(0, TileWidth)
		filled(*t)
		*t = Tile{TileID: TileID{level, t.Index + 1}}
	}
}

// Partial are the tiles of the edge that hold something.
func (e *Edge) Partial() []Tile {
	return slices.DeleteFunc(slices.Clone(e.Tiles), func(t Tile) bool { return t.Len() == 0 })
}

// Root is the root of the tree.
func (e *Edge) Root() ([]byte, error) {
	tiles := map[TileID]Tile{}
	for _, t := range e.Tiles {
		tiles[t.TileID] = t
	}
	return Tree{Size: e.Size, Tiles: func(context.Context, ...TileID) (map[TileID]Tile, error) { return tiles, nil }}.Root(context.Background(), e.Size)
}

// ErrBroken is wrapped when what is stored of a log contradicts itself: somebody has changed it
// past the engine.
var ErrBroken = errors.New("proof: the log was changed by hand")

// TileError says that a tile is missing, or does not hold what the size of the tree says.
type TileError struct {
	TileID
	Size int64
}

func (e *TileError) Error() string {
	return fmt.Sprintf("proof: tile %d of level %d is not what a tree of %d leaves has there", e.Index, e.Level, e.Size)
}

func (e *TileError) Unwrap() error { return ErrBroken }

// Tree is a Merkle tree that is kept in tiles.
type Tree struct {
	Size int64 // how many leaves it has

	// Tiles reads some tiles; those that do not exist are left out. One call reads all
	// that a proof needs.
	Tiles func(ctx context.Context, ids ...TileID) (map[TileID]Tile, error)
}

// Root is the root of the tree as it was at a size, which may be no more than that of the
// tree. The root of the empty tree is the SHA-256 of nothing.
func (t Tree) Root(ctx context.Context, size int64) ([]byte, error) {
	if err := t.check(size); err != nil {
		return nil, err
	}
	hashes, err := t.hashes(ctx, compact.RangeNodes(0, uint64(size), nil))
	if err != nil || len(hashes) == 0 {
		return rfc6962.DefaultHasher.EmptyRoot(), err
	}
	r, err := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewRange(0, uint64(size), hashes)
	if err != nil {
		return nil, err
	}
	return r.GetRootHash(nil)
}

// Inclusion proves that the leaf with a number, from 1, stands in the tree of a size: the
// hashes beside its way to the root, the lowest first.
func (t Tree) Inclusion(ctx context.Context, number, size int64) (path [][]byte, err error) {
	if err := t.check(size); err != nil {
		return nil, err
	}
	if number < 1 || number > size {
		return nil, fmt.Errorf("proof: there is no leaf %d among %d", number, size)
	}
	nodes, err := proof.Inclusion(uint64(number-1), uint64(size))
	if err != nil {
		return nil, err
	}
	return t.path(ctx, nodes)
}

// Consistency proves that the tree of a later size begins with all leaves of that of an
// earlier one, in their order.
func (t Tree) Consistency(ctx context.Context, earlier, later int64) (path [][]byte, err error) {
	if err := t.check(later); err != nil {
		return nil, err
	}
	if earlier < 0 || earlier > later {
		return nil, fmt.Errorf("proof: %d leaves are not the first ones of %d", earlier, later)
	}
	nodes, err := proof.Consistency(uint64(earlier), uint64(later))
	if err != nil {
		return nil, err
	}
	return t.path(ctx, nodes)
}

func (t Tree) check(size int64) error {
	if size < 0 || size > t.Size {
		return fmt.Errorf("proof: the tree has %d leaves, not %d", t.Size, size)
	}
	return nil
}

func (t Tree) path(ctx context.Context, nodes proof.Nodes) ([][]byte, error) {
	hashes, err := t.hashes(ctx, nodes.IDs)
	if err != nil {
		return nil, err
	}
	path, err := nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren)
	return append([][]byte{}, path...), err
}

// hashes are those of some nodes, each the root of a full subtree.
func (t Tree) hashes(ctx context.Context, nodes []compact.NodeID) ([][]byte, error) {
	ids := make([]TileID, len(nodes))
	for i, n := range nodes {
		ids[i] = TileID{int(n.Level / tileBits), int64(n.Index >> (tileBits - n.Level%tileBits))}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	unique := slices.Clone(ids)
	slices.SortFunc(unique, compareTiles)
	tiles, err := t.Tiles(ctx, slices.Compact(unique)...)
	if err != nil {
		return nil, err
	}
	hashes := make([][]byte, len(nodes))
	for i, n := range nodes {
		height := n.Level % tileBits
		from := (n.Index & (1<<(tileBits-height) - 1)) << height
		if hashes[i] = bytes.Clone(tiles[ids[i]].root(int(from), 1<<height)); hashes[i] == nil {
			return nil, &TileError{TileID: ids[i], Size: t.Size}
		}
	}
	return hashes, nil
}

func compareTiles(a, b TileID) int {
	if a.Level != b.Level {
		return a.Level - b.Level
	}
	return int(a.Index - b.Index)
}
