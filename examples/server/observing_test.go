package main_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// spans takes traces as a collector does.
type spans struct {
	mu   sync.Mutex
	all  []*traces.Span
	more chan struct{}
}

func (s *spans) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var sent collector.ExportTraceServiceRequest
	body, err := io.ReadAll(r.Body)
	if err != nil || proto.Unmarshal(body, &sent) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, of := range sent.ResourceSpans {
		for _, in := range of.ScopeSpans {
			s.all = append(s.all, in.Spans...)
		}
	}
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// until waits until what was sent is enough.
func (s *spans) until(t *testing.T, enough func([]*traces.Span) bool) []*traces.Span {
	t.Helper()
	over := time.After(patience)
	for {
		s.mu.Lock()
		all := slices.Clone(s.all)
		s.mu.Unlock()
		if enough(all) {
			return all
		}
		select {
		case <-s.more:
		case <-over:
			var names []string
			for _, one := range all {
				names = append(names, one.Name)
			}
			slices.Sort(names)
			t.Fatalf("not enough was sent: %v", slices.Compact(names))
		}
	}
}

// metricName finds the names of a page of metrics, or of an expression over them.
var metricName = regexp.MustCompile(`\b(?:grantwright|http_server)_[a-z_]+`)

// named are the names of metrics, without the parts of histograms.
func named(text string) map[string]bool {
	names := map[string]bool{}
	for _, name := range metricName.FindAllString(text, -1) {
		for _, part := range []string{"_bucket", "_count", "_sum"} {
			if strings.Contains(name, "_seconds_") {
				name = strings.TrimSuffix(name, part)
			}
		}
		names[name] = true
	}
	return names
}

func TestAServerIsSeenFromOutside(t *testing.T) {
	t.Parallel()
	sent := &spans{more: make(chan struct{}, 1)}
	takes := httptest.NewServer(sent)
	t.Cleanup(takes.Close)
	p := newPlatform(t, 0, "eve")
	s := start(t, t.TempDir(), append(p.env(), "OTEL_BSP_SCHEDULE_DELAY=50"), "-config", p.manifest(t, "  - {id: eve@example.com}"), "-listen", "127.0.0.1:0",
		"-metrics", "127.0.0.1:0", "-traces", takes.URL+"/v1/traces", "-log", "json")
	p.prepare(t, s)
	walk(t, s)

	// One trace goes from the decision to the statement on the platform.
	ways := []string{"POST /api/v1/requests/{id}/determinations", "store write", "provision", "platform apply", "platform statement"}
	all := sent.until(t, func(all []*traces.Span) bool {
		within := map[string]map[string]bool{}
		for _, one := range all {
			id := string(one.TraceId)
			if within[id] == nil {
				within[id] = map[string]bool{}
			}
			within[id][one.Name] = true
		}
		return slices.ContainsFunc(slices.Collect(maps.Values(within)), func(names map[string]bool) bool {
			return !slices.ContainsFunc(ways, func(name string) bool { return !names[name] })
		})
	})
	said, err := json.Marshal(all)
	must(t, err)
	for _, secret := range []string{p.passwords["grantwright"], devToken, "quarterly report", "orders"} {
		if strings.Contains(string(said), secret) {
			t.Errorf("the spans hold %q", secret)
		}
	}

	// A traceparent of whoever calls is taken.
	const theirs = "0af7651916cd43dd8448eb211c80319c"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/healthz", http.NoBody)
	must(t, err)
	r.Header.Set("traceparent", "00-"+theirs+"-b7ad6b7169203331-01")
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	must(t, answer.Body.Close())
	sent.until(t, func(all []*traces.Span) bool {
		return slices.ContainsFunc(all, func(one *traces.Span) bool { return hexOf(one.TraceId) == theirs })
	})

	checkMetrics(t, scrape(t, s))
	for _, line := range strings.Split(strings.TrimSpace(s.Log()), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log is no JSON: %s", line)
		}
	}
}

func hexOf(id []byte) string {
	const digits = "0123456789abcdef"
	var text strings.Builder
	for _, b := range id {
		text.WriteByte(digits[b>>4])
		text.WriteByte(digits[b&15])
	}
	return text.String()
}

// scrape reads the metrics of a server, at the address that its log says.
func scrape(t *testing.T, s *server) string {
	t.Helper()
	at := regexp.MustCompile(`"at":"(http://127\.0\.0\.1:\d+/metrics)"`).FindStringSubmatch(s.Log())
	if at == nil {
		t.Fatal("the log does not say where the metrics are")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at[1], http.NoBody)
	must(t, err)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	return string(text)
}

// unseen are metrics of what does not happen in the test.
var unseen = []string{"grantwright_sign_ins_total", "grantwright_grants_amiss", "grantwright_tasks_late", "grantwright_deliveries_pending", "grantwright_deliveries_oldest_seconds",
	"grantwright_posts_pending", "grantwright_connection_findings", "grantwright_connection_compared_seconds", "grantwright_connection_stopped"}

// checkMetrics compares the metrics of a server with those that are documented, that the
// dashboard shows and that alerts read.
func checkMetrics(t *testing.T, page string) {
	t.Helper()
	operating, err := os.ReadFile("../../docs/operating.md")
	must(t, err)
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `((?:grantwright|http_server)_[a-z_]+)` \\|").FindAllStringSubmatch(string(operating), -1) {
		documented[row[1]] = true
	}
	served := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^# TYPE (\S+) `).FindAllStringSubmatch(page, -1) {
		if metricName.MatchString(row[1]) {
			served[row[1]] = true
		}
	}
	for _, name := range unseen {
		served[name] = true
	}
	sorted := func(names map[string]bool) []string { return slices.Sorted(maps.Keys(names)) }
	if diff := cmp.Diff(sorted(documented), sorted(served)); diff != "" {
		t.Errorf("a server has other metrics than are documented (-documented +served):\n%s", diff)
	}
	shown, alarmed := named(deployedText(t, "grafana/dashboard.json")), named(deployedText(t, "prometheus/alerts.yaml"))
	if diff := cmp.Diff(sorted(documented), sorted(shown)); diff != "" {
		t.Errorf("the dashboard shows other metrics than there are (-documented +shown):\n%s", diff)
	}
	for name := range alarmed {
		if !documented[name] {
			t.Errorf("an alert reads %s, which there is not", name)
		}
	}
	for _, line := range []string{`grantwright_events_total{connection="warehouse",event="request.created"} 1`, `grantwright_access_duration_seconds_count{connection="warehouse",how="AUTO"} 1`,
		`grantwright_decision_duration_seconds_count{by="PEOPLE",connection="warehouse",status="APPROVED"} 1`} {
		if !strings.Contains(page, line) {
			t.Errorf("%s is not served", line)
		}
	}
	if strings.Contains(page, "eve@") || strings.Contains(page, "orders") {
		t.Error("a label names a person or an asset")
	}
}

func deployedText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("deploy/" + name)
	must(t, err)
	return string(text)
}
