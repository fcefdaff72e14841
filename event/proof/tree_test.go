package proof_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/grantwright/grantwright/event/proof"
)

// grown is a tree of some leaves, with its tiles.
func grown(t testing.TB, leaves int) (proof.Tree, proof.Edge, map[proof.TileID]proof.Tile) {
	t.Helper()
	tiles := map[proof.TileID]proof.Tile{}
	save := func(tile proof.Tile) { tiles[tile.TileID] = tile }
	var edge proof.Edge
	for i := range leaves {
		edge.Append(proof.LeafHash(leaf(i)), save)
	}
	for _, tile := range edge.Partial() {
		save(tile)
	}
	return proof.Tree{Size: int64(leaves), Tiles: func(context.Context, ...proof.TileID) (map[proof.TileID]proof.Tile, error) { return tiles, nil }}, edge, tiles
}

func leaf(i int) []byte { return fmt.Appendf(nil, "event %d", i+1) }

// oracle is the same log as package tlog of the Go project has it.
type oracle []tlog.Hash

func (o oracle) ReadHashes(indexes []int64) (all []tlog.Hash, _ error) {
	for _, i := range indexes {
		all = append(all, o[i])
	}
	return all, nil
}

func oracleOf(t testing.TB, leaves int) (o oracle) {
	t.Helper()
	for i := range leaves {
		more, err := tlog.StoredHashes(int64(i), leaf(i), o)
		if err != nil {
			t.Fatal(err)
		}
		o = append(o, more...)
	}
	return o
}

// TestTree compares roots and proofs with another implementation, about the sizes at which
// tiles become full, and a level is added.
func TestTree(t *testing.T) {
	t.Parallel()
	const most = 256*256 + 300
	of, edge, _ := grown(t, most)
	ours, theirs := of, oracleOf(t, most)
	sizes := []int64{1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 1000, 65535, 65536, 65537, most}
	for _, size := range sizes {
		root, err := ours.Root(t.Context(), size)
		want, err2 := tlog.TreeHash(size, theirs)
		if err != nil || err2 != nil || !bytes.Equal(root, want[:]) {
			t.Fatalf("the root of %d is %x, want %x, %v, %v", size, root, want, err, err2)
		}
		for _, number := range []int64{1, 2, size/2 + 1, size - 1, size} {
			if number < 1 || number > size {
				continue
			}
			path, err := ours.Inclusion(t.Context(), number, size)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckRecord(hashesOf(path), size, want, number-1, tlog.RecordHash(leaf(int(number-1)))); err != nil {
				t.Errorf("leaf %d of %d: %v", number, size, err)
			}
		}
		for _, earlier := range sizes {
			if earlier > size {
				break
			}
			path, err := ours.Consistency(t.Context(), earlier, size)
			was, err2 := tlog.TreeHash(earlier, theirs)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if err := tlog.CheckTree(hashesOf(path), size, want, earlier, was); err != nil {
				t.Errorf("%d begins with %d: %v", size, earlier, err)
			}
		}
	}
	root, err := edge.Root()
	if want, _ := ours.Root(t.Context(), most); err != nil || !bytes.Equal(root, want) {
		t.Errorf("the root of the edge is %x, want %x, %v", root, want, err)
	}
}

func hashesOf(path [][]byte) (all []tlog.Hash) {
	for _, h := range path {
		all = append(all, tlog.Hash(h))
	}
	return all
}

// TestEdge lets a tree grow from its stored tiles, at every size about a full tile.
func TestEdge(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 255, 256, 257, 512, 65535, 65536, 65537} {
		_, _, tiles := grown(t, size)
		for _, id := range proof.EdgeOf(int64(size)) {
			if _, is := tiles[id]; !is {
				t.Errorf("%d leaves have no tile %v", size, id)
			}
		}
		edge, err := proof.NewEdge(int64(size), tiles)
		if err != nil {
			t.Fatal(err)
		}
		edge.Append(proof.LeafHash(leaf(size)), func(proof.Tile) {})
		root, err := edge.Root()
		next, _, _ := grown(t, size+1)
		if want, _ := next.Root(t.Context(), int64(size+1)); err != nil || !bytes.Equal(root, want) {
			t.Errorf("%d leaves and one more: %x, want %x, %v", size, root, want, err)
		}
	}
	_, _, tiles := grown(t, 300)
	if _, err := proof.NewEdge(301, tiles); !errors.Is(err, proof.ErrBroken) {
		t.Errorf("a tile that is too short: %v", err)
	}
}

func TestWhatCannotBeProved(t *testing.T) {
	t.Parallel()
	tree, _, tiles := grown(t, 300)
	for name, f := range map[string]func() error{
		"a root beyond the tree":     func() error { _, err := tree.Root(t.Context(), 301); return err },
		"a leaf beyond the tree":     func() error { _, err := tree.Inclusion(t.Context(), 301, 300); return err },
		"leaf 0":                     func() error { _, err := tree.Inclusion(t.Context(), 0, 300); return err },
		"a later tree that is small": func() error { _, err := tree.Consistency(t.Context(), 200, 100); return err },
		"a later tree that is not":   func() error { _, err := tree.Consistency(t.Context(), 200, 400); return err },
		"an earlier tree below 0":    func() error { _, err := tree.Consistency(t.Context(), -1, 100); return err },
		"a proof from a missing tile": func() error {
			delete(tiles, proof.TileID{Index: 1})
			_, err := tree.Inclusion(t.Context(), 1, 300)
			return err
		},
	} {
		if f() == nil {
			t.Errorf("%s is proved", name)
		}
	}
}

func TestCheckpoint(t *testing.T) {
	t.Parallel()
	secret, public, err := note.GenerateKey(rand.Reader, "access.example.com/log")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	root := proof.LeafHash([]byte("x"))
	text, err := proof.Sign(signer, 12, root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open([]byte(text), note.VerifierList(verifier)); err != nil {
		t.Errorf("others do not accept it: %v", err)
	}
	origin, size, got, err := proof.Read(text)
	if err != nil || origin != "access.example.com/log" || size != 12 || !bytes.Equal(got, root) {
		t.Errorf("it reads %q, %d, %x, %v", origin, size, got, err)
	}
	if !proof.Signed(signer, verifier.Verify, text) || proof.Signed(signer, verifier.Verify, strings.Replace(text, "\n12\n", "\n13\n", 1)) {
		t.Error("a signature is taken for what it is not")
	}
	for _, bad := range []string{"", "origin\n12\n", strings.Replace(text, "\n12\n", "\n-1\n", 1), strings.Replace(text, "\n12\n", "\nx\n", 1), "o\n1\nAAAA\n\n— o x\n"} {
		if _, _, _, err := proof.Read(bad); err == nil {
			t.Errorf("%q is a checkpoint", bad)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	var edge proof.Edge
	hash := proof.LeafHash([]byte("x"))
	for range b.N {
		edge.Append(hash, func(proof.Tile) {})
	}
}
