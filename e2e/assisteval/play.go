package main

import (
	"time"

	"github.com/grantwright/grantwright/review/assist"
)

// course is a history of determinations, and the places at which estimators are compared.
type course struct {
	name    string
	changes int   // the determination before which half of the rules change; 0 never
	at      []int // determinations that have been learned
	window  int   // of the regression that forgets; 0 leaves it out

	organisations int  // whose measures are averaged
	timed         bool // one advice, at the end
}

// row is a comparison after so many determinations.
type row struct {
	after   int
	ours    measured
	advice  advised
	rivals  map[string]measured
	order   []string
	learned time.Duration // for all since the comparison before
}

// tested is how many of the determinations that follow are asked about.
const tested = 5000

// play has an organisation decide, and compares.
func (c course) play(s size, seed uint64, test int) ([]row, assist.Book, error) {
	o := generate(s, seed)
	all := make([]asking, 0, c.at[len(c.at)-1]+test)
	for i := range cap(all) {
		if c.changes > 0 && i == c.changes {
			o.rules.change()
		}
		all = append(all, o.ask(i))
	}
	book := assist.Book{}
	var rows []row
	done := 0
	for _, n := range c.at {
		r := row{after: n, rivals: map[string]measured{}}
		r.learned = learn(book, all[done:n])
		done = n
		next := all[n : n+test]
		r.ours, r.advice = precedent(book).measure(next), advise(book, next)
		others, err := rivals(all[:n], c.window)
		if err != nil {
			return nil, nil, err
		}
		for _, e := range others {
			r.rivals[e.name] = e.measure(next)
			r.order = append(r.order, e.name)
		}
		rows = append(rows, r)
	}
	return rows, book, nil
}

// best is the least log loss of a rival.
func (r row) best() (name string, loss float64) {
	for n, m := range r.rivals {
		if name == "" || m.loss < loss || m.loss == loss && n < name {
			name, loss = n, m.loss
		}
	}
	return name, loss
}
