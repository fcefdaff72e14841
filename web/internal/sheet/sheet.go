// Package sheet writes lists as CSV (RFC 4180) for spreadsheets, and as JSON lines, line by
// line: what is written stays in memory no longer than its page.
package sheet

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
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

// Access names the columns of entitlements. given_by is Grantwright, or who else gave the access
// on the platform: then its state is FOREIGN, and rights are in the platform's words. A line whose state is NOTE says in its first
// column what the list lacks.
var Access = []string{"beneficiary", "beneficiary_kind", "principal", "asset", "type", "privilege", "columns", "unmasked", "state", "evidence", "how",
	"since", "until", "gone", "approved", "approvers", "flow", "rule", "request", "remaining_ways_in", "gaps", "given_by", "rights"}

// Entitlement adds one of them.
func (s *Writer) Entitlement(e grantwright.Entitlement) {
	s.Line(string(e.Beneficiary), cmp.Or(string(e.For), "PERSON"), e.Principal, string(e.At), string(e.Type), string(e.Access.Privilege), Columns(e.Access.Columns), Columns(e.Access.Unmasked),
		string(e.State), string(e.Evidence), string(e.How), Moment(e.Since), Moment(e.Until), Moment(e.Gone), Moment(e.Approved),
		approversOf(e), string(e.Flow), e.Rule, string(e.Request), pathsOf(e.Remaining), strings.Join(e.Gaps.Lines(), "; "), "Grantwright", "")
}

// Others adds what others gave on the platform, and then a note, unless it is empty.
func (s *Writer) Others(all []provision.Foreign, note string) {
	line := func(cells map[string]string) {
		all := make([]string, len(Access))
		for i, name := range Access {
			all[i] = cells[name]
		}
		s.Line(all...)
	}
	for _, f := range all {
		line(map[string]string{"principal": f.Principal.Name, "asset": string(f.Asset.Ref), "privilege": string(f.Access.Privilege),
			"columns": Columns(f.Access.Columns), "state": "FOREIGN", "given_by": f.By, "rights": strings.Join(f.Rights, " ")})
	}
	if note != "" {
		line(map[string]string{"beneficiary": note, "state": "NOTE"})
	}
}

// Requests names the columns of requests.
var Requests = []string{"request", "status", "type", "asset", "privilege", "columns", "duration", "requester", "beneficiary", "beneficiary_kind", "principal",
	"form", "submitted", "decided", "ended", "reason", "renews", "batch", "answers"}

// Request adds one of them. Its answers are JSON.
func (s *Writer) Request(r request.Request) {
	answers := ""
	if len(r.Answers) > 0 {
		text, _ := json.Marshal(r.Answers) // lists of texts always can be
		answers = string(text)
	}
	s.Line(string(r.ID), string(r.Status), string(r.Type), string(r.Asset), string(r.Privilege), Columns(r.Columns), r.Duration.String(), string(r.Requester),
		string(r.Beneficiary), cmp.Or(string(r.For), "PERSON"), r.Principal.Name, string(r.Form.Name), Moment(r.Submitted), Moment(r.Decided), Moment(r.Ended),
		r.Reason, string(r.Renews), string(r.Batch), answers)
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
