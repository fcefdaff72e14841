package cluster

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// On PostgreSQL only the role that gave something can take it back. So where a connection
// gets another login, as by a rotation of two that alternate, the new one acts as the
// keeper: the login that made our group roles. It has to be a member of the keeper, which
// Setup lists. Then all that we give stands in one name, whoever has logged in.

// keeper is a role that administers group roles of the connection.
type keeper struct {
	name  string
	roles int  // of ours, that it administers
	ours  bool // it is our login itself
	open  bool // our login may set its role to it
}

// EstrangedError says that our login can take nothing of all that was given, because
// another login gave it. It wraps provision.ErrPermanent.
type EstrangedError struct {
	Login, Keeper string
	options       bool // memberships have options
}

func (e *EstrangedError) Error() string {
	return fmt.Sprintf("%q gave what stands, and the connection logs in as %q, which may not act as that; run what Setup lists", e.Keeper, e.Login)
}
func (e *EstrangedError) Unwrap() error { return provision.ErrPermanent }

// Mend is the statement after which our login acts as the keeper.
func (e *EstrangedError) Mend() provision.Statement {
	statement := "grant " + naming.Quote(e.Keeper) + " to " + naming.Quote(e.Login)
	if e.options {
		statement += " with inherit true, set true"
	}
	return provision.Statement(statement)
}

// actorOf picks the keeper that we act as; empty is our login itself. Keepers come in the
// order of how much they administer.
func actorOf(login string, keepers []keeper, options bool) (as string, err error) {
	if len(keepers) == 0 || slices.ContainsFunc(keepers, func(k keeper) bool { return k.ours }) {
		return "", nil
	}
	if !keepers[0].open {
		return "", &EstrangedError{Login: login, Keeper: keepers[0].name, options: options}
	}
	return keepers[0].name, nil
}

// actor is the role that we act as; an empty name is our login itself.
type actor struct{ name string }

// findActor finds the role that we act as, where it is not known yet. While we are
// estranged each session looks again: an administrator may have run Setup.
func (c *Cluster) findActor(ctx context.Context) (actor, error) {
	if known := c.actor.Load(); known != nil {
		return *known, nil
	}
	s, err := c.begin(ctx, c.config.Database, c.connect)
	if err != nil {
		return actor{}, err
	}
	defer s.End()
	keepers, err := s.keepers(ctx, c.to.Installation, c.to.Connection.Name)
	if err != nil {
		return actor{}, err
	}
	name, err := actorOf(s.Server.SelfName, keepers, s.Server.SetsOptions())
	if err != nil {
		return actor{}, err
	}
	c.actor.Store(&actor{name})
	return actor{name}, nil
}

// doubt looks for the actor anew after an error which may mean that we can act as it no
// longer.
func (s *Session) doubt(err error) {
	if code := Code(err); s.actor.name != "" && (code == "42501" || code == "22023") {
		s.cluster.actor.Store(nil)
	}
}

// keepers reads who administers the group roles of the connection. Superusers may
// administer everything, and keep nothing.
func (s *Session) keepers(ctx context.Context, installation, connection string) (keepers []keeper, err error) {
	const query = `
		select u.rolname, count(*), u.rolname = current_user, pg_has_role(u.oid, $3)
		from pg_roles r
		join pg_shdescription d on d.objoid = r.oid and d.classoid = 'pg_authid'::regclass
		join pg_auth_members m on m.roleid = r.oid and m.admin_option
		join pg_roles u on u.oid = m.member
		where r.rolname > $1::name and r.rolname < $2::name and strpos(d.description, $4) > 0 and not u.rolsuper
		group by u.oid, u.rolname
		order by 2 desc, 1`
	may := "MEMBER"
	if s.Server.SetsOptions() {
		may = "SET"
	}
	err = s.Query(ctx, func(scan func(...any) error) error {
		var k keeper
		err := scan(&k.name, &k.roles, &k.ours, &k.open)
		keepers = append(keepers, k)
		return err
	}, query, naming.Prefix+installation+"_", naming.Prefix+installation+"`", may, " on "+connection+":")
	return keepers, err
}

// act is the statement by which a transaction acts as another role than our login.
func (a actor) act() string {
	if a.name == "" {
		return ""
	}
	return "; set local role " + naming.Quote(a.name)
}
