package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	metrics "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	traces "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"io"
)

// observing says how a server is seen from outside.
type observing struct {
	metrics string // address of a listener; empty for none
	traces  string // of a collector; empty for none
	log     string // text or json
}

func (o *observing) flags(flags *flag.FlagSet) {
	flags.StringVar(&o.metrics, "metrics", "", "`address` of a listener of its own for Prometheus, such as 127.0.0.1:9464, which serves /metrics to whoever reaches it, without a sign-in (default none)")
	flags.StringVar(&o.traces, "traces", "", "`URL` of a collector of OpenTelemetry (OTLP over HTTP), such as http://127.0.0.1:4318/v1/traces, for traces (default none);\nOTEL_EXPORTER_OTLP_HEADERS holds what it wants to know, OTEL_TRACES_SAMPLER how many are sent")
	flags.StringVar(&o.log, "log", "text", "how the log is written: text or json")
}

func (o observing) check() error {
	var faults error
	if o.metrics != "" {
		host, _, err := net.SplitHostPort(o.metrics)
		if err == nil && host == "" {
			err = errors.New("it names no host; 0.0.0.0 is every one of this machine")
		}
		faults = errors.Join(faults, asFlag("-metrics", err))
	}
	if u, err := url.Parse(o.traces); o.traces != "" && (err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https") {
		faults = errors.Join(faults, errors.New("-traces is no address such as http://127.0.0.1:4318/v1/traces, without a password"))
	}
	if o.log != "" && o.log != "text" && o.log != "json" {
		faults = errors.Join(faults, fmt.Errorf("-log is %q, must be text or json", o.log))
	}
	return faults
}

// logger writes lines with the ids of the trace in which they are said.
func (o observing) logger(out io.Writer) *slog.Logger {
	if o.log == "json" {
		return slog.New(traced{slog.NewJSONHandler(out, nil)})
	}
	return slog.New(traced{slog.NewTextHandler(out, nil)})
}

// traced adds the ids of a trace and a span to each line that has them.
type traced struct{ slog.Handler }

func (t traced) Handle(ctx context.Context, r slog.Record) error {
	if at := trace.SpanContextFromContext(ctx); at.IsValid() {
		r.AddAttrs(slog.String("trace_id", at.TraceID().String()), slog.String("span_id", at.SpanID().String()))
	}
	return t.Handler.Handle(ctx, r)
}

func (t traced) WithAttrs(all []slog.Attr) slog.Handler { return traced{t.Handler.WithAttrs(all)} }

func (t traced) WithGroup(name string) slog.Handler { return traced{t.Handler.WithGroup(name)} }

// observed are the providers that the engine and the pages get; nil ones get nothing.
type observed struct {
	meter  metric.MeterProvider
	tracer trace.TracerProvider
	close  func()
}

// shutdownTimeout is how long the last traces may take.
const shutdownTimeout = 2 * time.Second

// open makes the providers, and listens for Prometheus until ctx ends.
func (o observing) open(ctx context.Context, log *slog.Logger) (seen observed, err error) {
	seen.close = func() {}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("telemetry", "error", err) }))
	if o.traces != "" {
		sends, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(o.traces))
		if err != nil {
			return seen, asFlag("-traces", err)
		}
		self := resource.NewSchemaless(attribute.String("service.name", "grantwright"), attribute.String("service.version", buildVersion()))
		provider := traces.NewTracerProvider(traces.WithBatcher(sends), traces.WithResource(self))
		seen.tracer = provider
		seen.close = func() {
			within, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
			defer cancel()
			if err := provider.Shutdown(within); err != nil {
				log.Warn("the last traces were not sent", "error", err)
			}
		}
	}
	if o.metrics == "" {
		return seen, nil
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	if err != nil {
		return seen, err
	}
	listener, err := net.Listen("tcp", o.metrics)
	if err != nil {
		return seen, asFlag("-metrics", err)
	}
	log.Info("metrics", "at", "http://"+listener.Addr().String()+"/metrics")
	seen.meter = metrics.NewMeterProvider(metrics.WithReader(reader))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Timeout: 10 * time.Second, MaxRequestsInFlight: 4, ErrorHandling: promhttp.ContinueOnError}))
	server := newHTTPServer(mux, log)
	go func() { _ = server.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return seen, nil
}
