package world

import (
	"regexp"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/provision"
)

// Records are all that the engine says of who may do what, in the words of a world.
type Records struct {
	Grants []Grant
	Shown  map[string]Shown // how relations are masked, by their names
	Named  []string         // findings of the last reconciliation about what is read where others decide
}

// Grant is what the records say of one grant.
type Grant struct {
	Who       string // a login, or a team
	On        string
	State     provision.State
	Exception bool
	Unmasked  []string // columns of an exception
	Columns   []string // that may be read; none means all
	Write     bool
	ByRule    bool  // no person was asked
	ByHand    bool  // a person gives it
	Asked     Asked // by which it came

	Excluded []string // what it says that it leaves out
	Parts    []string // what the request said that is read through it
	Query    string   // what is to be queried
	Error    string   // why it does not work, or is withheld
	Remarks  []string
	Gaps     []string // parts of a container that do not work
}

// Shown is what the records say of the masks of a relation.
type Shown struct {
	Query string   // shows it masked; empty where nothing does
	Out   []string // columns that are not shown
	Error string   // why nothing shows it
}

// container reports whether the grant is on a schema or the database.
func (g Grant) container() bool { return !strings.Contains(g.On, ".") }

// stands reports whether the grant says that it works.
func (g Grant) stands() bool { return g.State == provision.Active }

// opens reports whether the grant says that a relation may be read. One that is FAILED does
// where it says what is lacking: a view may show some of its columns, or be read and not be
// written. Parts of a container are gaps, so that one is FAILED only for what it names.
func (g Grant) opens(name string) bool {
	lacking := g.State == provision.Failed && strings.Contains(g.Error, "cannot use it")
	return g.stands() || lacking && (!g.container() || g.mentions(name))
}

// covers reports whether the grant says that it opens a relation.
func (g Grant) covers(name string) bool {
	return covers(g.On, name) && !slices.ContainsFunc(g.Excluded, func(out string) bool { return covers(out, name) })
}

// mentions reports whether the grant says something of a name, in a remark or an error.
func (g Grant) mentions(name string) bool {
	whole := regexp.MustCompile(regexp.QuoteMeta(name) + `\b`)
	return slices.ContainsFunc(append(slices.Clone(g.Remarks), g.Error), func(text string) bool {
		return whole.MatchString(strings.ReplaceAll(text, `"`, ""))
	})
}

// doubts reports whether the grant says of a name that reading it may fail for want of a
// function, which is why it failed.
func (g Grant) doubts(name, why string) bool {
	return strings.Contains(why, denied+" for function") && slices.ContainsFunc(g.Remarks, func(text string) bool {
		return strings.Contains(text, "may fail: no EXECUTE on function") && (strings.Contains(text, " more may fail") || Grant{Remarks: []string{text}}.mentions(name))
	})
}

// gapped reports whether a grant says that a relation does not work, itself or where it is
// shown masked.
func (r Records) gapped(g Grant, name string) bool {
	return slices.Contains(g.Gaps, name) || slices.Contains(g.Gaps, r.Shown[name].Query)
}

// of are the grants of a login: its own, and those of its teams.
func (r Records) of(p People, login string) []Grant {
	return slices.DeleteFunc(slices.Clone(r.Grants), func(g Grant) bool { return !slices.Contains(p.standsFor(login), g.Who) })
}

// queried are the relations by what shows them masked.
func (r Records) queried() map[string]string {
	all := map[string]string{}
	for name, shown := range r.Shown {
		if shown.Query != "" {
			all[shown.Query] = name
		}
	}
	return all
}

// Sights are what each login could do, by login and by the relation's name on the platform.
// The superuser's is what there is to be seen.
type Sights map[string]map[string]Sight

// Superuser is who sees everything.
const Superuser = "superuser"

// Sight is what a login could do with a relation.
type Sight struct {
	Columns map[string][]Token // that could be read, with what they show
	Refused map[string]string  // why others could not be, by their names
	Writes  map[string]string  // what was tried, and why it was refused; empty where it was not
}

// Token is a value that is known to be of some data, in a row.
type Token struct{ Data, Row int }

// reads reports whether anything could be read at all.
func (s Sight) reads() bool { return len(s.Columns) > 0 }

// rowless reports whether no row was shown.
func (s Sight) rowless() bool {
	for _, shown := range s.Columns {
		if len(shown) > 0 {
			return false
		}
	}
	return true
}

// whole says why not everything could be read; empty where it could.
func (s Sight) whole() string {
	for column, why := range s.Refused {
		return column + ": " + why
	}
	if len(s.Columns) == 0 {
		return "it is not there"
	}
	return ""
}
