// Oracle makes worlds at random and asks their people whether the records are true. A world
// is a database of a real PostgreSQL: tables, partitions at any depth, children, views over
// views, foreign tables, policies, triggers, sequences, domains, several owners. Governance classifies and
// masks, people ask, a steward approves, and a real engine brings it about. Then everybody
// logs in and tries to read each column, and to write each table. What the records say is
// what each login can do, in both directions. Things are altered, granted, revoked, and
// everybody tries again.
//
//	go run ./oracle -for 10m
//
// It prints its seed first. What disagrees is shrunk to a short script, of one step a line,
// which -script plays again.
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
	"sync/atomic"
	"syscall"
	"time"

	"github.com/grantwright/grantwright/e2e/world"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
)

// versions are the PostgreSQLs on which worlds are made, in turn.
var versions = []string{"15", "18"}

const (
	atOnce    = 3   // worlds
	shrinking = 150 // scripts that are tried for a shorter one
)

func main() {
	var lasts time.Duration
	var seed uint64
	var script string
	flag.DurationVar(&lasts, "for", 10*time.Minute, "how long worlds are made")
	flag.Uint64Var(&seed, "seed", rand.Uint64(), "of the first world; the next one has the next seed")
	flag.StringVar(&script, "script", "", "a file with a script to play, in place of worlds at random")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := func() error {
		o, err := newOracle(ctx, os.Stdout)
		if err != nil {
			return err
		}
		defer o.stop()
		if script != "" {
			return o.file(ctx, script)
		}
		return o.random(ctx, seed, time.Now().Add(lasts))
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

// oracle plays scripts on servers of each version.
type oracle struct {
	servers []*pgserver.Server
	worlds  atomic.Int64 // made so far

	mu    sync.Mutex // of what follows
	out   io.Writer
	tally map[string]int
	found int
	err   error // the first that is no disagreement
}

func newOracle(ctx context.Context, out io.Writer) (*oracle, error) {
	o := &oracle{out: out, tally: map[string]int{}}
	for _, version := range versions {
		s, err := pgserver.StartVersion(ctx, version, "max_connections=200")
		if err != nil {
			o.stop()
			return nil, err
		}
		o.servers = append(o.servers, s)
	}
	return o, nil
}

func (o *oracle) stop() {
	for _, s := range o.servers {
		s.Stop()
	}
}

// random plays one seed after another until it is time.
func (o *oracle) random(ctx context.Context, seed uint64, until time.Time) error {
	_, _ = fmt.Fprintln(o.out, "seed:", seed)
	return o.run(ctx, func(yield func(uint64) bool) {
		for time.Now().Before(until) && yield(seed) {
			seed++
		}
	})
}

// run plays seeds, some at once, and tells of what was found.
func (o *oracle) run(ctx context.Context, seeds func(yield func(uint64) bool)) error {
	next := make(chan uint64)
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for seed := range next {
				o.seed(ctx, seed)
			}
		})
	}
	for seed := range seeds {
		if ctx.Err() != nil || o.failed() {
			break
		}
		next <- seed
	}
	close(next)
	all.Wait()
	return o.report(ctx)
}

func (o *oracle) failed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err != nil
}

// report prints what was done, and how much of it disagreed.
func (o *oracle) report(ctx context.Context) error {
	for _, what := range slices.Sorted(maps.Keys(o.tally)) {
		_, _ = fmt.Fprintf(o.out, "%-32s %7d\n", what, o.tally[what])
	}
	_, _ = fmt.Fprintln(o.out, "worlds:", o.worlds.Load(), "disagreements:", o.found)
	var disagreed error
	if o.found > 0 {
		disagreed = fmt.Errorf("records and logins disagreed in %d worlds", o.found)
	}
	return errors.Join(disagreed, ctx.Err(), o.err)
}

// seed plays the script of a seed, and shrinks what disagrees.
func (o *oracle) seed(ctx context.Context, seed uint64) {
	script := world.Generate(seed)
	found, err := o.play(ctx, seed, script)
	if err != nil || len(found) == 0 {
		o.tell(0, wrap(seed, err), "")
		return
	}
	short := o.shrink(ctx, seed, script, found[0].Kind)
	last, err := o.play(ctx, seed, short)
	text := fmt.Sprintf("DISAGREEMENT in seed %d:\n%sof %d steps these are enough:\n%s%s\n", seed, lines(found), len(script), short, lines(last))
	o.tell(1, wrap(seed, err), text)
}

// shrink looks for a shorter script that disagrees in the same way.
func (o *oracle) shrink(ctx context.Context, seed uint64, script world.Script, kind world.Kind) world.Script {
	played := map[string]bool{"": false}
	return world.Shrink(script, shrinking, func(s world.Script) bool {
		s = s.Seen()
		text := s.String()
		fails, known := played[text]
		if !known {
			found, err := o.play(ctx, seed, s)
			fails = err == nil && slices.ContainsFunc(found, func(d world.Disagreement) bool { return d.Kind == kind })
			played[text] = fails
		}
		return fails
	})
}

func wrap(seed uint64, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("seed %d: %w", seed, err)
}

func lines(found []world.Disagreement) string {
	var text string
	for _, d := range found {
		text += fmt.Sprintf("  %s\n", d)
	}
	return text
}

// tell notes what came of a seed.
func (o *oracle) tell(found int, err error, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.found += found
	if o.err == nil {
		o.err = err
	}
	_, _ = io.WriteString(o.out, text)
}

// play plays a script once, in a world of its own, on the server of its seed.
func (o *oracle) play(ctx context.Context, seed uint64, script world.Script) ([]world.Disagreement, error) {
	tally := map[string]int{}
	s, err := newStage(ctx, o.servers[seed%uint64(len(o.servers))], fmt.Sprintf("w%d", o.worlds.Add(1)), tally)
	if err != nil {
		return nil, err
	}
	found, err := s.play(ctx, script)
	err = errors.Join(err, s.close())
	o.mu.Lock()
	defer o.mu.Unlock()
	for what, n := range tally {
		o.tally[what] += n
	}
	return found, err
}

// file plays the script of a file.
func (o *oracle) file(ctx context.Context, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	script, err := world.ParseScript(f)
	if err != nil {
		return err
	}
	for seed := range o.servers {
		found, err := o.play(ctx, uint64(seed), script)
		if err != nil {
			return err
		}
		o.tell(min(1, len(found)), nil, lines(found))
	}
	return o.report(ctx)
}
