package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// maskOptions are what "masks" and its act take.
type maskOptions struct {
	act    string // suspend or resume
	store  string
	config string
	as     string
	at     string
	lasts  time.Duration
	reason string
}

const maskUsage = `usage: masks suspend -config mine.yaml -as ID -at warehouse:sales -for 30m -reason "a migration"
       masks resume  -config mine.yaml -as ID -at warehouse:sales
suspend removes what shows the assets masked, so that what they stand on can be changed; until resume,
or until the time is over, nobody reads them by us. Each says what the platform was read back as.
`

// pauseMasks takes masks out of force for a migration, and brings them back. It
// acts as somebody of the file, with the rights that they have there.
func pauseMasks(ctx context.Context, args []string, out, errs io.Writer) error {
	o, done, err := parseMasks(args, errs)
	if err != nil || done {
		return err
	}
	return asSomebody(ctx, o.store, o.config, o.as, errs, func(ctx context.Context, engine *grantwright.Engine, by request.Identity, _ *manifest.File) error {
		return o.run(ctx, engine.Masks(), by, out)
	})
}

func parseMasks(args []string, errs io.Writer) (o maskOptions, done bool, err error) {
	flags := flag.NewFlagSet("grantwright masks", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.store, "store", "grantwright.db", "where the records are kept, as the server's own -store")
	flags.StringVar(&o.config, "config", "", "YAML `file` of connections and people (default the built-in example)")
	flags.StringVar(&o.as, "as", "", "`id` of who does it, one of the people of the file; it takes GOVERNANCE or ADMIN")
	flags.StringVar(&o.at, "at", "", "the connection, container or asset, such as warehouse:sales; everything below it too")
	flags.DurationVar(&o.lasts, "for", 30*time.Minute, "of suspend: after this `time` they resume by themselves, at most 24h")
	flags.StringVar(&o.reason, "reason", "", "of suspend: why, for the log")
	if o.act, done, err = parseAct(flags, args, maskUsage); err != nil || done {
		return o, done, err
	}
	return o, false, o.check(flags.Args())
}

func (o maskOptions) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag; -h lists them", rest[0])
	case o.act != "suspend" && o.act != "resume":
		return fmt.Errorf("masks %s: must be suspend or resume", o.act)
	case o.as == "":
		return errors.New("-as is missing: the id of one of the people of the file")
	case o.at == "":
		return errors.New("-at is missing: where, such as warehouse:sales")
	}
	return nil
}

func (o maskOptions) run(ctx context.Context, masks grantwright.Masks, by request.Identity, out io.Writer) error {
	done, err := request.Suspended{}, error(nil)
	if o.act == "resume" {
		done, err = masks.Resume(ctx, by, catalog.Ref(o.at))
	} else {
		done, err = masks.Suspend(ctx, by, catalog.Ref(o.at), o.lasts, o.reason)
	}
	var text strings.Builder
	failed := 0
	for _, a := range done.Assets {
		switch {
		case a.Error != "":
			failed++
			fmt.Fprintf(&text, "%s  %s\n", a.Asset, a.Error)
		case a.Query == "":
			fmt.Fprintf(&text, "%s  is shown to nobody\n", a.Asset)
		default:
			fmt.Fprintf(&text, "%s  is shown as %s\n", a.Asset, a.Query)
		}
	}
	if err == nil && o.act == "suspend" {
		fmt.Fprintf(&text, "suspended until %s\n", done.Suspension.Until.Format(time.RFC3339))
	}
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %d assets are not as they should be", failed, len(done.Assets))
	}
	_, unwritten := io.WriteString(out, text.String())
	return cmp.Or(err, unwritten)
}
