package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
)

// assistOptions are what "assist" and its act take.
type assistOptions struct {
	act    string // report or rebuild
	store  string
	config string
	as     string
	scope  string
	months int
}

const assistUsage = `usage: assist report  -config mine.yaml -as ID -scope connection/warehouse -months 6
       assist rebuild -config mine.yaml -as ID
report says how review assist does: agreement, calibration, and how long people look before they decide.
rebuild counts all determinations anew from the log.
`

// assisting says how review assist does, or has it learn anew. It acts as somebody of the file,
// with the rights that they have there.
func assisting(ctx context.Context, args []string, out, errs io.Writer) error {
	o, done, err := parseAssist(args, errs)
	if err != nil || done {
		return err
	}
	return asSomebody(ctx, o.store, o.config, o.as, errs, func(ctx context.Context, engine *grantwright.Engine, by request.Identity, _ *manifest.File) error {
		if o.act == "rebuild" {
			return engine.Assist().Rebuild(ctx, by)
		}
		months, err := engine.Assist().Report(ctx, by, o.scope, o.months)
		if err != nil {
			return err
		}
		return reportAssist(out, months)
	})
}

func parseAssist(args []string, errs io.Writer) (o assistOptions, done bool, err error) {
	flags := flag.NewFlagSet("grantwright assist", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.store, "store", "grantwright.db", "where the records are kept, as the server's own -store")
	flags.StringVar(&o.config, "config", "", "YAML `file` of connections and people (default the built-in example)")
	flags.StringVar(&o.as, "as", "", "`id` of who does it, one of the people of the file; report takes GOVERNANCE, AUDIT or ADMIN, rebuild ADMIN")
	flags.StringVar(&o.scope, "scope", assist.Everywhere, "of report: all, connection/NAME or flow/NAME")
	flags.IntVar(&o.months, "months", 12, "of report: the last so many")
	if o.act, done, err = parseAct(flags, args, assistUsage); err != nil || done {
		return o, done, err
	}
	switch {
	case flags.NArg() > 0:
		return o, false, fmt.Errorf("%q is no flag; -h lists them", flags.Arg(0))
	case o.act != "report" && o.act != "rebuild":
		return o, false, fmt.Errorf("assist %s: must be report or rebuild", o.act)
	case o.as == "":
		return o, false, errors.New("-as is missing: the id of one of the people of the file")
	}
	return o, false, nil
}

// reportAssist writes the months, and the reliability of all of them together.
func reportAssist(out io.Writer, months []assist.Score) error {
	if len(months) == 0 {
		_, err := fmt.Fprintln(out, "people have determined nothing yet")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "month\tdetermined\tapproved\tadvised\tagreed\toverridden\tunadvised\twithin 10 s\thasty\tBrier\tcalibration error")
	var sum assist.Score
	for _, m := range months {
		sum = sum.Sum(m)
		writeScore(w, m.Month, m)
	}
	writeScore(w, "all", sum)
	_, _ = fmt.Fprintln(w, "\nchance\tdeterminations\texpected\tapproved")
	for i, r := range sum.Reliability {
		_, _ = fmt.Fprintf(w, "%d-%d %%\t%d\t%.1f\t%d\n", 10*i, 10*i+10, r.N, r.Expected, r.Approved)
	}
	return w.Flush()
}

func writeScore(w io.Writer, name string, s assist.Score) {
	_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.3f\t%.3f\n", name, s.Determined, s.Approved, s.Advised, s.Agreed, s.Overridden, s.Unadvised, s.Pace[0], s.Hasty, s.Brier(), s.CalibrationError())
}
