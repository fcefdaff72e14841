package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

const doctorUsage = `usage: doctor [-json] [flags of the server]
says line by line how a server is that runs with these flags: its configuration, store, clock, work
in the background, connections, masks, grants, deliveries, sign-in, certificate and disk. It looks,
and changes nothing. Each line is OK, WARN or FAIL, with what mends it; where one is FAIL it exits with 1.
Run it as the user of the server, on its machine. The flags:
`

// states of a line.
const (
	fine   = "OK"
	warns  = "WARN"
	failed = "FAIL"
)

// line is one thing that the doctor has looked at.
type line struct {
	Check string `json:"check"`
	State string `json:"state"` // OK, WARN or FAIL
	Says  string `json:"says"`
	Mend  string `json:"mend,omitempty"` // the command or the page that mends it; empty where nothing is wrong
}

// examiner is in whose name the doctor looks: it reads as an auditor does, and tests connections.
var examiner = request.Identity{Issuer: "grantwright", ID: "doctor", Name: "The doctor", Permissions: []request.Permission{request.Admin, request.Audit}}

// visitTimeout bounds all that the doctor does.
const visitTimeout = 5 * time.Minute

// doctor looks at one installation.
type doctor struct {
	options
	file    *manifest.File
	records *sqlstore.Store
	engine  *grantwright.Engine
	now     func() time.Time
	client  *http.Client
	free    func(path string) (free, size uint64, err error)
	lines   []line
}

func (d *doctor) say(check, state, mend, says string, args ...any) {
	if state == fine {
		mend = ""
	}
	d.lines = append(d.lines, line{Check: check, State: state, Says: fmt.Sprintf(says, args...), Mend: mend})
}

// broke says that something could not be looked at.
func (d *doctor) broke(check, mend string, err error) { d.say(check, failed, mend, "%v", err) }

// examining says how a server is.
func examining(ctx context.Context, args []string, out, errs io.Writer) error {
	d := &doctor{now: time.Now, client: &http.Client{Timeout: 10 * time.Second}, free: freeSpace}
	flags := d.flagSet("grantwright doctor", errs)
	asJSON := flags.Bool("json", false, "write JSON, for monitors")
	flags.Usage = func() { _, _ = fmt.Fprint(errs, doctorUsage); flags.PrintDefaults() }
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return errUsage
	}
	ctx, cancel := context.WithTimeout(ctx, visitTimeout)
	defer cancel()
	d.visit(ctx, flags.Args())
	return d.write(out, *asJSON)
}

// visit looks at everything, in the order in which one thing needs the other.
func (d *doctor) visit(ctx context.Context, rest []string) {
	file, faults := d.faults(ctx, rest)
	d.file = file
	for _, fault := range faults {
		d.say("configuration", failed, "mend it; server check says whether it holds", "%v", fault)
	}
	if len(faults) == 0 {
		d.say("configuration", fine, "", "it can be used")
	}
	d.certificate()
	d.signInProviders(ctx)
	d.disk()
	if !d.openRecords() {
		return
	}
	defer func() { _ = d.records.Close() }()
	if !d.lookAtStore(ctx) || file == nil {
		return
	}
	if err := d.openEngine(); err != nil {
		if len(faults) == 0 {
			d.broke("configuration", "mend it; server check says whether it holds", err)
		}
		return
	}
	defer func() { _ = d.engine.Close() }()
	d.tasks(ctx)
	d.connections(ctx)
	d.grants(ctx)
	d.webhooks(ctx)
	d.posts(ctx)
	d.directory(ctx)
}

// openRecords opens a store that is there.
func (d *doctor) openRecords() bool {
	if !strings.Contains(d.store, "://") {
		if _, err := os.Stat(d.store); err != nil {
			d.broke("store", "a start of the server makes it; -store says where it is", err)
			return false
		}
	}
	records, _, err := openStore(d.store)
	if err != nil {
		d.broke("store", "mend -store, or the access to it", err)
		return false
	}
	d.records = records
	return true
}

// onlyRead is a store that is not written to.
type onlyRead struct{ store.Store }

var errOnlyRead = errors.New("the doctor changes nothing: it is done when the server does it")

func (onlyRead) Write(context.Context, store.Commit) error { return errOnlyRead }

// openEngine makes an engine that reads the records.
func (d *doctor) openEngine() error {
	key, err := d.telling.keyThere(d.store)
	if err != nil {
		return err
	}
	config, err := engineConfig(d.options, onlyRead{d.records}, d.records.Inventory(), d.file, key, "http://localhost", slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	config.Now = d.now
	d.engine, err = grantwright.New(config)
	return err
}

// write writes the lines, and fails where one of them is FAIL.
func (d *doctor) write(out io.Writer, asJSON bool) error {
	counts := map[string]int{}
	for _, l := range d.lines {
		counts[l.State]++
	}
	if asJSON {
		if err := json.NewEncoder(out).Encode(map[string]any{"at": d.now().UTC(), "failed": counts[failed], "warned": counts[warns], "lines": d.lines}); err != nil {
			return err
		}
	} else if err := d.print(out, counts); err != nil {
		return err
	}
	if n := counts[failed]; n > 0 {
		return fmt.Errorf("%d lines say %s", n, failed)
	}
	return nil
}

func (d *doctor) print(out io.Writer, counts map[string]int) error {
	var text strings.Builder
	for _, l := range d.lines {
		fmt.Fprintf(&text, "%-4s  %s: %s\n", l.State, l.Check, strings.ReplaceAll(l.Says, "\n", "\n      "))
		if l.Mend != "" {
			fmt.Fprintf(&text, "      mend: %s\n", strings.ReplaceAll(strings.TrimSpace(l.Mend), "\n", "\n            "))
		}
	}
	fmt.Fprintf(&text, "%d lines: %d %s, %d %s, %d %s\n", len(d.lines), counts[fine], fine, counts[warns], warns, counts[failed], failed)
	_, err := io.WriteString(out, text.String())
	return err
}

// ago is how long something is past, for people.
func (d *doctor) ago(t time.Time) time.Duration { return d.now().Sub(t).Round(time.Second) }

// each calls do for each connection, by name.
func (d *doctor) each(ctx context.Context, do func(catalog.Connection)) error {
	const page = 100
	for after := ""; ; {
		all, err := d.engine.Connections().All(ctx, examiner, after, page)
		for _, c := range all {
			after = c.Name
			do(c)
		}
		if err != nil || len(all) < page {
			return err
		}
	}
}
