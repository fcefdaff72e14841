package auditing

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/chart"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// chartsPage answers questions by figures.
type chartsPage struct {
	Faults  []frame.ShownFault
	Trouble string

	Connection  string // as it was asked for; empty for all
	Connections []string
	Until       time.Time // the day that the figures reach up to
	Weeks       int
	Behind      int64 // events that are not counted so far
	Log         bool  // whoever looks may read the log

	Waits  figure // how long decisions took
	Ages   figure // how old open requests are
	Access figure // that was given, and is gone, by week
	By     []byConnection
	Oldest string     // day of which something is open; empty where nothing is
	Drawn  chart.Bars // By as a chart
}

// figure is a chart with the table of the same.
type figure struct {
	chart.Bars
	Total int
}

// byConnection are the figures of one connection.
type byConnection struct {
	Name string
	event.Counts
}

// shownWeeks are how many weeks the figures go back.
const shownWeeks = 26

func (s *room) chartsPage(w http.ResponseWriter, r *http.Request) {
	days, behind, err := s.Engine.Log().Tallies(r.Context(), site.VisitOf(r.Context()).By)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := chartsPage{Connection: r.URL.Query().Get("connection"), Behind: behind, Weeks: shownWeeks, Log: site.VisitOf(r.Context()).By.Has(request.Audit)}
	status := http.StatusOK
	names := map[string]bool{}
	for _, d := range days {
		for name := range d.Connections {
			names[name] = true
		}
	}
	page.Connections = slices.Sorted(maps.Keys(names))
	if page.Connection != "" && !names[page.Connection] {
		page.Faults = []frame.ShownFault{{Field: "connection", Text: words.Of(r).T("There are no figures of a connection %s.", page.Connection)}}
		page.Connection, status = "", http.StatusNotFound
	}
	page.draw(words.Of(r), days)
	s.show(w, r, status, "charts", page)
}

// draw makes the figures of some days, the newest first.
func (p *chartsPage) draw(w *words.Words, days []event.Tally) {
	p.Until = dayOf(days[0]) // today is always among them
	first := weekOf(p.Until).AddDate(0, 0, -7*(shownWeeks-1))
	given, gone := make([]int, shownWeeks), make([]int, shownWeeks)
	open, waited := make([]int, len(ages)), make([]int, len(event.Waits)+1)
	by := map[string]event.Counts{}
	for _, d := range days {
		at, sum := dayOf(d), event.Counts{}
		for name, c := range d.Connections {
			if p.Connection != "" && name != p.Connection {
				continue
			}
			sum = sum.Plus(c)
			recent := c
			if at.Before(first) {
				recent = event.Counts{Open: c.Open}
			}
			by[name] = by[name].Plus(recent)
		}
		if sum.Open > 0 {
			open[ageOf(p.Until.Sub(at))] += sum.Open
			p.Oldest = w.Day(at)
		}
		if at.Before(first) {
			continue
		}
		week := int(at.Sub(first) / (7 * 24 * time.Hour))
		given[week] += sum.Given
		gone[week] += sum.Gone
		for i, n := range sum.Waited {
			waited[i] += n
		}
	}
	p.Waits = figureOf(w.T("How long decisions took"), waitLabels(w), chart.Series{Name: w.T("Decisions"), Values: waited})
	p.Ages = figureOf(w.T("Open requests by age"), ageLabels(w), chart.Series{Name: w.T("Open requests"), Values: open})
	p.Access = figureOf(w.T("Access given and removed by week"), weekLabels(w, first), chart.Series{Name: w.T("Given"), Values: given}, chart.Series{Name: w.T("Removed"), Values: gone})
	for name, c := range by {
		p.By = append(p.By, byConnection{name, c})
	}
	slices.SortFunc(p.By, func(a, b byConnection) int {
		return cmp.Or(cmp.Compare(b.Submitted, a.Submitted), cmp.Compare(a.Name, b.Name))
	})
	p.Drawn = p.drawn(w)
}

// shownConnections is how many connections a chart shows; the table has all.
const shownConnections = 10

// drawn draws what connections have to do, side by side.
func (p *chartsPage) drawn(w *words.Words) chart.Bars {
	b := chart.Bars{Title: w.T("Requests by connection"), Series: []chart.Series{{Name: w.T("Submitted")}, {Name: w.T("Open")}}}
	for _, c := range p.By[:min(len(p.By), shownConnections)] {
		b.Labels = append(b.Labels, c.Name)
		b.Series[0].Values = append(b.Series[0].Values, c.Submitted)
		b.Series[1].Values = append(b.Series[1].Values, c.Open)
	}
	return b
}

func figureOf(title string, labels []string, series ...chart.Series) figure {
	f := figure{Bars: chart.Bars{Title: title, Labels: labels, Series: series}}
	for _, s := range series {
		for _, v := range s.Values {
			f.Total += v
		}
	}
	return f
}

// dayOf is the day of a tally; the zero time if it has none that can be read.
func dayOf(t event.Tally) time.Time {
	at, _ := time.Parse(time.DateOnly, t.Day) // the engine has written it
	return at
}

// weekOf is the Monday of a week (ISO 8601).
func weekOf(at time.Time) time.Time {
	return at.AddDate(0, 0, -(int(at.Weekday())+6)%7)
}

// ages are the bounds of the ages of open requests, in days.
var ages = []int{1, 3, 7, 30, 0}

func ageOf(old time.Duration) int {
	for i, most := range ages[:len(ages)-1] {
		if old < time.Duration(most)*24*time.Hour {
			return i
		}
	}
	return len(ages) - 1
}

func ageLabels(w *words.Words) []string {
	return []string{w.T("Today"), w.T("1–2 days"), w.T("3–6 days"), w.T("7–29 days"), w.T("30 days and more")}
}

func waitLabels(w *words.Words) []string {
	return []string{w.T("1 hour"), w.T("4 hours"), w.T("1 day"), w.T("3 days"), w.T("7 days"), w.T("30 days"), w.T("longer")}
}

func weekLabels(w *words.Words, first time.Time) (all []string) {
	for i := range shownWeeks {
		at := first.AddDate(0, 0, 7*i)
		all = append(all, strings.TrimSuffix(w.Day(at), at.Format(" 2006")))
	}
	return all
}
