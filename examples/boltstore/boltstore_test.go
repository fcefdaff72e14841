package boltstore_test

import (
	"path/filepath"
	"testing"

	"github.com/grantwright/grantwright/examples/boltstore"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := boltstore.Open(filepath.Join(t.TempDir(), "records.bolt"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}
