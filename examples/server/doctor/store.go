package doctor

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/store"
)

// From when on the doctor says that work waits too long.
const (
	waitsLong    = 5 * time.Minute
	waitsTooLong = time.Hour
	maxLookedAt  = 5000 // records of one kind that the doctor looks at
)

// LookAtStore looks at the store, and reports whether its records can be read by this release.
func (d *Doctor) LookAtStore(ctx context.Context) bool {
	now, err := d.Records.State(ctx)
	asked := d.Now()
	switch {
	case err != nil:
		d.Broke("store", "start the database, or mend -store and the access to it", err)
		return false
	case now.Version == 0:
		d.Say("store", Failed, "a start of the server makes the tables", "it answers, and has no tables")
		return false
	case now.Version > now.Needs:
		d.Say("store", Failed, "install the release that has migrated it, or a later one", "its version is %d, this release knows %d", now.Version, now.Needs)
		return false
	case now.Version < now.Needs:
		d.Say("store", Warns, "take a backup, then start the server: it migrates (docs/operating.md)", "its version is %d, this release needs %d", now.Version, now.Needs)
		return false
	}
	d.Say("store", Fine, "", "it answers; version %d", now.Version)
	d.writable(ctx)
	d.clock(now.Clock, asked)
	return true
}

// writable asks whether the store takes writes, without one.
func (d *Doctor) writable(ctx context.Context) {
	if err := d.Records.Writable(ctx); err != nil {
		d.Broke("store writes", "look at its disk, its rights, and whether it is a standby", err)
		return
	}
	d.Say("store writes", Fine, "", "it takes writes")
}

// clock compares the clock of this machine with that of the store.
func (d *Doctor) clock(there, here time.Time) {
	off, most := here.Sub(there).Round(time.Millisecond), d.leaseLasts()/4
	if off.Abs() > most {
		d.Say("clock", Failed, "run NTP here and on the machine of the store", "this machine is %s from the store, may be %s (a quarter of -lease)", off, most)
		return
	}
	d.Say("clock", Fine, "", "this machine is %s from the store", off)
}

func (d *Doctor) leaseLasts() time.Duration {
	if d.Lease > 0 {
		return d.Lease
	}
	return store.DefaultLease
}

// longest is the longest lease that a task may have.
func (d *Doctor) longest(id store.TaskID) time.Duration {
	for _, long := range []string{journal.SyncTasks, journal.ReconcileTasks, journal.MaskTasks, journal.MemberTasks, journal.StopTasks, journal.DigestTask} {
		if strings.HasPrefix(string(id), long) {
			return journal.LongLease
		}
	}
	return d.leaseLasts()
}

// LookAtTasks looks at the work in the background: whether somebody does it, whether it fails, and
// whether the clocks of those who do it agree with ours.
func (d *Doctor) LookAtTasks(ctx context.Context) {
	var waiting, failing, ahead int
	var first, worst, hurries store.Task
	err := everyone(ctx, d.Records, store.TasksDue.Query("all"), func(t store.Task) {
		switch over := d.Now().Sub(t.Due); {
		case t.Holder != "" && -over > d.longest(t.ID)+d.leaseLasts()/4:
			if ahead++; ahead == 1 {
				hurries = t
			}
		case over > waitsLong:
			if waiting++; waiting == 1 {
				first = t
			}
		}
		if t.Attempts > 0 {
			if failing++; t.Attempts > worst.Attempts {
				worst = t
			}
		}
	})
	if err != nil {
		d.Broke("work", "look at the store", err)
		return
	}
	switch age := d.ago(first.Due); {
	case waiting == 0:
		d.Say("work", Fine, "", "nothing in the background is late")
	case age > waitsTooLong:
		d.Say("work", Failed, "start a server on this store; its log says why it does nothing", "%d tasks are late; %s was due %s ago", waiting, first.ID, age)
	default:
		d.Say("work", Warns, "start a server on this store, or look into its log", "%d tasks are late; %s was due %s ago", waiting, first.ID, age)
	}
	if failing > 0 {
		d.Say("work that fails", Warns, "it is tried again by itself; mend what the error names", "%d tasks have failed; %s %d times in a row: %s", failing, worst.ID, worst.Attempts, worst.Error)
	}
	if ahead > 0 {
		d.Say("clocks of servers", Failed, "run NTP on every machine with a server", "%d tasks are held longer than a lease lasts, such as %s until %s: the clock of a server is ahead", ahead, hurries.ID, hurries.Due.Format(time.RFC3339))
		return
	}
	d.Say("clocks of servers", Fine, "", "no task is held longer than a lease lasts")
}

// everyone calls do for each value of an index, in its order, up to maxLookedAt.
func everyone[T any](ctx context.Context, s store.Store, q store.Query, do func(T)) error {
	for seen := 0; seen < maxLookedAt; {
		pages, err := store.Pages[T](ctx, s, q)
		if err != nil {
			return err
		}
		for _, read := range pages[0] {
			do(read.Value)
			q.After = read.At
		}
		if seen += len(pages[0]); len(pages[0]) < store.MaxPage {
			return nil
		}
	}
	return nil
}

// LookAtLog looks at whether the witnesses have signed the last checkpoint of the log.
func (d *Doctor) LookAtLog(ctx context.Context, witnesses []proof.Witness) {
	if len(witnesses) == 0 {
		return
	}
	last, err := d.Engine.Log().Checkpoint(ctx, examiner)
	if errors.Is(err, store.ErrNotFound) {
		d.Say("log", Warns, "start a server on this store, with the key of the log", "it has no checkpoint that a witness could sign")
		return
	}
	if err != nil {
		d.Broke("log", "look at the store", err)
		return
	}
	for _, w := range witnesses {
		check := "witness " + w.Name()
		if w.Cosignatures(last.Note) == "" {
			d.Say(check, Warns, "look at the witness and the way to it; the log of the server says what it answers", "it has not signed the last checkpoint, of %d events, made %s ago", last.Size, d.ago(last.At))
			continue
		}
		d.Say(check, Fine, "", "it has signed the last checkpoint, of %d events", last.Size)
	}
}
