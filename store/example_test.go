package store_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/store"
)

// lamp is a record of a host's own.
type lamp struct {
	ID   string `json:"id"`
	Room string `json:"room"`
	On   bool   `json:"on"`
}

// Only lamps that burn are in the index.
var burning = store.Index[string, lamp]{Kind: "lamps", Name: "burning",
	Values: func(l lamp) []string { return store.Only(l.Room, l.On) }}

var lamps = store.Kind[string, lamp]{Name: "lamps", Of: func(l lamp) string { return l.ID }, Quiet: true, Indexes: []store.Indexed[lamp]{burning}}

// A kind of records is declared once; its values are read, changed and found by it.
func ExampleKind() {
	ctx, s := context.Background(), &store.Memory{}
	var c store.Change
	lamps.Insert(&c, lamp{ID: "1", Room: "hall", On: true})
	lamps.Insert(&c, lamp{ID: "2", Room: "hall"})
	if err := c.Commit(ctx, s); err != nil {
		fmt.Println(err)
	}
	found, err := burning.Find(ctx, s, "hall", store.Position{}, 10)
	for _, l := range found {
		fmt.Println("burning:", l.Value.ID, "in version", l.Version)
	}
	fmt.Println(err)
	// Output:
	// burning: 1 in version 1
	// <nil>
}

// Of two who change what they have read, one wins, and the other reads again.
func ExampleChange_Commit() {
	ctx, s := context.Background(), &store.Memory{}
	var first store.Change
	lamps.Insert(&first, lamp{ID: "1", Room: "hall"})
	fmt.Println(first.Commit(ctx, s))

	read, err := lamps.Get(ctx, s, "1")
	fmt.Println(read.Value.Room, err)
	var here, there store.Change
	lamps.Update(&here, read, lamp{ID: "1", Room: "hall", On: true})
	lamps.Update(&there, read, lamp{ID: "1", Room: "attic"})
	fmt.Println(here.Commit(ctx, s))
	fmt.Println(errors.Is(there.Commit(ctx, s), store.ErrConflict))
	// Output:
	// <nil>
	// hall <nil>
	// <nil>
	// true
}
