package grantwright_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/internal/metrics"
	"github.com/grantwright/grantwright/internal/telemetry"
)

// inPrometheus is the name of an instrument, as the exporter of OpenTelemetry spells it.
func inPrometheus(i telemetry.Instrument) string {
	name := strings.ReplaceAll(i.Name, ".", "_")
	if i.Unit == "s" {
		name += "_seconds"
	}
	if i.Kind == telemetry.Counter {
		name += "_total"
	}
	return name
}

// TestMetricsAreDocumented compares the table of metrics with what is measured;
// go test . -run MetricsAreDocumented -update writes it anew.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	const path, begins, ends = "docs/operating.md", "| metric | kind | labels | says |\n|---|---|---|---|\n", "\n\n"
	text := textOf(t, path)
	before, rest, found := strings.Cut(text, begins)
	table, after, ended := strings.Cut(rest, ends)
	if !found || !ended {
		t.Fatalf("%s has no table of metrics", path)
	}
	var want []string
	for _, i := range slices.Concat(metrics.Instruments(), telemetry.HTTP()) {
		labels := strings.ReplaceAll(strings.Join(i.Labels, ", "), ".", "_")
		want = append(want, fmt.Sprintf("| `%s` | %s | %s | %s |", inPrometheus(i), i.Kind, labels, i.About))
	}
	all := strings.Join(want, "\n")
	if *update {
		if err := os.WriteFile(path, []byte(before+begins+all+ends+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(all, table); diff != "" {
		t.Errorf("%s lists other metrics than there are (-there +listed):\n%s", path, diff)
	}
}
