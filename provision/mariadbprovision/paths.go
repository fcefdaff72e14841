package mariadbprovision

import (
	"context"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/provision"
)

const (
	maxPaths = 50  // that are listed for one principal
	maxDepth = 8   // of roles in roles
	maxViews = 100 // databases in which views over the asset are looked for
)

// everyone is the role that all have, from 10.11 on.
const everyone = "PUBLIC"

// grantee is an account or a role that has rights.
type grantee struct{ user, host string }

// way is through whom a person has something: through themselves, a role, or everyone.
type way struct {
	person int
	ours   bool // through the person role
}

// paths finds the ways to the covered tables that this asset's roles did not give: rights
// on the server, the database, the table or columns of it, or on a view over it, given to
// the people, to a role that they may take on, or to everyone.
func (s *session) paths(ctx context.Context, j *job, v *view) ([][]provision.Path, error) {
	found := make([][]provision.Path, len(j.people))
	ways, err := s.ways(ctx, j, v)
	if err != nil || len(ways) == 0 {
		return found, err
	}
	h := &holdings{j: j, ways: ways, tables: j.tables(v), elsewhere: map[string]bool{}}
	for _, read := range []func(context.Context, *holdings) error{s.readServerRights, s.readDatabaseRights, s.readTableRights, s.readViewRights} {
		if err := read(ctx, h); err != nil {
			return nil, err
		}
	}
	own := make(map[string]bool, len(v.roles))
	for _, r := range v.roles {
		own[r.name] = true
	}
	for _, h := range h.found {
		for _, w := range ways[h.by] {
			if w.ours && own[h.by.user] {
				continue // the roles of this asset are no other way in
			}
			path := provision.Path(h.what + h.through(w))
			if !slices.Contains(found[w.person], path) && len(found[w.person]) < maxPaths {
				found[w.person] = append(found[w.person], path)
			}
		}
	}
	for i := range found {
		slices.Sort(found[i])
	}
	return found, nil
}

// through says by whom a person has a right.
func (h holding) through(w way) string {
	switch {
	case h.by.user == everyone && h.by.host == "":
		return " for PUBLIC"
	case h.by.host == "" && w.ours:
		return " through another grant of Grantwright, " + h.by.user
	case h.by.host == "":
		return " through role " + h.by.user
	case h.grantor != "":
		return " granted directly by " + h.grantor
	}
	return " granted directly"
}

// ways lists everybody through whom the people may have something.
func (s *session) ways(ctx context.Context, j *job, v *view) (map[grantee][]way, error) {
	ways := map[grantee][]way{}
	for i, p := range j.people {
		if l := v.people[i]; l != nil && l.stands && !l.isRole {
			me := grantee{p.account.user, p.account.host}
			ways[me] = append(ways[me], way{person: i})
			ways[grantee{everyone, ""}] = append(ways[grantee{everyone, ""}], way{person: i})
		}
	}
	inner := make(map[grantee][]grantee)
	v.namesakes = make([][]account, len(j.people))
	if len(ways) > 0 {
		if err := s.readMemberships(ctx, j, v, inner); err != nil {
			return nil, err
		}
	}
	for i, p := range j.people {
		s.follow(ways, inner, grantee{p.account.user, p.account.host}, way{person: i}, j.personRole(i), 0)
	}
	return ways, nil
}

// follow adds the roles that a grantee is in, and those that these are in.
func (s *session) follow(ways map[grantee][]way, inner map[grantee][]grantee, from grantee, w way, own string, depth int) {
	if depth > maxDepth {
		return
	}
	for _, in := range inner[from] {
		next := w
		next.ours = w.ours || in.user == own
		if !slices.Contains(ways[in], next) {
			ways[in] = append(ways[in], next)
			s.follow(ways, inner, in, next, own, depth+1)
		}
	}
}

// readMemberships leaves out the memberships of other people in our roles, where the people
// are few. It reads the accounts too that have a user of theirs, or none, which are in no role.
func (s *session) readMemberships(ctx context.Context, j *job, v *view, inner map[grantee][]grantee) error {
	query, args := "select user, host, role from "+s.p.home+".memberships", []any(nil)
	accounts := " union all select user, host, '' from " + s.p.home + ".accounts where host <> '' and not is_role"
	if len(j.people) <= atOnce {
		people, roles := "('', '-')", "''"
		for _, p := range j.people {
			people, roles = people+", (?, ?)", roles+", ?"
			args = append(args, p.account.user, p.account.host)
		}
		for i := range j.people {
			args = append(args, j.personRole(i))
		}
		for _, p := range j.people {
			args = append(args, p.account.user)
		}
		accounts += " and indexed_user in (''" + strings.Repeat(", convert(? using utf8mb3) collate utf8mb3_bin", len(j.people)) + ")"
		query += " where (user, host) in (" + people + ") or host = '' and (user in (" + roles + ") or user not in (select role from " + s.p.home + ".person_roles))"
	}
	return s.Query(ctx, func(scan func(...any) error) error {
		var who grantee
		var in string
		err := scan(&who.user, &who.host, &in)
		if in == "" {
			v.namesake(j, account(who))
		} else {
			inner[who] = append(inner[who], grantee{in, ""})
		}
		return err
	}, query+accounts, args...)
}

// holding is a right of a grantee's that lets in.
type holding struct {
	by      grantee
	what    string
	grantor string
}

// holdings are the rights of some grantees on some tables.
type holdings struct {
	j         *job
	ways      map[grantee][]way
	tables    map[target]bool // covered
	elsewhere map[string]bool // databases in which a grantee may read something else
	found     []holding
}

func (h *holdings) add(by grantee, what, grantor string) {
	if h.ways[by] != nil {
		h.found = append(h.found, holding{by, what, grantor})
	}
}

func (s *session) readServerRights(ctx context.Context, h *holdings) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var by grantee
		err := scan(&by.user, &by.host)
		h.add(by, "SELECT on everything", "")
		return err
	}, "select user, host from "+s.p.home+".accounts where access & ?", readsAll)
}

func (s *session) readDatabaseRights(ctx context.Context, h *holdings) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var by grantee
		var on string
		var reads, writes bool
		err := scan(&by.user, &by.host, &on, &reads, &writes)
		if reads && matches(on, h.j.database) {
			h.add(by, "SELECT on the database "+quote(on), "")
		}
		if writes && matches(on, h.j.database) {
			h.add(by, "writing on the database "+quote(on), "")
		}
		return err
	}, "select user, host, pattern, may_read, may_write from "+s.p.home+".database_rights where may_read or may_write")
}

func (s *session) readTableRights(ctx context.Context, h *holdings) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var by grantee
		var on target
		var rights, columns, grantor string
		if err := scan(&by.user, &by.host, &on.database, &on.name, &rights, &columns, &grantor); err != nil || h.ways[by] == nil {
			return err
		}
		if !h.tables[on] {
			h.elsewhere[on.database] = h.elsewhere[on.database] || strings.Contains(rights+columns, "Select")
			return nil
		}
		for what := range strings.SplitSeq(rights, ",") {
			if slices.Contains([]string{"Select", "Insert", "Update", "Delete"}, what) {
				h.add(by, strings.ToUpper(what)+h.j.about(on), grantor)
			}
		}
		if columns != "" {
			h.add(by, strings.ToUpper(columns)+" of columns"+h.j.about(on), grantor)
		}
		return nil
	}, "select user, host, db, name, privileges, columns, grantor from "+s.p.home+".table_rights")
}

// tables are the covered tables; of a database all that it holds.
func (j *job) tables(v *view) map[target]bool {
	if !j.container() {
		return map[target]bool{{j.database, j.table}: true}
	}
	tables := map[target]bool{}
	for name := range v.objects {
		tables[target{j.database, name}] = true
	}
	return tables
}

// about names the table where the asset is not that itself.
func (j *job) about(on target) string {
	if j.container() {
		return " on " + on.quoted()
	}
	return ""
}
