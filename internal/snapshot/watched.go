package snapshot

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/store"
)

// Watch sees what goes to a store.
type Watch interface {
	// Call is told of a call: get, find or write. The function that it returns is told how the
	// call ended.
	Call(ctx context.Context, operation string) (context.Context, func(error))

	// Wrote is told of what all can see from now on.
	Wrote(ctx context.Context, c store.Commit)
}

// Watched has all that goes to the store below seen, and returns s. A nil Watch sees nothing.
func (s *Store) Watched(by Watch) *Store {
	if by != nil {
		s.of = watched{s.of, by}
	}
	return s
}

// watched is a store whose calls are seen.
type watched struct {
	store.Store
	by Watch
}

func (w watched) Get(ctx context.Context, keys ...store.Key) (found []store.Record, err error) {
	ctx, end := w.by.Call(ctx, "get")
	defer func() { end(err) }()
	return w.Store.Get(ctx, keys...)
}

func (w watched) Find(ctx context.Context, queries ...store.Query) (pages [][]store.Record, err error) {
	ctx, end := w.by.Call(ctx, "find")
	defer func() { end(err) }()
	return w.Store.Find(ctx, queries...)
}

func (w watched) Write(ctx context.Context, c store.Commit) error {
	within, end := w.by.Call(ctx, "write")
	err := w.Store.Write(within, c)
	end(err)
	if err == nil {
		store.AfterCommit(ctx, func() { w.by.Wrote(ctx, c) })
	}
	return err
}

// besideOf reads assets and records of a store in one message.
func besideOf(ctx context.Context, b Beside, s store.Store, refs []catalog.Ref, keys []store.Key) (assets []catalog.Asset, read []store.Record, err error) {
	w, is := s.(watched)
	if !is {
		return b.AssetsWith(ctx, s, refs, keys...)
	}
	ctx, end := w.by.Call(ctx, "get")
	defer func() { end(err) }()
	return b.AssetsWith(ctx, w.Store, refs, keys...)
}

// bare is a store without whoever sees what goes to it.
func bare(s store.Store) store.Store {
	if w, is := s.(watched); is {
		return w.Store
	}
	return s
}
