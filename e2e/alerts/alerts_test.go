// Package alerts_test reads the dashboard and the alerts of the reference server with the parser
// of Prometheus.
package alerts_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

const deployed = "../../examples/server/deploy/"

func TestAlertsAreRulesOfPrometheus(t *testing.T) {
	t.Parallel()
	groups, faults := rulefmt.ParseFile(deployed+"prometheus/alerts.yaml", false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, fault := range faults {
		t.Error(fault)
	}
	if groups == nil || len(groups.Groups) != 1 || len(groups.Groups[0].Rules) < 10 {
		t.Fatalf("there are other rules than ours: %+v", groups)
	}
	for _, rule := range groups.Groups[0].Rules {
		if rule.Annotations["summary"] == "" || rule.Annotations["mend"] == "" || rule.For == 0 {
			t.Errorf("%s says not what is wrong, what mends it and for how long", rule.Alert)
		}
	}
}

func TestTheDashboardAsksWhatPrometheusReads(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(deployed + "grafana/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	reads := parser.NewParser(parser.Options{})
	asked := 0
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			asked++
			if _, err := reads.ParseExpr(target.Expr); err != nil {
				t.Errorf("%s: %v", p.Title, err)
			}
		}
	}
	if asked < 15 {
		t.Errorf("it asks %d things only", asked)
	}
}
