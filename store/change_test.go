package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/store"
)

// papers are notes that nobody looks for.
var papers = store.Kind[string, note]{Name: "papers", Of: func(n note) string { return n.ID }, Quiet: true}

// Before a change is full it has room for ten records more.
func TestAFullChangeHasRoomForOneMoreAct(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"many records": "", "large records": strings.Repeat("x", store.MaxBodyBytes/2)} {
		var s store.Memory
		var c store.Change
		n := 0
		for ; !c.Full(); n++ {
			papers.Insert(&c, note{ID: fmt.Sprint(n), Text: text})
		}
		for range 9 {
			papers.Insert(&c, note{ID: fmt.Sprint(n), Text: text})
			n++
		}
		if err := c.Commit(t.Context(), &s); err != nil || n < 20 {
			t.Errorf("%s: of %d: %v", name, n, err)
		}
	}
}
