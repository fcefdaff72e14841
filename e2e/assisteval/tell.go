package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
)

// told is a course with its measures, averaged over its organisations.
type told struct {
	course
	rows     []row
	p50, p99 time.Duration // of one advice, where it was timed
}

// tell plays a course with each of its organisations.
func (c course) tell(s size, seed uint64, test int) (told, error) {
	t := told{course: c}
	for i := range c.organisations {
		rows, book, err := c.play(s, seed+uint64(i), test)
		if err != nil {
			return t, err
		}
		t.add(rows)
		if c.timed {
			if t.p50, t.p99, err = timeAdvice(book, s, seed); err != nil {
				return t, err
			}
		}
	}
	for i := range t.rows {
		t.rows[i].divide(float64(c.organisations))
	}
	return t, nil
}

func (t *told) add(rows []row) {
	if t.rows == nil {
		t.rows = rows
		return
	}
	for i, r := range rows {
		sum := &t.rows[i]
		sum.ours = sum.ours.plus(r.ours)
		sum.advice = sum.advice.plus(r.advice)
		for name, m := range r.rivals {
			sum.rivals[name] = sum.rivals[name].plus(m)
		}
	}
}

func (r *row) divide(n float64) {
	r.ours = r.ours.over(n)
	for name, m := range r.rivals {
		r.rivals[name] = m.over(n)
	}
}

func (m measured) plus(o measured) measured {
	return measured{m.loss + o.loss, m.calibration + o.calibration, m.brier + o.brier}
}

func (m measured) over(n float64) measured {
	return measured{m.loss / n, m.calibration / n, m.brier / n}
}

func (s share) plus(o share) share { return share{s.part + o.part, s.whole + o.whole} }

func (a advised) plus(o advised) advised {
	return advised{a.approve.plus(o.approve), a.deny.plus(o.deny), a.approved.plus(o.approved), a.denied.plus(o.denied), a.covered.plus(o.covered), a.recommended.plus(o.recommended)}
}

// bar holds precedent to better than every rival in log loss, and to a calibration error below
// 0.05, from 1,000 determinations on.
func bar(all []told) error {
	var faults []error
	for _, t := range all {
		for _, r := range t.rows {
			if r.after < 1000 {
				continue
			}
			if name, least := r.best(); r.ours.loss >= least {
				faults = append(faults, fmt.Errorf("%s, %d: the log loss is %.4f, and that of %s %.4f", t.name, r.after, r.ours.loss, name, least))
			}
			if r.ours.calibration >= 0.05 {
				faults = append(faults, fmt.Errorf("%s, %d: the calibration error is %.3f, must be below 0.05", t.name, r.after, r.ours.calibration))
			}
		}
	}
	return errors.Join(faults...)
}

// table writes the measures as Markdown.
func table(all []told, seed uint64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Seed %d: %d people, %d assets, %.0f %% of the determinations follow no rule. Each line is asked about the %d determinations that follow.\n", seed, full.people, full.assets, 100*noise, tested)
	for _, t := range all {
		fmt.Fprintf(&b, "\n### %s\n\n", t.name)
		if t.organisations > 1 {
			fmt.Fprintf(&b, "The means of %d organisations, with the seeds %d to %d.\n\n", t.organisations, seed, seed+uint64(t.organisations)-1)
		}
		b.WriteString("| determinations | who | log loss | calibration error | Brier score |\n|---:|---|---:|---:|---:|\n")
		for _, r := range t.rows {
			line := func(who string, m measured) {
				fmt.Fprintf(&b, "| %d | %s | %.4f | %.3f | %.4f |\n", r.after, who, m.loss, m.calibration, m.brier)
			}
			line("**precedent**", r.ours)
			for _, name := range r.order {
				line(name, r.rivals[name])
			}
		}
		b.WriteString("\n| determinations | precision of approve | recall of approve | precision of deny | recall of deny | with precedent enough | recommended |\n|---:|---:|---:|---:|---:|---:|---:|\n")
		for _, r := range t.rows {
			a := r.advice
			fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s | %s |\n", r.after, a.approve, a.approved, a.deny, a.denied, a.covered, a.recommended)
		}
		if t.timed {
			fmt.Fprintf(&b, "\nOne advice then takes %s (p50), %s (p99), with its ledgers read from their JSON.\n", t.p50.Round(10*time.Microsecond), t.p99.Round(10*time.Microsecond))
		}
	}
	return b.String()
}

func (s share) String() string {
	if s.whole == 0 {
		return "none"
	}
	return fmt.Sprintf("%.1f %%", 100*s.value())
}

// The marks between which a document is written anew.
const begins, ends = "<!-- made by make assist-eval -->\n", "<!-- end -->\n"

func write(path, text string) error {
	was, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, is := strings.Cut(string(was), begins)
	_, after, closed := strings.Cut(rest, ends)
	if !is || !closed {
		return fmt.Errorf("%s has no marks %q and %q", path, begins, ends)
	}
	return os.WriteFile(path, []byte(before+begins+"\n"+text+"\n"+ends+after), 0o644)
}

// encoded is a memory whose ledgers are JSON, as in a store.
type encoded map[assist.LedgerID][]byte

func (m encoded) Ledgers(_ context.Context, ids []assist.LedgerID) (assist.Book, error) {
	book := assist.Book{}
	for _, id := range ids {
		if text, is := m[id]; is {
			l := new(assist.Ledger)
			if err := json.Unmarshal(text, l); err != nil {
				return nil, err
			}
			book[id] = l
		}
	}
	return book, nil
}

func (m encoded) Lessons(context.Context, []request.ID) ([]assist.Lesson, error) { return nil, nil }

// timeAdvice times 500 cases.
func timeAdvice(book assist.Book, s size, seed uint64) (p50, p99 time.Duration, err error) {
	m := encoded{}
	for id, l := range book {
		l.Trim()
		if m[id], err = json.Marshal(l); err != nil {
			return 0, 0, err
		}
	}
	o := generate(s, seed)
	var all []time.Duration
	for i := range 500 {
		c := caseOf(o.ask(200_000 + i))
		start := time.Now()
		if _, err := (assist.Precedent{Memory: m}).Advise(context.Background(), c); err != nil {
			return 0, 0, err
		}
		all = append(all, time.Since(start))
	}
	slices.Sort(all)
	return all[len(all)/2], all[len(all)*99/100], nil
}
