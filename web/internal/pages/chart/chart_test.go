package chart_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/web/internal/pages/chart"
)

// A chart is well-formed, has a bar for each value above zero, and no style of its own.
func TestSVG(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		bars chart.Bars
		want int
		text string
	}{
		{"nothing", chart.Bars{Title: "nothing"}, 0, ">4<"},
		{"two series", chart.Bars{Title: `a "quoted" <title>`, Labels: []string{"one", "<two>"}, Series: []chart.Series{{"given", []int{3, 0}}, {"ended", []int{-2, 401}}}}, 2, ">800<"},
		{"a short series", chart.Bars{Title: "short", Labels: []string{"one", "two"}, Series: []chart.Series{{"given", []int{8}}}}, 1, ">8<"},
	} {
		svg := string(tt.bars.SVG())
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v\n%s", tt.name, err, svg)
			}
		}
		if got := strings.Count(svg, "<rect"); got != tt.want || !strings.Contains(svg, tt.text) || strings.Contains(svg, "style=") || strings.Contains(svg, "<two>") {
			t.Errorf("%s: %d bars, want %d and %q:\n%s", tt.name, got, tt.want, tt.text, svg)
		}
	}
}
