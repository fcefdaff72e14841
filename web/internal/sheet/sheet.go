// Package sheet writes lists as CSV (RFC 4180) for spreadsheets, and as JSON lines, line by
// line: what is written stays in memory no longer than its page.
package sheet

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
)

// Writer writes lines of CSV.
type Writer struct{ csv *csv.Writer }

// New writes a header, and then lines, to w.
func New(w io.Writer, header []string) *Writer {
	s := &Writer{csv.NewWriter(w)}
	s.csv.UseCRLF = true
	_ = s.csv.Write(header) // an error stays, and Flush returns it
	return s
}

// Line adds a line. Cells that a spreadsheet would take for a formula are marked.
func (s *Writer) Line(cells ...string) { _ = s.csv.Write(Plain(cells...)) }

// Flush sends what was added. It returns the first error of all writes.
func (s *Writer) Flush() error {
	s.csv.Flush()
	return s.csv.Error()
}

// Plain marks cells that a spreadsheet would take for a formula: names come from
// platforms and from people.
func Plain(cells ...string) []string {
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			cells[i] = "'" + c
		}
	}
	return cells
}

// Access names the columns of entitlements.
var Access = []string{"beneficiary", "beneficiary_kind", "principal", "asset", "type", "privilege", "columns", "unmasked", "state", "evidence", "how",
	"since", "until", "gone", "approved", "approvers", "flow", "rule", "request", "remaining_ways_in", "gaps", "emergency"}

// Entitlement adds one of them.
func (s *Writer) Entitlement(e grantwright.Entitlement) {
	kind := string(e.For)
	if kind == "" {
		kind = "PERSON"
	}
	s.Line(string(e.Beneficiary), kind, e.Principal, string(e.At), string(e.Type), string(e.Access.Privilege), Columns(e.Access.Columns), Columns(e.Access.Unmasked),
		string(e.State), string(e.Evidence), string(e.How), Moment(e.Since), Moment(e.Until), Moment(e.Gone), Moment(e.Approved),
		approversOf(e), string(e.Flow), e.Rule, string(e.Request), pathsOf(e.Remaining), strings.Join(e.Gaps.Lines(), "; "), strconv.FormatBool(e.Emergency))
}

// Columns writes names of columns, with spaces between them: one that holds a space or a
// quote stands in quotes, each of its own twice.
func Columns(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		if all[i] = visible.Text(name); strings.ContainsAny(name, ` "`) {
			all[i] = `"` + strings.ReplaceAll(all[i], `"`, `""`) + `"`
		}
	}
	return strings.Join(all, " ")
}

// Moment writes a time as spreadsheets read it; the zero time is empty.
func Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func approversOf(e grantwright.Entitlement) string {
	var who []string
	for _, a := range e.Approvers {
		who = append(who, string(a.Person))
	}
	return strings.Join(who, " ")
}

func pathsOf(paths []provision.Path) string {
	var all []string
	for _, p := range paths {
		all = append(all, string(p))
	}
	return strings.Join(all, "; ")
}
