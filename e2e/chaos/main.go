// Chaos lets twenty people ask for access to two real PostgreSQLs, one of version 15
// and one of version 18, and to a real MariaDB: to tables, some columns of them,
// partitions, views, schemas and what masks hide, for themselves and for a team. Stewards
// approve, deny, race each other and revoke, through two engine processes that share a
// store, while everything that can break does: the networks to the platforms and to the
// store, the engines (kill -9), the platforms' servers, their tables, views, partitions and
// masks, their people, who these are and what they were given, and our own login there. Then
// the faults stop, the platforms are reconciled, and for every person, relation and column
// what the records say is compared with what a login as that person sees: nothing, masked or
// clear. After each 100 seconds of faults there is such a survey, and then they go on.
//
//	go run -race ./chaos -for 10m
//
// It prints its seed first and the number of disagreements last, and ends with 1
// unless that is 0. The seed decides what is tried and in what order; what meets
// what is up to the machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
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
	n := newRounds(w, engines, o, random)
	for !n.over() {
		if err := n.round(ctx, out); err != nil {
			return err
		}
	}
	return n.tell(out)
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

// waiting tells of the grants on other tables of its platform that were approved while a table
// was locked, and did not work by the end of that.
func (l lockedTable) waiting(r *readings) string {
	var b strings.Builder
	for _, g := range r.grants {
		here := g.Asset.Ref != l.table && g.Asset.Ref.Connection() == l.table.Connection()
		if here && g.Approved.After(l.from) && g.Approved.Before(l.to) && (g.Started.IsZero() || g.Started.After(l.to)) {
			b.WriteString("\n    this waited:\n" + r.story(g.Request))
		}
	}
	return b.String()
}

// heldUp says of each table that was locked for long whether the others of its
// platform waited for it: nobody got access to them, and elsewhere many did.
func heldUp(locks []lockedTable, r *readings) []string {
	const long, many = 30 * time.Second, 10
	var found []string
	for _, l := range locks {
		if here, elsewhere := l.wentOn(r); here == 0 && elsewhere >= many && l.to.Sub(l.from) >= long {
			found = append(found, fmt.Sprintf("while %s was locked, from %s to %s, nobody got access to another table there, and %d did elsewhere%s", l.table, l.from, l.to, elsewhere, l.waiting(r)))
		}
	}
	return found
}
