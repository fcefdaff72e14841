package review

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/cel-go/common"

	"github.com/grantwright/grantwright/review/internal/condition"
)

// RuleError says where a condition cannot be used.
type RuleError struct {
	Rule       string // the name of the rule, or of what else holds the condition
	Line       int    // from 1; 0 if the fault has no place
	Column     int    // from 1
	Reason     string
	Expression string // the condition
}

func (e *RuleError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("review: %s: %s", e.Rule, e.Reason)
	}
	return fmt.Sprintf("review: %s: line %d, column %d: %s", e.Rule, e.Line, e.Column, e.Reason)
}

// Snippet is the line of the expression that is at fault, with a mark below the
// place; empty if the fault has none.
func (e *RuleError) Snippet() string {
	lines := strings.Split(e.Expression, "\n")
	if e.Line < 1 || e.Line > len(lines) || e.Expression == "" {
		return ""
	}
	line := strings.ReplaceAll(lines[e.Line-1], "\t", " ")
	return line + "\n" + strings.Repeat(" ", max(0, e.Column-1)) + "^"
}

// ruleError says where something is wrong, if cel-go knows the place.
func ruleError(rule, expression string, at common.Location, reason string) *RuleError {
	e := &RuleError{Rule: rule, Expression: expression, Reason: plainly(reason)}
	if at.Line() > 0 {
		e.Line, e.Column = at.Line(), max(0, at.Column())+1
	}
	return e
}

var (
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)' \(in container '[^']*'\)$`)
	undefined  = regexp.MustCompile(`^undefined field '([^']*)'$`)
)

// plainly says what cel-go finds wrong with a name, and which name may have been
// meant.
func plainly(reason string) string {
	if m := undeclared.FindStringSubmatch(reason); m != nil {
		return fmt.Sprintf("undeclared reference to '%s'%s", m[1], meant(m[1], condition.Variables))
	}
	if m := undefined.FindStringSubmatch(reason); m != nil {
		var fields []string
		for _, f := range vocabulary() {
			fields = append(fields, f.Name[strings.LastIndexByte(f.Name, '.')+1:])
		}
		return reason + meant(m[1], append(fields, "source"))
	}
	return reason
}

// meant asks whether another name was meant that is spelled nearly so.
func meant(name string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	if best == "" || best == name || least >= len(name) {
		return ""
	}
	return fmt.Sprintf("; is %s meant?", best)
}

// distance counts the letters that have to be changed, added, left out or swapped
// with the next to make one word of another.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			changed := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				changed++
			}
			rows[i][j] = min(changed, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
