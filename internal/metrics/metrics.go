// Package metrics measures what the engine does: what is committed is counted where all commits
// pass, and how things stand is read when somebody looks. No label is a person, an asset or a
// request: there are as many series as kinds of events, connections, webhooks and channels call for.
package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/internal/telemetry"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Keys of attributes.
const (
	Connection = "connection"
	Outcome    = "outcome"
)

var (
	short = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5}
	calls = []float64{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60}
	long  = []float64{1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 3 * 24 * 3600, 7 * 24 * 3600, 14 * 24 * 3600}
	waits = []float64{1, 60, 600, 3600, 4 * 3600, 24 * 3600, 3 * 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600}
)

// committed are the instruments of what this process commits and calls.
var committed = []telemetry.Instrument{
	{Name: "grantwright.events", Kind: telemetry.Counter, Unit: "{event}", Labels: []string{"event", Connection}, About: "Events that this process has committed, such as grant.failed; the connection is empty where an event has none"},
	{Name: "grantwright.sign.ins", Kind: telemetry.Counter, Unit: "{session}", About: "Sessions that began: sign-ins by OpenID Connect that came about"},
	{Name: "grantwright.decision.duration", Kind: telemetry.Histogram, Unit: "s", Labels: []string{Connection, "status", "by"}, Bounds: waits, About: "Time to decide: from the submission of a request until it is APPROVED or DENIED, by PEOPLE or by a RULE"},
	{Name: "grantwright.access.duration", Kind: telemetry.Histogram, Unit: "s", Labels: []string{Connection, "how"}, Bounds: long, About: "Time from the approval until the access works for the first time, by how it is given"},
	{Name: "grantwright.store.duration", Kind: telemetry.Histogram, Unit: "s", Labels: []string{"operation", Outcome}, Bounds: short, About: "Calls of the store: get, find or write, with OK, CONFLICT (somebody else was faster, and it is tried again) or ERROR"},
	{Name: "grantwright.platform.duration", Kind: telemetry.Histogram, Unit: "s", Labels: []string{Connection, Outcome}, Bounds: calls, About: "Calls of a platform that give or take access, with OK or ERROR (of any part of it)"},
}

// Instruments are all that the engine measures.
func Instruments() []telemetry.Instrument {
	return append(append([]telemetry.Instrument(nil), committed...), gauges...)
}

// Metrics sees what goes to the store, measures it, and begins traces. It is a snapshot.Watch. A
// nil Metrics does nothing.
type Metrics struct {
	*telemetry.Meter // nil where only traces are wanted
	tracer           telemetry.Tracer
	standing         standing
	stop             func()
}

// New returns what measures and traces by providers of which each may be nil, and has the gauges
// read until Close; nil if both are.
func New(m telemetry.MeterProvider, t telemetry.TracerProvider, s Source) (*Metrics, error) {
	if m == nil && t == nil {
		return nil, nil
	}
	meter, err := telemetry.NewMeter(m, committed...)
	if err != nil {
		return nil, err
	}
	all := &Metrics{Meter: meter, tracer: telemetry.NewTracer(t), standing: standing{Source: s}}
	all.stop, err = meter.Read(all.standing.values, gauges...)
	return all, err
}

// Close lets nobody read the gauges any more.
func (m *Metrics) Close() {
	if m != nil {
		m.stop()
	}
}

// Watch has m see what goes to the store below, and returns s.
func (m *Metrics) Watch(s *snapshot.Store) *snapshot.Store {
	if m == nil {
		return s
	}
	return s.Watched(m)
}

// Traces reports whether traces are wanted.
func (m *Metrics) Traces() bool { return m != nil && m.tracer != telemetry.Tracer{} }

// Follow begins a span, as telemetry.Tracer does.
func (m *Metrics) Follow(ctx context.Context, from []telemetry.Link, name string, about ...string) (context.Context, telemetry.End) {
	if !m.Traces() {
		return ctx, func(error) {}
	}
	return m.tracer.Follow(ctx, from, name, about...)
}

// Call measures a call of the store.
func (m *Metrics) Call(ctx context.Context, operation string) (context.Context, func(error)) {
	began := time.Now()
	within, end := telemetry.Begin(ctx, "store "+operation)
	return within, func(err error) {
		outcome := "OK"
		switch {
		case errors.Is(err, store.ErrConflict) || errors.As(err, new(*store.TakenError)):
			outcome = "CONFLICT"
		case err != nil:
			outcome = "ERROR"
		}
		end(err)
		m.Record(ctx, "grantwright.store.duration", time.Since(began).Seconds(), "operation", operation, Outcome, outcome)
	}
}

// Asking measures a call of a platform that gives and takes; the function that it returns is told
// what came of it.
func (m *Metrics) Asking(ctx context.Context, connection string) (context.Context, func([]provision.Outcome)) {
	if m == nil {
		return ctx, func([]provision.Outcome) {}
	}
	began := time.Now()
	within, end := telemetry.Begin(ctx, "platform apply", Connection, connection)
	return within, func(outcomes []provision.Outcome) {
		outcome, err := "OK", error(nil)
		for _, o := range outcomes {
			if o.Err != nil {
				outcome, err = "ERROR", o.Err
			}
		}
		end(err)
		m.Record(ctx, "grantwright.platform.duration", time.Since(began).Seconds(), Connection, connection, Outcome, outcome)
	}
}

// Wrote counts what was committed.
func (m *Metrics) Wrote(ctx context.Context, c store.Commit) {
	for _, w := range c.Writes {
		switch {
		case w.Version != 0:
		case w.Kind == records.Sessions.Name:
			m.Count(ctx, "grantwright.sign.ins", 1)
		case w.Kind == store.Events.Name:
			m.happened(ctx, c, w.Body)
		}
	}
}

// happened counts an event. What it says is read from the records that are committed with it.
func (m *Metrics) happened(ctx context.Context, c store.Commit, body []byte) {
	var e store.Event
	if json.Unmarshal(body, &e) != nil {
		return
	}
	telemetry.Add(ctx, "grantwright.request", string(e.Request), "grantwright.event", string(e.Type))
	if m.Meter == nil {
		return
	}
	var req struct {
		Asset     catalog.Ref    `json:"asset"`
		Status    request.Status `json:"status"`
		Submitted time.Time      `json:"submitted"`
	}
	if e.Request != "" {
		written(c, records.Requests.Key(e.Request), &req)
	}
	on := connectionOf(req.Asset, e)
	m.Count(ctx, "grantwright.events", 1, "event", string(e.Type), Connection, on)
	switch e.Type {
	case event.RequestDetermined.Name():
		if p, err := event.RequestDetermined.Decode(e.Data); err == nil && p.Status != request.Pending && !req.Submitted.IsZero() {
			by := "PEOPLE"
			if p.Act == "" {
				by = "RULE"
			}
			m.Record(ctx, "grantwright.decision.duration", seconds(e.At.Sub(req.Submitted)), Connection, on, "status", string(p.Status), "by", by)
		}
	case event.GrantActive.Name():
		m.works(ctx, c, e, on)
	}
}

// works notes how long it took until a grant worked for the first time.
func (m *Metrics) works(ctx context.Context, c store.Commit, e store.Event, on string) {
	var g struct {
		How      provision.Method `json:"how"`
		Approved time.Time        `json:"approved"`
		Started  time.Time        `json:"started"`
	}
	for _, about := range e.About {
		if id, is := strings.CutPrefix(string(about), records.Grants.Name+"/"); is && written(c, store.Key{Kind: records.Grants.Name, ID: id}, &g) {
			if g.Started.Sub(e.At).Abs() < time.Second { // not again, after a break
				m.Record(ctx, "grantwright.access.duration", seconds(g.Started.Sub(g.Approved)), Connection, on, "how", string(g.How))
			}
		}
	}
}

// written reads a record of a commit.
func written(c store.Commit, k store.Key, into any) bool {
	for _, w := range c.Writes {
		if w.Key() == k {
			return json.Unmarshal(w.Body, into) == nil
		}
	}
	return false
}

// connectionOf is the connection that an event is about: that of its request, or the one that
// it names.
func connectionOf(asset catalog.Ref, e store.Event) string {
	if asset != "" {
		return asset.Connection()
	}
	for _, about := range e.About {
		if name, is := strings.CutPrefix(string(about), records.Connections.Name+"/"); is {
			return name
		}
	}
	return ""
}

// seconds are those of a time that did not run backwards: clocks of two processes may disagree.
func seconds(d time.Duration) float64 { return max(0, d.Seconds()) }
