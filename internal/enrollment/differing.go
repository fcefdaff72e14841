package enrollment

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/grantwright/grantwright/request"
)

// clone returns a person who shares nothing with another that a change could write to.
func clone(e request.Enrollee) request.Enrollee {
	e.Identity.Attributes = maps.Clone(e.Identity.Attributes)
	e.Identity.Groups = slices.Clone(e.Identity.Groups)
	e.Resource = bytes.Clone(e.Resource)
	return e
}

// differing names the attributes in which two states of a person differ, as the provider
// has written them. Where only what the engine keeps of them differs, it names the identity.
func differing(was, now request.Enrollee) []string {
	a, b := attributes(was.Resource), attributes(now.Resource)
	var fields []string
	for name, v := range a {
		if w, is := b[name]; !is || !reflect.DeepEqual(v, w) {
			fields = append(fields, name)
		}
	}
	for name := range b {
		if _, is := a[name]; !is {
			fields = append(fields, name)
		}
	}
	slices.Sort(fields)
	now.Changed, now.Version, now.Resource = was.Changed, was.Version, was.Resource
	if len(fields) == 0 && !reflect.DeepEqual(was, now) {
		return []string{"identity"}
	}
	return fields
}

func attributes(resource json.RawMessage) map[string]any {
	var all map[string]any
	_ = json.Unmarshal(resource, &all) // nothing that was kept is no object
	return all
}
