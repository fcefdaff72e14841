package manifest_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// whole holds every key that a file may have.
const whole = `
connections:
  - name: warehouse
    technology: postgres
    host: dwh.example.com
    url: postgres://grantwright@db.example.com/postgres?sslmode=verify-full
    secret: env:WAREHOUSE_PASSWORD
    syncEvery: 15m
    principals:
      table: {eve@example.com: eve}
      expression: person.attributes.login[0]
  - {name: library, technology: file}
people:
  - issuer: https://id.example.com
    id: eve@example.com
    name: Eve
    email: eve@example.com
    groups: &groups [analysts, "2024"]
    attributes:
      login: [eve]
    permissions: [GOVERNANCE, ADMIN, AUDIT]
  - {id: frank@example.com, groups: *groups}
agreements:
  - {name: terms, title: Terms of use, text: "Be *kind*."}
forms:
  - name: survey
    title: Sensitive data
    flow: owners
    agreements: [terms]
    questions:
      - {id: why, type: SHORT_ANSWER, title: "Why?", help: In your own words., required: true, maxRunes: 500, pattern: "[A-Z].*"}
      - {id: where, type: DROPDOWN, title: "Where?", options: [EU, US]}
      - {id: agree, type: CHECKBOXES, title: You agree, options: [I do], when: 'answers.where == "US"'}
      - {id: time, type: ACCESS_DURATION, title: "For how long?", min: 1 HOURS, max: 90 DAYS, endless: true, choices: [7 DAYS, 30 DAYS]}
flows:
  - name: owners
    max: 1 YEARS
    pending: 7 DAYS
    ownRequests: true
    reasons: [APPROVE, DENY]
    rules:
      - name: short
        when: |
          request.duration <= duration("24h") &&
          requester.person == beneficiary.person
        then: {act: APPROVE, comment: a day is fine, duration: 1 DAYS}
    default:
      act: REVIEW
      stages:
        - name: owners
          mode: ALL
          selectors:
            - group: owners
            - person: https://id.example.com|eve@example.com
            - permission: GOVERNANCE
            - attribute: {key: team, value: sales}
            - when: steward.name == asset.source.owner
            - owners: true
            - manager: boss
        - name: privacy
          mode: AT_LEAST
          people: 2
          when: '"pii" in asset.source.tags'
          selectors: [{group: privacy}]
          limit:
            within: 3 DAYS
            late: ESCALATE
            escalate: [{group: directors}, {when: '"board" in steward.groups'}]
            remind: 1 DAYS
          stepUp: {within: 15 MINUTES, acr: [high]}
attachments:
  - {at: "library:sales", type: DATA_ACCESS, form: survey, flow: default}
  - {at: warehouse, flow: owners}
guardrails:
  - name: export
    at: [warehouse, "library:sales"]
    require: |
      !("DE" in beneficiary.attributes.country)
    reason: Not cleared.
masks:
  - {name: personal, at: warehouse, tags: [personal data], how: HASH, key: env:MASK_KEY}
  - {name: phone, at: "warehouse:sales.public.people", columns: [phone], how: LAST, last: 2}
  - {name: country, at: "warehouse:sales.public.people", columns: [country], how: CONSTANT, constant: XX}
  - {name: staff, at: "warehouse:sales.public.staff", how: VIEW, view: "warehouse:sales.public.staff_masked"}
classifications:
  - {at: "warehouse:sales.public.people", columns: [{name: email, tags: [personal data]}, {name: id}]}
assets:
  - ref: library:sales
    kind: DATABASE
  - ref: library:sales.orders
    kind: TABLE
    id: "42"
    columns:
      - {name: id, type: bigint, comment: the key}
    source: {owner: etl, comment: Every order., tags: [daily]}
`

var wantWhole = manifest.File{
	Connections: []catalog.Connection{
		{Name: "warehouse", Technology: "postgres", Host: "dwh.example.com", URL: "postgres://grantwright@db.example.com/postgres?sslmode=verify-full",
			Secret: "env:WAREHOUSE_PASSWORD", SyncEvery: 15 * time.Minute,
			Principals: catalog.Principals{Table: map[string]string{"eve@example.com": "eve"}, Expression: "person.attributes.login[0]"}},
		{Name: "library", Technology: "file"},
	},
	People: request.Roster{
		{Issuer: "https://id.example.com", ID: "eve@example.com", Name: "Eve", Email: "eve@example.com", Groups: []string{"analysts", "2024"},
			Attributes: map[string][]string{"login": {"eve"}}, Permissions: []request.Permission{request.Governance, request.Admin, request.Audit}},
		{ID: "frank@example.com", Groups: []string{"analysts", "2024"}},
	},
	Agreements: []request.Agreement{{Name: "terms", Title: "Terms of use", Text: "Be *kind*."}},
	Forms: []request.Form{{Name: "survey", Title: "Sensitive data", Flow: "owners", Agreements: []request.AgreementName{"terms"}, Questions: []request.Question{
		{ID: "why", Type: request.ShortAnswer, Title: "Why?", Help: "In your own words.", Required: true, MaxRunes: 500, Pattern: "[A-Z].*"},
		{ID: "where", Type: request.Dropdown, Title: "Where?", Options: []string{"EU", "US"}},
		{ID: "agree", Type: request.Checkboxes, Title: "You agree", Options: []string{"I do"}, When: `answers.where == "US"`},
		{ID: "time", Type: request.AccessDuration, Title: "For how long?", Min: request.For(1, request.Hours), Max: request.For(90, request.Days), Endless: true,
			Choices: []request.Duration{request.For(7, request.Days), request.For(30, request.Days)}},
	}}},
	Flows: []review.Flow{{Name: "owners", Max: request.For(1, request.Years), Pending: request.For(7, request.Days), OwnRequests: true, Reasons: []review.Act{review.Approve, review.Deny},
		Rules: []review.Rule{{Name: "short", When: "request.duration <= duration(\"24h\") &&\nrequester.person == beneficiary.person\n",
			Then: review.Action{Act: review.Approve, Comment: "a day is fine", Duration: request.For(1, request.Days)}}},
		Default: review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "owners", Mode: review.All, Selectors: []review.Selector{
			{Group: "owners"}, {Person: "https://id.example.com|eve@example.com"}, {Permission: request.Governance},
			{Attribute: &request.Attribute{Key: "team", Value: "sales"}}, {When: "steward.name == asset.source.owner"}, {Owners: true}, {Manager: "boss"}}},
			{Name: "privacy", Mode: review.AtLeast, People: 2, When: `"pii" in asset.source.tags`, Selectors: []review.Selector{{Group: "privacy"}},
				Limit: review.Limit{Within: request.For(3, request.Days), Late: review.Escalate, Remind: request.For(1, request.Days),
					Escalate: []review.Selector{{Group: "directors"}, {When: `"board" in steward.groups`}}},
				StepUp: review.StepUp{Within: request.For(15, request.Minutes), ACR: []string{"high"}}}}}}},
	Attachments: []request.Attachment{
		{At: "library:sales", Type: request.DataAccess, Form: "survey", Flow: "default"},
		{At: "warehouse", Type: request.DataAccess, Flow: "owners"},
	},
	Guardrails: []review.Guardrail{{Name: "export", At: []catalog.Ref{"warehouse", "library:sales"},
		Require: "!(\"DE\" in beneficiary.attributes.country)\n", Reason: "Not cleared."}},
	Masks: []catalog.Mask{
		{Name: "personal", At: "warehouse", Tags: []string{"personal data"}, How: catalog.MaskHash, Key: "env:MASK_KEY"},
		{Name: "phone", At: "warehouse:sales.public.people", Columns: []string{"phone"}, How: catalog.MaskLast, Last: 2},
		{Name: "country", At: "warehouse:sales.public.people", Columns: []string{"country"}, How: catalog.MaskConstant, Constant: "XX"},
		{Name: "staff", At: "warehouse:sales.public.staff", How: catalog.MaskView, View: "warehouse:sales.public.staff_masked"},
	},
	Classifications: []catalog.Classification{{At: "warehouse:sales.public.people",
		Columns: []catalog.ClassifiedColumn{{Name: "email", Tags: []string{"personal data"}}, {Name: "id"}}}},
	Assets: []catalog.Asset{
		{Ref: "library:sales", Kind: catalog.Database},
		{Ref: "library:sales.orders", Kind: catalog.Table, ID: "42", Columns: []catalog.Column{{Name: "id", Type: "bigint", Comment: "the key"}},
			Source: catalog.Claims{Owner: "etl", Comment: "Every order.", Tags: []string{"daily"}}},
	},
}

func TestReadEverything(t *testing.T) {
	t.Parallel()
	got, err := manifest.Read("grantwright.yaml", strings.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&wantWhole, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Everything that a file may say of what governance defines is exported, and read as
// it was.
func TestExportEverything(t *testing.T) {
	t.Parallel()
	file, err := manifest.Read("grantwright.yaml", strings.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := manifest.Export(&b, file.Definitions()); err != nil {
		t.Fatal(err)
	}
	back, err := manifest.Read("back.yaml", strings.NewReader(b.String()))
	if err != nil {
		t.Fatalf("%v, in\n%s", err, b.String())
	}
	if diff := cmp.Diff(file.Flows, back.Flows); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A flow that differs in nothing but one of its fields differs in that field.
func TestDiffOfFlows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		field  string
		change func(*review.Flow)
	}{
		{"reasons[1]", func(f *review.Flow) { f.Reasons = f.Reasons[:1] }},
		{"default.stages[0].people", func(f *review.Flow) { f.Default.Stages[0].People = 2 }},
		{"default.stages[0].when", func(f *review.Flow) { f.Default.Stages[0].When = "true" }},
		{"default.stages[0].selectors[5].owners", func(f *review.Flow) { f.Default.Stages[0].Selectors[5].Owners = false }},
		{"default.stages[0].selectors[6].manager", func(f *review.Flow) { f.Default.Stages[0].Selectors[6].Manager = "lead" }},
		{"default.stages[1].mode", func(f *review.Flow) { f.Default.Stages[1].Mode = review.Any }},
		{"default.stages[1].limit.within", func(f *review.Flow) { f.Default.Stages[1].Limit.Within = request.Duration{} }},
		{"default.stages[1].limit.late", func(f *review.Flow) { f.Default.Stages[1].Limit.Late = review.DenyLate }},
		{"default.stages[1].limit.remind", func(f *review.Flow) { f.Default.Stages[1].Limit.Remind = request.For(2, request.Days) }},
		{"default.stages[1].stepUp.within", func(f *review.Flow) { f.Default.Stages[1].StepUp.Within = request.For(1, request.Hours) }},
		{"default.stages[1].stepUp.acr[0]", func(f *review.Flow) { f.Default.Stages[1].StepUp.ACR = []string{"higher"} }},
		{"default.stages[1].limit.escalate[1].when", func(f *review.Flow) { f.Default.Stages[1].Limit.Escalate[1].When = "true" }},
	} {
		read := func() manifest.Definitions {
			file, err := manifest.Read("f", strings.NewReader(whole))
			if err != nil {
				t.Fatal(err)
			}
			return file.Definitions()
		}
		changed := read()
		tt.change(&changed.Flows[0])
		d := manifest.Diff(read(), changed)
		if len(d) != 1 || len(d[0].Fields) != 1 || d[0].Fields[0].Name != tt.field {
			t.Errorf("%s: the difference is %v", tt.field, d)
		}
	}
}

func TestReadNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing yet\n", "---\n", "{}", "connections:\npeople: # none\nforms: []\n", "\ufeffpeople: []\n"} {
		got, err := manifest.Read("empty.yaml", strings.NewReader(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got.People, got.Forms = nil, nil // empty or not there
		if diff := cmp.Diff(new(manifest.File), got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
	}
}

func TestReadPassesOnTheErrorOfItsReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is broken")
	_, err := manifest.Read("f", io.MultiReader(strings.NewReader("people: ["), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}

func ExampleRead() {
	_, err := manifest.Read("grantwright.yaml", strings.NewReader(`
flows:
  - name: owners
    rules:
      - {name: short, when: request.duration < 5, then: {act: APROVE}}
    default: {act: DENY}
attachments:
  - {at: warehouse, flow: owner}
`))
	fmt.Println(err)
	// Output:
	// manifest: grantwright.yaml:5:46: flows[0].rules[0].when cannot be used: found no matching overload for '_<_' applied to '(duration, int)'
	// grantwright.yaml:5:63: flows[0].rules[0].then.act is "APROVE", must be one of APPROVE, DENY, REVIEW, DELEGATE
	// grantwright.yaml:8:27: attachments[0].flow names flow "owner", which is not in this file
}
