package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Error names everything that is wrong with a file, in the order of its lines.
type Error struct{ Faults []Fault }

// Fault is one thing that is wrong.
type Fault struct {
	File   string
	Line   int    // from 1
	Column int    // from 1
	Field  string // such as "flows[0].default.act"; empty for the file as a whole
	Reason string // what is wrong, and what would be right

	// Condition is the fault of a condition, with its place in that; else nil.
	Condition *review.RuleError
}

func (f Fault) String() string {
	if f.Field == "" {
		return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Reason)
	}
	return fmt.Sprintf("%s:%d:%d: %s %s", f.File, f.Line, f.Column, f.Field, f.Reason)
}

func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return "manifest: " + strings.Join(lines, "\n")
}

// err is an *Error with the faults that were found, or nil.
func (d *decoder) err() error {
	if len(d.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(d.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	d.faults = d.faults[:min(len(d.faults), maxFaults)]
	for i, f := range d.faults {
		in := d.partAt(f.Line)
		d.faults[i].File, d.faults[i].Line, d.faults[i].Field = in.name, f.Line-in.before, in.local(f.Field)
	}
	return &Error{Faults: d.faults}
}

func (d *decoder) faultAt(line, column int, field, reason string, args ...any) {
	d.faults = append(d.faults, Fault{Line: max(line, 1), Column: max(column, 1), Field: field, Reason: fmt.Sprintf(reason, args...)})
}

// misread says why a value could not be read; nothing more is said of it.
func (d *decoder) misread(n *yaml.Node, field, reason string, args ...any) {
	d.bad[field] = true
	d.faultAt(n.Line, n.Column, field, reason, args...)
}

// fault says what is wrong with a field that was read. A field that is not in
// the file is missed where it should stand.
func (d *decoder) fault(field, reason string, args ...any) {
	if d.misreadAbove(field) {
		return
	}
	n := d.node(field)
	d.faultAt(n.Line, n.Column, field, reason, args...)
}

// misreadAbove reports whether a field, or what it stands in, could not be read.
func (d *decoder) misreadAbove(field string) bool {
	for ; field != ""; field = above(field) {
		if d.bad[field] {
			return true
		}
	}
	return false
}

// node is where a field stands, or what it is missing in.
func (d *decoder) node(field string) *yaml.Node {
	for ; field != ""; field = above(field) {
		if n := d.at[field]; n != nil {
			return n
		}
	}
	return &yaml.Node{Line: 1, Column: 1}
}

// above takes the last step off a field.
func above(field string) string { return field[:max(0, strings.LastIndexAny(field, ".["))] }

// invalid passes on what a package says of its own value, which stands at field.
// What is no *request.InvalidError is passed on by its caller.
func (d *decoder) invalid(field string, err error) {
	if e := (*request.InvalidError)(nil); errors.As(err, &e) {
		for _, f := range e.Faults {
			d.fault(field+"."+f.Field, "%s", f.Reason)
		}
	}
}

// condition passes on why a condition cannot be used, at its place in the file.
func (d *decoder) condition(field string, err error) {
	rule := (*review.RuleError)(nil)
	if !errors.As(err, &rule) || d.misreadAbove(field) {
		return
	}
	n := d.node(field)
	line, column, exact := d.within(n, rule.Line, rule.Column)
	if exact || rule.Line == 0 {
		d.faultAt(line, column, field, "cannot be used: %s", rule.Reason)
	} else {
		d.faultAt(line, column, field, "cannot be used: line %d, column %d of it: %s", rule.Line, rule.Column, rule.Reason)
	}
	d.faults[len(d.faults)-1].Condition = rule
}

// within is the place in the file of a place in a text, where the text stands in
// the file as it is.
func (d *decoder) within(n *yaml.Node, line, column int) (fileLine, fileColumn int, exact bool) {
	texts := strings.Split(n.Value, "\n")
	if line < 1 || line > len(texts) {
		return n.Line, n.Column, false
	}
	at, text := n.Line-1, texts[line-1]
	if n.Style&yaml.LiteralStyle != 0 {
		at += line
	}
	if at >= len(d.lines) {
		return n.Line, n.Column, false
	}
	from := 0
	if at == n.Line-1 {
		from = min(n.Column-1, len(d.lines[at]))
	}
	begins := strings.Index(d.lines[at][from:], text)
	if begins < 0 {
		return n.Line, n.Column, false
	}
	return at + 1, from + begins + column, true
}

var syntaxLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax says where the part behind some lines is no YAML. The name of an anchor is left out: what
// begins with a star may be a password.
func (d *decoder) syntax(before int, err error) {
	line, reason := 1, err.Error()
	if m := syntaxLine.FindStringSubmatch(reason); m != nil {
		line, _ = strconv.Atoi(m[1])
		reason = m[2]
		// The library counts the lines of these from 0.
		if strings.HasPrefix(reason, "did not find expected") {
			line++
		}
	}
	if strings.HasPrefix(reason, "unknown anchor") {
		reason = "an alias names an anchor that is not there; put text that begins with * into quotes"
	}
	d.faultAt(before+max(line, 1), 1, "", "is not YAML: %s", reason)
}
