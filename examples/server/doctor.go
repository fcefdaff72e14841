package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/examples/server/doctor"
	"github.com/grantwright/grantwright/manifest"
)

const doctorUsage = `usage: doctor [-json] [flags of the server]
says line by line how a server is that runs with these flags: its configuration, store, clock, work
in the background, connections, masks, grants, deliveries, sign-in, certificate and disk. It looks,
and changes nothing. Each line is OK, WARN or FAIL, with what mends it; where one is FAIL it exits with 1.
Run it as the user of the server, on its machine. The flags:
`

// visitTimeout bounds all that the doctor does.
const visitTimeout = 5 * time.Minute

// visit is the doctor at the server that some options make.
type visit struct {
	options
	*doctor.Doctor
}

// examining says how a server is.
func examining(ctx context.Context, args []string, out, errs io.Writer) error {
	v := visit{Doctor: doctor.New()}
	flags := v.flagSet("grantwright doctor", errs)
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
	v.look(ctx, flags.Args())
	return v.Report(out, *asJSON)
}

// look looks at everything, in the order in which one thing needs the other.
func (v *visit) look(ctx context.Context, rest []string) {
	v.Store, v.Lease = v.store, v.lease
	file, faults := v.faults(ctx, rest)
	for _, fault := range faults {
		v.Say("configuration", doctor.Failed, "mend it; server check says whether it holds", "%v", fault)
	}
	if len(faults) == 0 {
		v.Say("configuration", doctor.Fine, "", "it can be used")
	}
	v.edge(ctx)
	if !v.openRecords() {
		return
	}
	defer func() { _ = v.Records.Close() }()
	if !v.LookAtStore(ctx) || file == nil {
		return
	}
	if err := v.openEngine(file); err != nil {
		if len(faults) == 0 {
			v.Broke("configuration", "mend it; server check says whether it holds", err)
		}
		return
	}
	defer func() { _ = v.Engine.Close() }()
	v.LookAtTasks(ctx)
	v.LookAtLog(ctx, v.proving.witnesses)
	v.LookAtFile(ctx)
	v.LookAtConnections(ctx)
	v.LookAtGrants(ctx)
	v.LookAtWebhooks(ctx)
	v.LookAtNotices(ctx, v.channels())
	if v.scim.text == "" {
		return
	}
	if s, err := v.scim.read(); err == nil { // the configuration has said it otherwise
		v.LookAtDirectory(ctx, s.issuer)
	}
}

// edge looks at what stands between people and the server.
func (v *visit) edge(ctx context.Context) {
	if v.border.cert != "" {
		v.LookAtCertificate(v.border.cert, v.border.key)
	}
	if v.signIn.isDev() {
		v.Say("sign-in", doctor.Warns, "-auth=oidc or -auth=proxy", "-auth=dev is for trying out: whoever has the token may be anyone")
	}
	for _, i := range v.signIn.issuers() {
		v.LookAtProvider(ctx, i.URL)
	}
	if !strings.Contains(v.store, "://") {
		v.LookAtDisk()
	}
}

// channels are the ways by which people are told, beside the inbox.
func (v *visit) channels() (names []string) {
	if v.telling.mail != "" {
		names = append(names, "mail")
	}
	if v.telling.slackToken != "" {
		names = append(names, "slack")
	}
	return names
}

// openRecords opens a store that is there.
func (v *visit) openRecords() bool {
	if !strings.Contains(v.store, "://") {
		if _, err := os.Stat(v.store); err != nil {
			v.Broke("store", "a start of the server makes it; -store says where it is", err)
			return false
		}
	}
	records, _, err := openStore(v.store)
	if err != nil {
		v.Broke("store", "mend -store, or the access to it", err)
		return false
	}
	v.Records = records
	return true
}

// openEngine makes an engine that reads the records.
func (v *visit) openEngine(file *manifest.File) error {
	key, err := v.telling.keyThere(v.store)
	if err != nil {
		return err
	}
	config, err := engineConfig(v.options, doctor.OnlyRead{Store: v.Records}, v.Records.Inventory(), file, key, "http://localhost", slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	config.Now = v.Now
	v.Engine, err = grantwright.New(config)
	return err
}
