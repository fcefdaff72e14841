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
// Setup lists. Then all that we give stands in one name, whoever has logged in. While there
// is no group role of ours, the keeper is the login that Setup gave our schema to: else each
// login would begin anew in its own name, and be a member of the other one by then.

// keeper is a role that administers group roles of the connection, or owns our schema.
type keeper struct {
	name  string
	roles int  // of ours, that it administers
	ours  bool // it is our login itself
	open  bool // our login may set its role to it
	in    bool // it is a member of our login
}

// EstrangedError says that our login can take nothing of all that was given, because
// another login gave it. It wraps provision.ErrPermanent.
type EstrangedError struct {
	Login, Keeper string
	options       bool // memberships have options
	in            bool // the keeper is a member of our login
}

func (e *EstrangedError) Error() string {
	return fmt.Sprintf("%q gave what stands, and the connection logs in as %q, which may not act as that; run what Setup lists", e.Keeper, e.Login)
}
func (e *EstrangedError) Unwrap() error { return provision.ErrPermanent }

// Mend lists the statements after which our login acts as the keeper. Two roles cannot be
// members of each other.
func (e *EstrangedError) Mend() []provision.Statement {
	keeper, login := naming.Quote(e.Keeper), naming.Quote(e.Login)
	statement := "grant " + keeper + " to " + login
	if e.options {
		statement += " with inherit true, set true"
	}
	if e.in {
		return []provision.Statement{provision.Statement("revoke " + login + " from " + keeper), provision.Statement(statement)}
	}
	return []provision.Statement{provision.Statement(statement)}
}

// actorOf picks the keeper that we act as; empty is our login itself. Keepers come in the
// order of how much they administer. Who owns our schema counts where nobody administers any.
func actorOf(login string, keepers []keeper, options bool) (as string, err error) {
	if len(keepers) == 0 || slices.ContainsFunc(keepers, func(k keeper) bool { return k.ours && (k.roles > 0 || keepers[0].roles == 0) }) {
		return "", nil
	}
	if !keepers[0].open {
		return "", &EstrangedError{Login: login, Keeper: keepers[0].name, options: options, in: keepers[0].in}
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

// keepers reads who administers the group roles of the connection, and who owns our schema,
// if that one can give access. Superusers may administer everything, and keep nothing.
func (s *Session) keepers(ctx context.Context, installation, connection string) (keepers []keeper, err error) {
	const query = `
		select u.rolname, count(k.role), u.rolname = current_user, pg_has_role(u.oid, $3), u.rolname <> current_user and pg_has_role(u.oid, current_user, 'MEMBER')
		from (
			select m.member, r.oid from pg_roles r
			join pg_shdescription d on d.objoid = r.oid and d.classoid = 'pg_authid'::regclass
			join pg_auth_members m on m.roleid = r.oid and m.admin_option
			where r.rolname > $1::name and r.rolname < $2::name and strpos(d.description, $4) > 0
			union all
			select n.nspowner, null from pg_namespace n
			where n.nspname = $5 and exists (select from pg_database b, aclexplode(b.datacl) a
				where b.datname = current_database() and a.grantee = n.nspowner and a.privilege_type = 'CONNECT' and a.is_grantable)
		) k(keeper, role)
		join pg_roles u on u.oid = k.keeper
		where not u.rolsuper
		group by u.oid, u.rolname
		order by 2 desc, 1`
	may := "MEMBER"
	if s.Server.SetsOptions() {
		may = "SET"
	}
	err = s.Query(ctx, func(scan func(...any) error) error {
		var k keeper
		err := scan(&k.name, &k.roles, &k.ours, &k.open, &k.in)
		keepers = append(keepers, k)
		return err
	}, query, naming.Prefix+installation+"_", naming.Prefix+installation+"`", may, " on "+connection+":", naming.Place{Installation: installation}.MaskSchema())
	return keepers, err
}

// act is the statement by which a transaction acts as another role than our login.
func (a actor) act() string {
	if a.name == "" {
		return ""
	}
	return "; set local role " + naming.Quote(a.name)
}
