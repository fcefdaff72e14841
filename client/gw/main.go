// Gw asks for access to data, decides on requests, and says who has access to what, from a
// terminal or a script:
//
//	gw login https://access.example.com
//	gw request sales.public.orders -answer purpose="the quarterly report" -for 30d -wait
//	gw list -to-decide
//	gw approve 2VXKQ4… -for 7d
//
// gw help lists the commands, and docs/cli.md explains them, with the exit codes for scripts.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := thisTerminal().run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// thisTerminal is the terminal, or the script, that runs the process.
func thisTerminal() *gw {
	g := &gw{in: os.Stdin, out: os.Stdout, errs: os.Stderr, env: os.Getenv, now: time.Now, zone: time.Local, browse: browse}
	if folder, err := os.UserConfigDir(); err == nil {
		g.file = filepath.Join(folder, "grantwright", "login.json")
	}
	out := int(os.Stdout.Fd())
	if term.IsTerminal(out) {
		g.asks = term.IsTerminal(int(os.Stdin.Fd()))
		if width, _, err := term.GetSize(out); err == nil {
			g.width = width
		}
	}
	return g
}

// gw is one run of the program.
type gw struct {
	in        io.Reader
	out, errs io.Writer
	env       func(string) string
	file      string // that holds the sign-in; empty where the system has no place for it
	asks      bool   // somebody is there to be asked
	width     int    // of the terminal; 0 cuts nothing
	now       func() time.Time
	zone      *time.Location
	browse    func(address string) error // opens the browser

	json        bool // -json
	lines       *lineReader
	interrupted <-chan struct{} // closed when the run is to end
}

// run runs a command, says what went wrong, and returns the exit code.
func (g *gw) run(ctx context.Context, args []string) int {
	g.interrupted = ctx.Done()
	err := g.dispatch(ctx, args)
	var said *exitError
	switch {
	case ctx.Err() != nil && err != nil:
		_, _ = fmt.Fprintln(g.errs, "gw: interrupted; what was sent already stays done")
		return exitFault
	case err == nil:
		return exitDone
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.As(err, &said) && said.err == nil:
		return said.code
	}
	_, _ = fmt.Fprintf(g.errs, "gw: %s\n", lines(explained(err)))
	return codeOf(err)
}

// dispatch finds the command.
func (g *gw) dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		g.usage(g.errs)
		return exit(exitUsage)
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		return g.help(args[1:])
	case "version", "-version", "--version":
		g.say("gw %s", version())
		return nil
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return g.command(ctx, c, args[1:])
		}
	}
	return usagef("%q is no command: gw help lists them", args[0])
}

// command parses the flags of a command, which may stand before and after what it is about,
// and runs it. After -- nothing is a flag.
func (g *gw) command(ctx context.Context, c command, args []string) error {
	flags, run := g.flags(c)
	var about []string
	for len(args) > 0 {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			g.explain(g.out, c)
			return err
		} else if err != nil {
			return usagef("%v; gw %s -h lists the flags", err, c.name)
		}
		read := len(args) - flags.NArg()
		ended := read > 0 && args[read-1] == "--"
		if args = flags.Args(); ended {
			about, args = append(about, args...), nil
		}
		if len(args) > 0 {
			about, args = append(about, args[0]), args[1:]
		}
	}
	return run(ctx, about)
}

// flags are the flags of a command, and what it does with them.
func (g *gw) flags(c command) (*flag.FlagSet, func(context.Context, []string) error) {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	if !c.noJSON {
		flags.BoolVar(&g.json, "json", false, "print JSON, for scripts")
	}
	return flags, c.make(g, flags)
}

func version() string {
	info, known := debug.ReadBuildInfo()
	if !known || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
