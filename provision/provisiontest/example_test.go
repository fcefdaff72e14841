package provisiontest_test

import (
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision/provisiontest"
	"github.com/grantwright/grantwright/request"
)

// Without a privilege, nothing is wanted: what stands is to go.
func ExampleWant() {
	eve, orders := request.Principal{Name: "eve"}, catalog.Asset{Ref: "shelf:orders", Kind: catalog.Table}
	fmt.Println(provisiontest.Want(eve, orders, request.Read).Want)
	fmt.Println(provisiontest.Want(eve, orders).Want)
	// Output:
	// [READ]
	// []
}
