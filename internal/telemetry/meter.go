package telemetry

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// MeterProvider makes meters: a metric.MeterProvider of OpenTelemetry.
type MeterProvider = metric.MeterProvider

// Kind is what an instrument is.
type Kind string

// The kinds of instruments.
const (
	Counter   Kind = "counter"
	Histogram Kind = "histogram"
	Gauge     Kind = "gauge" // read when somebody looks
)

// Instrument is one thing that is measured.
type Instrument struct {
	Name   string // of OpenTelemetry, such as grantwright.store.duration
	Kind   Kind
	Unit   string    // s for seconds, or a noun in braces, such as {grant}
	About  string    // what it says
	Labels []string  // keys of its attributes: each has few values, and none is a person
	Bounds []float64 // of the buckets of a Histogram
}

// Meter hands values to instruments. A nil Meter does nothing.
type Meter struct {
	meter      metric.Meter
	counters   map[string]metric.Int64Counter
	histograms map[string]metric.Float64Histogram
}

// NewMeter makes instruments; nil for a nil provider. Gauges are read by Read.
func NewMeter(p MeterProvider, all ...Instrument) (*Meter, error) {
	if p == nil {
		return nil, nil
	}
	m := &Meter{meter: p.Meter(scope), counters: map[string]metric.Int64Counter{}, histograms: map[string]metric.Float64Histogram{}}
	var faults error
	for _, i := range all {
		var err error
		switch i.Kind {
		case Counter:
			m.counters[i.Name], err = m.meter.Int64Counter(i.Name, metric.WithUnit(i.Unit), metric.WithDescription(i.About))
		case Histogram:
			m.histograms[i.Name], err = m.meter.Float64Histogram(i.Name, metric.WithUnit(i.Unit), metric.WithDescription(i.About), metric.WithExplicitBucketBoundaries(i.Bounds...))
		}
		faults = errors.Join(faults, err)
	}
	return m, faults
}

// Count adds to a counter.
func (m *Meter) Count(ctx context.Context, name string, n int64, labels ...string) {
	if m != nil && m.counters[name] != nil {
		m.counters[name].Add(ctx, n, metric.WithAttributes(labelled(labels)...))
	}
}

// Record notes a value of a histogram.
func (m *Meter) Record(ctx context.Context, name string, value float64, labels ...string) {
	if m != nil && m.histograms[name] != nil {
		m.histograms[name].Record(ctx, value, metric.WithAttributes(labelled(labels)...))
	}
}

// labelled are attributes that are there although they are empty: an instrument has all of its labels.
func labelled(pairs []string) (all []attribute.KeyValue) {
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, attribute.String(pairs[i], pairs[i+1]))
	}
	return all
}

// Value is what a gauge says now.
type Value struct {
	Name   string
	Value  float64
	Labels []string // as pairs of key and value
}

// Read has read called for the values of some gauges, whenever somebody looks, until stop is
// called. An error of read leaves them out.
func (m *Meter) Read(read func(context.Context) ([]Value, error), all ...Instrument) (stop func(), err error) {
	if m == nil {
		return func() {}, nil
	}
	gauges, seen := map[string]metric.Float64ObservableGauge{}, []metric.Observable{}
	for _, i := range all {
		if i.Kind != Gauge {
			continue
		}
		g, err := m.meter.Float64ObservableGauge(i.Name, metric.WithUnit(i.Unit), metric.WithDescription(i.About))
		if err != nil {
			return nil, err
		}
		gauges[i.Name], seen = g, append(seen, g)
	}
	registered, err := m.meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		values, err := read(ctx)
		for _, v := range values {
			o.ObserveFloat64(gauges[v.Name], v.Value, metric.WithAttributes(labelled(v.Labels)...))
		}
		return err
	}, seen...)
	if err != nil {
		return nil, err
	}
	return func() { _ = registered.Unregister() }, nil
}
