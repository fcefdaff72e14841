package tests

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/store"
)

var update = flag.Bool("update", false, "write the schema of webhooks and its examples anew")

const schemaFolder = "../notify/schema"

// golden holds text to what a file says, or writes the file.
func golden(t *testing.T, path string, text []byte) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(path, text, 0o644))
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%v; go test -run %s -update . writes it", err, t.Name())
		return
	}
	if diff := gocmp.Diff(string(want), string(text)); diff != "" {
		t.Errorf("%s differs; if it should, run go test -run %s -update . (-want +got):\n%s", path, t.Name(), diff)
	}
}

// payloadSchema is the JSON Schema of what webhooks are sent.
func payloadSchema() (*huma.Schema, huma.Registry) {
	defs := huma.NewMapRegistry("#/$defs/", huma.DefaultSchemaNamer)
	root := huma.SchemaFromType(defs, reflect.TypeFor[notify.Payload]())
	for _, s := range append([]*huma.Schema{root}, mapped(defs)...) {
		s.AdditionalProperties = nil // there may be more one day
	}
	return root, defs
}

func mapped(r huma.Registry) []*huma.Schema {
	var all []*huma.Schema
	for _, s := range r.Map() {
		if s.Type == huma.TypeObject && len(s.Properties) > 0 {
			all = append(all, s)
		}
	}
	return all
}

func TestSchemaOfWebhooks(t *testing.T) {
	t.Parallel()
	root, defs := payloadSchema()
	text, err := json.Marshal(root)
	must(t, err)
	var document map[string]any
	must(t, json.Unmarshal(text, &document))
	document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	document["title"] = "What Grantwright sends to webhooks"
	document["$defs"] = defs.Map()
	text, err = json.MarshalIndent(document, "", "  ")
	must(t, err)
	golden(t, filepath.Join(schemaFolder, "webhook.schema.json"), append(text, '\n'))
}

var randomID = regexp.MustCompile(`\b[A-Z2-7]{26}\b`)

// example writes a payload such that two runs write the same: ids are numbered in
// the order in which they come.
func example(t *testing.T, body string) []byte {
	t.Helper()
	seen := map[string]string{}
	body = randomID.ReplaceAllStringFunc(body, func(id string) string {
		if seen[id] == "" {
			seen[id] = fmt.Sprintf("EXAMPLE%019d", len(seen)+1)
		}
		return seen[id]
	})
	var b bytes.Buffer
	must(t, json.Indent(&b, []byte(body), "", "  "))
	b.WriteByte('\n')
	return b.Bytes()
}

// TestExamplesOfWebhooks has everything happen that webhooks may be told of, and
// keeps the first message of each type.
func TestExamplesOfWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	r := newReceiver(t)
	hook := w.hook(t, r, "request.*", "grant.*", "connection.*", "principal.*", "form.*", "flow.*", "agreement.*", "guardrail.*", "attachment.*", "asset.*", "access.*", "webhook.*", "proposal.*", "substitute.*", "mask.*", "masks.*", "columns.*", "approvals.*", "person.*", "token.*", "group.*", "session.*")
	w.everythingHappens(t)
	_, err := w.Webhooks().Test(t.Context(), admin, hook.ID)
	must(t, err)
	schema, defs := payloadSchema()
	told := map[notify.Topic]bool{}
	for _, m := range firstOfEach(t, r.got()) {
		told[m.Payload.Type] = true
		golden(t, filepath.Join(schemaFolder, "examples", string(m.Payload.Type)+".json"), example(t, m.Body))
		var value any
		must(t, json.Unmarshal([]byte(m.Body), &value))
		var result huma.ValidateResult
		huma.Validate(defs, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, &result)
		for _, err := range result.Errors {
			t.Errorf("%s does not fit the schema: %v", m.Payload.Type, err)
		}
	}
	for _, want := range append(event.Names(), event.Name(notify.WebhookTest)) {
		if !told[notify.Topic(want)] {
			t.Errorf("no message of type %s came: let it happen in everythingHappens", want)
		}
	}
}

// TestPayloadsOfEvents has everything happen, and keeps the first payload of each event
// as it is stored. Those of grants and definitions are told to webhooks as they are.
func TestPayloadsOfEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	w.everythingHappens(t)
	first := map[string]store.Event{}
	must(t, store.EachEvent(t.Context(), w.store, func(e store.Event) error {
		name := string(e.Type)
		other, is := first[name]
		if len(e.Data) > 0 && (!is || cmp.Or(e.At.Compare(other.At), e.Seq-other.Seq, bytes.Compare(e.Data, other.Data)) < 0) {
			first[name] = e
		}
		return nil
	}))
	for name, e := range first {
		golden(t, filepath.Join("..", "event", "testdata", name+".json"), example(t, string(e.Data)))
	}
}

// firstOfEach picks the first message of each type, as it happened. Of those that
// happened at once, in different requests, it picks the one whose example comes first.
func firstOfEach(t *testing.T, all []received) map[notify.Topic]received {
	t.Helper()
	first := map[notify.Topic]received{}
	for _, m := range all {
		other, is := first[m.Payload.Type]
		if !is || cmp.Or(m.Payload.Timestamp.Compare(other.Payload.Timestamp), m.Payload.Sequence-other.Payload.Sequence,
			bytes.Compare(example(t, m.Body), example(t, other.Body))) < 0 {
			first[m.Payload.Type] = m
		}
	}
	return first
}
