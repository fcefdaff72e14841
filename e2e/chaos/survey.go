package main

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// shade is how somebody sees a column.
type shade string

// The shades of a column. Nothing is in the dark: what is not seen has none.
const (
	dark   shade = ""
	masked shade = "masked"
	bright shade = "clear"
)

// spot is a column of a relation, as a login sees it.
type spot struct{ login, relation, column string }

// pair is a login and a relation.
type pair struct{ login, relation string }

// ground is what stands on a platform itself.
type ground struct {
	relations  []string
	ids        map[string]string // of assets, by relation or schema; those that are not known are missing
	principals map[string]string // ids, by the names that grants have for them
	groups     map[string][]string
	seen       map[spot]shade
	writes     map[pair]bool
	members    map[member]bool   // of our group roles
	ending     []string          // whose sessions are still to be ended
	odd        []string          // roles of ours that nobody can explain
	lists      map[string]string // access lists, for people to read
	roles      map[string]string // comments of our roles, by name
}

// member is one membership in a group role of ours.
type member struct {
	object    string // as in the asset's id
	privilege string // the first word of it
	principal string // its id, or its name where it has none
}

func newGround() *ground {
	return &ground{ids: map[string]string{}, principals: map[string]string{}, groups: map[string][]string{}, seen: map[spot]shade{}, writes: map[pair]bool{},
		members: map[member]bool{}, lists: map[string]string{}, roles: map[string]string{}}
}

// stands notes a relation.
func (g *ground) stands(name, id string) {
	g.relations = append(g.relations, name)
	if id != "" {
		g.ids[name] = id
	}
}

// survey looks at a platform past everything of ours, and logs in as everybody.
func (p *platform) survey(ctx context.Context) (*ground, error) {
	g := newGround()
	if err := p.look(ctx, p.super, g); err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	var all sync.WaitGroup
	sights := make([]*ground, len(p.people))
	errs := make([]error, len(p.people))
	turns := make(chan struct{}, 4)
	for i, person := range p.people {
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			sights[i] = newGround()
			errs[i] = p.try(ctx, login(person), g.relations, sights[i])
		})
	}
	all.Wait()
	for i, s := range sights {
		if errs[i] != nil {
			return nil, fmt.Errorf("%s: %w", p.name, errs[i])
		}
		maps.Copy(g.seen, s.seen)
		maps.Copy(g.writes, s.writes)
	}
	return g, nil
}

// try logs in as somebody, and reads and writes every relation.
func (p *platform) try(ctx context.Context, name string, relations []string, g *ground) error {
	db, err := p.open(name, p.password)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return p.unlessRefused(err)
	}
	for _, relation := range relations {
		if err := p.read(ctx, db, name, relation, g); err != nil {
			return err
		}
		if g.writes[pair{name, relation}], err = p.write(ctx, db, relation); err != nil {
			return err
		}
	}
	return nil
}

// read reads a relation whole, or column by column where that is refused.
func (p *platform) read(ctx context.Context, db *sql.DB, name, relation string, g *ground) error {
	note := func(of ...string) (bool, error) {
		shades, err := p.shades(ctx, db, relation, of)
		for i, s := range shades {
			g.seen[spot{name, relation, of[i]}] = s
		}
		return shades != nil, err
	}
	columns := p.columns(relation)
	if whole, err := note(columns...); whole || err != nil {
		return err
	}
	for _, column := range columns {
		if _, err := note(column); err != nil {
			return err
		}
	}
	return nil
}

// columns are those of a relation that everybody is tried on. What is in our own schema shows
// something masked.
func (p *platform) columns(of string) []string {
	if r := p.relation(of); !strings.HasPrefix(of, "gw_") {
		return r.columns()
	}
	return furnished(customers).columns()
}

// shades reads some columns. It returns none where that is refused, and dark ones where there
// is no row.
func (p *platform) shades(ctx context.Context, db *sql.DB, relation string, of []string) ([]shade, error) {
	rows, err := db.QueryContext(ctx, "select "+strings.Join(of, ", ")+" from "+relation+" limit 5")
	if err != nil {
		return nil, p.unlessRefused(err)
	}
	defer func() { _ = rows.Close() }()
	shades := make([]shade, len(of))
	values, into := make([]sql.NullString, len(of)), make([]any, len(of))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, v := range values {
			switch {
			case v.String == clear:
				shades[i] = bright
			case shades[i] == dark:
				shades[i] = masked
			}
		}
	}
	if err := rows.Err(); err != nil {
		return nil, p.unlessRefused(err)
	}
	return shades, nil
}

// write tries to insert a row, and takes it back.
func (p *platform) write(ctx context.Context, db *sql.DB, relation string) (bool, error) {
	insert := "insert into " + relation + " (note) values ('mine')"
	if relation == laterPart {
		insert = fmt.Sprintf("insert into %s (id, note) values (%d, 'mine')", relation, later)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }()
	_, err = tx.ExecContext(ctx, insert)
	return err == nil, p.unlessRefused(err)
}

// unlessRefused leaves out errors that say that somebody may not.
func (p *platform) unlessRefused(err error) error {
	if err == nil || p.refused(err) || strings.Contains(err.Error(), "cannot insert into column") {
		return nil
	}
	return err
}

// describe is what the platform itself says of a login and a relation.
func (g *ground) describe(holders []string, relation string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "    platform: %s is %q, access list %s\n", relation, g.ids[relation], g.lists[relation])
	for m := range g.members {
		if slices.ContainsFunc(holders, func(h string) bool { return m.principal == h || m.principal == g.principals[h] }) {
			fmt.Fprintf(&b, "    member: %+v\n", m)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.roles)) {
		if strings.Contains(g.roles[name], "."+bare(relation)+" ") {
			fmt.Fprintf(&b, "    role %s: %s\n", name, g.roles[name])
		}
	}
	return b.String()
}
