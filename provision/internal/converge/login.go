package converge

import (
	"cmp"

	"github.com/grantwright/grantwright/provision"
)

// MendLogin makes the function of a Platform of one that knows the URL of a connection, and
// how its secret is called.
func MendLogin(mend func(url, secret string, err error) []string) func(provision.Target, error) []provision.Statement {
	return func(to provision.Target, err error) (all []provision.Statement) {
		for _, s := range mend(to.Connection.URL, cmp.Or(to.Connection.Secret, "the connection"), err) {
			all = append(all, provision.Statement(s))
		}
		return all
	}
}
