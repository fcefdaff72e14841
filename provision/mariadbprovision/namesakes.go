package mariadbprovision

import (
	"strings"

	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

// MariaDB chooses the account of somebody who signs in by the host that they come from: the
// one whose host says most, also that of everybody, which has no user.

// namesake notes that an account is there, for each of the people who are that one when they
// come from its host.
func (v *view) namesake(j *job, other account) {
	for i, p := range j.people {
		if len(p.want) > 0 && (other.user == p.account.user || other.user == "") && other.precedes(p.account) {
			v.namesakes[i] = append(v.namesakes[i], other)
		}
	}
}

// precedes reports whether somebody who comes from a host of this account is not the other
// one there, as far as their hosts say so.
func (a account) precedes(o account) bool {
	if a.host == o.host || strings.ContainsAny(a.host, "%_") && o.host != "%" {
		return false
	}
	return mariadbwire.Matches(o.host, a.host)
}

// namesakeRemarks say from which hosts somebody has nothing of it.
func namesakeRemarks(others []account) []string {
	if len(others) == 0 {
		return nil
	}
	names := make([]string, len(others))
	for i, o := range others {
		names[i] = visible.Text(o.String())
	}
	return []string{"MariaDB takes whoever comes from the host of another account for that one, which has nothing of this: " + converge.Few(names)}
}
