package metrics

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/telemetry"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// gauges are the instruments of how things stand in the store. Every process says the same.
var gauges = []telemetry.Instrument{
	{Name: "grantwright.requests.pending", Kind: telemetry.Gauge, Unit: "{request}", Labels: []string{Connection}, About: "Requests that nobody has decided, as the figures of the last minute count them"},
	{Name: "grantwright.requests.oldest", Kind: telemetry.Gauge, Unit: "s", About: "How long the oldest of all pending requests waits; 0 where there is none"},
	{Name: "grantwright.grants.working", Kind: telemetry.Gauge, Unit: "{grant}", Labels: []string{Connection}, About: "Grants that have worked and are not gone, as the figures of the last minute count them"},
	{Name: "grantwright.grants.amiss", Kind: telemetry.Gauge, Unit: "{grant}", Labels: []string{Connection, "state"}, About: "Grants that are FAILED or SUSPENDED, or REVOKING after a failure"},
	{Name: "grantwright.grants.overdue", Kind: telemetry.Gauge, Unit: "{grant}", Labels: []string{Connection}, About: "Grants whose access should be gone for a minute, and is not known to be"},
	{Name: "grantwright.grants.unasked", Kind: telemetry.Gauge, Unit: "{grant}", Labels: []string{Connection}, About: "Grants whose access should have been given a minute ago, and is not"},
	{Name: "grantwright.grants.by.hand", Kind: telemetry.Gauge, Unit: "{grant}", Labels: []string{Connection}, About: "Grants that somebody has to give or take by hand"},
	{Name: "grantwright.tasks.late", Kind: telemetry.Gauge, Unit: "{task}", Labels: []string{"kind"}, About: "Backlog: work in the background that is due and nobody has begun"},
	{Name: "grantwright.tasks.oldest", Kind: telemetry.Gauge, Unit: "s", About: "How long the oldest work of the backlog is due; 0 where there is none"},
	{Name: "grantwright.deliveries.pending", Kind: telemetry.Gauge, Unit: "{delivery}", Labels: []string{"webhook"}, About: "Events on their way to a webhook"},
	{Name: "grantwright.deliveries.oldest", Kind: telemetry.Gauge, Unit: "s", Labels: []string{"webhook"}, About: "How long the oldest event on its way to a webhook waits; 0 where there is none"},
	{Name: "grantwright.posts.pending", Kind: telemetry.Gauge, Unit: "{post}", Labels: []string{"channel"}, About: "Notices on their way by a channel, such as mail"},
	{Name: "grantwright.connection.synced", Kind: telemetry.Gauge, Unit: "s", Labels: []string{Connection}, About: "Time since the last sync that read the connection"},
	{Name: "grantwright.connection.compared", Kind: telemetry.Gauge, Unit: "s", Labels: []string{Connection}, About: "Time since the access on the connection was last compared with the records"},
	{Name: "grantwright.connection.findings", Kind: telemetry.Gauge, Unit: "{finding}", Labels: []string{Connection, "kind"}, About: "Drift: differences that the last comparison found and did not mend, such as ORPHAN"},
	{Name: "grantwright.connection.stopped", Kind: telemetry.Gauge, Labels: []string{Connection}, About: "1 where the last comparison changed nothing because too much would go, or the records are in doubt; else 0"},
}

const (
	keepFor  = 10 * time.Second // a reading serves all who look meanwhile
	lateBy   = time.Minute
	mostRead = 5 * time.Second
)

// Source is where it is read how things stand.
type Source struct {
	Store    store.Store
	Now      func() time.Time
	Channels map[string]notify.Channel
	Rooms    map[string]notify.Room
}

// standing reads how things stand, by two calls of Find whatever there is. A gauge that counts
// records counts the first store.MaxPage of a kind.
type standing struct {
	Source
	mu   sync.Mutex
	at   time.Time
	last []telemetry.Value
}

// values reads the gauges, unless it was done just now.
func (s *standing) values(ctx context.Context) ([]telemetry.Value, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.Now(); s.last != nil && now.Sub(s.at).Abs() < keepFor {
		return s.last, nil
	}
	ctx, cancel := context.WithTimeout(ctx, mostRead)
	defer cancel()
	all, err := s.read(ctx)
	if err == nil {
		s.last, s.at = all, s.Now()
	}
	return all, err
}

// tally collects values by gauge and labels.
type tally struct {
	at    map[string]int
	all   []telemetry.Value
	clock time.Time
}

func (t *tally) add(name string, n float64, labels ...string) {
	key := name + "\x00" + strings.Join(labels, "\x00")
	i, is := t.at[key]
	if !is {
		i, t.at[key] = len(t.all), len(t.all)
		t.all = append(t.all, telemetry.Value{Name: name, Labels: labels})
	}
	t.all[i].Value += n
}

// since adds how long ago something was; 0 where it was never.
func (t *tally) since(name string, at time.Time, labels ...string) {
	age := 0.0
	if !at.IsZero() {
		age = seconds(t.clock.Sub(at))
	}
	t.add(name, age, labels...)
}

// The places of what is read in one message.
const (
	tallies = iota
	connections
	syncs
	comparisons
	hooks
	oldest
	amiss
	toTake
	toGive
	byHand
	due
	places
)

func (s *standing) read(ctx context.Context) ([]telemetry.Value, error) {
	t := &tally{at: map[string]int{}, clock: s.Now()}
	queries := make([]store.Query, places)
	for at, kind := range map[int]string{tallies: records.Tallies.Name, connections: records.Connections.Name, syncs: records.Syncs.Name, comparisons: records.Comparisons.Name, hooks: records.Webhooks.Name} {
		queries[at] = store.Query{Kind: kind}
	}
	queries[tallies].Descending, queries[hooks].Limit = true, store.MaxQueries-len(s.Channels)-len(s.Rooms)
	queries[oldest] = records.RequestsByStatus.Query(request.Pending)
	queries[oldest].Limit = 1
	queries[amiss], queries[byHand] = records.GrantsAmiss.Query("all"), records.GrantsByHand.Query("all")
	queries[toTake], queries[toGive] = records.GrantsToTake.Query(records.AnyAsset), records.GrantsToGive.Query(records.AnyAsset)
	late := store.OrderTime(t.clock.Add(-lateBy))
	queries[toTake].Until, queries[toGive].Until = late, late
	queries[due] = store.TasksDue.Query("all")
	queries[due].Until = store.OrderTime(t.clock)
	pages, err := s.Store.Find(ctx, queries...)
	if err != nil {
		return nil, err
	}
	t.count(pages)
	t.look(pages)
	return t.all, s.outgoing(ctx, t, read[notify.Webhook](pages[hooks]))
}

// read decodes a page, without what cannot be.
func read[T any](page []store.Record) (all []T) {
	for _, r := range page {
		var v T
		if json.Unmarshal(r.Body, &v) == nil {
			all = append(all, v)
		}
	}
	return all
}

// count adds what is there by number.
func (t *tally) count(pages [][]store.Record) {
	for _, c := range read[catalog.Connection](pages[connections]) {
		for _, name := range []string{"grantwright.requests.pending", "grantwright.grants.working", "grantwright.grants.overdue", "grantwright.grants.unasked", "grantwright.grants.by.hand"} {
			t.add(name, 0, Connection, c.Name) // so that an alert sees a series before anything goes wrong
		}
	}
	for _, day := range read[event.Tally](pages[tallies]) {
		for name, c := range day.Connections {
			t.add("grantwright.requests.pending", float64(c.Open), Connection, name)
			t.add("grantwright.grants.working", float64(c.Given-c.Gone), Connection, name)
		}
	}
	for _, g := range read[provision.Grant](pages[amiss]) {
		t.add("grantwright.grants.amiss", 1, Connection, g.Asset.Ref.Connection(), "state", string(g.State))
	}
	for at, name := range map[int]string{toTake: "grantwright.grants.overdue", toGive: "grantwright.grants.unasked", byHand: "grantwright.grants.by.hand"} {
		for _, g := range read[provision.Grant](pages[at]) {
			t.add(name, 1, Connection, g.Asset.Ref.Connection())
		}
	}
}

// look adds what is there by age, and what the last comparisons have found.
func (t *tally) look(pages [][]store.Record) {
	t.since("grantwright.requests.oldest", first(pages[oldest], func(r request.Request) time.Time { return r.Submitted }))
	var dueSince time.Time
	for _, k := range read[store.Task](pages[due]) {
		dueSince = store.Earliest(dueSince, k.Due)
		kind, _, _ := strings.Cut(string(k.ID), "/")
		t.add("grantwright.tasks.late", 1, "kind", kind)
	}
	t.since("grantwright.tasks.oldest", dueSince)
	for _, c := range read[records.Synced](pages[syncs]) {
		at := slices.IndexFunc(c.Past, func(run provision.SyncRun) bool { return run.Error == "" })
		if at >= 0 {
			t.since("grantwright.connection.synced", c.Past[at].Ended, Connection, c.Connection)
		}
	}
	for _, c := range read[records.Compared](pages[comparisons]) {
		t.since("grantwright.connection.compared", c.Result.At, Connection, c.Connection)
		stopped := 0.0
		if c.Result.Stopped || c.Result.Doubt != "" {
			stopped = 1
		}
		t.add("grantwright.connection.stopped", stopped, Connection, c.Connection)
		for _, f := range c.Result.Findings {
			if !f.Mended {
				t.add("grantwright.connection.findings", 1, Connection, c.Connection, "kind", string(f.Kind))
			}
		}
	}
}

func first[T any](page []store.Record, when func(T) time.Time) time.Time {
	for _, one := range read[T](page) {
		return when(one)
	}
	return time.Time{}
}

// outgoing adds what is on its way to others.
func (s *standing) outgoing(ctx context.Context, t *tally, hooks []notify.Webhook) error {
	var queries []store.Query
	channels := slices.Concat(slices.Sorted(maps.Keys(s.Channels)), slices.Sorted(maps.Keys(s.Rooms)))
	for _, w := range hooks {
		queries = append(queries, records.DeliveriesPending.Query(w.ID))
	}
	for _, channel := range channels {
		queries = append(queries, records.PostsPending.Query(channel))
	}
	if len(queries) == 0 {
		return nil
	}
	pages, err := s.Store.Find(ctx, queries...)
	if err != nil {
		return err
	}
	for i, w := range hooks {
		t.add("grantwright.deliveries.pending", float64(len(pages[i])), "webhook", w.Name)
		t.since("grantwright.deliveries.oldest", first(pages[i], func(d notify.Delivery) time.Time { return d.Made }), "webhook", w.Name)
	}
	for i, channel := range channels {
		t.add("grantwright.posts.pending", float64(len(pages[len(hooks)+i])), "channel", channel)
	}
	return nil
}
