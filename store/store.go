// Package store keeps the records of the engine.
//
// A Store knows bytes, keys and unique values, and no kinds. A Kind gives the records
// of one Go type their name, their unique values and their indexes. Whoever changes
// something reads, decides, collects the writes and the Events that speak of them in a
// Change, and commits it: all or nothing, each record only if it is still as it was
// read. If another commit came first, they read and decide again. Work on the outside
// world is a Task, committed with the change that needs it; a Worker does it, under a
// lease, on any number of replicas.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrConflict is wrapped when a record is no longer, or not yet, as the writer
// read it: read again, decide again, and try again.
var ErrConflict = errors.New("store: the record was changed meanwhile")

// ErrNotFound is wrapped when no record has the id that was asked for.
var ErrNotFound = errors.New("store: no such record")

// ErrAway is wrapped when the store does not answer, or cannot write at present: it was
// shut down, its disk is full, it has too many connections. The same may succeed later.
// Whether a commit that ended in it stands is not known.
var ErrAway = errors.New("store: it does not answer, or cannot write")

// ErrInvalid is wrapped when a write can never be stored as it is.
var ErrInvalid = errors.New("store: cannot be stored")

// TakenError says that another record of the kind holds a value that must be
// unique. Nothing was written.
type TakenError struct {
	Kind  string
	Name  string // of the unique value
	Value string
	ID    string // of the record that holds it
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("store: %s %q of %s is taken by %s", e.Name, e.Value, e.Kind, e.ID)
}

// The limits that every Store keeps. What exceeds them is ErrInvalid.
const (
	MaxBodyBytes = 1 << 20 // in the body of one record
	MaxKeyBytes  = 1 << 10 // in one id, value or order
	MaxEntries   = 256     // index entries and unique values of one record, each
	MaxWrites    = 500     // in one call of Write, and as many holds
	MaxPage      = 500     // records in one page
	MaxQueries   = 100     // in one call of Find

	MaxCommitBytes = 16 << 20 // in the bodies of one call of Write
)

// Placed is what a Store may be beside: in a database that could be an asset of a
// connection. Place is its id, as a catalog.Source gives it; empty where there is none. The
// database of the records is never an asset.
type Placed interface {
	Place(ctx context.Context) (string, error)
}

// Store keeps records. Text (kind, id, index names, values, orders, and the
// body, which is JSON) is UTF-8 without NUL; everything else is refused with
// ErrInvalid before anything is written. Orders compare byte by byte.
//
// Errors of the database are returned as they are; a deadlock or a failed
// serialization is ErrConflict. An error of the context is returned as such.
type Store interface {
	// Get returns the records under these keys, in their order; what does not
	// exist is left out.
	Get(ctx context.Context, keys ...Key) ([]Record, error)

	// Find returns one page for each query, in their order: the records of a kind
	// that have a value in an index, in the order of that index and then by id, as
	// they stand after the last commit.
	Find(ctx context.Context, queries ...Query) ([][]Record, error)

	// Write does all of the writes or none. When it has returned without an
	// error, they survive the end of the process, and every later Get and Find
	// of any process sees them. It returns ErrConflict where a Version is not
	// that of the record, written or held, or an inserted id exists, and a
	// *TakenError where a unique value is another record's; if both hold, either.
	// The same record twice in one call is ErrInvalid.
	//
	// An insert without an id gets the next number of its kind, as OrderNumber
	// spells it: 1 and on, without a hole, in the order of the writes and of the
	// commits. Who sees a number sees all smaller ones.
	Write(ctx context.Context, c Commit) error
}

// Key names a record.
type Key struct{ Kind, ID string }

// Record is a stored value.
type Record struct {
	Kind    string
	ID      string
	Version int64  // 1 when inserted, and one more after each update
	Body    []byte // the JSON that was written; white space and the order of keys may differ
	Order   string // in the index that it was found by; empty from Get
}

// Position is the place of the record in the index that it was found by.
func (r Record) Position() Position { return Position{Order: r.Order, ID: r.ID} }

// Commit is what is written at once, and what must stand unchanged meanwhile.
type Commit struct {
	Writes []Write
	Holds  []Hold
}

// Hold demands that a record is as it was read, without writing it.
type Hold struct {
	Key
	Version int64 // 0: there is none
}

// Write inserts, updates or deletes one record.
type Write struct {
	Kind    string
	ID      string   // empty in an insert: the next number of its kind
	Version int64    // that of the record to update or delete; 0 inserts
	Body    []byte   // nil deletes
	Unique  []Unique // all of them, replacing those that the record had
	Entries []Entry  // all of them, replacing those that the record had
}

// Key names the record.
func (w Write) Key() Key { return Key{w.Kind, w.ID} }

// Unique is a value that only one record of the kind may have under this name.
type Unique struct{ Name, Value string }

// Entry puts a record into an index, under a value, at a place.
type Entry struct{ Index, Value, Order string }

// Query asks for one page of an index.
type Query struct {
	Kind  string
	Index string // empty: all records of the kind, ordered by id; Value is empty then
	Value string
	After Position // the last one of the page before; zero for the first page
	Until string   // the last order that the page may hold, of an index that rises; empty for no bound
	Limit int      // at most MaxPage; zero means MaxPage

	// Descending turns the order round: by order, then by id, both falling.
	Descending bool

	// Holding is a text that the caller looks for: a Store may leave out the Body of a record
	// in which it does not stand, byte by byte. Empty looks for nothing.
	Holding string
}

// Position is a place in an index. The zero Position is before the first record.
type Position struct{ Order, ID string }

// Zero reports whether p is the place before the first record.
func (p Position) Zero() bool { return p == Position{} }

// OrderTime is the order of a point in time: to the microsecond, in UTC.
func OrderTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// OrderNumber is the order of a number that is not negative.
func OrderNumber(n int64) string { return fmt.Sprintf("%019d", n) }

// ErrState is wrapped when a request is not in a state in which the act makes
// sense.
var ErrState = errors.New("grantwright: not possible in this state")

// ErrTooMany is wrapped when there are as many of something as there may be.
var ErrTooMany = errors.New("grantwright: no more can be added")
