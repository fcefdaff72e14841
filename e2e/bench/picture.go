package main

import (
	"errors"
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// line is one line of a picture.
type line struct {
	name   string
	colour string
	points []point
}

type point struct{ x, y float64 }

// picture is a chart of lines: both axes grow by factors, so that a ratio is a
// distance.
type picture struct {
	title, across, up string
	lines             []line
}

// The size of a picture, and the room around its chart.
const (
	pictureWidth, pictureHeight = 760.0, 400.0
	leftEdge, rightEdge         = 70.0, 190.0
	topEdge, bottomEdge         = 46.0, 52.0
	chartWidth                  = pictureWidth - leftEdge - rightEdge
	chartHeight                 = pictureHeight - topEdge - bottomEdge
	ourColour, floorColour      = "#1f5fa8", "#8a8a8a"
	otherColour, furtherColour  = "#c2571a", "#3d8a4f"
)

// writePictures draws throughput over concurrency, and over the size of the store.
func writePictures(folder string, rows []row) error {
	return errors.Join(
		throughputPicture(rows).write(filepath.Join(folder, "throughput.svg")),
		sizePicture(rows).write(filepath.Join(folder, "size.svg")))
}

func throughputPicture(rows []row) picture {
	return picture{title: "Flows a second, by how many go on at a time", across: "flows at a time", up: "flows a second", lines: []line{
		{"bare statements", floorColour, pointsOf(rows, flowFigure, func(r row) float64 { return r.Floor })},
		{"in process", ourColour, pointsOf(rows, flowFigure, ours)},
		{"over HTTP", otherColour, pointsOf(rows, httpFigure, ours)},
		{"guarded", furtherColour, pointsOf(rows, guardedFigure, ours)},
	}}
}

func sizePicture(rows []row) picture {
	return picture{title: "Flows a second, by the requests in the store", across: "requests in the store", up: "flows a second", lines: []line{
		{"in process, 8 at a time", ourColour, pointsOf(rows, flatFigure, ours)},
	}}
}

func ours(r row) float64 { return r.Ours }

// pointsOf are the rows of a figure that have a place, in its order.
func pointsOf(rows []row, figure string, y func(row) float64) []point {
	var points []point
	for _, r := range rows {
		if r.Figure == figure && r.X > 0 && y(r) > 0 {
			points = append(points, point{r.X, y(r)})
		}
	}
	slices.SortFunc(points, func(a, b point) int { return int(math.Copysign(1, a.x-b.x)) })
	return points
}

// write draws the picture; without any point it leaves the file alone.
func (p picture) write(path string) error {
	p.lines = slices.DeleteFunc(p.lines, func(l line) bool { return len(l.points) == 0 })
	if len(p.lines) == 0 {
		return nil
	}
	return os.WriteFile(path, []byte(p.svg()), 0o644)
}

func (p picture) svg() string {
	xs, ys := p.axis(func(o point) float64 { return o.x }), p.axis(func(o point) float64 { return o.y })
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="sans-serif" font-size="13" role="img">`+"\n", pictureWidth, pictureHeight)
	fmt.Fprintf(&b, "<title>%[1]s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n<text x=\"%[2]g\" y=\"24\" font-size=\"16\">%[1]s</text>\n", html.EscapeString(p.title), leftEdge)
	p.grid(&b, xs, ys)
	var written []point
	for i, l := range p.lines {
		written = l.draw(&b, xs, ys, i, written)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// grid draws the axes with the values on them.
func (p picture) grid(b *strings.Builder, xs, ys axis) {
	bottom := topEdge + chartHeight
	for _, v := range ys.marks() {
		y := bottom - ys.share(v)*chartHeight
		fmt.Fprintf(b, `<path d="M%g %.1fH%g" stroke="#e2e2e2"/><text x="%g" y="%.1f" text-anchor="end" fill="#444">%s</text>`+"\n", leftEdge, y, leftEdge+chartWidth, leftEdge-8, y+4, grouped(v))
	}
	for _, v := range xs.marks() {
		x := leftEdge + xs.share(v)*chartWidth
		fmt.Fprintf(b, `<path d="M%.1f %gV%g" stroke="#e2e2e2"/><text x="%.1f" y="%g" text-anchor="middle" fill="#444">%s</text>`+"\n", x, topEdge, bottom, x, bottom+18, grouped(v))
	}
	fmt.Fprintf(b, `<path d="M%g %gV%gH%g" stroke="#444" fill="none"/>`+"\n", leftEdge, topEdge, bottom, leftEdge+chartWidth)
	fmt.Fprintf(b, `<text x="%g" y="%g" text-anchor="middle">%s</text>`+"\n", leftEdge+chartWidth/2, bottom+40, html.EscapeString(p.across))
	fmt.Fprintf(b, `<text transform="translate(18 %g) rotate(-90)" text-anchor="middle">%s</text>`+"\n", topEdge+chartHeight/2, html.EscapeString(p.up))
}

// draw adds the line, and the values of its points where there is room between those
// that are written already. It returns the places of all of them.
func (l line) draw(b *strings.Builder, xs, ys axis, number int, written []point) []point {
	var path []string
	var dots strings.Builder
	for _, o := range l.points {
		x, y := leftEdge+xs.share(o.x)*chartWidth, topEdge+(1-ys.share(o.y))*chartHeight
		path = append(path, fmt.Sprintf("%.1f,%.1f", x, y))
		fmt.Fprintf(&dots, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`, x, y, l.colour)
		at := point{x, y - 8}
		if !slices.ContainsFunc(written, at.near) {
			written = append(written, at)
			fmt.Fprintf(&dots, `<text x="%.1f" y="%.1f" font-size="11" text-anchor="middle" fill="%s">%s</text>`, at.x, at.y, l.colour, short(o.y))
		}
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>%s`+"\n", strings.Join(path, " "), l.colour, dots.String())
	at := topEdge + 10 + 22*float64(number)
	fmt.Fprintf(b, `<path d="M%g %gh18" stroke="%s" stroke-width="3"/><text x="%g" y="%g">%s</text>`+"\n", leftEdge+chartWidth+14, at, l.colour, leftEdge+chartWidth+38, at+4, html.EscapeString(l.name))
	return written
}

// near reports whether two texts would cover each other.
func (o point) near(p point) bool { return math.Abs(o.x-p.x) < 30 && math.Abs(o.y-p.y) < 20 }

// axis is the range of one direction, by factors.
type axis struct {
	least, most float64
	values      []float64 // of the points
}

func (p picture) axis(of func(point) float64) axis {
	a := axis{least: math.Inf(1)}
	for _, l := range p.lines {
		for _, o := range l.points {
			v := of(o)
			a.least, a.most = min(a.least, v), max(a.most, v)
			if !slices.Contains(a.values, v) {
				a.values = append(a.values, v)
			}
		}
	}
	a.least, a.most = a.least/1.3, a.most*1.3
	return a
}

// share is where a value lies, between 0 and 1.
func (a axis) share(v float64) float64 { return math.Log(v/a.least) / math.Log(a.most/a.least) }

// marks are the values that are written: those of the points where they are few, or
// else 1, 2 and 5 of each power of ten.
func (a axis) marks() []float64 {
	if len(a.values) <= 5 {
		return a.values
	}
	var marks []float64
	for power := math.Pow(10, math.Floor(math.Log10(a.least))); power <= a.most; power *= 10 {
		for _, v := range []float64{power, 2 * power, 5 * power} {
			if v >= a.least && v <= a.most {
				marks = append(marks, v)
			}
		}
	}
	return marks
}

// grouped is a number with a comma between thousands.
func grouped(v float64) string {
	text := short(v)
	if v < 1000 {
		return text
	}
	text = fmt.Sprintf("%.0f", v)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
