package sqlitestore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
)

// A store in a file, migrated before it is used. Migrating again changes nothing.
func ExampleOpen() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(folder) }()
	s, err := sqlitestore.Open(filepath.Join(folder, "grantwright.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()
	ctx := context.Background()
	fmt.Println(s.Migrate(ctx), s.Migrate(ctx))
	fmt.Println(store.LastNumber(ctx, s))
	// Output:
	// <nil> <nil>
	// 0 <nil>
}
