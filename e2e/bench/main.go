// Bench measures the engine beside the bare statements: each figure and its floor
// in the same run, in turn, three times, of which the median counts. It prints one
// table, and writes it as JSON and as pictures.
//
//	go run ./bench                            every figure
//	go run ./bench -figures flow,http -for 5s some of them, shorter
//	go run ./bench -size full                 with a store as large as the targets name
//
// All servers are its own: on loopback, with fsync on, gone when it ends.
// docs/speed.md explains each figure and its limit.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are those of the command line.
type options struct {
	figures  []string // by their words; none means all
	lasts    time.Duration
	rounds   int
	size     size
	folder   string // of the JSON and the pictures; empty writes none
	profiles string // the folder of profiles of pages; empty writes none
	server   string // the command to build for its size and start; empty leaves that out
}

func main() {
	if err := begin(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func begin(args []string, out io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if spec := os.Getenv(replicaVariable); spec != "" {
		return beReplica(ctx, spec)
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	return run(ctx, o, out)
}

func parse(args []string) (options, error) {
	var o options
	var words, named string
	var requests int
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&words, "figures", "", "the figures, by comma; empty is all of: "+strings.Join(figureWords(), ", "))
	flags.DurationVar(&o.lasts, "for", 8*time.Second, "how long one measurement takes")
	flags.IntVar(&o.rounds, "rounds", 3, "how often ours and the floor take turns; the median counts")
	flags.StringVar(&named, "size", "usual", "of the large store: small, usual or full")
	flags.IntVar(&requests, "requests", 0, "how many there are in the large store, and a tenth as many live grants; zero is as the size says")
	flags.StringVar(&o.folder, "out", "", "the folder for the JSON and the pictures; empty writes none")
	flags.StringVar(&o.profiles, "profiles", "", "the folder for CPU profiles of the pages; empty writes none")
	flags.StringVar(&o.server, "server", "../examples/server", "the server command that is built and started")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if words != "" {
		o.figures = strings.Split(words, ",")
	}
	for _, word := range o.figures {
		if !slices.Contains(figureWords(), word) {
			return o, fmt.Errorf("there is no figure %q", word)
		}
	}
	var known bool
	if o.size, known = sizes()[named]; !known {
		return o, fmt.Errorf("there is no size %q", named)
	}
	if requests > 0 {
		o.size.Requests, o.size.Live = requests, requests/10
	}
	if o.rounds < 1 {
		return o, errors.New("at least one round is needed")
	}
	return o, nil
}

// run measures one figure after another. A figure that fails leaves a line, and the
// others go on.
func run(ctx context.Context, o options, out io.Writer) error {
	b := &bench{options: o, progress: os.Stderr}
	defer b.stop()
	var rows []row
	var failed []error
	for _, f := range figures() {
		if len(o.figures) > 0 && !slices.Contains(o.figures, f.word) {
			continue
		}
		found, err := b.figure(ctx, f)
		rows = append(rows, found...)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", f.word, err))
		}
		if o.folder != "" {
			failed = append(failed, writeReport(o, rows))
		}
		if ctx.Err() != nil {
			break
		}
	}
	printTable(out, rows)
	return errors.Join(failed...)
}
