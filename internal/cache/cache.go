// Package cache keeps what is expensive to compile. An entry never goes stale: its key is
// all that it was compiled from.
package cache

import "sync"

// maxEntries bounds a cache. A full one is emptied.
const maxEntries = 1000

// Cache holds compiled values by their sources. The zero Cache is empty and ready, and
// any number of goroutines may use it.
type Cache[K comparable, V any] struct {
	mu  sync.Mutex
	all map[K]V
}

// Load returns the cached value, or else compiles and caches it. Errors are not cached.
// Two goroutines that miss at once both compile.
func (c *Cache[K, V]) Load(from K, compile func() (V, error)) (V, error) {
	v, is := c.Held(from)
	if is {
		return v, nil
	}
	v, err := compile()
	if err == nil {
		c.Keep(from, v)
	}
	return v, err
}

// Held returns the cached value, if there is one.
func (c *Cache[K, V]) Held(from K) (v V, is bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, is = c.all[from]
	return v, is
}

// Keep caches a value.
func (c *Cache[K, V]) Keep(from K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil || len(c.all) >= maxEntries {
		c.all = map[K]V{}
	}
	c.all[from] = v
}
