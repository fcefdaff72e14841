package manifest_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/manifest"
)

const (
	ask     = "{act: REVIEW, stages: [{mode: ANY, selectors: [{group: owners}]}]}"
	library = "connections: [{name: library, technology: file}]\n"
)

// faultTests hold files that cannot be used, and every fault that must be named.
var faultTests = []struct {
	name, file string
	want       []string // line:column: field reason
}{
	// What is no YAML, or not ours.
	{"a list", "- people", []string{"1:1: must be a mapping of keys to values"}},
	{"text", "people", []string{"1:1: must be a mapping of keys to values"}},
	{"broken", "people: [\n", []string{"2:1: is not YAML: did not find expected node content"}},
	{"tab", "people:\n\t- id: eve\n", []string{"2:1: is not YAML: found character that cannot start any token"}},
	{"password as an alias", "connections:\n  - secret: *hunter2\n", []string{"1:1: is not YAML: an alias names an anchor that is not there; put text that begins with * into quotes"}},
	{"two documents", "people: []\n---\nforms: []\n", []string{"2:1: a second document begins here, one is right"}},
	{"broken second document", "people: []\n---\nforms: [\n", []string{"4:1: is not YAML: did not find expected node content"}},

	// Keys.
	{"unknown", "peple: []\nforms: [{nmae: x}]", []string{
		"1:1: peple is not known here; known are owned, connections, people, agreements, forms, flows, attachments, guardrails, masks, classifications, assets",
		"2:9: forms[0].name must be given, and not be \"default\", which is built in",
		"2:10: forms[0].nmae is not known here; known are name, title, questions, flow, agreements",
	}},
	{"password", "connections: [{name: a, technology: b, password: hunter2}]", []string{
		"1:40: connections[0].password is not known here, and passwords have no place in this file; give a reference in secret: env:NAME or file:/path"}},
	{"twice", "people: []\npeople: []", []string{"2:1: people was given already, on line 1"}},
	{"not text", "1: []\n? [a]\n: b\n", []string{"1:1: has a key that is not text; put it into quotes", "2:3: has a key that is not text; put it into quotes"}},
	{"merge", "people:\n  - &a {id: eve}\n  - {<<: *a, name: Eve}\n", []string{
		"3:6: people[1] has a key that is not text; put it into quotes"}},
	{"set elsewhere", "flows: [{name: f, version: 3, default: {act: DENY}}]", []string{
		"1:19: flows[0].version is not known here; known are name, rules, default, max, pending, ownRequests, reasons, emergency"}},

	// Types.
	{"no list", "people: eve", []string{"1:9: people must be a list"}},
	{"no mapping", "people: [eve]", []string{"1:10: people[0] must be a mapping of keys to values"}},
	{"no text", "people: [{id: 007, name: true, email: [a], groups: [2024-01-01], attributes: {login: eve}}]", []string{
		"1:15: people[0].id must be text; put numbers, dates, true and false into quotes",
		"1:26: people[0].name must be text; put numbers, dates, true and false into quotes",
		"1:39: people[0].email must be text; put numbers, dates, true and false into quotes",
		"1:53: people[0].groups[0] must be text; put numbers, dates, true and false into quotes",
		"1:86: people[0].attributes.login must be a list",
	}},
	{"empty", "people: [{id: }]", []string{"1:15: people[0].id must be text; put numbers, dates, true and false into quotes"}},
	{"no bool, no number", "forms: [{name: f, questions: [{id: q, type: SHORT_ANSWER, title: t, required: yes, maxRunes: many}]}]", []string{
		"1:79: forms[0].questions[0].required must be true or false",
		"1:94: forms[0].questions[0].maxRunes must be a whole number"}},
	{"large number", "forms: [{name: f, questions: [{id: q, type: SHORT_ANSWER, title: t, maxRunes: 99999999999999999999}]}]", []string{
		"1:79: forms[0].questions[0].maxRunes must be a whole number"}},
	{"NUL", `people: [{id: "a\0b", attributes: {"c\0": []}}]`, []string{"1:15: people[0].id holds a NUL character", "1:36: people[0].attributes has a key with a NUL character"}},
	{"durations", library + "flows:\n  - name: f\n    max: a while\n    pending: 0 DAYS\n    default: {act: DENY}\n", []string{
		`4:10: flows[0].max "A WHILE" is not a duration, it must read like 30 DAYS or ENDLESS: a count from 1 to 10000 and one of [SECONDS MINUTES HOURS DAYS WEEKS MONTHS YEARS]`,
		`5:14: flows[0].pending "0 DAYS" is not a duration, it must read like 30 DAYS or ENDLESS: a count from 1 to 10000 and one of [SECONDS MINUTES HOURS DAYS WEEKS MONTHS YEARS]`}},
	{"words", "people: [{id: a, permissions: [admin]}]\nflows: [{name: f, default: {act: REVIEW, stages: [{mode: SOME, selectors: [{permission: ROOT}]}]}}]", []string{
		`1:32: people[0].permissions[0] is "admin", must be one of GOVERNANCE, ADMIN, AUDIT, ACTING, ASKING, ASKING_FOR_OTHERS`,
		`2:58: flows[0].default.stages[0].mode is "SOME", must be one of ANY, ALL, AT_LEAST`,
		`2:89: flows[0].default.stages[0].selectors[0].permission is "ROOT", must be one of GOVERNANCE, ADMIN, AUDIT, ACTING, ASKING, ASKING_FOR_OTHERS`}},

	// Connections.
	{"connections", `connections:
  - name: Ware.House
    url: postgres://u:hunter2@h/db
    secret: hunter2
    syncEvery: 1ms
  - {name: a, technology: t, syncEvery: often, url: "h", principals: {table: {eve: x, frank: x}, expression: "person.nmae +"}}
  - {name: a, technology: t, principals: {expression: person.nmae}}
`, []string{
		`2:5: connections[0].technology is missing`,
		`2:11: connections[0].name not a reference: connection name "Ware.House" must be 1 to 63 lower case letters, digits, '-' or '_', and begin with a letter or digit`,
		`3:10: connections[0].url holds a password; give a reference to it in secret`,
		`4:13: connections[0].secret must be a reference, env:NAME or file:/path`,
		`5:16: connections[0].syncEvery is 1ms, must be at least 1s, or 0 for none`,
		`6:41: connections[1].syncEvery must be a time such as "15m" or "1h30m"`,
		`6:53: connections[1].url must read like scheme://user@host/name?parameters`,
		`6:94: connections[1].principals.table.frank is principal "x", as eve is; each principal is one person`,
		`6:124: connections[1].principals.expression cannot be used: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}`,
		`7:12: connections[2].name is that of connections[1] already`,
		`7:61: connections[2].principals.expression cannot be used: undefined field 'nmae'; is name meant?`,
	}},

	// People.
	{"people", "people:\n  - {name: Eve}\n  - id: system\n  - {id: a|b}\n  - {id: c}\n  - {id: c}\n  - {issuer: i, id: c}\n", []string{
		`2:5: people[0].id is missing`,
		`3:9: people[1].id "system" is the engine itself`,
		`4:10: people[2].id holds a bar (|), which needs an issuer before it`,
		`6:10: people[4].id is that of people[3] already`}},

	// Forms.
	{"forms", `forms:
  - name: default
    questions:
      - {id: Q, type: ESSAY, title: t, pattern: "("}
      - {id: r, type: DROPDOWN, title: t, when: answers.q}
      - {id: r, type: ACCESS_DURATION, when: nobody}
  - {name: f, flow: nothing}
  - {name: f}
`, []string{
		"2:11: forms[0].name must be given, and not be \"default\", which is built in",
		`4:14: forms[0].questions[0].id "Q" must be a lower case letter and then up to 62 letters, digits or _`,
		`4:23: forms[0].questions[0].type is "ESSAY", must be one of SHORT_ANSWER, DROPDOWN, CHECKBOXES, ACCESS_DURATION`,
		"4:49: forms[0].questions[0].pattern is not a pattern: error parsing regexp: missing closing ): `(`",
		`5:9: forms[0].questions[1].options are 0, must be 1 to 1000`,
		`5:49: forms[0].questions[1].when cannot be used: the result is dyn, must be bool`,
		`6:9: forms[0].questions[2].title is missing`,
		`6:14: forms[0].questions[2].id "r" is the id of an earlier question`,
		`6:46: forms[0].questions[2].when cannot be used: undeclared reference to 'nobody'`,
		`7:21: forms[1].flow names flow "nothing", which is not in this file`,
		`8:12: forms[2].name is that of forms[1] already`,
	}},

	// Flows, and where conditions stand.
	{"flows", `flows:
  - name: default
    rules:
      - {name: a, then: {act: APPROVE}, when: request.duration}
      - {name: a, then: {act: REVIEW}, when: "requester.nmae == ''"}
      - name: c
        when: |
          true &&
            asset.owner == ""
        then: {act: DENY, duration: 1 DAYS}
      - name: d
        when: >
          true &&
          asset.owner == ""
        then: {act: DENY}
    default: {act: REVIEW, stages: [{mode: ANY, selectors: [{}, {when: steward.x}, {when: steward.y, group: g}]}]}
  - {name: e, default: {act: DENY}}
  - {name: e, default: {act: DENY}}
`, []string{
		`2:11: flows[0].name must not be "default", which is built in`,
		`4:47: flows[0].rules[0].when cannot be used: the result is google.protobuf.Duration, must be bool`,
		`5:16: flows[0].rules[1].name must be given, and differ from those before it`,
		`5:25: flows[0].rules[1].then.stages are 0, must be 1 to 10`,
		`5:56: flows[0].rules[1].when cannot be used: undefined field 'nmae'; is name meant?`,
		`9:18: flows[0].rules[2].when cannot be used: undefined field 'owner'`,
		`10:37: flows[0].rules[2].then.duration is for APPROVE, not for DENY`,
		`12:15: flows[0].rules[3].when cannot be used: line 1, column 14 of it: undefined field 'owner'`,
		`16:61: flows[0].default.stages[0].selectors[0] sets 0 of person, group, attribute, permission, owners, manager and when, one is right`,
		`16:79: flows[0].default.stages[0].selectors[1].when cannot be used: undefined field 'x'`,
		`16:84: flows[0].default.stages[0].selectors[2] sets 2 of person, group, attribute, permission, owners, manager and when, one is right`,
		`16:98: flows[0].default.stages[0].selectors[2].when cannot be used: undefined field 'y'`,
		`18:12: flows[2].name is that of flows[1] already`,
	}},

	// Attachments.
	{"attachments", library + `flows: [{name: f, default: ` + ask + `}]
assets: [{ref: "library:sales", kind: DATABASE}]
attachments:
  - {at: "library:sales", form: nothing}
  - {at: "library:sales", flow: f}
  - {at: "library:sale", flow: f}
  - {at: elsewhere, flow: nothing, type: ALL}
  - {at: 'library:"sales"', flow: f}
  - {at: "library:", flow: f}
  - {at: library}
  - {at: "library:sales", flow: f, type: MASKING_EXCEPTION}
`, []string{
		`5:33: attachments[0].form names form "nothing", which is not in this file`,
		`6:10: attachments[1].at is that of attachments[0] already`,
		`7:10: attachments[2].at is none of the assets of this file`,
		`8:10: attachments[3].at is on connection "elsewhere", which is not in this file`,
		`8:27: attachments[3].flow names flow "nothing", which is not in this file`,
		`8:42: attachments[3].type is "ALL", must be one of DATA_ACCESS, MASKING_EXCEPTION`,
		`9:10: attachments[4].at must be spelled library:sales`,
		`10:10: attachments[5].at not a reference: a name is empty`,
		`11:5: attachments[6] must set a form, a flow or both`,
	}},

	// Guardrails.
	{"guardrails", library + `assets: [{ref: "library:sales", kind: DATABASE}]
guardrails:
  - {name: a, at: ["library:sale", elsewhere, "library:", library], require: "beneficiary.nmae == ''"}
  - name: a
    at: []
    require: |
      true &&
        answers.x == ''
`, []string{
		`4:20: guardrails[0].at[0] is none of the assets of this file`,
		`4:36: guardrails[0].at[1] is on connection "elsewhere", which is not in this file`,
		`4:47: guardrails[0].at[2] must be a reference such as warehouse:sales.public, in its one spelling`,
		`4:90: guardrails[0].require cannot be used: undefined field 'nmae'; is name meant?`,
		`5:11: guardrails[1].name is that of guardrails[0] already`,
		`6:9: guardrails[1].at are 0 places, must be 1 to 20`,
		`9:9: guardrails[1].require cannot be used: undeclared reference to 'answers'`,
	}},

	// Masks.
	{"masks", library + `assets: [{ref: "library:sales", kind: DATABASE}]
masks:
  - {name: a, at: "library:sale", columns: [x], how: ROT13}
  - {name: a, at: library, tags: [p, p], how: LAST}
  - {name: b, at: library, how: HASH, key: hunter2}
classifications:
  - {at: "library:sales", columns: [{name: x}, {name: x}]}
`, []string{
		`4:19: masks[0].at is none of the assets of this file`,
		`4:54: masks[0].how is "ROT13", must be one of VIEW, NULL, CONSTANT, HASH, LAST, CLEAR`,
		`5:5: masks[1].last is 0, must be 1 to 100`,
		`5:12: masks[1].name is that of masks[0] already`,
		`5:38: masks[1].tags[1] is "p", which is there already`,
		`6:5: masks[2].columns must name a column, or tags must name a tag`,
		`6:44: masks[2].key must be a reference, env:NAME or file:/path`,
		`8:55: classifications[0].columns[1].name is "x", which is there already`,
	}},

	// Assets.
	{"assets", "connections: [{name: library, technology: file}, {name: dwh, technology: postgres}]\n" + `assets:
  - {ref: library, kind: DATABASE}
  - {ref: "other:sales", kind: DATABASE}
  - {ref: "dwh:sales", kind: DATABASE}
  - {ref: "library:sales.orders", kind: TABLE}
  - {ref: "library:hr", kind: TABLE, columns: [{name: a, type: t}, {name: a}, {type: t}]}
  - {ref: "library:hr.people", kind: TABLE}
  - {ref: "library:hr.people"}
  - {ref: "library:x", kind: SCHEMA, columns: [{name: a, type: t}], host: h}
  - {ref: ""}
`, []string{
		`3:11: assets[0].ref is a connection, must be an asset on it, such as library:sales`,
		`4:11: assets[1].ref is on connection "other", which is not in this file`,
		`5:11: assets[2].ref is on connection dwh of technology "postgres", whose assets are read by a sync; those of technology "file" stand here`,
		`6:11: assets[3].ref is in library:sales, which is none of the assets of this file`,
		`7:68: assets[4].columns[1].type is missing`,
		`7:75: assets[4].columns[1].name is that of an earlier column`,
		`7:79: assets[4].columns[2].name is missing`,
		`8:11: assets[5].ref is in library:hr, which is a TABLE; only a DATABASE or a SCHEMA holds others`,
		`9:5: assets[6].kind is missing`,
		`9:11: assets[6].ref is in library:hr, which is a TABLE; only a DATABASE or a SCHEMA holds others`,
		`9:11: assets[6].ref is that of assets[5] already`,
		`10:47: assets[7].columns are for what stands in a SCHEMA, which has none itself`,
		`10:69: assets[7].host is not known here; known are ref, kind, id, columns, source, through, partOf, definition`,
		`11:11: assets[8].ref not a reference: connection name "" must be 1 to 63 lower case letters, digits, '-' or '_', and begin with a letter or digit`,
	}},
}

func TestEveryFaultIsNamedWithItsPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range faultTests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := manifest.Read("f.yaml", strings.NewReader(tt.file))
			var faults *manifest.Error
			if !errors.As(err, &faults) {
				t.Fatalf("the error is %v", err)
			}
			var got []string
			for _, f := range faults.Faults {
				got = append(got, strings.TrimPrefix(f.String(), "f.yaml:"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("a secret is in the error: %v", err)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	bomb := "people:\n"
	for i, repeats := range []string{"a", "a0", "a1", "a2", "a3", "a4", "a5", "a6"} {
		if i > 0 {
			repeats = strings.TrimSuffix(strings.Repeat("*"+repeats+",", 10), ",")
		}
		bomb += fmt.Sprintf("  - {id: p%d, attributes: {k: &a%d [%s]}}\n", i, i, repeats)
	}
	for _, tt := range []struct{ name, file, want string }{
		{"large", "# " + strings.Repeat("x", manifest.MaxBytes), "1:1: the file is larger than 1048576 bytes"},
		{"long", "people: [" + strings.Repeat("{},", 200_000) + "]", "1:1: holds more than 100000 keys and values, with all that its aliases repeat"},
		{"deep", strings.Repeat("[", 20_000), "1:1: is not YAML: exceeded max depth of 10000"},
		{"many faults", "people: [" + strings.Repeat("{},", 1_000) + "]", "1:10: people[0].id is missing"},
		{"alias in itself", "people: &a [*a]", "1:9: people[0] must be a mapping of keys to values"},
		{"alias in itself, of a kind", "people:\n  - &a {id: x, attributes: &b {k: *b}}", "2:28: people[0].attributes.k must be a list"},
		{"bomb", bomb, "2:30: people[1].attributes.k[0] must be text; put numbers, dates, true and false into quotes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := manifest.Read("f", strings.NewReader(tt.file))
			var faults *manifest.Error
			if !errors.As(err, &faults) || len(faults.Faults) > 100 {
				t.Fatalf("the error is %v", err)
			}
			if got := strings.TrimPrefix(faults.Faults[0].String(), "f:"); got != tt.want {
				t.Errorf("the first fault is %q, want %q", got, tt.want)
			}
		})
	}
}

// An alias may repeat what is of the right type, and that is bounded too.
func TestAliasBomb(t *testing.T) {
	t.Parallel()
	groups := "people:\n  - {id: first, groups: &g [" + strings.Repeat("a,", 2000) + "]}\n"
	for i := range 1000 {
		groups += fmt.Sprintf("  - {id: p%d, groups: *g}\n", i)
	}
	_, err := manifest.Read("f", strings.NewReader(groups))
	if err == nil || !strings.Contains(err.Error(), "with all that its aliases repeat") {
		t.Errorf("the error is %v", err)
	}
}

// breaks are what YAML takes for the end of a line.
var breaks = regexp.MustCompile("[\n\r\u0085\u2028\u2029]")

func FuzzRead(f *testing.F) {
	f.Add(whole)
	f.Add("p\r\r\r\r\rle:")
	for _, tt := range faultTests {
		f.Add(tt.file)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := manifest.Read("f", strings.NewReader(text))
		if (file == nil) == (err == nil) {
			t.Fatalf("the file is %v, the error %v", file, err)
		}
		var faults *manifest.Error
		if err != nil && !errors.As(err, &faults) {
			t.Fatalf("the error is %T", err)
		}
		for i := 0; faults != nil && i < len(faults.Faults); i++ {
			if f := faults.Faults[i]; f.Line < 1 || f.Column < 1 || f.Line > len(breaks.FindAllString(text, -1))+2 || f.Reason == "" {
				t.Errorf("fault without a place: %+v", f)
			}
		}
	})
}
