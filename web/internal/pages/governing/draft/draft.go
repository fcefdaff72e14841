// Package draft reads what governance defines from the fields of a page's form. A page
// sends a whole definition with each button: Read makes it of the fields, Edit does what
// the button says, such as moving a question, and the page shows it anew. Nothing is stored
// in between.
//
// A field is named as faults of a file name it: questions[0].title. Texts of a list stand
// on a line each, and a duration has a count and a unit.
package draft

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/request"
)

// MaxItems bounds each list of a draft.
const MaxItems = 200

// Fault is a field that cannot be read.
type Fault struct{ Field, Reason string }

// stamped are fields that saving sets.
var stamped = []string{"version", "savedBy", "agreedBy"}

// reader reads fields; there are the names of all that were sent, and of what they are in.
type reader struct {
	values url.Values
	there  map[string]bool
	faults []Fault
}

// Read fills a definition from the fields of a form. What cannot be read stays zero, and
// is among the faults.
func Read(values url.Values, into any) []Fault {
	r := &reader{values: values, there: map[string]bool{}}
	for name := range values {
		for i, c := range name {
			if c == '.' || c == '[' {
				r.there[name[:i]] = true
			}
		}
		r.there[name] = true
	}
	r.record("", reflect.ValueOf(into).Elem())
	return r.faults
}

func (r *reader) record(at string, v reflect.Value) {
	for i := range v.NumField() {
		name := nameOf(v.Type().Field(i))
		if name == "" || at == "" && slices.Contains(stamped, name) {
			continue
		}
		r.value(inside(at, name), v.Field(i))
	}
}

func (r *reader) value(at string, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[request.Duration]():
		v.Set(reflect.ValueOf(r.duration(at)))
	case v.Kind() == reflect.Struct:
		r.record(at, v)
	case v.Kind() == reflect.Pointer:
		if r.there[at] {
			v.Set(reflect.New(v.Type().Elem()))
			r.value(at, v.Elem())
		}
	case v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[request.Duration]():
		v.Set(reflect.ValueOf(r.durations(at)))
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		r.list(at, v)
	case v.Kind() == reflect.Slice:
		for _, line := range r.lines(at) {
			v.Set(reflect.Append(v, reflect.ValueOf(line).Convert(v.Type().Elem())))
		}
	case v.Kind() == reflect.Bool:
		v.SetBool(r.values.Get(at) != "")
	case v.Kind() == reflect.Int:
		v.SetInt(int64(r.number(at, r.values.Get(at))))
	case v.Kind() == reflect.String:
		v.SetString(text(r.values.Get(at)))
	}
}

func (r *reader) list(at string, v reflect.Value) {
	for i := 0; i < MaxItems && r.there[fmt.Sprintf("%s[%d]", at, i)]; i++ {
		one := reflect.New(v.Type().Elem()).Elem()
		r.value(fmt.Sprintf("%s[%d]", at, i), one)
		v.Set(reflect.Append(v, one))
	}
}

// lines are the texts of a list: one on each line of each value that was sent.
func (r *reader) lines(at string) (all []string) {
	for _, value := range r.values[at] {
		for line := range strings.SplitSeq(text(value), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				all = append(all, line)
			}
		}
	}
	return all
}

func (r *reader) number(at, value string) int {
	if value = strings.TrimSpace(value); value == "" {
		return 0
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		r.faults = append(r.faults, Fault{at, "must be a whole number"})
		return 0
	}
	return n
}

// duration is a count with a unit, or none where there is no count.
func (r *reader) duration(at string) (d request.Duration) {
	count, unit := strings.TrimSpace(r.values.Get(at+".count")), r.values.Get(at+".unit")
	if unit == request.Endless.String() {
		return request.Endless
	}
	if count == "" {
		return d
	}
	return r.parse(at, count+" "+unit)
}

func (r *reader) durations(at string) (all []request.Duration) {
	for _, line := range r.lines(at) {
		if d := r.parse(at, line); !d.IsZero() {
			all = append(all, d)
		}
	}
	return all
}

func (r *reader) parse(at, value string) request.Duration {
	d, err := request.ParseDuration(strings.ToUpper(value))
	if err != nil {
		r.faults = append(r.faults, Fault{at, "must be a number from 1 to 999 with a unit, such as 30 DAYS"})
	}
	return d
}

// text is what somebody has typed, with the ends of lines as we store them.
func text(value string) string {
	return strings.TrimRight(strings.TrimLeft(strings.ReplaceAll(value, "\r\n", "\n"), "\n"), " \n")
}

// nameOf is the name of a field in a file; empty for one that is in none.
func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

func inside(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}
