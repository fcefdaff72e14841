package words

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
)

// Advises writes a recommendation with its risk on one line.
func (w *Words) Advises(r assist.Recommendation, d request.Duration, risk assist.Risk) string {
	if risk == assist.Undetermined && r != assist.Deny || risk == "" {
		return w.T("Too little precedent for advice")
	}
	text := w.T("No recommendation")
	switch r {
	case assist.Approve:
		text = w.T("Approve")
	case assist.ApproveFor:
		text = w.T("Approve for %s", w.Lasts(d))
	case assist.Deny:
		text = w.T("Deny")
	}
	return text + ", " + w.Risk(risk)
}

// Risk writes a risk.
func (w *Words) Risk(r assist.Risk) string {
	switch r {
	case assist.Low:
		return w.T("low risk")
	case assist.Moderate:
		return w.T("moderate risk")
	case assist.High:
		return w.T("high risk")
	}
	return w.T("risk not determined")
}

// RiskTone is the tone of a risk on a badge.
func RiskTone(r assist.Risk) string {
	return map[assist.Risk]string{assist.Low: "good", assist.Moderate: "wait", assist.High: "bad"}[r]
}

// Percent writes a share in percent.
func Percent(p float64) string { return fmt.Sprintf("%.0f %%", 100*math.Abs(p)) }

var (
	counted   = regexp.MustCompile(`^Of (\d+) requests? (.+), (\d+) (?:was|were) approved since (\d+ \w+ \d+): between (\d+ %) and (\d+ %) of such\.$`)
	places    = regexp.MustCompile(`^(everywhere|on the connection (\S+)|in (\S+)|for the asset itself|for what is tagged (\S+)|for the beneficiary)(?: (.+))?$`)
	different = regexp.MustCompile(`^(To read only|For (\d+ [A-Z]+)|With the group (.+)|With (.+)), the chance of a denial would be (\d+ %): (low risk|moderate risk|high risk)\.$`)
	cohorts   = regexp.MustCompile(`^(by members of|by people with) (.+)$`)
)

// Evidence says a sentence of review assist. The text of a model stays as it is.
func (w *Words) Evidence(text string) string {
	if w.Tag == Languages()[0].Tag {
		return text
	}
	if m := different.FindStringSubmatch(text); m != nil {
		return w.T("%s, the chance of a denial would be %s: %s.", w.alteration(m), m[5], w.T(m[6]))
	}
	m := counted.FindStringSubmatch(text)
	if m == nil {
		return w.Say(text)
	}
	n, _ := strconv.Atoi(m[1]) // the expression says that it is one
	since := m[4]
	if at, err := time.Parse("2 January 2006", since); err == nil {
		since = w.Day(at)
	}
	return w.T("Of %d requests %s, approved since %s: %s. Between %s and %s of such.", n, w.cohort(m[2]), since, m[3], m[5], m[6])
}

// alteration writes what would be different.
func (w *Words) alteration(m []string) string {
	switch {
	case m[2] != "":
		return w.T("For %s", w.lastsAs(m[2]))
	case m[3] != "":
		return w.T("With the group %s", m[3])
	case m[4] != "":
		return w.T("With %s", m[4])
	}
	return w.T("To read only")
}

// cohort writes which requests are counted: where, and of whom.
func (w *Words) cohort(text string) string {
	m := places.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	place := m[1]
	switch {
	case m[2] != "":
		place = w.T("on the connection %s", m[2])
	case m[3] != "":
		place = w.T("in %s", m[3])
	case m[4] != "":
		place = w.T("for what is tagged %s", m[4])
	default:
		place = w.T(place)
	}
	if of := cohorts.FindStringSubmatch(m[5]); of != nil {
		return place + " " + w.T(of[1]+" %s", of[2])
	}
	return strings.TrimSpace(place + " " + w.T(m[5]))
}
