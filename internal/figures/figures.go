// Package figures counts what happens, day by day and connection by connection. The counts
// are records of their own, and follow the log: a cursor says up to which event they count,
// and is committed with them, so that each event counts once, whoever counts it.
package figures

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// cursor is the name of the cursor of the counts in the log.
const cursor = "figures"

// every is how often new events are counted at most.
const every = time.Minute

// Figures counts.
type Figures struct {
	*journal.Journal

	mu      sync.Mutex
	looked  time.Time
	counted int64 // the number of the last event that this process knows to be counted
}

// CountSoon counts new events, unless it was done just now. While there is nothing new it
// asks the store for nothing.
func (f *Figures) CountSoon(ctx context.Context) error {
	f.mu.Lock()
	due := f.Announced() > f.counted && f.Now().Sub(f.looked).Abs() >= every
	if due {
		f.looked = f.Now()
	}
	f.mu.Unlock()
	if !due {
		return nil
	}
	return f.Count(ctx)
}

// Count counts all events that are not counted so far.
func (f *Figures) Count(ctx context.Context) error {
	for {
		more, err := f.next(ctx)
		switch {
		case errors.Is(err, store.ErrConflict): // another process has counted them
		case err != nil || !more:
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// next counts the next events, and says whether there may be more.
func (f *Figures) next(ctx context.Context) (more bool, err error) {
	read, err := f.Cursor(ctx, cursor)
	if err != nil {
		return false, err
	}
	events, err := f.EventsAfter(ctx, read.Value.After, store.MaxPage)
	if err != nil || len(events) == 0 {
		return false, err
	}
	days, err := f.tally(ctx, events)
	if err != nil {
		return false, err
	}
	var c store.Change
	if err := f.add(ctx, &c, days); err != nil {
		return false, err
	}
	next := read.Value
	next.After = events[len(events)-1].Number
	f.SaveCursor(&c, read, next)
	if err := f.CommitOnce(ctx, &c); err != nil {
		return false, err
	}
	f.mu.Lock()
	f.counted = max(f.counted, next.After)
	f.mu.Unlock()
	return len(events) == store.MaxPage, nil
}

// days are counts by day and connection.
type days map[string]map[string]event.Counts

// count changes the counts of a day and a connection.
func (d days) count(at time.Time, connection string, change func(*event.Counts)) {
	day := at.UTC().Format(time.DateOnly)
	if d[day] == nil {
		d[day] = map[string]event.Counts{}
	}
	c := d[day][connection]
	change(&c)
	d[day][connection] = c
}

// tally counts some events.
func (f *Figures) tally(ctx context.Context, events []store.Event) (days, error) {
	var ids []request.ID
	var grants []provision.GrantID
	for _, e := range events {
		if counts(e) {
			ids = append(ids, e.Request)
		}
		if e.Type == event.GrantActive.Name() || e.Type == event.GrantRevoked.Name() {
			grants = append(grants, journal.GrantID(e.Request))
		}
	}
	requests, err := some(ctx, f.Store, records.Requests, ids)
	if err != nil {
		return nil, err
	}
	given, err := some(ctx, f.Store, records.Grants, grants)
	if err != nil {
		return nil, err
	}
	all := days{}
	for _, e := range events {
		if req, is := requests[e.Request]; is && counts(e) {
			all.add(e, req, given[journal.GrantID(e.Request)])
		}
	}
	return all, nil
}

// some reads some records, each once, by their ids.
func some[ID ~string, T any](ctx context.Context, s store.Store, kind store.Kind[ID, T], ids []ID) (map[ID]T, error) {
	all := map[ID]T{}
	if len(ids) == 0 {
		return all, nil
	}
	slices.Sort(ids)
	found, err := kind.Some(ctx, s, slices.Compact(ids)...)
	for _, r := range found {
		all[kind.Of(r.Value)] = r.Value
	}
	return all, err
}

// counts reports whether an event is one of those that are counted.
func counts(e store.Event) bool {
	return slices.Contains([]event.Name{event.RequestCreated.Name(), event.RequestDetermined.Name(), event.RequestCanceled.Name(), event.RequestLapsed.Name(),
		event.GrantActive.Name(), event.GrantRevoked.Name(), event.RequestEmergency.Name(), event.EmergencyOverdue.Name(), event.EmergencyReviewed.Name()}, e.Type) && e.Request != ""
}

// add counts an event of a request.
func (d days) add(e store.Event, req request.Request, g provision.Grant) {
	on := req.Asset.Connection()
	settle := func(change func(*event.Counts)) {
		d.count(req.Submitted, on, func(c *event.Counts) { c.Open-- })
		d.count(e.At, on, change)
	}
	payload, _ := e.Payload() // the engine has written it
	switch e.Type {
	case event.RequestCreated.Name():
		d.count(req.Submitted, on, func(c *event.Counts) { c.Submitted++; c.Open++ })
	case event.RequestDetermined.Name():
		if p, is := payload.(event.Determined); is && p.Status != request.Pending {
			settle(func(c *event.Counts) { determined(c, p, e.At.Sub(req.Submitted)) })
		}
	case event.RequestEmergency.Name():
		d.count(e.At, on, func(c *event.Counts) { c.Emergencies++ })
	case event.EmergencyOverdue.Name():
		if p, _ := payload.(event.Emergency); p.Reminded == 1 {
			d.count(e.At, on, func(c *event.Counts) { c.Overdue++ })
		}
	case event.EmergencyReviewed.Name():
		if p, _ := payload.(event.Emergency); p.Verdict == request.NotJustified {
			d.count(e.At, on, func(c *event.Counts) { c.Unjustified++ })
		}
	case event.RequestCanceled.Name():
		settle(func(c *event.Counts) { c.Unsettled++ })
	case event.RequestLapsed.Name(): // also said of a grant that never came to work
		if p, _ := payload.(event.Grant); p.State == "" {
			settle(func(c *event.Counts) { c.Unsettled++ })
		}
	case event.GrantActive.Name():
		if g.Started.Sub(e.At).Abs() < time.Second { // not again, after a break
			d.count(e.At, on, func(c *event.Counts) { c.Given++ })
		}
	case event.GrantRevoked.Name():
		if !g.Started.IsZero() {
			d.count(e.At, on, func(c *event.Counts) { c.Gone++ })
		}
	}
}

func determined(c *event.Counts, p event.Determined, took time.Duration) {
	switch p.Status {
	case request.Approved:
		c.Approved++
	case request.Denied:
		c.Denied++
	}
	switch {
	case p.Act != "":
		c.Wait(took)
	case !p.Emergency:
		c.ByRule++
	}
}

// add adds counts to those of before.
func (f *Figures) add(ctx context.Context, c *store.Change, more days) error {
	read, err := records.Tallies.Some(ctx, f.Store, slices.Sorted(maps.Keys(more))...)
	if err != nil {
		return err
	}
	for _, r := range read {
		sum := event.Tally{Day: r.Value.Day, Connections: maps.Clone(r.Value.Connections)}
		for name, counts := range more[sum.Day] {
			sum.Connections[name] = sum.Connections[name].Plus(counts)
		}
		records.Tallies.Update(c, r, sum)
		delete(more, sum.Day)
	}
	for day, by := range more {
		records.Tallies.Insert(c, event.Tally{Day: day, Connections: by})
	}
	return nil
}

// Days are the counts of the last days, today first, at most so many beside it, and how many
// events of the log are not counted so far. Days on which nothing happened are left out, but
// for today.
func (f *Figures) Days(ctx context.Context, most int) (all []event.Tally, behind int64, err error) {
	pages, err := store.Pages[event.Tally](ctx, f.Store, store.Query{Kind: records.Tallies.Name, Descending: true, Limit: most})
	if err != nil {
		return nil, 0, err
	}
	all, _ = journal.Values(pages[0], nil)
	if today := f.Now().UTC().Format(time.DateOnly); len(all) == 0 || all[0].Day < today {
		all = append([]event.Tally{{Day: today, Connections: map[string]event.Counts{}}}, all...)
	}
	read, err := f.Cursor(ctx, cursor)
	if err != nil {
		return nil, 0, err
	}
	last, err := store.LastNumber(ctx, f.Store)
	return all, last - read.Value.After, err
}
