package pgsource_test

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/pgsource"
)

// The URL of a connection says all but the password: nothing is taken from the
// environment, and no encryption is guessed.
func ExampleOpen() {
	c := catalog.Connection{Name: "warehouse", Technology: "postgres"}
	for _, c.URL = range []string{"postgres://db.example.com/postgres", "postgres://reader@db.example.com", "postgres://reader@db.example.com/postgres"} {
		_, err := pgsource.Open(context.Background(), c, "from the secret")
		fmt.Println(err)
	}
	// Output:
	// catalog: connection warehouse: url names no user
	// catalog: connection warehouse: url names no database to begin with
	// catalog: connection warehouse: url sets no sslmode; verify-full is right wherever the network is not trusted
}
