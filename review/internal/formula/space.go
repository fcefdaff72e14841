package formula

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// maxTexts bounds the texts that one fact may be.
const maxTexts = 400

// Space holds the variables of some conditions.
type Space struct {
	forms     []request.Form
	notes     *notes
	variables []*variable
	named     map[string]int
	lists     map[string]*list
	shared    []*shared
	parts     map[string]*shared
	times     []Time
	loosely   bool // some parts are read for some texts only
	tooMuch   bool // some variables do not have all their values
	closed    []string
}

// variable is one aspect of a fact.
type variable struct {
	fact  string
	order []int    // its values, those that are tried first before others
	texts []string // of a text, by value
}

func (v *variable) size() int  { return len(v.order) }
func (v *variable) all() []int { return slices.Clone(v.order) }

// list is a fact of several texts: a variable for each that may be in it.
type list struct {
	space   *Space
	fact    string
	set     bool // it holds nothing twice
	texts   []string
	members map[string]int
	size    int // the variable of how many there are; negative where nobody asks
	last    int // the greatest size that is told apart
}

// New makes the variables for some conditions, where answers are those to some forms, or to
// any.
func New(forms []request.Form, conditions ...*ast.AST) *Space {
	sp := &Space{forms: forms, notes: newNotes(), named: map[string]int{}, lists: map[string]*list{}, parts: map[string]*shared{}}
	for _, c := range conditions {
		sp.notes.look(c.Expr(), nil)
	}
	sp.notes.join()
	return sp
}

// Bound lets the search look at both sides of a time.
func (sp *Space) Bound(d time.Duration) { sp.notes.note("", nil, []time.Duration{d}) }

// Closed are the parts of conditions that could not be read.
func (sp *Space) Closed() []string { return sp.closed }

func (sp *Space) variable(aspect, fact string, order []int, texts []string) int {
	name := aspect + " " + fact
	at, is := sp.named[name]
	if !is {
		at = len(sp.variables)
		sp.named[name] = at
		sp.variables = append(sp.variables, &variable{fact: fact, order: order, texts: texts})
	}
	return at
}

// flag is a variable that is yes or no.
func (sp *Space) flag(aspect, fact string, first int) int {
	return sp.variable(aspect, fact, []int{first, 1 - first}, nil)
}

// isFlag holds where a flag is set.
func isFlag(variable int) Formula { return &table{variable, []Truth{No, Yes}} }

// textOf is the variable of a fact that is one text.
func (sp *Space) textOf(fact string) int {
	texts := sp.textsOf(fact, 1)
	return sp.variable("text", fact, upTo(len(texts)), texts)
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// textsOf are the texts that a fact may be, or may hold: those that it is compared with, and
// for each beginning that is asked for so many others.
func (sp *Space) textsOf(fact string, others int) []string {
	if words := sp.words(fact); words != nil {
		return words
	}
	from := sp.notes.of(fact)
	if from.related {
		from, others = sp.notes.joined(), sp.notes.others()
		for _, other := range sp.notes.order {
			if sp.notes.facts[other].related {
				from.texts = append(from.texts, sp.words(other)...)
			}
		}
	}
	var all []string
	add := func(text string) {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	for _, text := range slices.Concat(from.texts, from.seeds) {
		if sp.fits(fact, text) {
			add(text)
		}
	}
	for _, prefix := range append([]string{""}, from.prefixes...) {
		for i := range others { // also where it does not fit: something may, that begins so
			add(from.other(fact, prefix, i))
			if from.related && prefix == "" && sp.notes.of("asset.ref").related {
				add(from.other("asset.ref", prefix, i))
			}
		}
	}
	for _, who := range []string{"requester", "beneficiary"} {
		if fact == who+".person" || from.related {
			all = sp.persons(who, all)
		}
	}
	if len(all) > maxTexts {
		sp.tooMuch, all = true, all[:maxTexts]
	}
	return all
}

// persons adds the people whom their own ids and issuers may make to some of them.
func (sp *Space) persons(who string, all []string) []string {
	ids, issuers := []string{}, []string{""}
	for _, p := range all {
		ids = append(ids, request.PersonID(p).Identity().ID)
	}
	if n := sp.notes.facts[who+".id"]; n != nil {
		ids, issuers = append(ids, sp.ofParts(who+".id", n)...), append(issuers, "issuer")
	}
	if n := sp.notes.facts[who+".issuer"]; n != nil {
		issuers = append(issuers, sp.ofParts(who+".issuer", n)...)
	}
	for _, issuer := range issuers {
		for _, id := range ids {
			p := string(request.Identity{Issuer: issuer, ID: id}.Person())
			if i := request.PersonID(p).Identity(); i.ID == id && i.Issuer == issuer && id != "" && !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// ofParts are the texts that a part of the id of a person may be.
func (sp *Space) ofParts(fact string, n *noted) []string {
	if n.related {
		return slices.Concat(sp.notes.joined().texts, []string{"issuer", "other"})
	}
	return sp.textsOf(fact, 1)
}

// words are the only texts that a fact may be.
func (sp *Space) words(fact string) []string {
	if words := condition.Enumerated[fact]; words != nil {
		return words
	}
	if strings.HasSuffix(fact, ".permissions") {
		return permissions
	}
	id, answer := strings.CutPrefix(fact, "answers.")
	if !answer || len(sp.forms) == 0 {
		return nil
	}
	var all []string
	for _, q := range sp.questions(id) {
		if q.Type != request.Dropdown && q.Type != request.Checkboxes {
			return nil
		}
		all = append(all, q.Options...)
	}
	return all
}

var permissions = []string{string(request.Governance), string(request.Admin), string(request.Audit), string(request.Acting),
	string(request.Asking), string(request.AskingForOthers)}

// questions are those of the forms with an id.
func (sp *Space) questions(id string) (all []request.Question) {
	for _, form := range sp.forms {
		for _, q := range form.Questions {
			if q.ID == id {
				all = append(all, q)
			}
		}
	}
	return all
}

// listOf are the variables of a fact that is a list.
func (sp *Space) listOf(fact string) *list {
	l, is := sp.lists[fact]
	if !is {
		n := sp.notes.of(fact)
		l = &list{space: sp, fact: fact, size: -1, members: map[string]int{},
			set: slices.Contains([]string{"request.columns", "asset.columns", "asset.tags"}, fact)}
		others := n.loops + 1
		if n.sizes >= 0 && l.set {
			others += n.sizes + 1
		}
		l.texts = sp.textsOf(fact, others)
		sp.lists[fact] = l
	}
	return l
}

// has holds where a text is in the list.
func (l *list) has(text string) Formula {
	if !slices.Contains(l.texts, text) {
		return constant(No)
	}
	at, is := l.members[text]
	if !is {
		at = l.space.flag("member "+text, l.fact, 0)
		l.members[text] = at
	}
	return isFlag(at)
}

// whole makes the variables of all that may be in the list.
func (l *list) whole() *list {
	for _, text := range l.texts {
		l.has(text)
	}
	return l
}

// sized is the variable of how many are in the list.
func (l *list) sized() int {
	if l.size < 0 {
		l.whole()
		l.last = l.space.notes.of(l.fact).sizes + 1
		l.size = l.space.variable("size", l.fact, upTo(l.last+1), nil)
	}
	return l.size
}

// guard is a variable that has to have some values for a part to be evaluated.
type guard struct {
	variable  int
	takes     []bool
	otherwise Truth
}

// guarded comes to something else where a guard does not let it be evaluated.
type guarded struct {
	guard
	then Formula
}

func (g guarded) may(s *search) (all Truth) {
	s.cost++
	takes := false
	for _, v := range s.left[g.variable] {
		if g.takes[v] {
			takes = true
		} else {
			all |= g.otherwise
		}
	}
	if takes {
		all |= g.then.may(s)
	}
	return all
}

func (g guarded) split(s *search) (int, [][]int) {
	taken := slices.DeleteFunc(slices.Clone(s.left[g.variable]), func(v int) bool { return !g.takes[v] })
	rest := slices.DeleteFunc(slices.Clone(s.left[g.variable]), func(v int) bool { return g.takes[v] })
	if len(taken) > 0 && len(rest) > 0 {
		return g.variable, [][]int{taken, rest}
	}
	return g.then.split(s)
}

func behind(guards []guard, f Formula) Formula {
	for _, g := range slices.Backward(guards) {
		f = guarded{g, f}
	}
	return f
}

// Time is a duration that a request may be for.
type Time struct {
	Length time.Duration
	Says   request.Duration
}

// Times are the durations that a duration may be, by the value of its variable: the last has
// no end.
func (sp *Space) Times() []Time {
	if sp.times == nil {
		sp.times = timesAround(sp.notes.durations)
		sp.tooMuch = sp.tooMuch || slices.ContainsFunc(sp.notes.durations, func(d time.Duration) bool { return d >= maxTime && d < 1<<63-1 })
	}
	return sp.times
}

// timeOf is the variable of a fact that is a duration.
func (sp *Space) timeOf(fact string) int {
	return sp.variable("time", fact, upTo(len(sp.Times())), nil)
}

// units are those whose length does not depend on the calendar, in the order in which people
// think of them.
var units = []struct {
	length time.Duration
	unit   request.Unit
}{{24 * time.Hour, request.Days}, {time.Hour, request.Hours}, {time.Minute, request.Minutes}, {time.Second, request.Seconds}, {7 * 24 * time.Hour, request.Weeks}}

// maxTime is the longest time about which the search is right.
const maxTime = request.MaxCount * 7 * 24 * time.Hour

// timesAround are those that can be said of some, the next longer ones of each unit, and one
// without an end: of those between two of them, some.
func timesAround(some []time.Duration) []Time {
	var all []Time
	for _, d := range append([]time.Duration{0}, some...) {
		for _, u := range units {
			for _, n := range []time.Duration{d / u.length, d/u.length + 1} {
				if length := n * u.length; 0 < n && n <= request.MaxCount && length >= d {
					all = append(all, Time{length, request.For(int(n), u.unit)})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Time) int { return cmp.Compare(a.Length, b.Length) })
	all = slices.CompactFunc(all, func(a, b Time) bool { return a.Length == b.Length })
	return append(all, Time{1<<63 - 1, request.Endless})
}
