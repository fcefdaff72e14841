package reach

import (
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// within adds to what is missing, of a container, each covered table in a schema that
// cannot be used: a gap is about a table.
func (q Question) within() string {
	if !q.Container {
		return ""
	}
	return `
			union all select d.person, false, 'no USAGE on schema ' || d.id::regnamespace, 'table', c.oid::regclass::text
				from doubtful d join pg_class c on c.relnamespace = d.id
				where d.class = 'schema' and c.oid = any($6::oid[]) and not has_schema_privilege(d.person, d.id, 'USAGE')`
}

// named is how many things one lack names.
func (q Question) named() int {
	if q.Container {
		return provision.MaxGaps
	}
	return naming.MaxFew
}

// counts counts for each person, of a container, the covered tables that cannot be read,
// and then those that cannot be read or written.
func (q Question) counts() string {
	if !q.Container {
		return ""
	}
	return `
		union all
		select person, false, '', 'unreadable', count(distinct name), '{}' from missing where class = 'table' and not writing group by person
		union all
		select person, true, '', 'unusable', count(distinct name), '{}' from missing where class = 'table' group by person`
}

// Shortfall is what a login lacks of a container: of the whole, and of its parts.
type Shortfall struct {
	Whole      []string            // each in words
	Written    []string            // of the whole too, where only writing lacks it
	Parts      map[string][]string // what is lacking of each, in words; not all parts may be named
	Reading    map[string]bool     // the parts of which reading lacks something
	Unreadable int                 // covered tables that cannot be read
	Unusable   int                 // parts that lack something
}

// ShortfallOf sums up the lacks of a login about a container. What is lacking of a schema
// counts for its tables, and for the whole where the schema is no part of the container.
func ShortfallOf(lacks []Lack, writes bool, isPart func(schema string) bool) Shortfall {
	s := Shortfall{Parts: make(map[string][]string), Reading: make(map[string]bool)}
	for _, l := range lacks {
		whole := &s.Whole
		if l.Writing {
			whole = &s.Written
		}
		switch {
		case l.class == "unreadable":
			if s.Unreadable = l.count; !writes {
				s.Unusable += l.count
			}
		case l.class == "unusable" && writes:
			s.Unusable += l.count
		case l.Writing && !writes || l.class == "unusable":
		case l.class == "schema":
			for _, schema := range l.names {
				if !isPart(schema) {
					*whole = append(*whole, l.what+" on schema "+schema)
				}
			}
		case l.count == 0:
			*whole = append(*whole, l.what)
		default:
			if l.class == "sequence" {
				s.Unusable += l.count
			}
			for _, name := range l.names {
				part := partOf(l.class, name)
				s.Parts[part] = append(s.Parts[part], l.what)
				s.Reading[part] = s.Reading[part] || !l.Writing
			}
		}
	}
	return s
}

// Gaps are the parts that lack something. Among are parts that are known to lack something
// anyhow.
func (s Shortfall) Gaps(denied Denials, among []provision.Gap) provision.Gaps {
	all := slices.Clone(among)
	for _, part := range slices.Sorted(maps.Keys(s.Parts)) {
		lacks := s.Parts[part]
		slices.Sort(lacks)
		said := make([]string, len(lacks))
		for i, lack := range lacks {
			said[i] = lack + denied.why(part, lack)
		}
		all = append(all, provision.Gap{Part: part, Reason: strings.Join(said, "; "), Writing: !s.Reading[part]})
	}
	gaps := provision.GapsOf(all, max(0, s.Unusable-len(s.Parts)))
	gaps.Writing = max(gaps.Writing, gaps.Count-len(among)-max(s.Unreadable, len(s.Reading)))
	return gaps
}
