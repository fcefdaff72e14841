package mariadbprovision

import (
	"context"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/provision"
)

const (
	maxPaths = 50 // that are listed for one principal
	maxDepth = 8  // of roles in roles
)

// everyone is the role that all have, from 10.11 on.
const everyone = "PUBLIC"

// grantee is an account or a role that has rights.
type grantee struct{ user, host string }

// way is through whom a person has something: through themselves, a role, or everyone.
type way struct {
	person int
	ours   bool    // through the person role
	as     grantee // the account as whom they may sign in too; zero for their own
}

// paths finds the ways to the covered tables that this asset's roles did not give: rights
// on the server, the database, the table or columns of it, on a view over it, or on a routine
// with the rights of others, given to the people, to a role that they may take on, to an
// account as whom they may sign in, or to everyone.
func (s *session) paths(ctx context.Context, j *job, v *view) ([][]provision.Path, error) {
	found := make([][]provision.Path, len(j.people))
	v.unknown = make([][]string, len(j.people))
	ways, err := s.ways(ctx, j, v)
	if err != nil || len(ways) == 0 {
		return found, err
	}
	h := newHoldings(j, v, ways)
	for _, read := range []func(context.Context, *holdings) error{s.readRoutines, s.readWideRights, s.readTableRights, s.readRelays} {
		if err := read(ctx, h); err != nil {
			return nil, err
		}
	}
	h.callRoutines()
	for i := range v.unknown {
		v.unknown[i] = h.remarksOn(i)
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
			path := provision.Path(h.what + h.through(w) + w.signedIn())
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
		me := grantee{p.account.user, p.account.host}
		s.follow(ways, inner, me, way{person: i}, j.personRole(i), 0)
		if len(ways[me]) == 0 {
			continue
		}
		for _, as := range v.proxied[me] {
			w := way{person: i, as: as}
			ways[as] = append(ways[as], w)
			s.follow(ways, inner, as, w, "", 0)
		}
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
// are few. It reads the accounts too that have a user of theirs, or none, which are in no role,
// and those as whom the people may sign in.
func (s *session) readMemberships(ctx context.Context, j *job, v *view, inner map[grantee][]grantee) error {
	roles, args := "", []any(nil)
	accounts := " union all select user, host, '', '', false from home.accounts where host <> '' and not is_role"
	proxies := " union all select user, host, proxied_user, proxied_host, true from home.proxies"
	if len(j.people) <= atOnce {
		people, own, users := "('', '-')", "''", "''"
		for _, p := range j.people {
			people, own, users = people+", (?, ?)", own+", ?", users+", convert(? using utf8mb3) collate utf8mb3_bin"
			args = append(args, p.account.user, p.account.host)
		}
		for i := range j.people {
			args = append(args, j.personRole(i))
		}
		for range 2 {
			for _, p := range j.people {
				args = append(args, p.account.user)
			}
		}
		roles = " where (user, host) in (" + people + ") or (user, host) in (select proxied_user, proxied_host from home.proxies)" +
			" or host = '' and (user in (" + own + ") or user not in (select role from home.person_roles))"
		accounts += " and indexed_user in (" + users + ")"
		proxies += " where indexed_user in (" + users + ")"
	}
	query := "select user, host, role, '', false from home.memberships" + roles + accounts + proxies
	return s.Query(ctx, func(scan func(...any) error) error {
		var who, in grantee
		var proxied bool
		err := scan(&who.user, &who.host, &in.user, &in.host, &proxied)
		switch {
		case proxied:
			v.proxied[who] = append(v.proxied[who], in)
		case in.user == "":
			v.namesake(j, account(who))
		default:
			inner[who] = append(inner[who], in)
		}
		return err
	}, strings.ReplaceAll(query, "home.", s.p.home+"."), args...)
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
	databases []string        // of the server
	found     []holding

	elsewhere map[string]bool               // databases in which a grantee may read something else
	reads     map[grantee]map[target]string // the other tables that a grantee may read, with the grantor
	readsAll  map[grantee][]string          // and patterns of databases
	routines  []routine
	opens     map[grantee]bool     // of those who made routines: they reach a covered table
	executes  map[grantee][]string // patterns of databases whose routines a grantee may call
	relays    map[target]string    // what shows rows of the covered tables, or of nobody knows which

	unknown []map[string][]string // by position in job.people: what is not known, with the names of that
}

func newHoldings(j *job, v *view, ways map[grantee][]way) *holdings {
	h := &holdings{j: j, ways: ways, tables: j.tables(v), databases: v.databases, elsewhere: map[string]bool{}, reads: map[grantee]map[target]string{}, readsAll: map[grantee][]string{},
		opens: map[grantee]bool{}, executes: map[grantee][]string{}, relays: map[target]string{}, unknown: make([]map[string][]string, len(j.people))}
	for i := range h.unknown {
		h.unknown[i] = map[string][]string{}
	}
	return h
}

func (h *holdings) add(by grantee, what, grantor string) {
	h.opens[by] = true
	if h.ways[by] != nil {
		h.found = append(h.found, holding{by: by, what: what, grantor: grantor})
	}
}

// readWideRights reads the rights on the whole server and on databases.
func (s *session) readWideRights(ctx context.Context, h *holdings) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var by grantee
		var access uint64
		var on string
		var reads, writes, executes bool
		err := scan(&by.user, &by.host, &access, &on, &reads, &writes, &executes)
		for _, p := range powers {
			if access&p.bits != 0 {
				h.add(by, p.what, "")
			}
		}
		h.onDatabases(by, on, reads, writes)
		if executes {
			h.executes[by] = append(h.executes[by], on)
		}
		return err
	}, "select user, host, access, '%', false, false, access & ? <> 0 from "+s.p.home+".accounts where access & ? union all select user, host, 0, pattern, may_read, may_write, may_execute from "+
		s.p.home+".database_rights where may_read or may_write or may_execute", executesAll, anyPower())
}

// onDatabases adds the rights of a grantee on the databases of a pattern.
func (h *holdings) onDatabases(by grantee, on string, reads, writes bool) {
	if reads && mariadbwire.Matches(on, h.j.database) {
		h.add(by, "SELECT on the database "+quote(on), "")
	}
	if writes && mariadbwire.Matches(on, h.j.database) {
		h.add(by, "writing on the database "+quote(on), "")
	}
	if writes && mariadbwire.Matches(on, ofAccounts) {
		h.add(by, "writing on the database "+quote(on)+", which holds who may do what,", "")
	}
	if !reads || h.ways[by] == nil {
		return
	}
	h.readsAll[by] = append(h.readsAll[by], on)
	for _, database := range h.databases {
		h.elsewhere[database] = h.elsewhere[database] || mariadbwire.Matches(on, database)
	}
}

func (s *session) readTableRights(ctx context.Context, h *holdings) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var by grantee
		var on target
		var rights, columns, grantor string
		if err := scan(&by.user, &by.host, &on.database, &on.name, &rights, &columns, &grantor); err != nil {
			return err
		}
		if on.database == ofAccounts && slices.ContainsFunc([]string{"Insert", "Update", "Delete"}, func(right string) bool { return strings.Contains(rights, right) }) {
			h.add(by, "writing on "+on.quoted()+", which holds who may do what,", grantor)
		}
		if reads := strings.Contains(rights+columns, "Select"); !h.tables[on] {
			if reads && h.ways[by] != nil {
				h.elsewhere[on.database] = true
				h.reads[by] = with(h.reads[by], on, grantor)
			}
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
