package provider_test

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
	"github.com/grantwright/grantwright/client/terraform/internal/trial"
)

func TestMain(m *testing.M) { os.Exit(trial.Main(m, "../../../../examples/server")) }

const owners = `{"default": {"act": "REVIEW", "stages": [{"name": "owners", "mode": "ANY", "selectors": [{"group": "owners"}]}]}, "rules": [], "max": "90 DAYS"}`

// with is a configuration with one other value.
func with(config object, name string, v any) object {
	out := maps.Clone(config)
	out[name] = v
	return out
}

// definitions are one configuration of each kind, what is changed in it, and the id that imports it.
var definitions = []struct {
	kind, id string
	config   object
	changes  string
	to       any
	differs  string
}{
	{"flow", "owners", object{"name": "owners", "body": owners}, "body", strings.Replace(owners, "90 DAYS", "30 DAYS", 1), "body version"},
	{"form", "sales", object{"name": "sales", "body": `{
		"title": "Sales data", "flow": "", "agreements": ["terms"],
		"questions": [{"id": "why", "type": "SHORT_ANSWER", "title": "Why?", "required": true}, {"id": "duration", "type": "ACCESS_DURATION", "title": "How long?"}]}`},
		"body", `{"title": "Data of sales", "questions": [{"id": "duration", "type": "ACCESS_DURATION", "title": "How long?"}]}`, "body version"},
	{"agreement", "terms", object{"name": "terms", "title": "Terms", "text": "Be *careful*."}, "text", "Be careful.", "text version"},
	{"guardrail", "short", object{"name": "short", "at": []string{"shop:sales", "shop"}, "require": `request.privilege == "READ"`, "reason": "Nobody writes."}, "reason", nil, "reason version"},
	{"mask", "emails", object{"name": "emails", "at": "shop:sales", "how": "LAST", "last": 3, "columns": []string{"email", "e_mail"}}, "columns", []string{"email"}, "columns version"},
	{"connection", "lake", object{"name": "lake", "technology": "file", "host": "lake.example.com", "sync_every": "90m",
		"principals": object{"expression": "person.id", "table": map[string]string{"eve@example.com": "eve_1"}}, "scope": object{"include": []string{"sales"}}},
		"host", "lake.example.org", "host version"},
	{"webhook", "", object{"name": "tickets", "url": "https://tickets.example.com/hook", "events": []string{"grant.*", "request.created"}, "secret": "env:HOOK_SECRET"}, "secret", "env:HOOK_SECRET_2", "secret version"},
	{"attachment", "DATA_ACCESS/shop:sales", object{"at": "shop:sales", "flow": "sales"}, "flow", "other", "flow version"},
}

// prepare saves what the definitions name.
func prepare(t *testing.T, c *core) {
	t.Helper()
	for _, name := range []string{"sales", "other", "third"} {
		c.resource("flow").must(object{"name": name, "body": owners})
	}
}

func TestEachKindIsMadeReadChangedImportedAndTakenAway(t *testing.T) {
	t.Parallel()
	s := trial.Start(t, false)
	c := terraform(t, s, "governance")
	prepare(t, c)
	c.resource("agreement").must(object{"name": "terms-of-form", "title": "x", "text": "y"})
	for _, tt := range definitions {
		if tt.kind == "form" {
			tt.config = with(tt.config, "body", strings.Replace(tt.config["body"].(string), `"terms"`, `"terms-of-form"`, 1))
		}
		r := c.resource(tt.kind)
		r.must(tt.config)
		id := tt.id
		if id == "" {
			id = r.says("id")
		}
		again := r.imported(id)
		again.settled(tt.config)
		changed := with(tt.config, tt.changes, tt.to)
		if got := r.differs(changed); got != tt.differs {
			t.Errorf("%s: a plan changes %q, want %q", tt.kind, got, tt.differs)
		}
		r.must(changed)

		r.must(nil)
		r.state = again.state
		if r.refresh(); !r.state.IsNull() {
			t.Errorf("%s: what is gone is still in the state: %v", tt.kind, r.state)
		}
		if said := r.try(tt.config); (said == "") == (tt.kind == "connection") || said != "" && !strings.Contains(said, "stays taken") {
			t.Errorf("%s: what was taken away is made anew: %q", tt.kind, said)
		}
	}
}

// save saves a flow past Terraform, on a page as it were, and returns its version.
func save(t *testing.T, c *client.Client, name, body string) {
	t.Helper()
	var into api.Saved
	err := c.Send(t.Context(), api.Call{Method: "PUT", Path: "/api/v1/flows/{name}", Names: []any{name}, Body: json.RawMessage(body)}, &into)
	if err != nil {
		t.Fatal(err)
	}
}

func TestChangesPastTerraformShowAndAreNotOverwritten(t *testing.T) {
	t.Parallel()
	s := trial.Start(t, false)
	c, page := terraform(t, s, "governance"), s.Client(t, "governance")
	flow, config := c.resource("flow"), object{"name": "owners", "body": owners}
	flow.must(config)

	// The same, written in another way.
	flow.settled(with(config, "body", strings.ReplaceAll(strings.Replace(owners, `"rules": [], `, "", 1), ": ", ":\n\t")))

	shorter := strings.Replace(owners, "90 DAYS", "7 DAYS", 1)
	stale := flow.plan(with(config, "body", strings.Replace(owners, "90 DAYS", "8 DAYS", 1)))
	save(t, page, "owners", strings.Replace(shorter, "{", `{"version": 1, `, 1))
	if said := flow.apply(stale); !strings.Contains(said, "Changed meanwhile") {
		t.Errorf("a change of what somebody else has changed since it was planned: %q", said)
	}
	if gone := flow.try(nil); !strings.Contains(gone, "Changed meanwhile") {
		t.Errorf("what somebody else has changed is taken away: %q", gone)
	}
	flow.refresh()
	if got := flow.differs(config); got != "body version" {
		t.Errorf("a plan changes %q, want what was changed on a page", got)
	}
	if !strings.Contains(flow.says("body"), `"7 DAYS"`) {
		t.Errorf("the state says %s", flow.says("body"))
	}
	flow.must(config)

	// Changed and changed back: another version, and nothing to do.
	save(t, page, "owners", strings.Replace(shorter, "{", `{"version": 3, `, 1))
	save(t, page, "owners", strings.Replace(owners, "{", `{"version": 4, `, 1))
	flow.refresh()
	flow.settled(config)
	if v := flow.says("version"); !strings.Contains(v, "5") {
		t.Errorf("the version is %s, want 5", v)
	}

	if err := page.DeleteFlow(t.Context(), "owners", api.DeleteFlowParams{Version: 5}); err != nil {
		t.Fatal(err)
	}
	flow.refresh()
	if !flow.state.IsNull() {
		t.Errorf("a flow that was deleted on a page is %v", flow.state)
	}
	flow.must(config)
}

func TestFieldsChangedPastTerraformShow(t *testing.T) {
	t.Parallel()
	s := trial.Start(t, false)
	c, page := terraform(t, s, "governance"), s.Client(t, "governance")
	prepare(t, c)
	place, config := c.resource("attachment"), object{"at": "shop:sales", "flow": "sales"}
	place.must(config)
	if _, err := page.Attach(t.Context(), "shop:sales", "DATA_ACCESS", api.AttachmentBody{Flow: "other"}); err != nil {
		t.Fatal(err)
	}
	if said := place.try(with(config, "flow", "third")); !strings.Contains(said, "Changed meanwhile") {
		t.Errorf("a change of what somebody else has changed says %q", said)
	}
	place.refresh()
	if got := place.differs(config); got != "flow version" {
		t.Errorf("a plan changes %q, want the flow", got)
	}
	if err := page.Detach(t.Context(), "shop:sales", "DATA_ACCESS"); err != nil {
		t.Fatal(err)
	}
	place.refresh()
	if got := place.differs(config); got != "all" {
		t.Errorf("a plan changes %q, want that it is made anew", got)
	}

	lake := c.resource("connection")
	about := object{"name": "lake", "technology": "file", "host": "lake.example.com", "sync_every": "1h", "principals": object{"expression": "person.id"}}
	lake.must(about)
	if err := page.RegisterConnection(t.Context(), "lake", api.ConnectionBody{Version: 1, Technology: "file", Host: "lake.example.com", SyncEvery: "2h"}); err != nil {
		t.Fatal(err)
	}
	lake.refresh()
	if got := lake.differs(about); got != "principals sync_every version" {
		t.Errorf("a plan changes %q, want what was changed", got)
	}
	lake.must(about)
}

func TestWhatIsThereIsTakenOverOnlyIfItSaysTheSame(t *testing.T) {
	t.Parallel()
	s := trial.Start(t, false)
	c := terraform(t, s, "governance")
	prepare(t, c)
	for _, tt := range []struct {
		kind    string
		config  object
		changes string
		to      any
	}{
		{"flow", object{"name": "sales", "body": owners}, "body", `{"default": {"act": "DENY"}}`},
		{"mask", object{"name": "m", "at": "shop:sales", "how": "NULL", "columns": []string{"a", "b"}}, "how", "HASH"},
		{"attachment", object{"at": "shop:sales", "flow": "sales"}, "flow", "other"},
		{"webhook", object{"name": "w", "url": "https://w.example.com", "secret": "env:HOOK_SECRET"}, "events", []string{"grant.active"}},
		{"connection", object{"name": "shop", "technology": "file", "host": "shop.example.com", "principals": object{"expression": "person.id"}}, "host", "other.example.com"},
	} {
		first := c.resource(tt.kind)
		first.must(tt.config)
		if said := c.resource(tt.kind).try(with(tt.config, tt.changes, tt.to)); !strings.Contains(said, "terraform import") {
			t.Errorf("%s: another makes it too, as something else: %q", tt.kind, said)
		}
		second := c.resource(tt.kind)
		second.must(tt.config)
		if d := cmp.Diff(first.says("version"), second.says("version")); d != "" {
			t.Errorf("%s: what is taken over has another version:\n%s", tt.kind, d)
		}
	}
}

func TestWhatTakesTwoIsProposedAndNotClaimed(t *testing.T) {
	t.Parallel()
	s := trial.Start(t, true)
	c, other := terraform(t, s, "governance"), s.Client(t, "other")
	// approve approves the only proposal that waits.
	approve := func() {
		t.Helper()
		n := 0
		for p, err := range other.AllProposals(t.Context(), api.ListProposalsParams{Status: "PENDING"}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if _, err := other.ApproveProposal(t.Context(), p.ID, api.DecisionBody{}); err != nil {
				t.Fatal(err)
			}
		}
		if n != 1 {
			t.Errorf("%d proposals wait, want 1", n)
		}
	}
	// proposed wants a change to be proposed, and to be in force only once it is approved.
	proposed := func(r *resource, config object) {
		t.Helper()
		before := r.state
		for range 2 { // once more while it waits is the same proposal
			if said := r.try(config); !strings.Contains(said, "Proposed, and not in force") || !strings.Contains(said, s.URL+"/proposals/") {
				t.Errorf("%s: a change that takes two says %q", r.kind, said)
			}
			if !r.state.Equal(before) {
				t.Errorf("%s: the state is %v, and nothing is in force", r.kind, r.state)
			}
		}
		approve()
		if before.IsNull() {
			r.must(config) // what stands by now is taken over
			return
		}
		r.refresh()
		if config == nil {
			if !r.state.IsNull() {
				t.Errorf("%s is %v", r.kind, r.state)
			}
			return
		}
		r.settled(config)
	}
	flow, config := c.resource("flow"), object{"name": "owners", "body": owners}
	proposed(flow, config)
	proposed(flow, with(config, "body", strings.Replace(owners, "90 DAYS", "30 DAYS", 1)))
	proposed(flow, nil)
	hook := c.resource("webhook")
	about := object{"name": "tickets", "url": "https://tickets.example.com/hook", "answers": true, "secret": "env:HOOK_SECRET"}
	proposed(hook, about)
}

func TestSecretsAreReferences(t *testing.T) {
	t.Parallel()
	c := terraform(t, trial.Start(t, false), "governance")
	for kind, config := range map[string]object{
		"webhook":    {"name": "w", "url": "https://w.example.com", "secret": "whsec_cGFzc3dvcmQ="},
		"connection": {"name": "lake", "technology": "postgres", "secret": "hunter2"},
		"mask":       {"name": "m", "at": "shop", "how": "HASH", "key": "hunter2"},
	} {
		said := c.resource(kind).try(config)
		if !strings.Contains(said, "must be a reference") || strings.Contains(said, "hunter2") || strings.Contains(said, "cGFz") {
			t.Errorf("%s: a secret that is none of the server's says %q", kind, said)
		}
	}
	for _, a := range c.schema.Provider.Block.Attributes {
		if a.Sensitive != (a.Name == "token") {
			t.Errorf("%s of the provider: sensitive is %v", a.Name, a.Sensitive)
		}
	}
	body := object{"name": "x", "body": `{"name": "y", "default": {"act": "DENY"}}`}
	if said := c.resource("flow").try(body); !strings.Contains(said, "which the server keeps") {
		t.Errorf("a document with a name says %q", said)
	}
	if said := c.resource("flow").try(with(body, "body", `{"defualt": {}}`)); !strings.Contains(said, "defualt") {
		t.Errorf("a document that the API does not know says %q", said)
	}
}

func TestAssetHasLinks(t *testing.T) {
	t.Parallel()
	s := trial.Start(t, false)
	c := terraform(t, s, "governance")
	if _, err := s.Client(t, "governance").SyncConnection(t.Context(), "shop", api.SyncConnectionParams{}); err != nil {
		t.Fatal(err)
	}
	schema := c.schema.DataSourceSchemas["grantwright_asset"]
	resp, err := c.server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: "grantwright_asset",
		Config: c.wire(c.value(schema.ValueType(), object{"fully_qualified_name": "sales.public.orders"}))})
	c.fine(resp.Diagnostics, err)
	all := map[string]tftypes.Value{}
	if err := c.read(resp.State, schema.ValueType()).As(&all); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"ref": "shop:sales.public.orders", "kind": "TABLE", "data_access": s.URL + "/request?"} {
		var got string
		if err := all[name].As(&got); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s is %q, want %s", name, got, want)
		}
	}
}
