// Server is Grantwright as a program of its own: the pages and the API over an
// engine that is furnished from one YAML file. It is a module of its own, and starts with
// nothing installed, in this folder:
//
//	go run .                                   # SQLite here, an example to try
//	go run . -demo                             # an installation to look at, gone afterwards
//	go run . -config mine.yaml                 # your connections, people, forms and flows
//	go run . -store postgres://…               # records in PostgreSQL, for any number of servers
//	go run . check -config mine.yaml           # says what is wrong with a configuration, and starts nothing
//	go run . doctor -config mine.yaml          # says how the server is that runs with it, and what mends it
//	go run . config diff -h                    # forms and flows as code: diff, apply, export
//	go run . masks suspend -h                  # out of the way of a migration, and back: suspend, resume
//	go run . assist report -h                  # how review assist does: report, rebuild
//	go run . log key FILE NAME                 # a key that signs the log
//
// It is thin on purpose: whoever embeds the engine writes these few files anew.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// defaultListen is where the server listens unless -listen says so, or someone
// else does.
const defaultListen = "127.0.0.1:8080"

// defaultStore is the file in which records are kept, unless -store says otherwise.
const defaultStore = "grantwright.db"

// options are what the command line says.
type options struct {
	listen string // empty: defaultListen, or a free port
	store  string
	config string // empty: the example
	secret string // that may be read beside those that the file names
	lease  time.Duration
	demo   bool // parse sets it: no other command takes it

	maxOpen, maxOpenFor int // zero: the defaults

	telling telling
	border  border
	look    look
	links   shelves
	signIn  signIn
	tokens  tokens
	scim    enrolling
	model   model
	proving proving
	seen    observing
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	if err := do(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, errUsage) {
			fmt.Fprintln(os.Stderr, "grantwright:", err)
		}
		os.Exit(1)
	}
}

// do serves, or does what else the first word says.
func do(ctx context.Context, args []string, out, errs io.Writer) error {
	commands := map[string]func(context.Context, []string, io.Writer, io.Writer) error{
		"check": checking, "doctor": examining, "config": configure, "masks": pauseMasks, "assist": assisting,
		"log": func(_ context.Context, args []string, out, errs io.Writer) error { return logging(args, out, errs) },
	}
	if len(args) > 0 && commands[args[0]] != nil {
		return commands[args[0]](ctx, args[1:], out, errs)
	}
	o, done, err := parse(args, out, errs)
	switch {
	case err != nil || done:
		return err
	case o.demo:
		return demonstrate(ctx, o, out, errs)
	}
	return run(ctx, o, out, errs)
}

// errUsage says that the flags were wrong, which package flag has told already.
var errUsage = errors.New("wrong flags")

// parse reads the command line; done says that all that was asked for was
// written to out.
func parse(args []string, out, errs io.Writer) (o options, done bool, err error) {
	flags := o.flagSet("grantwright", errs)
	example := flags.Bool("example", false, "print the built-in example and exit")
	flags.BoolVar(&o.demo, "demo", false, "serve an installation to look at, with a PostgreSQL of its own, people, and requests in every state; nothing of it is left afterwards")
	version := flags.Bool("version", false, "print the version and exit")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return o, true, nil
	case err != nil:
		return o, true, errUsage
	case *example:
		_, err := fmt.Fprint(out, exampleManifest)
		return o, true, err
	case *version:
		_, err := fmt.Fprintln(out, "grantwright", buildVersion())
		return o, true, err
	}
	if err := o.look.read(); err != nil {
		return o, true, err
	}
	return o, false, o.check(flags.Args())
}

// flagSet are the flags of the server, which other commands take too.
func (o *options) flagSet(name string, errs io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.listen, "listen", "", "`address` to listen on, or unix:/path for a socket (default "+defaultListen+", or a free port if it is taken); with -auth=dev, loopback only")
	flags.StringVar(&o.store, "store", defaultStore, "where the records are kept: the `path` of a SQLite file, or postgres://user@host/database?sslmode=…\n(the password in PGPASSWORD or a .pgpass file, so that no list of processes shows it)")
	flags.StringVar(&o.config, "config", "", "YAML `file` of connections, people, forms and flows, or a folder of such files (default a built-in example)")
	flags.StringVar(&o.secret, "secrets", "file:/run/secrets/", "`references` that connections, masks and webhooks may name beside those in the file: env:NAME, file:/path or file:/folder/,…")
	flags.DurationVar(&o.lease, "lease", 0, fmt.Sprintf("how long work on a platform is one server's before another takes it over, if that server died (default %s);\nthe clocks of servers that share a store must agree within a quarter of it", store.DefaultLease))
	flags.IntVar(&o.maxOpen, "max-open", 0, fmt.Sprintf("how many requests of one person may be open at a time (default %d)", request.DefaultMaxOpen))
	flags.IntVar(&o.maxOpenFor, "max-open-for", 0, fmt.Sprintf("how many requests of others may be open for one person (default %d)", request.DefaultMaxOpenFor))
	o.telling.flags(flags)
	o.seen.flags(flags)
	o.border.flags(flags)
	o.look.flags(flags)
	flags.Func("links", "`folders` into which administrators have request links written, a file for each asset, for data catalogs to import:\nshelf=/srv/links,…; needs -address", o.links.read)
	o.signIn.flags(flags)
	o.tokens.flags(flags)
	o.scim.flags(flags)
	o.model.flags(flags)
	o.proving.flags(flags)
	return flags
}

func (o options) check(rest []string) error {
	return errors.Join(o.checkOwn(rest), o.signIn.check(), o.scim.check(), o.telling.check(), o.border.check(), o.tokens.check(), o.links.check(o.telling.address), o.model.check(), o.proving.check(), o.seen.check())
}

func (o options) checkOwn(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag; -h lists them", rest[0])
	case strings.HasPrefix(o.listen, "unix:") && o.telling.address == "":
		return errors.New("-address is missing: with -listen=unix it says where people find the pages")
	case o.lease != 0 && o.lease < time.Second:
		return fmt.Errorf("-lease is %s, must be at least 1s", o.lease)
	case o.maxOpen < 0:
		return fmt.Errorf("-max-open is %d, must be at least 1", o.maxOpen)
	case o.maxOpenFor < 0:
		return fmt.Errorf("-max-open-for is %d, must be at least 1", o.maxOpenFor)
	}
	return nil
}

// release is the version of a release: -ldflags '-X main.release=v1.2.3' sets it.
var release string

// buildVersion is the release, or what the go command knew of the source when it built this.
func buildVersion() string {
	if release != "" {
		return release + " " + runtime.Version()
	}
	info, known := debug.ReadBuildInfo()
	if !known {
		return "(unknown)"
	}
	return info.Main.Version + " " + info.GoVersion
}
