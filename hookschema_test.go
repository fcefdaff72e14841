package grantwright_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

var update = flag.Bool("update", false, "write the schema of webhooks and its examples anew")

const schemaFolder = "notify/schema"

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
	hook := w.hook(t, r, "request.*", "grant.*", "connection.*", "principal.*", "form.*", "flow.*", "attachment.*", "webhook.*")
	w.everythingHappens(t)
	_, err := w.Webhooks().Test(t.Context(), admin, hook.ID)
	must(t, err)
	schema, defs := payloadSchema()
	told := map[notify.Topic]bool{}
	for _, m := range inOrder(r.got()) {
		if told[m.Payload.Type] {
			continue
		}
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
	for _, want := range append(grantwright.EventTypes(), store.EventType(notify.WebhookTest)) {
		if !told[notify.Topic(want)] {
			t.Errorf("no message of type %s came: let it happen in everythingHappens", want)
		}
	}
}

// inOrder is what was taken in the order in which it happened.
func inOrder(all []received) []received {
	slices.SortStableFunc(all, func(a, b received) int {
		return cmp.Or(a.Payload.Timestamp.Compare(b.Payload.Timestamp), a.Payload.Sequence-b.Payload.Sequence)
	})
	return all
}

// everythingHappens makes an event of every type.
func (w *world) everythingHappens(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	w.furnishAgain(t)
	w.work(t)
	grant := func(by request.Identity, duration string) request.Request {
		req := w.submit(t, by, duration)
		w.work(t)
		w.determine(t, owner, req, review.Approve)
		w.work(t)
		if req = w.caseOf(t, req).Request; req.Status == request.Pending {
			w.determine(t, privacy, req, review.Approve)
		}
		w.settle(t, req)
		w.work(t)
		w.clock.Move(time.Minute)
		return req
	}
	req := grant(eve, "30 DAYS")
	_, err := w.Revoke(ctx, eve, req.ID, "the report is done")
	must(t, err)
	w.settle(t, req)
	w.work(t)
	must(t, w.Connections().Release(ctx, admin, "warehouse", "eve"))
	canceled := w.submit(t, eve, "30 DAYS")
	_, err = w.Cancel(ctx, eve, canceled.ID)
	must(t, err)
	grant(eve, "40 HOURS") // expires
	grant(eve, "10 DAYS")  // its end is announced
	w.platform.fails(errPlatform)
	failing := grant(frank, "40 HOURS")
	for w.caseOf(t, failing).Grant.Attempts < provision.FailingAfter {
		w.clock.Move(store.MaxBackoff)
		w.work(t)
	}
	_, err = w.Grants().Retry(ctx, frank, provision.GrantID(failing.ID))
	must(t, err)
	w.settle(t, failing)
	w.platform.fails(nil)
	w.work(t)
	w.submit(t, eve, "20 DAYS") // lapses
	w.webhooksHappen(t)
	for range 8 {
		w.work(t)
		w.clock.Move(5 * 24 * time.Hour)
	}
	w.work(t)
}

// furnishAgain says what stands already, anew.
func (w *world) furnishAgain(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	must(t, w.Connections().Register(ctx, admin, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	w.clock.Move(time.Second)
	_, err := w.Sync(ctx, admin, "warehouse")
	must(t, err)
	w.clock.Move(time.Second)
	next := flow
	next.Version = 1
	_, err = w.Governance().SaveFlow(ctx, gov, next)
	must(t, err)
	w.clock.Move(time.Second)
	_, err = w.Governance().SaveForm(ctx, gov, request.Form{Name: "sales", Questions: []request.Question{{ID: "duration", Title: "For how long?", Type: request.AccessDuration, Required: true}}})
	must(t, err)
	w.clock.Move(time.Second)
	must(t, w.Governance().Attach(ctx, gov, request.Attachment{At: "warehouse:sales.public", Type: request.DataAccess, Flow: review.DefaultFlow.Name}))
	w.clock.Move(time.Second)
	must(t, w.Governance().Attach(ctx, gov, request.Attachment{At: "warehouse:sales.public", Type: request.DataAccess}))
}

// webhooksHappen does everything that can be done with a webhook.
func (w *world) webhooksHappen(t *testing.T) {
	t.Helper()
	ctx, gone := t.Context(), newReceiver(t)
	gone.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	hook := w.hook(t, gone, "flow.saved")
	_, err := w.Webhooks().Set(ctx, admin, hook.ID, grantwright.WebhookSettings{Name: "tickets", URL: gone.URL, Events: []string{"flow.saved"}, Answers: true})
	must(t, err)
	w.clock.Move(time.Second)
	_, err = w.Webhooks().Agree(ctx, gov, hook.ID, true, gone.URL)
	must(t, err)
	w.clock.Move(time.Second)
	_, _, err = w.Webhooks().Rotate(ctx, admin, hook.ID, gone.secret, 0)
	must(t, err)
	w.clock.Move(time.Second)
	next := flow
	next.Version = 2
	_, err = w.Governance().SaveFlow(ctx, gov, next)
	must(t, err)
	w.clock.Move(time.Second)
	w.work(t)
	_, err = w.Webhooks().Resume(ctx, admin, hook.ID)
	must(t, err)
	w.clock.Move(time.Second)
	must(t, w.Webhooks().Remove(ctx, admin, hook.ID))
}
