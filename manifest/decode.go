package manifest

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// decoder fills Go values from the nodes of a file, and remembers where each
// field stood.
type decoder struct {
	parts  []part // the files; mostly one
	lines  []string
	root   *yaml.Node            // of all parts
	at     map[string]*yaml.Node // by field, such as "flows[0].name"
	bad    map[string]bool       // fields that could not be read
	faults []Fault
	known  Definitions    // what the file may name: its own, and what it stands on
	using  []request.Form // that name the flow which is looked at
	nodes  int
}

// elsewhere lists fields that have no place in a file: other parts of the engine
// set them.
var elsewhere = map[reflect.Type][]string{
	reflect.TypeFor[request.Identity]():       {"holders"},
	reflect.TypeFor[catalog.Connection]():     {"registered"},
	reflect.TypeFor[catalog.Asset]():          {"technology", "host", "gone", "was", "like", "had"},
	reflect.TypeFor[request.Agreement]():      elsewhereKeys,
	reflect.TypeFor[request.Form]():           elsewhereKeys,
	reflect.TypeFor[review.Flow]():            elsewhereKeys,
	reflect.TypeFor[review.Guardrail]():       elsewhereKeys,
	reflect.TypeFor[catalog.Mask]():           elsewhereKeys,
	reflect.TypeFor[catalog.Classification](): elsewhereKeys,
}

// words lists what texts of some types may be.
var words = map[reflect.Type][]string{
	reflect.TypeFor[catalog.Kind](): texts(catalog.Database, catalog.Schema, catalog.Table, catalog.PartitionedTable, catalog.View,
		catalog.MaterializedView, catalog.ForeignTable),
	reflect.TypeFor[catalog.MaskHow]():      texts(catalog.MaskHows()...),
	reflect.TypeFor[request.Permission]():   texts(request.Governance, request.Admin, request.Audit, request.Acting, request.Asking, request.AskingForOthers),
	reflect.TypeFor[request.IdentityKind](): texts(request.Person, request.Group, request.Service),
	reflect.TypeFor[request.QuestionType](): texts(request.ShortAnswer, request.Dropdown, request.Checkboxes, request.AccessDuration),
	reflect.TypeFor[request.Type]():         texts(request.DataAccess, request.MaskingException),
	reflect.TypeFor[review.Act]():           texts(review.Approve, review.Deny, review.Ask, review.Delegate),
	reflect.TypeFor[review.Mode]():          texts(review.Any, review.All, review.AtLeast),
	reflect.TypeFor[review.Late]():          texts(review.Escalate, review.DenyLate, review.LapseLate),
}

func texts[T ~string](values ...T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

func newDecoder(known Definitions) *decoder {
	return &decoder{at: map[string]*yaml.Node{}, bad: map[string]bool{}, known: known}
}

func (d *decoder) decode(root *yaml.Node, f *File) {
	d.value(root, reflect.ValueOf(f).Elem(), "", 0)
	if d.nodes > maxNodes {
		// Nothing was read to its end: what else is wrong may not be so.
		d.faults = nil
		d.bad[""] = true
		d.faultAt(root.Line, root.Column, "", "holds more than %d keys and values, with all that its aliases repeat", maxNodes)
	}
}

// value fills v from a node.
func (d *decoder) value(n *yaml.Node, v reflect.Value, field string, depth int) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if d.nodes++; d.nodes > maxNodes {
		return
	}
	if depth > maxDepth {
		d.misread(n, field, "is nested more than %d deep", maxDepth)
		return
	}
	d.at[field] = n
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch unmarshaler, is := v.Addr().Interface().(encoding.TextUnmarshaler); {
	case is:
		d.unmarshaled(n, unmarshaler, field)
	case v.Type() == reflect.TypeFor[time.Duration]():
		d.duration(n, v, field)
	case v.Kind() == reflect.Struct:
		d.record(n, v, field, depth)
	case v.Kind() == reflect.Map:
		d.table(n, v, field, depth)
	case v.Kind() == reflect.Slice:
		d.list(n, v, field, depth)
	default:
		d.scalar(n, v, field)
	}
}

// empty reports whether a key has no value: for lists and mappings that is as
// good as none in them.
func empty(n *yaml.Node) bool { return n.ShortTag() == "!!null" }

// pairs calls f for each key of a mapping, the first time that it comes.
func (d *decoder) pairs(n *yaml.Node, field string, f func(key *yaml.Node, name string, value *yaml.Node)) {
	if empty(n) {
		return
	}
	if n.ShortTag() != "!!map" {
		d.misread(n, field, "must be a mapping of keys to values")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content) && d.nodes <= maxNodes; i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str" {
			d.misread(key, field, "has a key that is not text; put it into quotes")
			continue
		}
		if first := seen[key.Value]; first > 0 {
			d.misread(key, join(field, key.Value), "was given already, on line %s", d.lineFor(first, key.Line))
			continue
		}
		seen[key.Value] = key.Line
		f(key, key.Value, value)
	}
}

func (d *decoder) record(n *yaml.Node, v reflect.Value, field string, depth int) {
	known := fields(v.Type())
	d.pairs(n, field, func(key *yaml.Node, name string, value *yaml.Node) {
		i := slices.Index(known, name)
		switch f, is := v.Addr().Interface().(*File); {
		case is && d.known.Others[DefinitionKind(name)] != nil:
			d.others(value, f, name)
		case name == "" || i < 0 && !strings.Contains(strings.ToLower(name), "passw"):
			d.misread(key, join(field, name), "is not known here; known are %s", strings.Join(slices.DeleteFunc(slices.Clone(known), func(s string) bool { return s == "" }), ", "))
		case i < 0:
			d.misread(key, join(field, name), "is not known here, and passwords have no place in this file; give a reference in secret: env:NAME or file:/path")
		default:
			d.value(value, v.Field(i), join(field, name), depth+1)
		}
	})
}

// others reads the list of a kind that has no field in File. Its kind checks the fields
// when it is applied.
func (d *decoder) others(n *yaml.Node, f *File, name string) {
	var plain any
	list := []Other{}
	err := n.Decode(&plain)
	text, unwritten := json.Marshal(plain)
	if errors.Join(err, unwritten) != nil || json.Unmarshal(text, &list) != nil {
		d.misread(n, name, "must be a list of mappings")
		return
	}
	if f.Others == nil {
		f.Others = map[DefinitionKind][]Other{}
	}
	f.Others[DefinitionKind(name)] = list
}

// fields lists the keys of a struct by the places of its fields; those that have
// no place in a file are empty.
func fields(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name != "-" && !slices.Contains(elsewhere[t], name) {
			names[i] = name
		}
	}
	return names
}

func (d *decoder) table(n *yaml.Node, v reflect.Value, field string, depth int) {
	v.Set(reflect.MakeMap(v.Type()))
	d.pairs(n, field, func(key *yaml.Node, name string, value *yaml.Node) {
		if strings.ContainsRune(name, 0) {
			d.misread(key, field, "has a key with a NUL character")
			return
		}
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(value, element, join(field, name), depth+1)
		v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), element)
	})
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, field string, depth int) {
	if empty(n) {
		return
	}
	if n.ShortTag() != "!!seq" {
		d.misread(n, field, "must be a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, element := range n.Content {
		d.value(element, v.Index(i), fmt.Sprintf("%s[%d]", field, i), depth+1)
	}
}

// text is the value of a node that must be text.
func (d *decoder) text(n *yaml.Node, field string) (string, bool) {
	switch {
	case n.ShortTag() != "!!str":
		d.misread(n, field, "must be text; put numbers, dates, true and false into quotes")
		return "", false
	case strings.ContainsRune(n.Value, 0):
		d.misread(n, field, "holds a NUL character")
		return "", false
	}
	return n.Value, true
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, field string) {
	switch v.Kind() {
	case reflect.Bool:
		if err := n.Decode(v.Addr().Interface()); n.ShortTag() != "!!bool" || err != nil {
			d.misread(n, field, "must be true or false")
		}
	case reflect.Int:
		count, err := strconv.Atoi(n.Value)
		if n.ShortTag() != "!!int" || err != nil {
			d.misread(n, field, "must be a whole number")
		}
		v.SetInt(int64(count))
	default:
		text, is := d.text(n, field)
		if may := words[v.Type()]; is && may != nil && !slices.Contains(may, text) {
			d.misread(n, field, "is %q, must be one of %s", excerpt.Of(text, maxShown), strings.Join(may, ", "))
		}
		v.SetString(text)
	}
}

func (d *decoder) duration(n *yaml.Node, v reflect.Value, field string) {
	text, is := d.text(n, field)
	if !is {
		return
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		d.misread(n, field, `must be a time such as "15m" or "1h30m"`)
	}
	v.SetInt(int64(parsed))
}

func (d *decoder) unmarshaled(n *yaml.Node, v encoding.TextUnmarshaler, field string) {
	if text, is := d.text(n, field); is {
		if err := v.UnmarshalText([]byte(text)); err != nil {
			d.misread(n, field, "%s", plain(err))
		}
	}
}

func join(field, key string) string {
	if field == "" {
		return key
	}
	return field + "." + key
}

// plain takes the name of the package off an error, which has no place in a file.
func plain(err error) string {
	text := err.Error()
	for _, prefix := range []string{"catalog: ", "request: ", "review: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}
