// Package listing lists the access that stands on a cluster, page by page: memberships that
// we gave, and rights that others gave. It changes nothing.
package listing

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/request"
)

// Pages bound how many roles and members, or rights, are read at once.
type Pages struct{ Roles, Members int }

// Lister lists the access that stands on a cluster. Between two pages no session is open
// on the platform.
type Lister struct {
	Cluster      *cluster.Cluster
	Loop         cluster.Loop
	Installation string
	Connection   string
	Pages        Pages
}

// Memberships lists who is in our group roles, by whomever. A role of ours whose comment cannot be
// read gives an error that names it, and the list goes on; after any other error it ends.
func (l Lister) Memberships(ctx context.Context, root catalog.Ref) iter.Seq2[provision.Standing, error] {
	return func(yield func(provision.Standing, error) bool) {
		after := naming.Prefix + l.Installation + "_"
		for {
			roles, err := l.listRoles(ctx, after)
			if err != nil {
				yield(provision.Standing{}, l.Loop.Explain(err))
				return
			}
			if len(roles) == 0 || !l.listAll(ctx, root, roles, yield) {
				return
			}
			after = roles[len(roles)-1].name
		}
	}
}

// listed is a group role of ours, with the asset and the privilege of its comment.
type listed struct {
	name      string
	comment   string
	members   int // about how many
	place     naming.Place
	privilege request.Privilege
	object    uint32
}

// listRoles reads the next of our roles in which there is anyone. We are in each of them
// ourselves, to administer it.
func (l Lister) listRoles(ctx context.Context, after string) (roles []listed, err error) {
	const query = `
		select r.rolname, coalesce(shobj_description(r.oid, 'pg_authid'), ''), m.members
		from pg_roles r, lateral (select count(*) from pg_auth_members where roleid = r.oid and member <> $3) m(members)
		where r.rolname > $1::name and r.rolname < $2::name and r.rolname !~ '_ending_[0-9]+$' and m.members > 0
		order by r.rolname limit $4`
	end := naming.Prefix + l.Installation + "`" // the next letter after the underscore
	err = l.Cluster.ReadOnly(ctx, l.Loop, l.Cluster.Database(), func(ctx context.Context, s *cluster.Session) error {
		roles = nil
		return s.Query(ctx, func(scan func(...any) error) error {
			var r listed
			err := scan(&r.name, &r.comment, &r.members)
			roles = append(roles, r)
			return err
		}, query, after, end, s.Server.Self, l.Pages.Roles)
	})
	return roles, err
}

// listAll yields who is in some roles. It reports whether the list goes on.
func (l Lister) listAll(ctx context.Context, root catalog.Ref, roles []listed, yield func(provision.Standing, error) bool) bool {
	var below []listed
	for _, r := range roles {
		place, privilege, object, err := naming.ReadComment(l.Installation, r.name, r.comment)
		r.place, r.privilege, r.object = place, privilege, object
		if err != nil {
			if !yield(provision.Standing{}, l.Loop.Wrap(fmt.Errorf("role %q: %w", r.name, err))) {
				return false
			}
		} else if root.Covers(r.place.Ref) {
			below = append(below, r)
		}
	}
	for len(below) > 0 {
		n := l.fill(below)
		if !l.listMembers(ctx, below[:n], yield) {
			return false
		}
		below = below[n:]
	}
	return true
}

// fill says how many of the roles fill a page with their members, at least one.
func (l Lister) fill(roles []listed) int {
	members := 0
	for i, r := range roles {
		if members += r.members; members > l.Pages.Members && i > 0 {
			return i
		}
	}
	return len(roles)
}

// other is the other privilege that a person can have on the same asset.
func (r listed) other() request.Privilege {
	if r.privilege == request.Read {
		return request.ReadWrite
	}
	return request.Read
}

// listMembers yields each person once for each asset: who is in the roles of both
// privileges comes with the one whose name is first. What is shown clear to a person
// comes by itself, column by column, and so does each set of columns that a person reads.
func (l Lister) listMembers(ctx context.Context, roles []listed, yield func(provision.Standing, error) bool) bool {
	at := cursor{}
	for {
		page, next, err := l.membersPage(ctx, roles, at)
		if err != nil {
			yield(provision.Standing{}, l.Loop.Explain(err))
			return false
		}
		for _, s := range page {
			if !yield(s, nil) {
				return false
			}
		}
		if len(page) < l.Pages.Members {
			return true
		}
		at = next
	}
}

// cursor is the place in a list of the last that was read.
type cursor struct {
	role   int // the position among the roles
	member uint32
}

func (l Lister) membersPage(ctx context.Context, roles []listed, after cursor) (page []provision.Standing, last cursor, err error) {
	const query = `
		with listed as materialized (
			select l.*, r.oid as role_id, o.oid as other_id
			from unnest($1::int[], $2::name[], $3::name[], $4::text[]) l(n, role, other, comment)
			join pg_roles r on r.rolname = l.role
			left join pg_roles o on o.rolname = l.other and shobj_description(o.oid, 'pg_authid') = l.comment
		)
		select l.n, m.member, u.rolname, u.rolcanlogin, m.both, m.act, case when m.ours then '' else coalesce(m.by, '') end
		from listed l
		cross join lateral (
			select m.member, max(` + cluster.ActOf + `) as act, bool_or(m.grantor = $5) as ours, min(m.grantor::regrole::text) filter (where m.grantor <> $5) as by,
				exists (select from pg_auth_members o where o.roleid = l.other_id and o.member = m.member) as both
			from (select *, xmin as given from pg_auth_members where roleid = l.role_id and member <> $5 and member > case when l.n = $6 then $7::oid else 0 end) m
			where l.role < l.other or l.other = '' or not exists (select from pg_auth_members o where o.roleid = l.other_id and o.member = m.member)
			group by m.member order by m.member limit $8
		) m
		cross join lateral (select rolname, rolcanlogin from pg_roles where oid = m.member offset 0) u
		where l.n >= $6
		order by l.n, m.member limit $8`
	numbers, names, others, comments := make([]int64, len(roles)), make([]string, len(roles)), make([]string, len(roles)), make([]string, len(roles))
	for i, r := range roles {
		numbers[i], names[i] = int64(i), r.name
		if slices.Contains(naming.Privileges, r.privilege) { // one about columns has no other
			others[i], comments[i] = r.place.Role(r.other(), r.object), r.place.Comment(r.other(), r.object)
		}
	}
	err = l.Cluster.ReadOnly(ctx, l.Loop, l.Cluster.Database(), func(ctx context.Context, s *cluster.Session) error {
		page = nil
		return s.Query(ctx, func(scan func(...any) error) error {
			var who request.Principal
			var canLogin, both bool
			var act int64
			var by string
			if err := scan(&last.role, &last.member, &who.Name, &canLogin, &both, &act, &by); err != nil {
				return err
			}
			who.ID, who.Group = strconv.FormatUint(uint64(last.member), 10), !canLogin
			found := roles[last.role].standing(who, both)
			found.Act, found.By = act, by
			page = append(page, found)
			return nil
		}, query, pq.Array(numbers), pq.Array(names), pq.Array(others), pq.Array(comments), s.Server.Self, after.role, after.member, l.Pages.Members)
	})
	return page, last, err
}

func (r listed) standing(who request.Principal, both bool) provision.Standing {
	s := provision.Standing{Principal: who, Asset: catalog.Asset{Ref: r.place.Ref, ID: naming.FormatID(r.place.System, r.place.DatabaseID, r.object, r.place.Ref)}}
	if names, ids, is := naming.ColumnsOf(r.privilege); is {
		s.Want = []provision.Access{{Privilege: request.Read, Columns: names, ColumnIDs: ids}}
		return s
	}
	if column, is := naming.ColumnOf(r.privilege); is {
		s.Want = []provision.Access{{Privilege: request.Read, Unmasked: []string{column}}}
		return s
	}
	for _, privilege := range naming.Privileges {
		if both || privilege == r.privilege {
			s.Want = append(s.Want, provision.Access{Privilege: privilege})
		}
	}
	return s
}
