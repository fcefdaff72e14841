package auditing

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/web/internal/pages/chart"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// advicePage says how review assist does.
type advicePage struct {
	Faults  []frame.ShownFault
	Trouble string

	Connection, Flow string // as they were asked for; both empty for everything
	Months           string

	By  []byMonth    // the newest first
	All assist.Score // of all these months

	Reliability []reliable
	Expected    chart.Bars // beside what came of it, by the size of the chance
	Drift       chart.Bars // agreed and overridden, by month
	Pace        []paced
	Mean        string // time from open to determination
}

// byMonth is the score of one month.
type byMonth struct {
	assist.Score
	BrierScore, Calibration string
}

// reliable is what became of the chances of one size.
type reliable struct {
	Chance   string
	N        int
	Expected string
	Approved int
	Share    string // that was approved
}

// paced is how many determinations came within a time.
type paced struct {
	Within string
	N      int
}

// usualMonths are the months of a report for which nobody has asked.
const usualMonths = 12

func (s *room) advicePage(w http.ResponseWriter, r *http.Request) {
	query, said := r.URL.Query(), words.Of(r)
	page := advicePage{Connection: strings.TrimSpace(query.Get("connection")), Flow: strings.TrimSpace(query.Get("flow")), Months: query.Get("months")}
	months := usualMonths
	if page.Months != "" {
		months, _ = strconv.Atoi(page.Months) // what is no number is no count of months either
	}
	scope, status := assist.Everywhere, http.StatusOK
	switch {
	case page.Connection != "" && page.Flow != "":
		page.Faults, status = []frame.ShownFault{{Field: "flow", Text: said.T("Choose a connection or a flow, not both.")}}, http.StatusUnprocessableEntity
	case page.Connection != "":
		scope = assist.OfConnection(page.Connection)
	case page.Flow != "":
		scope = assist.OfFlow(request.FlowName(page.Flow))
	}
	found, err := s.Engine.Assist().Report(r.Context(), site.VisitOf(r.Context()).By, scope, months)
	if faults := request.FaultsOf(err); len(faults) > 0 {
		page.Faults, status = []frame.ShownFault{frame.Titled("months", said.T("Months"), said.Say(faults[0].Reason))}, http.StatusUnprocessableEntity
	} else if err != nil {
		s.Fail(w, r, err)
		return
	}
	if status == http.StatusOK {
		page.fill(said, found)
	}
	s.show(w, r, status, "advice", page)
}

// fill makes the tables and charts of some months, the earliest first.
func (p *advicePage) fill(w *words.Words, months []assist.Score) {
	p.Drift = chart.Bars{Title: w.T("Agreed and overridden by month"), Series: []chart.Series{{Name: w.T("Agreed")}, {Name: w.T("Overridden")}}}
	for _, m := range months {
		p.All = p.All.Sum(m)
		p.By = append([]byMonth{{m, share(m.Brier(), m.Determined), share(m.CalibrationError(), m.Determined)}}, p.By...)
		p.Drift.Labels = append(p.Drift.Labels, m.Month)
		p.Drift.Series[0].Values = append(p.Drift.Series[0].Values, m.Agreed)
		p.Drift.Series[1].Values = append(p.Drift.Series[1].Values, m.Overridden)
	}
	p.Expected = chart.Bars{Title: w.T("Expected and real approvals by chance"), Series: []chart.Series{{Name: w.T("Expected")}, {Name: w.T("Approved")}}}
	for i, one := range p.All.Reliability {
		row := reliable{Chance: fmt.Sprintf("%d–%d %%", 10*i, 10*i+10), N: one.N, Expected: fmt.Sprintf("%.1f", one.Expected), Approved: one.Approved}
		if one.N > 0 {
			row.Share = words.Percent(float64(one.Approved) / float64(one.N))
		}
		p.Reliability = append(p.Reliability, row)
		p.Expected.Labels = append(p.Expected.Labels, fmt.Sprintf("%d", 10*i))
		p.Expected.Series[0].Values = append(p.Expected.Series[0].Values, int(one.Expected+0.5))
		p.Expected.Series[1].Values = append(p.Expected.Series[1].Values, one.Approved)
	}
	for i, within := range []string{w.T("10 seconds"), w.T("1 minute"), w.T("10 minutes"), w.T("longer")} {
		p.Pace = append(p.Pace, paced{within, p.All.Pace[i]})
	}
	if p.All.Advised > 0 {
		p.Mean = (time.Duration(p.All.Seconds/float64(p.All.Advised)) * time.Second).String()
	}
}

// share writes a figure between 0 and 1; nothing where it is of nothing.
func share(of float64, n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.3f", of)
}

// BrierScore and Calibration are those of all months.
func (p advicePage) BrierScore() string  { return share(p.All.Brier(), p.All.Determined) }
func (p advicePage) Calibration() string { return share(p.All.CalibrationError(), p.All.Determined) }
