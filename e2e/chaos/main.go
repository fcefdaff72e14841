// Chaos lets twenty people ask for access to the tables of two real PostgreSQLs,
// one of version 15 and one of version 18, and stewards approve, deny, race each
// other and revoke, through two engine processes that share a store, while
// everything that can break does: the networks to the platforms and to the store,
// the engines (kill -9), the platforms' servers, their tables, their people and
// what these were given. Then the faults stop, the platforms are reconciled, and
// for every person and table what the records say is compared with what a login
// as that person can do.
//
//	go run -race ./chaos -for 10m
//
// It prints its seed first and the number of disagreements last, and ends with 1
// unless that is 0. The seed decides what is tried and in what order; what meets
// what is up to the machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/grantwright/grantwright/request"
)

// versions are the PostgreSQLs of the platforms.
var versions = []string{"15", "18"}

// options are what a run is to be like.
type options struct {
	lasts    time.Duration // of the faults
	seed     uint64
	requests int // at least
}

func main() {
	if os.Getenv(childVariable) != "" {
		exit(beEngine())
	}
	o := options{}
	flag.DurationVar(&o.lasts, "for", 10*time.Minute, "how long people and faults go on")
	flag.Uint64Var(&o.seed, "seed", rand.Uint64(), "what all randomness comes from")
	flag.IntVar(&o.requests, "requests", 200, "how many requests are made at least")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, o, os.Stdout))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run is one whole run. Its error says that something disagreed, or that the run
// itself went wrong.
func run(ctx context.Context, o options, out io.Writer) error {
	_, _ = fmt.Fprintln(out, "seed:", o.seed)
	source := rand.New(rand.NewPCG(o.seed, o.seed))
	random := func() *rand.Rand { return rand.New(rand.NewPCG(source.Uint64(), source.Uint64())) }
	w, err := newWorld(ctx, versions, 20, 4, random)
	if err != nil {
		return err
	}
	defer w.stop()
	var engines []*process
	defer func() {
		for _, e := range engines {
			e.kill()
		}
	}()
	for range 2 {
		e, err := newProcess(ctx, w.spec())
		if err != nil {
			return err
		}
		engines = append(engines, e)
	}
	b, f := storm(ctx, w, engines, o, random)
	if err := errors.Join(ctx.Err(), f.err, b.tooFew()); err != nil {
		return fmt.Errorf("the run itself failed: %w", err)
	}
	return judge(ctx, w, engines, b, f, out)
}

// storm lets people and faults go on at the same time.
func storm(ctx context.Context, w *world, engines []*process, o options, random func() *rand.Rand) (*busy, *faults) {
	calls := newClient(engines)
	b := &busy{world: w, client: calls, until: time.Now().Add(o.lasts), least: o.requests, made: map[request.ID]bool{}, acts: map[string]int{}, refused: map[string]int{}, gaveUp: map[string]int{}}
	f := &faults{world: w, engines: engines, client: calls, long: min(time.Minute, o.lasts/2), counts: map[string]int{}}
	for range f.lanes() {
		f.random = append(f.random, random())
	}
	var people, weather sync.WaitGroup
	stormy, calm := context.WithCancel(ctx)
	defer calm()
	weather.Go(func() { f.run(stormy) })
	for _, person := range w.people {
		l := &lane{busy: b, person: person, random: random()}
		people.Go(func() { l.run(ctx) })
	}
	time.AfterFunc(o.lasts, calm)
	people.Wait()
	calm()
	weather.Wait()
	return b, f
}

// judge waits for calm, compares, and tells.
func judge(ctx context.Context, w *world, engines []*process, b *busy, f *faults, out io.Writer) error {
	found, err := settle(ctx, w, engines)
	if err != nil {
		found = append(found, err.Error())
	}
	r, err := readRecords(ctx, w.records)
	if err != nil {
		return err
	}
	a, err := compare(ctx, w, r)
	if err != nil {
		return err
	}
	found = slices.Concat(found, a.disagreements, heldUp(f.locks, r))
	report(out, b, f, r, a)
	for _, text := range found {
		_, _ = fmt.Fprintln(out, "DISAGREEMENT:", text)
	}
	_, _ = fmt.Fprintln(out, "disagreements:", len(found))
	if len(found) > 0 {
		return fmt.Errorf("%d disagreements", len(found))
	}
	return nil
}

func report(out io.Writer, b *busy, f *faults, r *readings, a agreement) {
	statuses := map[request.Status]int{}
	for _, req := range r.requests {
		statuses[req.Status]++
	}
	_, _ = fmt.Fprintf(out, "requests: %d\n", len(r.requests))
	table(out, "request is", statuses)
	table(out, "act", b.acts)
	table(out, "refused", b.refused)
	table(out, "not answered for "+opLimit.String(), b.gaveUp)
	table(out, "fault", f.injected())
	_, _ = fmt.Fprintf(out, "events: %d\n", len(r.events))
	_, _ = fmt.Fprintf(out, "grants: %d\n", len(r.grants))
	table(out, "grant is", a.states)
	for _, l := range f.locks {
		here, elsewhere := l.wentOn(r)
		_, _ = fmt.Fprintf(out, "while %s was locked for %s, grants began to work on other tables there: %d, elsewhere: %d\n", l.table, l.to.Sub(l.from).Round(time.Second), here, elsewhere)
	}
}

func table[K ~string](out io.Writer, what string, counts map[K]int) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		_, _ = fmt.Fprintf(out, "%s %-36s %6d\n", what, name, counts[name])
	}
}

// wentOn counts the grants that began to work while a table was locked: on the
// other tables of its platform, and on other platforms.
func (l lockedTable) wentOn(r *readings) (here, elsewhere int) {
	for _, g := range r.grants {
		switch ref := g.Asset.Ref; {
		case ref == l.table, g.Started.Before(l.from), g.Started.After(l.to):
		case ref.Connection() == l.table.Connection():
			here++
		default:
			elsewhere++
		}
	}
	return here, elsewhere
}

// heldUp says of each table that was locked for long whether the others of its
// platform waited for it: nobody got access to them, and elsewhere many did.
func heldUp(locks []lockedTable, r *readings) []string {
	const long, many = 30 * time.Second, 10
	var found []string
	for _, l := range locks {
		if here, elsewhere := l.wentOn(r); here == 0 && elsewhere >= many && l.to.Sub(l.from) >= long {
			found = append(found, fmt.Sprintf("while %s was locked, from %s to %s, nobody got access to another table there, and %d did elsewhere", l.table, l.from, l.to, elsewhere))
		}
	}
	return found
}
