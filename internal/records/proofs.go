package records

import (
	"fmt"

	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/store"
)

// Tree is how far the Merkle tree over the events has grown. Whoever lets it grow writes it
// with the tiles: of two who do, one wins.
type Tree struct {
	ID   string `json:"id"`
	Size int64  `json:"size"` // the number of the last event that is a leaf
	Root []byte `json:"root"`
}

// TheTree is the id of the only tree.
const TheTree = "log"

// The records of the Merkle log: its tree, its tiles, and its checkpoints by size.
var (
	Trees = store.Kind[string, Tree]{Name: "trees", Of: func(t Tree) string { return t.ID }, Quiet: true}

	Tiles = store.Kind[string, proof.Tile]{Name: "tiles", Of: func(t proof.Tile) string { return TileID(t.TileID) }, Quiet: true}

	Checkpoints = store.Kind[string, proof.Checkpoint]{Name: "checkpoints", Of: func(c proof.Checkpoint) string { return store.OrderNumber(c.Size) }, Quiet: true}
)

// TileID is the id of the record of a tile.
func TileID(id proof.TileID) string {
	return fmt.Sprintf("%d/%s", id.Level, store.OrderNumber(id.Index))
}
