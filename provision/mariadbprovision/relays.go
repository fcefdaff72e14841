package mariadbprovision

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/mariadbwire"
)

// A relay is a view or a table that shows the rows of others, and asks for no right on these:
// a view that reads with the rights of whoever made it, a table of the engine MERGE, and one
// that leads to another server.

const (
	maxViews     = 100 // calls that look for views over the asset
	maxViewDepth = 3   // of views over views
)

// with is a map with one more entry.
func with(all map[target]string, on target, says string) map[target]string {
	if all == nil {
		all = map[target]string{}
	}
	all[on] = says
	return all
}

// readRelays finds the relays that a grantee may read by a right on the relay itself, or on
// the database that it is in. Relays over relays are looked for in these databases, and in
// that of the asset.
func (s *session) readRelays(ctx context.Context, h *holdings) error {
	if len(h.elsewhere) == 0 {
		return nil
	}
	databases := slices.DeleteFunc(slices.Sorted(maps.Keys(h.elsewhere)), func(d string) bool { return !h.elsewhere[d] || !slices.Contains(h.databases, d) })
	if err := s.readMerged(ctx, h, databases); err != nil {
		return err
	}
	if !slices.Contains(databases, h.j.database) {
		databases = append(databases, h.j.database)
	}
	if err := s.readViewsOver(ctx, h, databases); err != nil {
		return err
	}
	for on, what := range h.relays {
		h.addRelay(on, what)
	}
	return nil
}

// readViewsOver finds the views over the asset, and those over these.
func (s *session) readViewsOver(ctx context.Context, h *holdings, databases []string) error {
	over := []target{{h.j.database, h.j.table}}
	for on, what := range h.relays {
		if what != elsewhereTo {
			over = append(over, on)
		}
	}
	calls := 0
	for range maxViewDepth {
		var next []target
		for _, below := range over {
			for _, database := range databases {
				if calls++; calls > maxViews {
					return nil
				}
				found, err := s.viewsOver(ctx, database, below)
				if err != nil {
					return err
				}
				for _, on := range found {
					if h.relays[on] == "" && !h.tables[on] {
						h.relays[on] = "view"
						next = append(next, on)
					}
				}
			}
		}
		over = next
	}
	return nil
}

// viewsOver lists the views of a database that read a table with the rights of whoever made
// them. Without a name, those that read any of its database.
func (s *session) viewsOver(ctx context.Context, database string, over target) (found []target, err error) {
	var table any
	if over.name != "" {
		table = over.name
	}
	err = s.Query(ctx, func(scan func(...any) error) error {
		on := target{database: database}
		err := scan(&on.name)
		found = append(found, on)
		return err
	}, "call "+s.p.home+".list_views_over(?, ?, ?)", database, over.database, table)
	return found, err
}

// elsewhereTo is a relay of which nobody knows where it leads.
const elsewhereTo = "?"

// readMerged finds the tables that show others. Where one to another server leads cannot be
// known without its password.
func (s *session) readMerged(ctx context.Context, h *holdings, databases []string) error {
	for _, database := range databases[:min(len(databases), maxViews)] {
		engines := map[target]string{}
		err := s.Query(ctx, func(scan func(...any) error) error {
			on := target{database: database}
			var engine string
			err := scan(&on.name, &engine)
			engines[on] = engine
			return err
		}, "call "+s.p.home+".list_relays(?)", database)
		if err != nil {
			return err
		}
		for on, engine := range engines {
			if h.tables[on] {
				continue
			}
			if engine != merges {
				h.relays[on] = elsewhereTo
			} else if err := s.readUnion(ctx, h, on); err != nil {
				return err
			}
		}
	}
	return nil
}

// merges is the engine of tables that show other tables of their server.
const merges = "MRG_MyISAM"

// readUnion finds out whether a table of the engine MERGE shows one that is covered.
func (s *session) readUnion(ctx context.Context, h *holdings, on target) error {
	err := s.Query(ctx, func(scan func(...any) error) error {
		var name, made string
		err := scan(&name, &made)
		for _, shown := range unionOf(made, on.database) {
			if h.tables[shown] {
				h.relays[on] = "MERGE table"
			}
		}
		return err
	}, "call "+s.p.home+".show_merged(?, ?)", on.database, on.name)
	if mariadbwire.Number(err) != 0 { // one of its tables is gone, so that it shows nothing
		s.Broken = false
		return nil
	}
	return err
}

var (
	union     = regexp.MustCompile("\\n\\) ENGINE=[^'\\n]* UNION=\\(((?:`[^`]*`[.,]?)+)\\)")
	unionName = regexp.MustCompile("(?:`((?:[^`]|``)*)`\\.)?`((?:[^`]|``)*)`")
)

// unionOf reads the tables that a MERGE table shows in the statement that makes it. Comments
// stand in other lines, or after them.
func unionOf(made, database string) (all []target) {
	found := union.FindStringSubmatch(made)
	if found == nil {
		return nil
	}
	for _, m := range unionName.FindAllStringSubmatch(found[1], -1) {
		on := target{strings.ReplaceAll(m[1], "``", "`"), strings.ReplaceAll(m[2], "``", "`")}
		if on.database == "" {
			on.database = database
		}
		all = append(all, on)
	}
	return all
}

// addRelay adds the ways by one relay, or the remark that it is not known where it leads.
func (h *holdings) addRelay(on target, what string) {
	for by, ways := range h.ways {
		grantor, reads := h.reads[by][on]
		if !reads && !slices.ContainsFunc(h.readsAll[by], func(p string) bool { return mariadbwire.Matches(p, on.database) }) {
			continue
		}
		if what == elsewhereTo {
			h.notKnown(ways, "tables that lead to other servers can be read, and whether one leads back here is not known: ", on)
			continue
		}
		h.found = append(h.found, holding{by: by, what: "SELECT on the " + what + " " + on.quoted(), grantor: grantor})
	}
}
