package cache_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/internal/cache"
)

var errCompile = errors.New("it cannot be compiled")

// compiler doubles numbers that are written out, and counts how often.
type compiler struct {
	cache cache.Cache[string, int]
	mu    sync.Mutex
	runs  map[string]int
}

func (c *compiler) load(from string) (int, error) {
	return c.cache.Load(from, func() (int, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.runs == nil {
			c.runs = map[string]int{}
		}
		c.runs[from]++
		n, err := strconv.Atoi(from)
		if err != nil {
			return -1, errCompile
		}
		return 2 * n, nil
	})
}

func TestLoad(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		loads []string
		want  []int
		runs  map[string]int
	}{
		{"nothing", nil, nil, nil},
		{"once", []string{"1"}, []int{2}, map[string]int{"1": 1}},
		{"again", []string{"1", "1", "1"}, []int{2, 2, 2}, map[string]int{"1": 1}},
		{"by turns", []string{"1", "2", "1", "2"}, []int{2, 4, 2, 4}, map[string]int{"1": 1, "2": 1}},
		{"a zero value", []string{"0", "0"}, []int{0, 0}, map[string]int{"0": 1}},
		{"an error is not cached", []string{"x", "x"}, []int{-1, -1}, map[string]int{"x": 2}},
	} {
		var c compiler
		var got []int
		for _, from := range tt.loads {
			v, err := c.load(from)
			if failed := from == "x"; errors.Is(err, errCompile) != failed {
				t.Errorf("%s: loading %s: %v", tt.name, from, err)
			}
			got = append(got, v)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.runs, c.runs); diff != "" {
			t.Errorf("%s: compiled (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestLoadIsBounded fills a cache beyond its bound: it is emptied, and goes on.
func TestLoadIsBounded(t *testing.T) {
	t.Parallel()
	var c compiler
	for i := range 1001 {
		if _, err := c.load(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		from string
		want int
	}{
		{"1000", 1}, // the one that did not fit emptied the cache, and stays
		{"0", 2},
		{"0", 2},
	} {
		if _, err := c.load(tt.from); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, c.runs[tt.from]); diff != "" {
			t.Errorf("%s was compiled (-want +got):\n%s", tt.from, diff)
		}
	}
}

func TestLoadAtOnce(t *testing.T) {
	t.Parallel()
	var c compiler
	var all sync.WaitGroup
	for i := range 100 {
		all.Add(1)
		go func() {
			defer all.Done()
			if got, err := c.load(strconv.Itoa(i % 10)); err != nil || got != 2*(i%10) {
				t.Errorf("%d: %d, %v", i%10, got, err)
			}
		}()
	}
	all.Wait()
}
