package pgprovision

import (
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// question holds the people and the things that are asked about.
type question struct {
	place     naming.Place
	object    uint32 // that was approved; zero where it is not known
	container bool   // the asset is a schema or a database

	people  []int64 // logins, and groups that are principals
	groups  []int64 // of people, those that are principals as groups
	writers []int64 // of people, those who want to write

	database  uint32
	schemas   []int64
	relations []int64 // tables and views that access gives
	writable  []int64 // of relations, those that can be written to
	bases     []int64 // the same as relations, with each masked view's table in its place
}
