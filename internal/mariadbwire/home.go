package mariadbwire

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"
)

// Home is the database in which an installation keeps, on the platform, the
// procedures through which it sees and acts, and what it must know of its roles.
// The account of the same name, which nobody can log in to, owns them.
func Home(installation string) string { return "gw_" + installation }

// The numbers by which MariaDB says that something of the home is not there, or not
// for us.
const (
	noDatabase     = 1049
	noTable        = 1146
	noProcedure    = 1305
	deniedDatabase = 1044
	deniedTable    = 1142
	deniedColumn   = 1143
	deniedRoutine  = 1370
)

// ErrNotSetUp is wrapped where the home is missing, or is not ours to use.
var ErrNotSetUp = errors.New("the server is not set up for us, or for an older version of us; run the statements that Setup lists")

// Explain says so where that is what an error means.
func Explain(err error) error {
	switch Number(err) {
	case noDatabase, noTable, noProcedure, deniedDatabase, deniedTable, deniedColumn, deniedRoutine:
		return fmt.Errorf("%w: %w", ErrNotSetUp, err)
	}
	return err
}

// Number is the one that MariaDB gave an error, or 0.
func Number(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// State is the SQLSTATE of an error of MariaDB, or empty.
func State(err error) string {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return string(e.SQLState[:])
	}
	return ""
}

// DatabaseID is the id of a database on its server. MariaDB has none: one that was
// dropped and made anew is the same.
func DatabaseID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "d" + hex.EncodeToString(sum[:12])
}
