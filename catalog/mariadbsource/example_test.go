package mariadbsource_test

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/mariadbsource"
)

// The URL of a connection says all but the password.
func ExampleOpen() {
	c := catalog.Connection{Name: "shop", Technology: "mariadb"}
	for _, c.URL = range []string{"postgres://reader@db.example.com", "mariadb://db.example.com", "mariadb://reader@db.example.com"} {
		_, err := mariadbsource.Open(context.Background(), c, "from the secret", "suite")
		fmt.Println(err)
	}
	// Output:
	// connection shop: url cannot be read, must be mariadb://user@host:port/?tls=…
	// connection shop: url must say as whom to connect: mariadb://user@host/…
	// connection shop: url must say tls: true, or false where the network is trusted
}
