package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/request"
)

// Checkpoint is the last signed checkpoint of the log; without a Config.LogKey there is none,
// and the error wraps store.ErrNotFound. It takes AUDIT.
func (l Log) Checkpoint(ctx context.Context, by request.Identity) (proof.Checkpoint, error) {
	return audited(by, func() (proof.Checkpoint, error) { return l.e.proofs.Latest(ctx) })
}

// Proof proves that an event stands in the log of the last checkpoint. It takes AUDIT.
func (l Log) Proof(ctx context.Context, by request.Identity, number int64) (proof.Story, error) {
	return audited(by, func() (proof.Story, error) { return l.e.proofs.Event(ctx, number) })
}

// Story is all that the log of the last checkpoint says of a request, with the proofs: others
// check it by the key of the log alone. It takes AUDIT.
func (l Log) Story(ctx context.Context, by request.Identity, id request.ID) (proof.Story, error) {
	return audited(by, func() (proof.Story, error) { return l.e.proofs.Story(ctx, id) })
}

// Consistency proves that the log of a size begins with all events of the log of an earlier
// size. A later size of zero is that of the last checkpoint. It takes AUDIT.
func (l Log) Consistency(ctx context.Context, by request.Identity, from, to int64) (proof.Consistency, error) {
	return audited(by, func() (proof.Consistency, error) { return l.e.proofs.Consistency(ctx, from, to) })
}

// Export lists events after a number with the hashes that the log keeps of them, at most limit
// and those that are hashed so far. It takes AUDIT.
func (l Log) Export(ctx context.Context, by request.Identity, after int64, limit int) ([]proof.Hashed, error) {
	return audited(by, func() ([]proof.Hashed, error) { return l.e.proofs.Export(ctx, after, limit) })
}

// Verify reads the whole log, page by page, and reports which events were changed, removed or
// reordered past the engine, and which hashes and checkpoints do not fit. It takes AUDIT.
func (l Log) Verify(ctx context.Context, by request.Identity) (proof.Report, error) {
	return audited(by, func() (proof.Report, error) { return l.e.proofs.Verify(ctx) })
}

// audited reads something for those who hold AUDIT.
func audited[T any](by request.Identity, read func() (T, error)) (found T, err error) {
	if err := permit(by, "read the log", request.Audit); err != nil {
		return found, err
	}
	return read()
}
