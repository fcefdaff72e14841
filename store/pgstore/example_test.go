package pgstore_test

import (
	"context"
	"log"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/store/pgstore"
)

// An engine whose records are in PostgreSQL. The rest of the Config is as in memory.
func ExampleOpen() {
	records, err := pgstore.Open("postgres://grantwright@db.example.com/grantwright?sslmode=verify-full")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = records.Close() }()
	if err := records.Migrate(context.Background()); err != nil {
		log.Fatal(err)
	}
	engine, err := grantwright.New(grantwright.Config{Store: records, Inventory: records.Inventory()})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
}
