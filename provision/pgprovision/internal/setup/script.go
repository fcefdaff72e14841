package setup

import (
	"strings"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// List is the statements without their databases: a comment before the first of each
// database names it.
func List(steps []Statement) []provision.Statement {
	database := ""
	statements := make([]provision.Statement, len(steps))
	for i, s := range steps {
		statements[i] = s.Statement
		if s.Database != database {
			database = s.Database
			statements[i] = provision.Statement(visible.Comment("in database "+naming.Quote(database)+":")) + s.Statement
		}
	}
	return statements
}

// Script writes statements as a script for psql: piped into psql by a superuser, it connects
// to each database in turn. psql can connect to no database with a line break in its name; the
// script says that there are such.
func Script(steps []Statement) string {
	var b strings.Builder
	b.WriteString("-- for psql, as a superuser\n\\set ON_ERROR_STOP on\n")
	database, left := "", false
	for _, s := range steps {
		if strings.ContainsAny(s.Database, "\r\n") {
			left = true
			continue
		}
		if s.Database != "" && s.Database != database {
			database = s.Database
			b.WriteString(connectTo(database))
		}
		b.WriteString(provision.Script([]provision.Statement{s.Statement}))
	}
	if left {
		b.WriteString("\\echo 'A database has a line break in its name: run its statements by hand, as the setup lists them in JSON.'\n")
	}
	if len(steps) == 0 {
		b.WriteString("-- nothing is to be done\n")
	}
	return b.String()
}

// connectTo is the command by which psql goes on in another database of the same server, as
// the same user. A name is quoted twice: for the connection string, and for psql.
func connectTo(database string) string {
	value := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(database)
	return `\connect -reuse-previous=on "dbname='` + strings.ReplaceAll(value, `"`, `""`) + "'\"\n"
}
