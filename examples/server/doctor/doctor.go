// Package doctor looks at one installation, changes nothing, and says line by line how it is and
// what mends what is wrong.
package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// States of a line.
const (
	Fine   = "OK"
	Warns  = "WARN"
	Failed = "FAIL"
)

// Line is one thing that the doctor has looked at.
type Line struct {
	Check string `json:"check"`
	State string `json:"state"` // OK, WARN or FAIL
	Says  string `json:"says"`
	Mend  string `json:"mend,omitempty"` // the command or the page that mends it; empty where nothing is wrong
}

// examiner is in whose name the doctor looks: it reads as an auditor does, and tests connections.
var examiner = request.Identity{Issuer: "grantwright", ID: "doctor", Name: "The doctor", Permissions: []request.Permission{request.Admin, request.Audit}}

// Doctor collects lines about one installation.
type Doctor struct {
	Store   string        // the address of its records: a URL, or the path of a SQLite file
	Lease   time.Duration // of its tasks; zero means store.DefaultLease
	Records *sqlstore.Store
	Engine  *grantwright.Engine

	Now    func() time.Time
	Client *http.Client // asks the providers of sign-in
	Free   func(path string) (free, size uint64, err error)
	Lines  []Line
}

// New returns a doctor who looks with the clock, the network and the disk of this machine.
func New() *Doctor {
	return &Doctor{Now: time.Now, Client: &http.Client{Timeout: 10 * time.Second}, Free: freeSpace}
}

// Say adds a line. What is fine needs no mending.
func (d *Doctor) Say(check, state, mend, says string, args ...any) {
	if state == Fine {
		mend = ""
	}
	d.Lines = append(d.Lines, Line{Check: check, State: state, Says: fmt.Sprintf(says, args...), Mend: mend})
}

// Broke says that something could not be looked at.
func (d *Doctor) Broke(check, mend string, err error) { d.Say(check, Failed, mend, "%v", err) }

// OnlyRead is a store that is not written to.
type OnlyRead struct{ store.Store }

var errOnlyRead = errors.New("the doctor changes nothing: it is done when the server does it")

// Write refuses.
func (OnlyRead) Write(context.Context, store.Commit) error { return errOnlyRead }

// Report writes the lines, as JSON for monitors or as text for people, and fails where one of
// them is FAIL.
func (d *Doctor) Report(out io.Writer, asJSON bool) error {
	counts := map[string]int{}
	for _, l := range d.Lines {
		counts[l.State]++
	}
	if asJSON {
		if err := json.NewEncoder(out).Encode(map[string]any{"at": d.Now().UTC(), "failed": counts[Failed], "warned": counts[Warns], "lines": d.Lines}); err != nil {
			return err
		}
	} else if err := d.print(out, counts); err != nil {
		return err
	}
	if n := counts[Failed]; n > 0 {
		return fmt.Errorf("%d lines say %s", n, Failed)
	}
	return nil
}

func (d *Doctor) print(out io.Writer, counts map[string]int) error {
	var text strings.Builder
	for _, l := range d.Lines {
		fmt.Fprintf(&text, "%-4s  %s: %s\n", l.State, l.Check, strings.ReplaceAll(l.Says, "\n", "\n      "))
		if l.Mend != "" {
			fmt.Fprintf(&text, "      mend: %s\n", strings.ReplaceAll(strings.TrimSpace(l.Mend), "\n", "\n            "))
		}
	}
	fmt.Fprintf(&text, "%d lines: %d %s, %d %s, %d %s\n", len(d.Lines), counts[Fine], Fine, counts[Warns], Warns, counts[Failed], Failed)
	_, err := io.WriteString(out, text.String())
	return err
}

// ago is how long something is past, for people.
func (d *Doctor) ago(t time.Time) time.Duration { return d.Now().Sub(t).Round(time.Second) }

// each calls do for each connection, by name.
func (d *Doctor) each(ctx context.Context, do func(catalog.Connection)) error {
	const page = 100
	for after := ""; ; {
		all, err := d.Engine.Connections().All(ctx, examiner, after, page)
		for _, c := range all {
			after = c.Name
			do(c)
		}
		if err != nil || len(all) < page {
			return err
		}
	}
}
