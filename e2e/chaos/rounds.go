package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/grantwright/grantwright/request"
)

// roundLasts is how long people and faults go on at the most before all is looked at.
const roundLasts = 100 * time.Second

// rounds are those of a run: a storm, then calm and a survey, and again.
type rounds struct {
	world   *world
	engines []*process
	options options
	random  func() *rand.Rand
	busy    *busy
	faults  *faults

	left     time.Duration // of the storms
	last     agreement
	records  *readings
	surveys  int
	compared int
	found    []string
}

func newRounds(w *world, engines []*process, o options, random func() *rand.Rand) *rounds {
	calls := newClient(engines)
	n := &rounds{world: w, engines: engines, options: o, random: random, left: o.lasts,
		busy:   &busy{world: w, client: calls, made: map[request.ID]bool{}, acts: map[string]int{}, refused: map[string]int{}, gaveUp: map[string]int{}},
		faults: &faults{world: w, engines: engines, client: calls, counts: map[string]int{}}}
	for range n.faults.lanes() {
		n.faults.random = append(n.faults.random, random())
	}
	return n
}

// over reports whether there is nothing left to do.
func (n *rounds) over() bool { return n.left <= 0 || len(n.found) > 0 }

// round is one storm, and the look at what came of it. Its error says that the run itself went
// wrong.
func (n *rounds) round(ctx context.Context, out io.Writer) error {
	lasts := min(roundLasts, n.left)
	if n.left -= lasts; n.left <= 0 {
		n.busy.least = n.options.requests
	}
	n.faults.long = min(time.Minute, lasts/2+6*time.Second)
	n.storm(ctx, lasts)
	if err := errors.Join(ctx.Err(), n.faults.err, n.busy.tooFew()); err != nil {
		return fmt.Errorf("the run itself failed: %w", err)
	}
	if err := n.judge(ctx); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "survey %d: %d columns compared, %v, disagreements: %d\n", n.surveys, n.last.compared, n.last.shades, len(n.found))
	if n.over() {
		return nil
	}
	return startAll(ctx, n.engines, n.world.spec())
}

// storm lets people and faults go on at the same time.
func (n *rounds) storm(ctx context.Context, lasts time.Duration) {
	n.busy.round++
	n.busy.until = time.Now().Add(lasts)
	var people, weather sync.WaitGroup
	stormy, calm := context.WithCancel(ctx)
	defer calm()
	weather.Go(func() { n.faults.run(stormy) })
	for _, person := range n.world.people {
		l := &lane{busy: n.busy, person: person, random: n.random()}
		people.Go(func() { l.run(ctx) })
	}
	time.AfterFunc(lasts, calm)
	people.Wait()
	calm()
	weather.Wait()
}

// judge waits for calm, and compares.
func (n *rounds) judge(ctx context.Context) error {
	found, err := settle(ctx, n.world, n.engines)
	if err != nil {
		found = append(found, err.Error())
	}
	if n.records, err = readRecords(ctx, n.world.records); err != nil {
		return err
	}
	n.records.kept = interns(n.world.people)
	if n.last, err = compare(ctx, n.world, n.records); err != nil {
		return err
	}
	n.surveys++
	n.compared += n.last.compared
	n.found = slices.Concat(found, n.last.disagreements, heldUp(n.faults.locks, n.records))
	return nil
}

// tell reports what was done and found.
func (n *rounds) tell(out io.Writer) error {
	n.report(out)
	for _, text := range n.found {
		_, _ = fmt.Fprintln(out, "DISAGREEMENT:", text)
	}
	_, _ = fmt.Fprintln(out, "disagreements:", len(n.found))
	if len(n.found) > 0 {
		return fmt.Errorf("%d disagreements", len(n.found))
	}
	return nil
}

func (n *rounds) report(out io.Writer) {
	r, b := n.records, n.busy
	statuses := map[request.Status]int{}
	for _, req := range r.requests {
		statuses[req.Status]++
	}
	_, _ = fmt.Fprintf(out, "requests: %d\n", len(r.requests))
	table(out, "request is", statuses)
	table(out, "act", b.acts)
	table(out, "refused", b.refused)
	table(out, "not answered for "+opLimit.String(), b.gaveUp)
	table(out, "fault", n.faults.injected())
	_, _ = fmt.Fprintf(out, "events: %d\n", len(r.events))
	_, _ = fmt.Fprintf(out, "grants: %d\n", len(r.grants))
	table(out, "grant is", n.last.states)
	table(out, "active grant for", r.activeFor())
	for _, l := range n.faults.locks {
		here, elsewhere := l.wentOn(r)
		_, _ = fmt.Fprintf(out, "while %s was locked for %s, grants began to work on other tables there: %d, elsewhere: %d\n", l.table, l.to.Sub(l.from).Round(time.Second), here, elsewhere)
	}
	_, _ = fmt.Fprintf(out, "surveys: %d, columns compared: %d\n", n.surveys, n.compared)
}
