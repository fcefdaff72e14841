package catalog_test

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

func ExampleNewRef() {
	ref, err := catalog.NewRef("warehouse", "sales", "public", `v1.2 "final"`)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(ref)
	fmt.Println(ref.Parent())
	fmt.Println(catalog.Ref("warehouse:sales").Covers(ref))
	// Output:
	// warehouse:sales.public."v1.2 ""final"""
	// warehouse:sales.public
	// true
}

func ExampleLink_URL() {
	l := catalog.Link{Path: []string{"sales", "public", "orders"}, Technology: "postgres", Host: "warehouse"}
	fmt.Println(l.URL("https://access.example.com"))
	// Output:
	// https://access.example.com/request?fullyQualifiedName=sales.public.orders&host=warehouse&technology=postgres
}

func ExampleParseLink() {
	query, err := url.ParseQuery("fullyQualifiedName=sales.public.orders&requestType=&utm_source=catalog")
	if err != nil {
		fmt.Println(err)
	}
	l, err := catalog.ParseLink(query)
	fmt.Printf("%q %s %v\n", l.Path, l.Type, err)
	_, err = catalog.ParseLink(url.Values{"host": {"warehouse"}})
	fmt.Println(err)
	// Output:
	// ["sales" "public" "orders"] data-access <nil>
	// catalog: not a request link: fullyQualifiedName is missing
}

func ExampleConnection_Check() {
	c := catalog.Connection{Name: "warehouse", Technology: "postgres", URL: "postgres://loader:tiger@db.example.com/postgres"}
	fmt.Println(c.Check())
	// Output:
	// catalog: connection warehouse: url holds a password; give a reference to it in secret
}

// files is a Source of what a program knows by itself.
type files []catalog.Asset

func (f files) Assets(ctx context.Context, root catalog.Ref) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for _, a := range f {
			if root.Covers(a.Ref) && !yield(a, ctx.Err()) {
				return
			}
		}
	}
}

func ExampleMemory() {
	ctx, monday := context.Background(), time.Date(2024, 2, 26, 9, 0, 0, 0, time.UTC)
	source := files{{Ref: "lake:sales", Kind: catalog.Database}, {Ref: "lake:sales.orders", Kind: catalog.Table}}

	var inventory catalog.Memory
	first, err := inventory.Replace(ctx, "lake", source.Assets(ctx, "lake"), monday)
	fmt.Println(first.Added, "added", err)

	second, err := inventory.Replace(ctx, "lake", source[:1].Assets(ctx, "lake"), monday.AddDate(0, 0, 1))
	fmt.Println(second.Same, "same,", second.Gone, "gone", err)

	orders, err := inventory.Asset(ctx, "lake:sales.orders")
	fmt.Println(orders.Ref, "is gone since", orders.Gone.Format(time.DateOnly), err)
	// Output:
	// 2 added <nil>
	// 1 same, 1 gone <nil>
	// lake:sales.orders is gone since 2024-02-27 <nil>
}
