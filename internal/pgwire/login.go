package pgwire

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/lib/pq"
)

// MendLogin lists the statements by which a superuser lets the role of a URL log in, if an
// error says that it may not, or not to its database. Secret names where the password is; it
// stands in the place of the password, so that the statement runs only once it is put there.
func MendLogin(address, secret string, failed error) []string {
	var e *pq.Error
	u, err := url.Parse(address)
	if err != nil || !errors.As(failed, &e) {
		return nil
	}
	role := pq.QuoteIdentifier(u.User.Username())
	switch {
	case e.Code == "28P01", e.Code == "28000" && (strings.Contains(e.Message, "does not exist") || strings.Contains(e.Message, "not permitted to log in")):
		return []string{fmt.Sprintf("-- if the role is there already: alter role in the place of create role\ncreate role %s login password <the password of %s>", role, secret)}
	case e.Code == "42501" && strings.Contains(e.Message, "database"): // no CONNECT
		return []string{"grant connect on database " + pq.QuoteIdentifier(strings.TrimPrefix(u.Path, "/")) + " to " + role}
	}
	return nil
}
