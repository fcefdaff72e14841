package proofs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// signTimeout bounds the signature, whose key may be elsewhere, and publishing it.
const signTimeout = 10 * time.Second

// Latest is the last checkpoint. Where there is none the error wraps store.ErrNotFound.
func (p *Proofs) Latest(ctx context.Context) (proof.Checkpoint, error) {
	last, err := p.latest(ctx)
	return last.Value, err
}

func (p *Proofs) latest(ctx context.Context) (last store.Stored[proof.Checkpoint], err error) {
	pages, err := store.Pages[proof.Checkpoint](ctx, p.Store, store.Query{Kind: records.Checkpoints.Name, Descending: true, Limit: 1})
	if err != nil {
		return last, err
	}
	if len(pages[0]) == 0 {
		return last, fmt.Errorf("%w: the log has no checkpoint so far", store.ErrNotFound)
	}
	return pages[0][0], nil
}

// Sign signs the tree if it has grown and the last checkpoint is old enough. It refuses a tree
// that does not begin with the one that was signed before: somebody has changed what is stored.
func (p *Proofs) Sign(ctx context.Context) error {
	if p.Signer == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, signTimeout+time.Duration(len(p.Witnesses))*2*askTimeout)
	defer cancel()
	tree, err := p.tree(ctx)
	if err != nil {
		return err
	}
	last, err := p.latest(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if now := p.Now(); tree.Value.Size == last.Value.Size || now.Sub(last.Value.At).Abs() < p.every() {
		return p.publish(ctx, last)
	}
	next, err := p.signed(ctx, tree.Value, last.Value)
	if err != nil {
		return err
	}
	var c store.Change
	records.Checkpoints.Insert(&c, next)
	if err := p.CommitOnce(ctx, &c); err != nil && !errors.Is(err, store.ErrConflict) { // by another process, it is the same
		return err
	}
	if last, err = p.latest(ctx); err != nil {
		return err
	}
	return p.publish(ctx, last)
}

// signed is the checkpoint of a tree.
func (p *Proofs) signed(ctx context.Context, tree records.Tree, last proof.Checkpoint) (next proof.Checkpoint, err error) {
	if last.Size > tree.Size {
		return next, fmt.Errorf("%w: the tree has %d events, and a checkpoint of %d is signed", proof.ErrBroken, tree.Size, last.Size)
	}
	if root, err := p.of(tree.Size).Root(ctx, last.Size); err != nil {
		return next, err
	} else if last.Size > 0 && !bytes.Equal(root, last.Root) {
		return next, fmt.Errorf("%w: the tree does not begin with the %d events of the last checkpoint", proof.ErrBroken, last.Size)
	}
	root, err := p.of(tree.Size).Root(ctx, tree.Size)
	if err != nil {
		return next, err
	}
	if !bytes.Equal(root, tree.Root) {
		return next, fmt.Errorf("%w: the tiles of the tree do not lead to its root", proof.ErrBroken)
	}
	next = proof.Checkpoint{Size: tree.Size, Root: root, At: p.Now()}
	next.Note, err = proof.Sign(p.Signer, next.Size, next.Root)
	return next, err
}

// publish has a checkpoint cosigned, and hands it to the host, unless it has it already. It is
// published also where a witness is away, who is asked again then.
func (p *Proofs) publish(ctx context.Context, last store.Stored[proof.Checkpoint]) error {
	p.mu.Lock()
	known := last.Value.Size <= p.last.Size
	p.mu.Unlock()
	if known {
		return nil
	}
	next, missing := p.cosign(ctx, last)
	if p.Publish != nil {
		if err := p.Publish(ctx, next); err != nil {
			return errors.Join(fmt.Errorf("publishing a checkpoint: %w", err), missing)
		}
	}
	if missing != nil {
		return missing
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = next
	return nil
}
