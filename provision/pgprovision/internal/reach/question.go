// Package reach asks the platform how far people really reach, whoever gave them their
// rights: what they lack to use an access, by which other ways they get in, who is in a
// group, and what else an access would open. Each reading fills a map by the ids of people.
package reach

import (
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// Question holds the people and the things that are asked about.
type Question struct {
	Place     naming.Place
	Object    uint32 // that was approved; zero where it is not known
	Container bool   // the asset is a schema or a database

	People  []int64 // logins, and groups that are principals
	Groups  []int64 // of people, those that are principals as groups
	Writers []int64 // of people, those who want to write

	Columns []Column // that people are to read who read a part of the asset only

	Database  uint32
	Schemas   []int64
	Relations []int64 // tables and views that access gives
	Writable  []int64 // of relations, those that can be written to
	Beneath   bool    // something may lie beneath one of the relations: all but plain tables without defaults, checks, triggers, policies, parts and sequences
	Bases     []int64 // the same as relations, with each masked view's table in its place
}
