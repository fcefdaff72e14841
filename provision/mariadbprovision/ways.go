package mariadbprovision

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

// Ways in that no right on the asset says: powers over the server, accounts as whom somebody
// may sign in, routines with the rights of whoever made them, and tables and views that show
// the rows of others.

// powers are rights on the whole server by which somebody reads or changes everything, or
// gives themselves what does.
var powers = []struct {
	bits uint64
	what string
}{
	{readsAll, "SELECT on everything"},
	{writesAll, "writing on everything"},
	{usesFiles, "FILE, which reads and writes the files of the server,"},
	{isSuper | setsUser, "SUPER or SET USER, which makes routines with the rights of anybody,"},
	{makesUsers, "CREATE USER, which sets the password of anybody,"},
	{replicates, "REPLICATION SLAVE, which copies all that is written,"},
}

// anyPower are the bits of the rights that are read of accounts.
func anyPower() (bits uint64) {
	for _, p := range powers {
		bits |= p.bits
	}
	return bits | executesAll
}

// ofAccounts is the database in which MariaDB keeps who may do what.
const ofAccounts = "mysql"

// signedIn says as whom somebody has a way; nothing where it is as themselves.
func (w way) signedIn() string {
	switch w.as {
	case grantee{}:
		return ""
	case grantee{host: w.as.host}:
		return " as anybody as whom they may sign in (PROXY)"
	}
	return " as " + account(w.as).String() + ", as whom they may sign in (PROXY)"
}

// routine is a function or a procedure with the rights of whoever made it.
type routine struct {
	target
	kind  string
	as    grantee
	by    grantee // who may call it by its name; zero for nobody
	names bool    // its text names the table
}

func (s *session) readRoutines(ctx context.Context, h *holdings) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var r routine
		var definer string
		err := scan(&r.database, &r.name, &r.kind, &definer, &r.by.user, &r.by.host, &r.names)
		at := strings.LastIndexByte(definer, '@')
		if at < 0 { // a role
			r.as.user = definer
		} else {
			r.as = grantee{definer[:at], definer[at+1:]}
		}
		h.routines = append(h.routines, r)
		return err
	}, "call "+s.p.home+".list_definers(?, ?)", h.j.database, h.j.only())
}

// callRoutines finds the routines that the people may call, and whose makers reach the asset.
func (h *holdings) callRoutines() {
	for _, r := range h.routines {
		if !h.opens[r.as] {
			continue
		}
		for by, ways := range h.ways {
			if by == r.as || by != r.by && !slices.ContainsFunc(h.executes[by], func(p string) bool { return mariadbwire.Matches(p, r.database) }) {
				continue
			}
			if r.names {
				what := "perhaps SELECT through " + strings.ToLower(r.kind) + " " + r.quoted() + ", which names it and has the rights of " + r.maker() + ", EXECUTE"
				h.found = append(h.found, holding{by: by, what: what})
				continue
			}
			h.notKnown(ways, "routines that have the rights of others can be called, and what they read is not known: ", r.target)
		}
	}
}

// remarksOn lists what is not known of how one of the people gets in.
func (h *holdings) remarksOn(person int) (all []string) {
	for _, remark := range slices.Sorted(maps.Keys(h.unknown[person])) {
		all = append(all, visible.Text(remark+converge.Few(h.unknown[person][remark])))
	}
	return all
}

// maker is as whom a routine runs.
func (r routine) maker() string {
	if r.as.host == "" {
		return r.as.user
	}
	return account(r.as).String()
}

// notKnown adds something to a remark about the people of some ways.
func (h *holdings) notKnown(ways []way, remark string, on target) {
	for _, w := range ways {
		h.unknown[w.person][remark] = append(h.unknown[w.person][remark], on.quoted())
	}
}
