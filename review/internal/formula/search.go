package formula

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/request"
)

// ErrTooMuch is returned where a search takes longer than it may.
var ErrTooMuch = errors.New("there are too many ways to look at")

// Wanted is a condition and what it shall come to.
type Wanted struct {
	Of Formula
	To Truth
}

// search narrows what is left of each variable.
type search struct {
	space   *Space
	left    [][]int
	settled []Truth // of the shared parts: what they shall come to
	wanted  []Wanted
	counted []Formula // of the lists whose size matters; any elements will do that are still open at last
	loose   bool
	cost    int
	most    int
	visited int
	visit   func(*Found) bool
}

func (s *search) text(variable, value int) string { return s.space.variables[variable].texts[value] }

// first splits the first value off.
func (s *search) first(variable int) (int, [][]int) {
	left := s.left[variable]
	return variable, [][]int{left[:1], left[1:]}
}

// Outcome says how a search has ended.
type Outcome int

// How a search ends.
const (
	None    Outcome = iota // there are no such facts
	Seen                   // a visitor has taken what was found
	Refused                // something was found, and nothing of it taken
)

// Find looks for facts under which all conditions come to what is wanted, and shows them to
// a visitor until that takes some. It looks at no more than so many parts.
func (sp *Space) Find(ctx context.Context, wanted []Wanted, most *int, visit func(*Found) bool) (Outcome, error) {
	if sp.tooMuch {
		return Refused, ErrTooMuch
	}
	outcome, err := sp.find(ctx, wanted, false, most, visit)
	if err != nil || outcome != None || !sp.loosely {
		return outcome, err
	}
	if outcome, err = sp.find(ctx, wanted, true, most, func(*Found) bool { return true }); outcome == Seen {
		return Refused, err
	}
	return outcome, err
}

// maxFound bounds how many findings are shown to a visitor.
const maxFound = 60

func (sp *Space) find(ctx context.Context, wanted []Wanted, loose bool, most *int, visit func(*Found) bool) (Outcome, error) {
	s := &search{space: sp, wanted: wanted, loose: loose, most: *most, visit: visit}
	for _, v := range sp.variables {
		s.left = append(s.left, v.all())
	}
	for _, name := range slices.Sorted(maps.Keys(sp.lists)) {
		if l := sp.lists[name]; l.size >= 0 {
			s.counted = append(s.counted, counted{l})
		}
	}
	for range sp.shared {
		s.settled = append(s.settled, Yes|No|Fault)
	}
	seen, err := s.run(ctx)
	*most -= s.cost
	switch {
	case err != nil:
		return Refused, err
	case seen:
		return Seen, nil
	case s.visited > 0:
		return Refused, nil
	}
	return None, nil
}

// run tries what is left, and reports whether the visitor has taken something.
func (s *search) run(ctx context.Context) (bool, error) {
	if s.cost > s.most {
		return false, ErrTooMuch
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	open, possible := s.open()
	if !possible {
		return false, nil
	}
	if open == nil {
		if s.visited++; s.visited > maxFound {
			return false, ErrTooMuch
		}
		return s.visit(&Found{s}), nil
	}
	variable, parts := open.split(s)
	if variable < 0 {
		return s.settle(ctx, -1-variable, parts)
	}
	before := s.left[variable]
	defer func() { s.left[variable] = before }()
	for _, part := range parts {
		s.left[variable] = part
		if seen, err := s.run(ctx); seen || err != nil {
			return seen, err
		}
	}
	return false, nil
}

// open finds something that still depends on what is left: nil if nothing does. What is
// wanted is not possible where it can no longer come to that.
func (s *search) open() (open Formula, possible bool) {
	look := func(f Formula, to Truth) bool {
		t := f.may(s)
		if t&^to != 0 && open == nil {
			open = f
		}
		return t&to != 0
	}
	for _, p := range s.space.shared {
		if to := s.settled[p.at]; to != Yes|No|Fault && p.Formula.may(s)&to == 0 {
			return nil, false
		}
	}
	for _, w := range s.wanted {
		if !look(w.Of, w.To) {
			return nil, false
		}
	}
	for _, p := range s.space.shared {
		if to := s.settled[p.at]; to != Yes|No|Fault && !look(p.Formula, to) {
			return nil, false
		}
	}
	for _, f := range s.counted {
		if !look(f, Yes) {
			return nil, false
		}
	}
	return open, true
}

// settle tries all that a shared part may come to.
func (s *search) settle(ctx context.Context, at int, parts [][]int) (bool, error) {
	before := s.settled[at]
	defer func() { s.settled[at] = before }()
	for _, part := range parts {
		s.settled[at] = Truth(part[0])
		if seen, err := s.run(ctx); seen || err != nil {
			return seen, err
		}
	}
	return false, nil
}

// Found are facts that a search has found: what is left of each variable, any value of which
// will do.
type Found struct{ s *search }

// Texts are those that a fact may be; nil where it may be anything.
func (f *Found) Texts(fact string) []string {
	at, is := f.s.space.named["text "+fact]
	if !is {
		return nil
	}
	var all []string
	for _, v := range f.s.left[at] {
		all = append(all, f.s.text(at, v))
	}
	return all
}

// List are the elements of a list, and whether the conditions speak of it.
func (f *Found) List(fact string) (all []string, spoken bool) {
	l, is := f.s.space.lists[fact]
	if !is {
		return nil, false
	}
	for _, text := range l.texts {
		if m, is := l.members[text]; is && f.s.left[m][0] == 1 {
			all = append(all, text)
		}
	}
	if l.size < 0 {
		return all, true
	}
	for n := f.s.left[l.size][0]; len(all) > 0 && len(all) < n; {
		all = append(all, all[0])
	}
	return all, true
}

// Is is the value of a variable that is yes or no; otherwise where the conditions do not
// speak of it.
func (f *Found) Is(aspect, fact string, otherwise bool) bool {
	at, is := f.s.space.named[aspect+" "+fact]
	if !is {
		return otherwise
	}
	return slices.Contains(f.s.left[at], yesNo(otherwise)) == otherwise
}

func yesNo(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Number is the value of a variable by its place among all that it has.
func (f *Found) Number(aspect, fact string) (value int, spoken bool) {
	at, is := f.s.space.named[aspect+" "+fact]
	if !is {
		return 0, false
	}
	return f.s.left[at][0], true
}

// Time is a duration that a fact may be: one that people think of before others.
func (f *Found) Time(fact string) (t Time, spoken bool) {
	at, is := f.s.space.named["time "+fact]
	if !is {
		return t, false
	}
	all := f.s.space.Times()
	for _, u := range units {
		for _, v := range f.s.left[at] {
			if all[v].Says != request.Endless && all[v].Length%u.length == 0 {
				return all[v], true
			}
		}
	}
	return all[f.s.left[at][0]], true
}

// Narrowed are the facts on which it depends that the conditions hold, in their order.
func (f *Found) Narrowed() []string {
	var all []string
	for at, v := range f.s.space.variables {
		if v.fact != "" && len(f.s.left[at]) < v.size() && !slices.Contains(all, v.fact) {
			all = append(all, v.fact)
		}
	}
	return all
}

// Facts are those of which the conditions speak whose names begin so, without that, in their
// order.
func (f *Found) Facts(prefix string) []string {
	var all []string
	for _, v := range f.s.space.variables {
		if rest, is := strings.CutPrefix(v.fact, prefix); is && !slices.Contains(all, rest) {
			all = append(all, rest)
		}
	}
	return all
}

// Speaks reports whether the conditions speak of an aspect of a fact.
func (f *Found) Speaks(aspect, fact string) bool {
	_, is := f.s.space.named[aspect+" "+fact]
	return is
}

// LongerThan wants that access is asked for longer than a duration that Bound has named.
func (sp *Space) LongerThan(d time.Duration) Wanted {
	r := reader{space: sp}
	return Wanted{r.time("request.duration", func(t Time) bool { return t.Length > d }), Yes}
}
