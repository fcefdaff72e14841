package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// configOptions are what "config" and its act take.
type configOptions struct {
	act      string // diff, apply or export
	store    string
	config   string
	as       string
	reviewed string
	server   remote
}

const configUsage = `usage: config diff   -config mine.yaml -as ID            what applying the file would change, and the hash of that
       config apply  -config mine.yaml -as ID -reviewed HASH   change just that, in one commit; what the file does not hold is deleted
       config export -config mine.yaml -as ID            write what is stored as such a file
where people sign in by a provider or a proxy (-auth=oidc, -auth=proxy), no file says what they may:
       config diff|apply|export -server https://access.example.com -token env:NAME -config mine.yaml …
does the same over the API, as whoever the token acts for (scopes read and govern)
`

// configure compares, applies or exports agreements, forms, flows and attachments.
// It acts as somebody of the file, with the rights that they have there, or over the API of a
// server as whoever a token acts for.
func configure(ctx context.Context, args []string, out, errs io.Writer) error {
	o, done, err := parseConfig(args, errs)
	if err != nil || done {
		return err
	}
	if !o.server.isHere() {
		return o.server.run(ctx, o, out)
	}
	return asSomebody(ctx, o.store, o.config, o.as, errs, func(ctx context.Context, engine *grantwright.Engine, by request.Identity, file *manifest.File) error {
		return o.run(ctx, engine.Governance(), by, file.Definitions(), out)
	})
}

// asSomebody opens an engine on the records of a server, and does something there
// as one of the people of the file.
func asSomebody(ctx context.Context, store, config, as string, errs io.Writer, do func(context.Context, *grantwright.Engine, request.Identity, *manifest.File) error) error {
	file, _, err := readManifest(config)
	if err != nil {
		return err
	}
	if len(file.People) == 0 {
		return fmt.Errorf("-as: %s lists no people. Where they sign in by a provider or a proxy, nobody acts by a file: go over the API, as config -h says", config)
	}
	by, err := file.People.Lookup(ctx, request.PersonID(as))
	if err != nil {
		return fmt.Errorf("-as: %w", err)
	}
	records, _, err := openStore(store)
	if err != nil {
		return err
	}
	defer func() { _ = records.Close() }()
	how, err := configured(ctx, options{}, records, file, "", slog.New(slog.NewTextHandler(errs, nil)))
	if err != nil {
		return err
	}
	engine, err := grantwright.New(how)
	if err != nil {
		return err
	}
	defer func() { _ = engine.Close() }()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return do(ctx, engine, by, file)
}

func parseConfig(args []string, errs io.Writer) (o configOptions, done bool, err error) {
	flags := flag.NewFlagSet("grantwright config", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.store, "store", "grantwright.db", "where the records are kept, as the server's own -store")
	flags.StringVar(&o.config, "config", "", "YAML `file` of people, agreements, forms, flows and attachments, or a folder of such files (default the built-in example)")
	flags.StringVar(&o.as, "as", "", "`id` of who does it, one of the people of the file; it takes GOVERNANCE, or AUDIT where nothing is changed")
	flags.StringVar(&o.reviewed, "reviewed", "", "the `hash` that diff has printed; apply refuses anything else")
	flags.StringVar(&o.server.address, "server", "", "`address` of a server, such as https://access.example.com, instead of -store and -as")
	flags.StringVar(&o.server.token, "token", "", "`reference` to a token of that server, env:NAME or file:/path")
	if o.act, done, err = parseAct(flags, args, configUsage); err != nil || done {
		return o, done, err
	}
	return o, false, o.check(flags.Args())
}

func (o configOptions) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag; -h lists them", rest[0])
	case o.act != "diff" && o.act != "apply" && o.act != "export":
		return fmt.Errorf("config %q: must be config diff, config apply or config export", o.act)
	case o.server.check() != nil:
		return o.server.check()
	case !o.server.isHere() && o.as != "":
		return errors.New("-as is for the store itself: over the API it is whoever the token acts for")
	case o.server.isHere() && o.as == "":
		return errors.New("-as is missing: it says who does it, one of the people of the file")
	case o.act == "apply" && o.reviewed == "":
		return errors.New("-reviewed is missing: it takes the hash that config diff prints")
	case o.act != "apply" && o.reviewed != "":
		return fmt.Errorf("-reviewed is for config apply, not for config %s", o.act)
	}
	return nil
}

func (o configOptions) run(ctx context.Context, g grantwright.Governance, by request.Identity, want manifest.Definitions, out io.Writer) error {
	switch o.act {
	case "export":
		stored, err := g.Export(ctx, by)
		if err != nil {
			return err
		}
		return manifest.Export(out, stored)
	case "apply":
		applied, err := g.Apply(ctx, by, want, o.reviewed)
		if errors.Is(err, manifest.ErrProposed) {
			_, err = fmt.Fprintf(out, "nothing is applied yet: %v\n", err)
			return err
		}
		if err != nil {
			return err
		}
		return show(out, o.act, applied, "")
	}
	differences, err := g.Diff(ctx, by, want)
	if err != nil {
		return err
	}
	return show(out, o.act, differences, differences.Hash())
}

// show writes what was applied, or would be.
func show(out io.Writer, act string, all manifest.Differences, hash string) (err error) {
	switch {
	case act == "apply":
		_, err = fmt.Fprintf(out, "%sapplied %d changes\n", all, len(all))
	case len(all) == 0:
		_, err = fmt.Fprintln(out, "nothing differs")
	default:
		_, err = fmt.Fprintf(out, "%s\n%d changes; to apply just these: config apply -reviewed %s\n", all, len(all), hash)
	}
	return err
}

// parseAct parses the act of a command, which comes first, and its flags; done says that there
// is nothing more to do, as after -h.
func parseAct(flags *flag.FlagSet, args []string, usage string) (act string, done bool, err error) {
	flags.Usage = func() { _, _ = fmt.Fprint(flags.Output(), usage); flags.PrintDefaults() }
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		act, args = args[0], args[1:]
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return act, true, nil
	case err != nil:
		return act, true, errUsage
	}
	return act, false, nil
}
