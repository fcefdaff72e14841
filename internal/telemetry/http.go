package telemetry

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// requests is how long requests take, named as OpenTelemetry names it.
var requests = Instrument{Name: "http.server.request.duration", Kind: Histogram, Unit: "s", About: "HTTP requests, from the first byte to the last of the answer",
	Labels: []string{"http.request.method", "http.route", "http.response.status_code"}, Bounds: []float64{0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 60}}

// HTTP are the instruments of requests.
func HTTP() []Instrument { return []Instrument{requests} }

// Requests follows requests over HTTP. A nil Requests follows none.
type Requests struct {
	provider TracerProvider
	meter    *Meter
}

// NewRequests follows requests by providers of which each may be nil; nil if both are.
func NewRequests(t TracerProvider, m MeterProvider) (*Requests, error) {
	if t == nil && m == nil {
		return nil, nil
	}
	meter, err := NewMeter(m, requests)
	return &Requests{t, meter}, err
}

// methods are those that a label may say.
var methods = map[string]bool{http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true, http.MethodPatch: true, http.MethodDelete: true, http.MethodOptions: true}

// Begin begins to follow a request, under the id that its answer and the log have. A traceparent
// (W3C Trace Context, level 1) makes it part of that trace. Whoever answers calls end with the
// pattern that it fits, such as GET /requests/{id}; empty for none.
func (h *Requests) Begin(w http.ResponseWriter, r *http.Request, id string) (_ http.ResponseWriter, _ *http.Request, end func(pattern string)) {
	if h == nil {
		return w, r, func(string) {}
	}
	began, answer, method := time.Now(), &answer{ResponseWriter: w, status: http.StatusOK}, r.Method
	if !methods[method] {
		method = "_OTHER"
	}
	ctx, span := r.Context(), trace.SpanFromContext(r.Context())
	if h.provider != nil {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
		ctx, span = h.provider.Tracer(scope).Start(ctx, method, trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.request.method", method), attribute.String("http.request.header.x-request-id", id)))
	}
	return answer, r.WithContext(ctx), func(pattern string) {
		route := pattern[strings.LastIndex(pattern, " ")+1:]
		if h.provider != nil {
			if route != "" {
				span.SetName(method + " " + route)
			}
			span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", answer.status))
			if answer.status >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, "")
			}
			span.End()
		}
		h.meter.Record(ctx, requests.Name, time.Since(began).Seconds(), "http.request.method", method, "http.route", route, "http.response.status_code", strconv.Itoa(answer.status))
	}
}

// answer notes the status of an answer.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	if status >= http.StatusOK { // before it there are only informational ones
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.NewResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
