// Package chart draws bars as SVG, on the server: with attributes of presentation and classes
// of the stylesheet only, so that no policy has to allow inline styles. A chart shows the same
// as the table beside it, and screen readers are told so.
package chart

import (
	"fmt"
	"html/template"
	"strings"
)

// Bars are groups of bars, each group under its label.
type Bars struct {
	Title  string   // what the chart shows, for whoever does not see it
	Labels []string // of the groups
	Series []Series
}

// Series are the bars of one kind, one for each group.
type Series struct {
	Name   string
	Values []int // negative ones are drawn as none
}

// The measures of a chart, in the units of its viewBox. It is as wide as its place.
const (
	width, height       = 640, 220
	left, right         = 44, 8
	top, bottom         = 18, 34
	plotWide, plotHigh  = width - left - right, height - top - bottom
	lines               = 4  // of the grid
	most                = 12 // labels, under so many groups each has one
	shownValues         = 14 // bars, of which each shows its value
	barShare, groupFill = 0.86, 0.72
)

// SVG draws the bars.
func (b Bars) SVG() template.HTML {
	var out strings.Builder
	bound := b.bound()
	fmt.Fprintf(&out, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`, width, height, template.HTMLEscapeString(b.Title))
	for i := range lines + 1 {
		y := float64(top) + float64(plotHigh)*float64(i)/lines
		fmt.Fprintf(&out, `<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, left, width-right, y, y)
		fmt.Fprintf(&out, `<text class="axis" x="%d" y="%.1f" text-anchor="end">%d</text>`, left-6, y+4, bound*(lines-i)/lines)
	}
	groups := max(1, len(b.Labels))
	step := float64(plotWide) / float64(groups)
	every := (groups + most - 1) / most
	for i, label := range b.Labels {
		if i%every == 0 {
			fmt.Fprintf(&out, `<text class="axis" x="%.1f" y="%d" text-anchor="middle">%s</text>`, float64(left)+step*(float64(i)+.5), height-bottom+16, template.HTMLEscapeString(label))
		}
		b.group(&out, i, step, bound)
	}
	out.WriteString(`</svg>`)
	return template.HTML(out.String())
}

// group draws the bars of one group, with their values where there are few.
func (b Bars) group(out *strings.Builder, i int, step float64, bound int) {
	wide := step * groupFill / float64(max(1, len(b.Series)))
	for n, s := range b.Series {
		if i >= len(s.Values) || s.Values[i] <= 0 {
			continue
		}
		high := float64(plotHigh) * float64(s.Values[i]) / float64(bound)
		x := float64(left) + step*float64(i) + step*(1-groupFill)/2 + wide*float64(n)
		fmt.Fprintf(out, `<rect class="series-%d" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2"/>`, n+1, x, float64(height-bottom)-high, max(1, wide*barShare), high)
		if len(b.Labels)*len(b.Series) <= shownValues {
			fmt.Fprintf(out, `<text class="value" x="%.1f" y="%.1f" text-anchor="middle">%d</text>`, x+wide*barShare/2, float64(height-bottom)-high-4, s.Values[i])
		}
	}
}

// bound is the top of the axis: a round number that no bar exceeds, which the lines of the
// grid divide.
func (b Bars) bound() int {
	largest := lines
	for _, s := range b.Series {
		for _, v := range s.Values {
			largest = max(largest, v)
		}
	}
	for unit := 1; ; unit *= 10 {
		for _, n := range []int{4, 8, 20, 40} {
			if n*unit >= largest {
				return n * unit
			}
		}
	}
}
