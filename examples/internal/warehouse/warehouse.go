// Package warehouse is the small warehouse in which examples show how people come to data.
package warehouse

import _ "embed"

// SQL makes the warehouse, in a new database of PostgreSQL.
//
//go:embed warehouse.sql
var SQL string
