package pgprovision_test

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
)

// A provisioner refuses a target that it could not tell from another, or would have to
// guess how to reach.
func ExampleOpen() {
	to := provision.Target{Connection: catalog.Connection{Name: "warehouse", URL: "postgres://provisioner@db.example.com/postgres"}, Password: "from the secret"}
	_, err := pgprovision.Open(context.Background(), to)
	fmt.Println(err)
	to.Installation = "prod"
	_, err = pgprovision.Open(context.Background(), to)
	fmt.Println(err)
	// Output:
	// connection warehouse: installation is "", must be 1 to 16 lower case letters or digits
	// connection warehouse: url must say sslmode: verify-full, or disable where the network is trusted
}
