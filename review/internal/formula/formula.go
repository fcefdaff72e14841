// Package formula reads conditions as formulas over facts that may be anything, and finds
// facts under which they come to what is wanted, or shows that there are none.
//
// Each fact becomes variables with few values: the texts, times and sizes that the
// conditions speak of, and enough others that stand for all the rest. So the search is
// finite, and its answer holds for every fact. Parts of conditions that cannot be read so
// may come to anything: what is found then has to be tried, and where nothing is found
// there is nothing all the same.
package formula

import "slices"

// Truth is a set of what a condition may come to.
type Truth uint8

// What a condition comes to. One with a Fault cannot be evaluated.
const (
	Yes Truth = 1 << iota
	No
	Fault
)

// one reports whether only one is left.
func (t Truth) one() bool { return t == Yes || t == No || t == Fault }

// Formula is a condition over variables.
type Formula interface {
	// may says what it can come to with what is left of its variables; it may say more
	// than that, but not once they are all settled.
	may(s *search) Truth

	// split names a variable on which the formula still depends, and divides what is
	// left of it.
	split(s *search) (variable int, parts [][]int)
}

// constant comes to the same whatever the facts are.
type constant Truth

func (c constant) may(*search) Truth            { return Truth(c) }
func (c constant) split(*search) (int, [][]int) { return 0, nil }

// table says for each value of one variable what comes of it.
type table struct {
	variable int
	of       []Truth
}

func (t *table) may(s *search) (all Truth) {
	s.cost++
	for _, v := range s.left[t.variable] {
		all |= t.of[v]
	}
	return all
}

func (t *table) split(s *search) (int, [][]int) {
	var parts [][]int
	for _, of := range []Truth{Yes, No, Fault} {
		part := slices.DeleteFunc(slices.Clone(s.left[t.variable]), func(v int) bool { return t.of[v] != of })
		if len(part) > 0 {
			parts = append(parts, part)
		}
	}
	return t.variable, parts
}

// not turns a formula round.
type not struct{ of Formula }

func (n not) may(s *search) Truth            { return turned(n.of.may(s)) }
func (n not) split(s *search) (int, [][]int) { return n.of.split(s) }

func turned(t Truth) Truth {
	result := t & Fault
	if t&Yes != 0 {
		result |= No
	}
	if t&No != 0 {
		result |= Yes
	}
	return result
}

// and holds where all do. A part that does not hold outweighs one with a fault, as in CEL.
type and []Formula

func (a and) may(s *search) Truth {
	result := Yes
	for _, f := range a {
		t := f.may(s)
		if t == No {
			return No
		}
		next := Truth(0)
		if result&Yes != 0 && t&Yes != 0 {
			next |= Yes
		}
		if (result|t)&No != 0 {
			next |= No
		}
		if (result|t)&Fault != 0 && result&(Yes|Fault) != 0 && t&(Yes|Fault) != 0 {
			next |= Fault
		}
		result = next
	}
	return result
}

func (a and) split(s *search) (int, [][]int) { return splitOne(s, a...) }

func or(all ...Formula) Formula {
	turned := make(and, len(all))
	for i, f := range all {
		turned[i] = not{f}
	}
	return not{turned}
}

// splitOne splits the first formula that is not settled.
func splitOne(s *search, all ...Formula) (int, [][]int) {
	for _, f := range all {
		if !f.may(s).one() {
			return f.split(s)
		}
	}
	return 0, nil
}

// choice is if, then and else.
type choice struct{ when, then, otherwise Formula }

func (c choice) may(s *search) (all Truth) {
	when := c.when.may(s)
	if all = when & Fault; when&Yes != 0 {
		all |= c.then.may(s)
	}
	if when&No != 0 {
		all |= c.otherwise.may(s)
	}
	return all
}

func (c choice) split(s *search) (int, [][]int) {
	switch c.when.may(s) {
	case Yes:
		return c.then.split(s)
	case No:
		return c.otherwise.split(s)
	}
	return c.when.split(s)
}

// equal holds where two facts are the same text.
type equal struct{ one, other term }

func (e equal) may(s *search) Truth {
	s.cost += 4
	one, other := s.left[e.one.variable], s.left[e.other.variable]
	if len(one) == 1 && len(other) == 1 {
		return of(e.one.texts[one[0]] == e.other.texts[other[0]])
	}
	for _, a := range one {
		if slices.ContainsFunc(other, func(b int) bool { return e.one.texts[a] == e.other.texts[b] }) {
			return Yes | No
		}
	}
	return No
}

func (e equal) split(s *search) (int, [][]int) {
	if len(s.left[e.one.variable]) == 1 {
		return s.first(e.other.variable)
	}
	return s.first(e.one.variable)
}

func of(yes bool) Truth {
	if yes {
		return Yes
	}
	return No
}

// element holds where a fact is among those of a list.
type element struct {
	list *list
	term term
}

func (e element) may(s *search) (all Truth) {
	for _, v := range s.left[e.term.variable] {
		if all |= e.list.has(e.term.texts[v]).may(s); all == Yes|No {
			break
		}
	}
	return all
}

func (e element) split(s *search) (int, [][]int) {
	left := s.left[e.term.variable]
	if len(left) > 1 {
		return s.first(e.term.variable)
	}
	return e.list.has(e.term.texts[left[0]]).split(s)
}

// counted holds where the size of a list fits its elements. A list that may hold one
// element twice is as long as it likes, once it has any.
type counted struct{ list *list }

func (c counted) may(s *search) Truth {
	least, most := c.count(s)
	yes, no := false, false
	for _, n := range s.left[c.list.size] {
		low, high := c.list.elements(n)
		yes = yes || low <= most && least <= high
		no = no || least < low || high < most
	}
	switch {
	case yes && no:
		return Yes | No
	case yes:
		return Yes
	}
	return No
}

// elements is how many different elements a list of a size has, from and to. The last size
// stands for all that are greater too.
func (l *list) elements(size int) (low, high int) {
	last := size == l.last
	switch {
	case last && l.set:
		return size, len(l.texts)
	case last:
		return 1, len(l.texts)
	case l.set || size == 0:
		return size, size
	}
	return 1, size
}

func (c counted) count(s *search) (least, most int) {
	for _, m := range c.list.members {
		s.cost++
		switch left := s.left[m]; {
		case len(left) > 1:
			most++
		case left[0] == 1:
			least, most = least+1, most+1
		}
	}
	return least, most
}

func (c counted) split(s *search) (int, [][]int) {
	for _, text := range c.list.texts {
		if m := c.list.members[text]; len(s.left[m]) > 1 {
			return m, [][]int{{0}, {1}}
		}
	}
	return s.first(c.list.size)
}

// shared is a part that may stand in several conditions. The search settles whether it holds
// before it looks for facts that make it so.
type shared struct {
	Formula
	at int
}

func (p *shared) may(s *search) Truth {
	if t := s.settled[p.at]; t.one() {
		return t
	}
	return p.Formula.may(s) & s.settled[p.at]
}

// split divides what the part may come to: its variable is negative.
func (p *shared) split(s *search) (int, [][]int) {
	var parts [][]int
	for _, t := range []Truth{Yes, No, Fault} {
		if s.settled[p.at]&t != 0 {
			parts = append(parts, []int{int(t)})
		}
	}
	return -1 - p.at, parts
}

// loose is a part that is read for some texts only. A search that has to be right about all
// lets it come to anything.
type loose struct{ exact, free Formula }

func (l loose) now(s *search) Formula {
	if s.loose {
		return l.free
	}
	return l.exact
}

func (l loose) may(s *search) Truth            { return l.now(s).may(s) }
func (l loose) split(s *search) (int, [][]int) { return l.now(s).split(s) }
