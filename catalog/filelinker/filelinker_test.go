package filelinker_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
	"github.com/grantwright/grantwright/catalog/filelinker"
)

func TestLinker(t *testing.T) {
	t.Parallel()
	catalogtest.TestLinker(t, func(t *testing.T) catalogtest.LinkerHarness {
		l := filelinker.New(filepath.Join(t.TempDir(), "made", "when needed"))
		return catalogtest.LinkerHarness{Linker: l, Read: func(ref catalog.Ref) (catalog.AssetLinks, bool) {
			links, err := l.Read(ref)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
			return links, err == nil
		}}
	})
}

// TestNames holds every file below the directory of its connection, under a name
// that every file system takes.
func TestNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := filelinker.New(dir)
	seen := map[string]bool{}
	names := append([]string{"Orders", "orders", "ORDERS", "../x", "a/b", `a\b`, strings.Repeat("é", 200)}, catalogtest.AwkwardNames...)
	for _, name := range names {
		ref, err := catalog.NewRef("warehouse", "sales", name)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(l.Link(t.Context(), []catalog.AssetLinks{{Ref: ref}})...); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, "warehouse"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		lower := strings.ToLower(f.Name())
		if seen[lower] || len(lower) > 255 || f.IsDir() || strings.HasPrefix(lower, ".") {
			t.Errorf("a file is called %s", f.Name())
		}
		seen[lower] = true
	}
	slices.Sort(names)
	if distinct := slices.Compact(names); len(files) != len(distinct) {
		t.Errorf("%d files for %d assets", len(files), len(distinct))
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("beside the connection there is %v, %v", all, err)
	}
}

func ExampleLinker() {
	dir, err := os.MkdirTemp("", "links-*")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	orders := catalog.Asset{Ref: "warehouse:sales.public.orders", Kind: catalog.Table, Technology: "postgres"}
	l := filelinker.New(dir)
	for _, err := range l.Link(context.Background(), []catalog.AssetLinks{catalog.LinksTo(orders, "https://access.example.com")}) {
		if err != nil {
			fmt.Println(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "warehouse", "sales.public.orders.json"))
	fmt.Print(string(text), err)
	// Output:
	// {
	//   "ref": "warehouse:sales.public.orders",
	//   "kind": "TABLE",
	//   "dataAccess": "https://access.example.com/request?fullyQualifiedName=sales.public.orders&host=warehouse&technology=postgres"
	// }
	// <nil>
}
