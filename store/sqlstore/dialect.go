package sqlstore

import "strings"

// dialect says which database a Store is in.
type dialect int

const (
	onPostgres dialect = iota
	onSQLite
)

// statement is one statement for each dialect.
type statement [2]string

// both makes a statement of its text for PostgreSQL.
func both(text string) statement { return statement{text, sqliteWords.Replace(text)} }

// sqliteWords is all that differs. SQLite has no schemas, so the names of our
// tables begin with it; and it has one writer at a time, who locks everything.
var sqliteWords = strings.NewReplacer("grantwright.", "grantwright_")
