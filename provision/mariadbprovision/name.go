package mariadbprovision

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/request"
)

const (
	maxName = 64  // characters of the name of a database, table or column
	maxUser = 128 // characters of the name of an account or a role
	maxHost = 255
)

// privileges are those that have roles, in the order in which we act.
var privileges = []request.Privilege{request.Read, request.ReadWrite}

// letters begin the last part of the name of an asset's role.
var letters = map[request.Privilege]string{request.Read: "r", request.ReadWrite: "w"}

func homeOf(installation string) string { return mariadbwire.Home(installation) }

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// roleName names a role of ours by a hash of its parts, because MariaDB stores no
// comment on a role.
func roleName(installation, letter string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return homeOf(installation) + "_" + letter + "_" + strings.ToLower(encoding.EncodeToString(sum[:])[:26])
}

// account is a login of MariaDB: eve@% and eve@localhost are two.
type account struct{ user, host string }

// String is how a principal is written, user@host.
func (a account) String() string { return a.user + "@" + a.host }

func (a account) quoted() string { return literal(a.user) + "@" + literal(a.host) }

// role names the person role of the account.
func (a account) role(installation string) string {
	return roleName(installation, "p", a.user, a.host)
}

// parseAccount reads the name of a principal. The host is never guessed: where it is
// left out, MariaDB would take '%', which may be somebody else than who was meant.
func parseAccount(name string) (account, error) {
	at := strings.LastIndexByte(name, '@')
	switch {
	case name == "":
		return account{}, errors.New("has no name")
	case strings.ContainsRune(name, 0) || !utf8.ValidString(name):
		return account{}, errors.New("has a name that is not text")
	case at < 0:
		return account{}, errors.New("names no host; an account of MariaDB is user@host, such as " + visible.Text(excerpt.Of(name, maxShown)) + "@%")
	}
	a := account{name[:at], name[at+1:]}
	switch {
	case a.user == "":
		return account{}, errors.New("names no user; the account of nobody is everybody's")
	case a.host == "":
		return account{}, errors.New("names no host; an account of MariaDB is user@host, such as " + visible.Text(excerpt.Of(a.user, maxShown)) + "@%")
	case utf8.RuneCountInString(a.user) > maxUser || utf8.RuneCountInString(a.host) > maxHost:
		return account{}, fmt.Errorf("is longer than the names of MariaDB, %d characters for the user and %d for the host", maxUser, maxHost)
	}
	return a, nil
}
