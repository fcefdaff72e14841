// Package cache keeps values that are expensive to compile.
package cache

import "sync"

// maxEntries bounds how many values a Cache keeps. A full one is emptied.
const maxEntries = 1000

// Cache keeps compiled values by their source. The zero Cache is empty and ready.
type Cache[K comparable, V any] struct {
	mu  sync.Mutex
	all map[K]V
}

// Get returns the value that is kept, or the one that compile makes.
func (c *Cache[K, V]) Get(from K, compile func() (V, error)) (V, error) {
	c.mu.Lock()
	v, is := c.all[from]
	c.mu.Unlock()
	if is {
		return v, nil
	}
	v, err := compile()
	if err != nil {
		return v, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil || len(c.all) >= maxEntries {
		c.all = map[K]V{}
	}
	c.all[from] = v
	return v, nil
}
