package cache

import (
	"sync"
)

// maxEntries bounds how many compiled things of a kind are kept.
const maxEntries = 1000

// Cache keeps what is compiled, by what it was compiled from. The zero kept is
// empty and ready.
type Cache[K comparable, V any] struct {
	mu  sync.Mutex
	all map[K]V
}

// Get returns what is kept, or else what compile makes.
func (k *Cache[K, V]) Get(from K, compile func() (V, error)) (V, error) {
	k.mu.Lock()
	v, is := k.all[from]
	k.mu.Unlock()
	if is {
		return v, nil
	}
	v, err := compile()
	if err != nil {
		return v, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil || len(k.all) >= maxEntries {
		k.all = map[K]V{}
	}
	k.all[from] = v
	return v, nil
}
