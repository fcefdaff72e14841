package mariadbprovision_test

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
)

// A provisioner refuses a target that it could not tell from another, or would have to
// guess how to reach.
func ExampleOpen() {
	to := provision.Target{Connection: catalog.Connection{Name: "shop", URL: "mariadb://provisioner@db.example.com"}, Password: "from the secret"}
	_, err := mariadbprovision.Open(context.Background(), to)
	fmt.Println(err)
	to.Installation = "prod"
	_, err = mariadbprovision.Open(context.Background(), to)
	fmt.Println(err)
	// Output:
	// connection shop: installation is "", must be 1 to 16 lower case letters or digits
	// connection shop: url must say tls: true, or false where the network is trusted
}
