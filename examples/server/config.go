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
}

const configUsage = `usage: config diff   -config mine.yaml -as ID            what applying the file would change, and the hash of that
       config apply  -config mine.yaml -as ID -reviewed HASH   change just that, in one commit; what the file does not hold is deleted
       config export -config mine.yaml -as ID            write what is stored as such a file
`

// configure compares, applies or exports agreements, forms, flows and attachments.
// It acts as somebody of the file, with the rights that they have there.
func configure(ctx context.Context, args []string, out, errs io.Writer) error {
	o, done, err := parseConfig(args, errs)
	if err != nil || done {
		return err
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
	flags.StringVar(&o.config, "config", "", "YAML `file` of people, agreements, forms, flows and attachments (default the built-in example)")
	flags.StringVar(&o.as, "as", "", "`id` of who does it, one of the people of the file; it takes GOVERNANCE, or AUDIT where nothing is changed")
	flags.StringVar(&o.reviewed, "reviewed", "", "the `hash` that diff has printed; apply refuses anything else")
	flags.Usage = func() { _, _ = fmt.Fprint(errs, configUsage); flags.PrintDefaults() }
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		o.act, args = args[0], args[1:]
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return o, true, nil
	case err != nil:
		return o, true, errUsage
	}
	return o, false, o.check(flags.Args())
}

func (o configOptions) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag; -h lists them", rest[0])
	case o.act != "diff" && o.act != "apply" && o.act != "export":
		return fmt.Errorf("config %q: must be config diff, config apply or config export", o.act)
	case o.as == "":
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
		_, err = fmt.Fprintf(out, "%sapplied %d changes\n", applied, len(applied))
		return err
	}
	differences, err := g.Diff(ctx, by, want)
	if err != nil {
		return err
	}
	if len(differences) == 0 {
		_, err = fmt.Fprintln(out, "nothing differs")
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n%d changes; to apply just these: config apply -reviewed %s\n", differences, len(differences), differences.Hash())
	return err
}
