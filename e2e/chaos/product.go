package main

import (
	"context"
	"database/sql"

	"github.com/grantwright/grantwright/catalog"
)

// product is the database of a platform: in this PostgreSQL and MariaDB differ. Relations
// have their schema before their name, and statements are run by the administrator.
type product interface {
	Restart(ctx context.Context, crash bool) error
	Stop()
	host() string
	open(login, password string) (*sql.DB, error) // past the network

	// connection is how an engine gets there, as one of our logins, at an address.
	connection(ours, host string) catalog.Connection
	setup(ctx context.Context, to catalog.Connection, password string) ([]string, error)
	path(relation string) []string
	principal(login string) string // as grants name it

	furnish(password string) []string
	createPerson(login, password string, groups []string) []string
	dropPerson(login string) string
	renamePerson(from, to string) string

	make(r relation) []string
	rename(from, to string) string
	swap(table string) []string // a new table comes in the place of one, which is kept as its past
	lock(table string) []string
	unlock() string

	// withdrawals are the statements by which somebody takes away what we gave.
	withdrawals(ctx context.Context, super *sql.DB) ([]string, error)

	// look reads what stands there, past everything of ours.
	look(ctx context.Context, super *sql.DB, g *ground) error
	refused(error) bool // somebody may not
}

// The logins of ours, which take turns.
const (
	ours      = "grantwright"
	oursToo   = "grantwright2"
	container = "shop"
	constant  = "clerk"    // who reads something all the time, and to whom nothing happens
	team      = "analysts" // a group of the platform
)

// relation is something that people may ask for and read.
type relation struct {
	name  string
	shape shape
	of    string // that a view reads, or a partition is of

	masked  bool // the mailboxes of it are masked
	guarded bool // a guardrail keeps interns from it, so that no schema covers it
	settled bool // nothing is done to it
}

// shape is what a relation is.
type shape string

// The shapes of relations.
const (
	plain     shape = "table"
	root      shape = "partitioned table"
	partition shape = "partition"
	lent      shape = "view"                          // with the rights of its owner
	borrowed  shape = "view with the reader's rights" //
)

// The columns that everybody is tried on.
const (
	note    = "note"
	address = "address"
	mailbox = "email" // in place of address, where masks hold
)

// clear is the value of all columns.
const clear = "clear text"

// columns are those of a relation that everybody is tried on.
func (r relation) columns() []string {
	if r.masked {
		return []string{note, mailbox}
	}
	return []string{note, address}
}

// later is the key of rows in the partition that is taken off and put back.
const later = 1_000_001

// furnished is a table as it is made at first.
func furnished(table string) relation {
	return relation{name: table, shape: plain, masked: table == customers || table == clients}
}

// furniture are the relations of a platform.
func furniture(tables []string, partitioned bool) []relation {
	var all []relation
	for _, table := range tables {
		all = append(all, furnished(table))
	}
	all = append(all,
		furnished(customers),
		relation{name: "shop.items", shape: plain, settled: true},
		relation{name: "shop.wages", shape: plain, guarded: true, settled: true},
		relation{name: lentView, shape: lent, of: "shop.items"},
		relation{name: "shop.borrowed", shape: borrowed, of: "shop.items", settled: true})
	if partitioned {
		all = append(all, furnished(clients), relation{name: "shop.days", shape: root, settled: true},
			relation{name: "shop.days_now", shape: partition, of: "shop.days", settled: true},
			relation{name: laterPart, shape: partition, of: "shop.days"})
	}
	return all
}

// The relations to which something is done by their names.
const (
	customers = "sales.customers"
	clients   = "shop.clients"
	lentView  = "shop.lent"
	laterPart = "shop.days_later"
)
