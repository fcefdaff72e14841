package store_test

import (
	"testing"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return new(store.Memory) })
}

// What a caller does to bytes that it gave or got changes nothing in the store.
func TestMemoryKeepsItsOwnBytes(t *testing.T) {
	t.Parallel()
	var m store.Memory
	body := []byte(`"as written"`)
	if err := m.Write(t.Context(), store.Commit{Writes: []store.Write{{Kind: "k", ID: "a", Body: body}}}); err != nil {
		t.Fatal(err)
	}
	body[1] = 'X'
	for range 2 {
		records, err := m.Get(t.Context(), store.Key{Kind: "k", ID: "a"})
		if err != nil || string(records[0].Body) != `"as written"` {
			t.Fatalf("got %v, %v", records, err)
		}
		records[0].Body[1] = 'Y'
	}
}
