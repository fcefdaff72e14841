package enginetest

import (
	"context"
	"sync"

	"github.com/grantwright/grantwright/store"
)

// Meanwhile is a store in which something happens between the first reading and what is
// made of it.
type Meanwhile struct {
	store.Store
	Do func()

	once sync.Once
}

// Get reads, and then has it happen, once.
func (m *Meanwhile) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	read, err := m.Store.Get(ctx, keys...)
	m.once.Do(m.Do)
	return read, err
}
