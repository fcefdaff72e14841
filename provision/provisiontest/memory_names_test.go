package provisiontest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// harm is a statement of the memory that nobody may run.
const harm = "give all to mallory"

// hostile makes an asset and a person of a name. What is after it makes them new.
func (m *memory) hostile(t testing.TB, name string) (catalog.Asset, request.Principal, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := m.next()
	ref, err := catalog.NewRef("memory", name+id)
	if err != nil {
		t.Fatal(err)
	}
	m.objects[ref], m.names[id] = id, ref
	m.people[name+id] = true
	return catalog.Asset{Ref: ref, Kind: catalog.Table, ID: id, Columns: []catalog.Column{{Name: name}, {Name: "note"}}}, request.Principal{Name: name + id}, true
}

// run does what a script says: line by line, as a client does.
func (m *memory) run(_ testing.TB, script string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, line := range strings.FieldsFunc(script, func(r rune) bool { return r == '\n' || r == '\r' }) {
		m.harmed = m.harmed || strings.HasPrefix(line, harm)
	}
}

// quoted writes a verb and a name, as it is with a flaw.
func (d *door) quoted(verb, name string, raw flaw) string {
	if d.flaw == raw {
		return verb + " " + name
	}
	return fmt.Sprintf("%s %q", verb, name)
}

// Setup lists a comment for each object.
func (d *door) Setup(context.Context) (all []provision.Statement, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for ref := range d.objects {
		all = append(all, provision.Statement(d.quoted("-- for", string(ref), namesRawSetup)))
	}
	return all, nil
}

// listedName is a name as List says it.
func (d *door) listedName(ref catalog.Ref) catalog.Ref {
	if d.flaw != namesCut {
		return ref
	}
	path := ref.Path()
	path[len(path)-1], _, _ = strings.Cut(path[len(path)-1], `"`)
	cut, err := catalog.NewRef(ref.Connection(), path...)
	if err != nil {
		return ref
	}
	return cut
}
