package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// How says in which way something differs.
type How string

// The ways in which something differs.
const (
	Added   How = "ADDED"
	Changed How = "CHANGED"
	Removed How = "REMOVED"
)

// Difference is one thing that differs from what is stored.
type Difference struct {
	What   string  `json:"what"` // the word of the kind, such as form or flow
	Name   string  `json:"name"`
	How    How     `json:"how"`
	Based  int     `json:"based,omitempty"`  // the version that is stored, of what has versions
	Fields []Field `json:"fields,omitempty"` // that differ; of what is added or removed, all that it sets

	// Warnings say what is dangerous in a flow that is added or changed, and each loss of
	// protection. They are no part of the difference.
	Warnings []string `json:"warnings,omitempty"`

	// Lets says what a flow or a guardrail that changes lets through beside what it did, a
	// line for each way, or that there is nothing; see Compared. It is no part of the
	// difference.
	Lets []string `json:"lets,omitempty"`
}

// Field is one field that differs.
type Field struct {
	Name string `json:"name"`           // such as questions[0].title
	From string `json:"from,omitempty"` // as JSON; empty if it was not set
	To   string `json:"to,omitempty"`   // as JSON; empty if it is not set any more
}

// Differences are all that differs, by kind and name.
type Differences []Difference

// linted adds to the differences of flows what is dangerous in those that are
// wanted.
func linted(want Definitions, all Differences) Differences {
	for i, d := range all {
		at := slices.IndexFunc(want.Flows, func(f review.Flow) bool { return string(f.Name) == d.Name })
		if at < 0 || d.What != FlowDefinition.Singular() {
			continue
		}
		var forms []request.Form
		for _, form := range want.Forms {
			if form.Flow == want.Flows[at].Name {
				forms = append(forms, form)
			}
		}
		found, _ := review.Lint(want.Flows[at], forms...) // one that does not compile is refused where it is applied
		for _, w := range found {
			all[i].Warnings = append(all[i].Warnings, w.String())
		}
	}
	return all
}

// Between says in what one thing that has no versions would differ from what
// stands. From is nil for what is added, and to is nil for what is removed.
func Between(what, name string, from, to any) Differences {
	d := Difference{What: what, Name: name, How: Changed, Fields: fieldsBetween(from, to)}
	switch {
	case from == nil:
		d.How = Added
	case to == nil:
		d.How = Removed
	case len(d.Fields) == 0:
		return nil
	}
	return Differences{d}
}

// Hash names the differences: two that say the same have the same.
func (d Differences) Hash() string {
	d = slices.Clone(d)
	for i := range d {
		d[i].Warnings, d[i].Lets = nil, nil
	}
	var text bytes.Buffer
	_ = json.NewEncoder(&text).Encode(d) // of texts and numbers alone: it cannot fail
	sum := sha256.Sum256(text.Bytes())
	return hex.EncodeToString(sum[:])
}

// String writes the differences for people, a line for each field. Names of things on
// platforms are among them: no name begins a line of its own.
func (d Differences) String() string {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(visible.Text(fmt.Sprintf(format, args...)) + "\n")
	}
	for _, one := range d {
		line("%s %s %s", map[How]string{Added: "+", Changed: "~", Removed: "-"}[one.How], one.What, one.Name)
		for _, f := range one.Fields {
			switch {
			case f.From == "":
				line("    + %s: %s", f.Name, f.To)
			case f.To == "":
				line("    - %s: %s", f.Name, f.From)
			default:
				line("    ~ %s: %s -> %s", f.Name, f.From, f.To)
			}
		}
		for _, warning := range one.Warnings {
			line("    ! %s", warning)
		}
		for _, let := range one.Lets {
			line("    > %s", let)
		}
	}
	return b.String()
}

// compare finds what differs between two lists, by name.
func compare[T any](what string, stored, want []T, of func(T) (name string, version int)) Differences {
	old, wanted := map[string]T{}, map[string]T{}
	for _, v := range stored {
		name, _ := of(v)
		old[name] = v
	}
	for _, v := range want {
		name, _ := of(v)
		wanted[name] = v
	}
	both := maps.Clone(old)
	maps.Copy(both, wanted)
	var all Differences
	for _, name := range slices.Sorted(maps.Keys(both)) {
		was, is := old[name]
		wish, wished := wanted[name]
		d := Difference{What: what, Name: name, How: Changed, Fields: fieldsBetween(was, wish)}
		_, d.Based = of(was)
		switch {
		case !is:
			d.How = Added
		case !wished:
			d.How = Removed
		case len(d.Fields) == 0:
			continue
		}
		all = append(all, d)
	}
	return all
}

// fieldsBetween lists the fields in which two values differ.
func fieldsBetween(from, to any) []Field {
	a, b := map[string]string{}, map[string]string{}
	flatten(a, "", plainOf(from))
	flatten(b, "", plainOf(to))
	both := maps.Clone(a)
	maps.Copy(both, b)
	var fields []Field
	for _, name := range slices.Sorted(maps.Keys(both)) {
		if a[name] != b[name] {
			fields = append(fields, Field{name, a[name], b[name]})
		}
	}
	return fields
}

// elsewhereKeys are the fields of definitions that no file holds: the engine sets
// them when it saves one.
var elsewhereKeys = []string{"version", "savedBy", "agreedBy"}

// plainOf is a value as a file would hold it: without what is set elsewhere.
func plainOf(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error() // differs from everything that can be written
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var plain any
	if err := decoder.Decode(&plain); err != nil {
		return err.Error()
	}
	if fields, is := plain.(map[string]any); is {
		for _, key := range elsewhereKeys {
			delete(fields, key)
		}
	}
	return plain
}

// flatten lists the fields of a value with what each holds.
func flatten(all map[string]string, field string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			flatten(all, join(field, key), inner)
		}
	case []any:
		for i, inner := range v {
			flatten(all, fmt.Sprintf("%s[%d]", field, i), inner)
		}
	case nil:
	default:
		if s := compact(v); s != `""` && s != "false" && s != "0" {
			all[field] = s
		}
	}
}

// compact is a value that came from JSON, as people write it.
func compact(v any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	return strings.TrimSuffix(b.String(), "\n")
}
