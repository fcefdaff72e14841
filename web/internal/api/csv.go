package api

import (
	"bytes"
	"encoding/csv"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
)

// accessHeader names the columns of entitlements.
var accessHeader = []string{"beneficiary", "beneficiary_kind", "principal", "asset", "type", "privilege", "columns", "unmasked", "state", "evidence", "how",
	"since", "until", "gone", "approved", "approvers", "flow", "rule", "request", "remaining_ways_in", "gaps"}

// accessLines writes entitlements as CSV (RFC 4180).
func accessLines(all []grantwright.Entitlement) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	_ = w.Write(accessHeader) // into memory: it cannot fail
	for _, e := range all {
		kind := string(e.For)
		if kind == "" {
			kind = "PERSON"
		}
		_ = w.Write(plainCells(string(e.Beneficiary), kind, e.Principal, string(e.At), string(e.Type), string(e.Access.Privilege), columnsIn(e.Access.Columns), columnsIn(e.Access.Unmasked),
			string(e.State), string(e.Evidence), string(e.How), moment(e.Since), moment(e.Until), moment(e.Gone), moment(e.Approved),
			approversOf(e), string(e.Flow), e.Rule, string(e.Request), pathsOf(e.Remaining), strings.Join(e.Gaps.Lines(), "; ")))
	}
	w.Flush()
	return b.Bytes()
}

// columnsIn writes names of columns, with spaces between them: one that holds a space or a
// quote stands in quotes, each of its own twice.
func columnsIn(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		if all[i] = visible.Text(name); strings.ContainsAny(name, ` "`) {
			all[i] = `"` + strings.ReplaceAll(all[i], `"`, `""`) + `"`
		}
	}
	return strings.Join(all, " ")
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

// moment writes a time as spreadsheets read it; the zero time is empty.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// plainCells marks cells that a spreadsheet would take for a formula: names come from
// platforms and from people.
func plainCells(cells ...string) []string {
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			cells[i] = "'" + c
		}
	}
	return cells
}
