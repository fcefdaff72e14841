package world

import (
	"slices"
	"strings"
)

// People are who asks, and for whom.
type People struct {
	Logins []string
	Teams  map[string][]string // of a login
	Barred []string            // interns, whom guardrails keep out
}

// everyone is in the worlds that are made at random. The analysts are a group, of which dan
// is a member.
var everyone = People{Logins: []string{"eve", "bob", "carol", "dan"}, Teams: map[string][]string{"dan": {"analysts"}}, Barred: []string{"carol"}}

// All are those for whom something may be asked: logins and teams.
func (p People) All() []string {
	all := slices.Clone(p.Logins)
	for _, login := range p.Logins {
		for _, team := range p.Teams[login] {
			if !slices.Contains(all, team) {
				all = append(all, team)
			}
		}
	}
	return all
}

// standsFor are the names under which a login has access: its own, and its teams'.
func (p People) standsFor(login string) []string { return append([]string{login}, p.Teams[login]...) }

// having are the logins that have what is given to a name.
func (p People) having(name string) []string {
	return slices.DeleteFunc(slices.Clone(p.Logins), func(login string) bool { return !slices.Contains(p.standsFor(login), name) })
}

// say notes what governance says and people ask, and reports whether it fits.
func (w *World) say(s Step) bool {
	switch s.Do {
	case SaveMask:
		if slices.ContainsFunc(w.Masks, func(m Mask) bool { return m.Name == s.To }) || !w.known(s.On) {
			return false
		}
		m := Mask{Name: s.To, At: s.On, Names: s.Names, Tags: s.Tags, How: s.How}
		if m.How == byView {
			v := w.viewOf(s)
			if v == nil {
				return false
			}
			m.View, m.shown = v.ID, w.dataOf(v.ID)
		}
		w.Masks = append(w.Masks, m)
	case DropMask:
		i := slices.IndexFunc(w.Masks, func(m Mask) bool { return m.Name == s.To })
		if i < 0 {
			return false
		}
		w.Masks = slices.Delete(w.Masks, i, i+1)
		w.unhide(s.To)
	case Classify:
		return w.classify(s)
	case Strict:
		if !w.known(s.On) || slices.Contains(w.Stricts, s.On) {
			return false
		}
		w.Stricts = append(w.Stricts, s.On)
	case SaveGuard:
		if !w.known(s.On) || slices.Contains(w.Guards, s.On) {
			return false
		}
		w.Guards = append(w.Guards, s.On)
	case Ask, Exempt:
		if !w.known(s.On) || !slices.Contains(w.People.All(), s.Who) || s.Do == Ask && len(s.Names) > 0 && !w.asksForSome(s) {
			return false
		}
		w.asks(s)
	case Revoke:
		return slices.ContainsFunc(w.Asked, func(a Asked) bool { return a.Who == s.Who && a.On == s.On })
	case Sync:
		if w.begun {
			w.look()
		}
		return w.begun
	case Reconcile:
		return w.begun
	case BringAbout:
		w.begun = true
		w.look()
	}
	return true
}

// classify tags columns of a relation, beside those that are classified already.
func (w *World) classify(s Step) bool {
	r := w.relation(s.On)
	if r == nil || !w.known(s.On) {
		return false
	}
	if w.Classified[s.On] == nil {
		w.Classified[s.On] = map[string][]string{}
	}
	for _, name := range s.Names {
		w.Classified[s.On][name] = s.Tags
	}
	w.classified(r)
	return true
}

// known reports whether the engine knows a place: it has seen the relation, and that stands
// under its name yet.
func (w *World) known(place string) bool {
	if !strings.Contains(place, ".") {
		return place == "" || slices.Contains(Schemas, place)
	}
	id, seen := w.Seen[place]
	r := w.relation(place)
	return seen && r != nil && r.ID == id
}
