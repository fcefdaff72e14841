// Package telemetry is the one room that speaks to OpenTelemetry, by its API alone: it begins
// spans, and hands values to instruments. What is measured is said by others.
//
// A span below another takes its tracer from that one, so that nobody has to be handed it. Where
// nothing is recorded a span is one look into the context.
package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// scope names what measures.
const scope = "github.com/grantwright/grantwright"

// TracerProvider makes tracers: a trace.TracerProvider of OpenTelemetry.
type TracerProvider = trace.TracerProvider

// Link is a place in a trace, at which other work goes on. The zero Link is none.
type Link = trace.SpanContext

// Here is the place of a context in its trace.
func Here(ctx context.Context) Link { return trace.SpanContextFromContext(ctx) }

// End ends a span; an error that is not nil makes it one that failed. The span does not hold the
// text of the error, which may name objects and people: the log does.
type End func(err error)

func nothing(error) {}

// Begin begins a span below that of a context, with attributes as pairs of key and value, of
// which empty values are left out.
func Begin(ctx context.Context, name string, about ...string) (context.Context, End) {
	above := trace.SpanFromContext(ctx)
	if !above.IsRecording() {
		return ctx, nothing
	}
	return begin(ctx, above.TracerProvider(), name, attributes(about))
}

// Traced reports whether Begin would begin a span.
func Traced(ctx context.Context) bool { return trace.SpanFromContext(ctx).IsRecording() }

// Add adds attributes to the span of a context, as Begin takes them.
func Add(ctx context.Context, about ...string) {
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		span.SetAttributes(attributes(about)...)
	}
}

// Tracer begins traces. The zero Tracer begins none.
type Tracer struct{ provider TracerProvider }

// NewTracer returns a Tracer over a provider, which may be nil.
func NewTracer(p TracerProvider) Tracer { return Tracer{p} }

// Follow begins a span of work that somebody else has caused: it is part of the first trace that
// it follows, and linked with the others. Following none it is Begin, and begins a trace where
// the context has none.
func (t Tracer) Follow(ctx context.Context, from []Link, name string, about ...string) (context.Context, End) {
	if t.provider == nil {
		return ctx, nothing
	}
	var links []trace.Link
	for i, l := range from {
		if i == 0 {
			ctx = trace.ContextWithRemoteSpanContext(ctx, l)
		} else {
			links = append(links, trace.Link{SpanContext: l})
		}
	}
	return begin(ctx, t.provider, name, attributes(about), trace.WithLinks(links...))
}

func begin(ctx context.Context, p TracerProvider, name string, about []attribute.KeyValue, options ...trace.SpanStartOption) (context.Context, End) {
	ctx, span := p.Tracer(scope).Start(ctx, name, append(options, trace.WithAttributes(about...))...)
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

func attributes(pairs []string) (all []attribute.KeyValue) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			all = append(all, attribute.String(pairs[i], pairs[i+1]))
		}
	}
	return all
}
