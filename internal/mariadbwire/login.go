package mariadbwire

import (
	"fmt"
	"net/url"
	"strings"
)

// The numbers of MariaDB by which a login is refused.
const (
	loginDenied = 1045
	hostDenied  = 1130
)

// MendLogin lists the statements by which an administrator lets the user of a URL log in, if
// an error says that it may not. Secret names where the password is; it stands in the place of
// the password, so that the statement runs only once it is put there.
func MendLogin(address, secret string, failed error) []string {
	u, err := url.Parse(address)
	if number := Number(failed); err != nil || number != loginDenied && number != hostDenied {
		return nil
	}
	user := "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(u.User.Username()) + "'@'%'"
	return []string{fmt.Sprintf("-- if the user is there already: alter user in the place of create user\ncreate user %s identified by <the password of %s>", user, secret)}
}
