package catalog_test

import (
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	catalogtest.TestInventory(t, func(*testing.T) catalog.Inventory { return new(catalog.Memory) })
}
