package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// LookAtConnections looks at each connection, at what is masked there, and at the stop switches.
func (d *Doctor) LookAtConnections(ctx context.Context) {
	stops, err := d.stops(ctx)
	if err != nil {
		d.Broke("stop switches", "look at the store", err)
	}
	estranged, err := d.Engine.Connections().Estranged(ctx, examiner)
	if err != nil {
		d.Broke("connections", "look at the store", err)
	}
	for _, e := range estranged {
		d.Say("platform of "+e.Connection, Failed, "lead the connection to its platform, or recognize this one at /connections", "another platform answers since %s: %s", e.Since.Format(time.RFC3339), e.Why)
	}
	none := true
	err = d.each(ctx, func(c catalog.Connection) {
		none = false
		stop, stopped := stops[provision.StoppedConnection(c.Name)]
		if stopped && !stop.Retired.IsZero() {
			d.Say("connection "+c.Name, Fine, "", "it is retired")
			return
		}
		if stopped {
			d.Say("freeze of "+c.Name, Warns, "thaw it at /stops", "nothing is given there since %s: %s", stop.At.Format(time.RFC3339), stop.Reason)
		}
		d.connection(ctx, c)
		d.health(ctx, c)
		d.masks(ctx, c)
	})
	if err != nil {
		d.Broke("connections", "look at the store", err)
	} else if none {
		d.Say("connections", Warns, "register one at /connections, or in the file of -config", "there is none")
	}
	if stop, is := stops[provision.AutomaticApprovals]; is {
		d.Say("approvals", Warns, "thaw them at /stops", "no rule approves by itself since %s: %s", stop.At.Format(time.RFC3339), stop.Reason)
	}
}

func (d *Doctor) stops(ctx context.Context) (map[provision.StopID]provision.Stop, error) {
	all := map[provision.StopID]provision.Stop{}
	for after := provision.StopID(""); ; {
		page, err := d.Engine.StopSwitches().All(ctx, examiner, after, store.MaxPage)
		for _, s := range page {
			all[s.ID], after = s, s.ID
		}
		if err != nil || len(page) < store.MaxPage || len(all) >= maxLookedAt {
			return all, err
		}
	}
}

// connection tests one connection step by step.
func (d *Doctor) connection(ctx context.Context, c catalog.Connection) {
	check := "connection " + c.Name
	steps, err := d.Engine.Connections().Test(ctx, examiner, c)
	if errors.Is(err, errOnlyRead) { // the name of this installation is not made yet
		d.Say(check, Warns, "start a server on this store, and sync the connection", "no server has used it yet, so that it cannot be tested")
		return
	}
	if err != nil {
		d.Broke(check, "register it anew at /connections/"+c.Name, err)
		return
	}
	var passed []string
	for _, s := range steps {
		switch s.State {
		case provision.ProbePassed:
			passed = append(passed, string(s.Step))
		case provision.ProbeFailed:
			mend := mendsProbe[s.Step]
			if len(s.Mend) > 0 {
				mend = "an administrator of the platform runs\n" + provision.Script(s.Mend)
			}
			d.Say(check, Failed, mend, "%s: %s", s.Step, s.Detail)
		}
	}
	switch broken := slices.ContainsFunc(steps, func(s provision.Probed) bool { return s.State == provision.ProbeFailed }); {
	case !broken && manualOnly(c):
		d.Say(check, Fine, "", "its assets stand in the file, and people give access there by hand")
	case !broken:
		d.Say(check, Fine, "", "tested: %s", strings.Join(passed, ", "))
	}
}

// mendsProbe is what mends a step that fails, where the platform names no statements.
var mendsProbe = map[provision.ProbeStep]string{
	provision.ProbeSecret:  "put the secret where the connection says, and allow it by -secrets",
	provision.ProbeAddress: "start the platform, or mend the address at /connections",
	provision.ProbeTLS:     "mend the certificate of the platform, or sslmode in the address",
	provision.ProbeLogin:   "mend the login of the connection, or its secret",
	provision.ProbeRights:  "run what GET /api/v1/connections/NAME/setup lists",
	provision.ProbeAssets:  "let our login read the catalog of the platform",
}

// health looks at the last sync and the last reconciliation of a connection.
func (d *Doctor) health(ctx context.Context, c catalog.Connection) {
	known, err := d.Engine.Connections().Health(ctx, examiner, c.Name)
	if err != nil {
		d.Broke("sync of "+c.Name, "look at the store", err)
		return
	}
	d.syncs(c, known[0].Syncs)
	d.drift(c, known[0].Compared)
}

func (d *Doctor) syncs(c catalog.Connection, known provision.Syncs) {
	check, mend := "sync of "+c.Name, "sync it at /connections/"+c.Name
	if len(known.Past) == 0 {
		d.Say(check, Warns, mend, "it was never read")
		return
	}
	switch last := known.Past[0]; {
	case last.Error != "":
		d.Say(check, Failed, mend+", once what the error names is mended", "%s ago: %s", d.ago(last.Ended), last.Error)
	case c.SyncEvery > 0 && d.ago(last.Ended) > 3*c.SyncEvery && known.Running == nil:
		d.Say(check, Warns, mend+"; a server that runs would have", "it was read %s ago, should be every %s", d.ago(last.Ended), c.SyncEvery)
	case len(last.Unread) > 0:
		d.Say(check, Warns, "let our login read them", "%d parts could not be read, such as %s", len(last.Unread), last.Unread[0])
	default:
		d.Say(check, Fine, "", "it was read %s ago", d.ago(last.Ended))
	}
}

func (d *Doctor) drift(c catalog.Connection, last provision.Reconciliation) {
	check, mend := "drift of "+c.Name, "compare it at /connections/"+c.Name
	var open []provision.Finding
	for _, f := range last.Findings {
		if !f.Mended && !slices.Contains([]provision.FindingKind{provision.FoundForeign, provision.FoundRemarks, provision.FoundStricter}, f.Kind) {
			open = append(open, f)
		}
	}
	switch {
	case manualOnly(c):
		d.Say(check, Fine, "", "people give access there by hand: nothing is compared")
	case last.At.IsZero():
		d.Say(check, Warns, mend+"; a server that runs does within the hour", "it was never compared with the records")
	case last.Doubt != "":
		d.Say(check, Failed, "read docs/operating.md, Backup and restore, before anything is adopted", "%s", last.Doubt)
	case last.Stopped:
		d.Say(check, Failed, mend+", and name a number of removals", "it has stopped: %d removals and %d suspensions are more than may be without asking", last.Removals, last.Suspensions)
	case d.ago(last.At) > 3*grantwright.DefaultReconcile:
		d.Say(check, Warns, "start a server on this store, or look into its log", "it was compared %s ago", d.ago(last.At))
	case len(open) > 0:
		d.Say(check, Warns, mend, "%d differences are open, such as %s of %s: %s", len(open), open[0].Kind, open[0].Asset, open[0].Detail)
	default:
		d.Say(check, Fine, "", "%d grants were compared %s ago", last.Compared, d.ago(last.At))
	}
}

// manualOnly reports whether nothing but people gives access on a connection.
func manualOnly(c catalog.Connection) bool { return c.Technology == manifest.Technology }

// masks looks at what is masked on a connection.
func (d *Doctor) masks(ctx context.Context, c catalog.Connection) {
	var held, broken, out int
	var bad, suspended request.AssetMasks
	for after := catalog.Ref(""); ; {
		const page = 200
		all, err := d.Engine.Masks().Masked(ctx, examiner, catalog.Ref(c.Name), after, page)
		if err != nil {
			d.Broke("masks of "+c.Name, "look at the store", err)
			return
		}
		for _, m := range all {
			after = m.Asset
			switch {
			case m.Suspended != nil:
				out, suspended = out+1, m
			case m.Error != "":
				broken, bad = broken+1, m
			default:
				held++
			}
		}
		if len(all) < page {
			break
		}
	}
	check := "masks of " + c.Name
	if broken > 0 {
		d.Say(check, Failed, "look at the asset at /assets/"+string(bad.Asset)+", mend what the error names, and save the mask again at /masks", "%d assets are not shown as their masks say, so that nobody reads them; %s: %s", broken, bad.Asset, bad.Error)
	}
	if out > 0 {
		d.Say(check, Warns, fmt.Sprintf("server masks resume -at %s -as ID", suspended.Suspended.At), "the masks of %d assets are suspended until %s: %s", out, suspended.Suspended.Until.Format(time.RFC3339), suspended.Suspended.Reason)
	}
	if broken+out == 0 && held > 0 {
		d.Say(check, Fine, "", "%d assets are shown as their masks say", held)
	}
}

// LookAtGrants looks at access that is not as the records want it.
func (d *Doctor) LookAtGrants(ctx context.Context) {
	overdue, err := d.Engine.Overdue(ctx)
	if err != nil {
		d.Broke("access that should be gone", "look at the store", err)
	} else if overdue > 0 {
		d.Say("access that should be gone", Failed, "look at /Failed, and at the connections above", "%d grants have ended, and their access is not known to be gone", overdue)
	} else {
		d.Say("access that should be gone", Fine, "", "all of it is")
	}
	counts, first := map[provision.State]int{}, map[provision.State]provision.Grant{}
	after, seen := store.Position{}, 0
	for seen < maxLookedAt {
		page, next, err := d.Engine.Grants().Amiss(ctx, examiner, after, store.MaxPage)
		if err != nil {
			d.Broke("grants", "look at the store", err)
			return
		}
		for _, g := range page {
			if counts[g.State]++; counts[g.State] == 1 {
				first[g.State] = g
			}
		}
		if after, seen = next, seen+len(page); len(page) < store.MaxPage {
			break
		}
	}
	for _, state := range []provision.State{provision.Failed, provision.Suspended, provision.Revoking} {
		if g := first[state]; counts[state] > 0 {
			d.Say("grants "+string(state), Failed, "look at /failed: retry them there once what the error names is mended; governance decides on those that are suspended", "%d of them; the first for %s on %s: %s%s", counts[state], g.Principal.Name, g.Asset.Ref, g.Error, g.Withheld)
		}
	}
	if seen == 0 {
		d.Say("grants", Fine, "", "none has failed")
	}
	d.byHand(ctx)
}

// byHand looks at what people should have done by hand by now.
func (d *Doctor) byHand(ctx context.Context) {
	page, _, err := d.Engine.Grants().ToDo(ctx, examiner, store.Position{}, store.MaxPage)
	if err != nil {
		d.Broke("work by hand", "look at the store", err)
		return
	}
	late := 0
	for _, g := range page {
		if d.Now().After(g.Task.Due) {
			late++
		}
	}
	if late > 0 {
		d.Say("work by hand", Warns, "somebody with ADMIN does it, and says so at /tasks", "%d of %d tasks are late; the first was due %s ago", late, len(page), d.ago(page[0].Task.Due))
		return
	}
	d.Say("work by hand", Fine, "", "%d tasks wait, none is late", len(page))
}
