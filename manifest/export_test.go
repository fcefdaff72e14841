package manifest_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/grantwright/grantwright/catalog"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// FuzzExport writes definitions and reads them again: whatever a text holds, that
// Read would take, nothing differs.
func FuzzExport(f *testing.F) {
	for _, text := range []string{"plain", "yes", "007", "1e3", "null", "~", "2024-01-01", " leading", "trailing ", "a: b", "# no comment", "*alias", "&anchor", "- list",
		"two\nlines", "ends with one\n", "\n\nbegins with two", "tab\there", "\ttab first\nthen", "cr\r\nlf", "é\u2028\u0085\ufeff", "\"quoted\"", "'", "%", "@x", "`", "{a}", "[a]", "!tag", "<<", "\u0001", "\U0001F642"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		agreement := request.Agreement{Name: request.AgreementName(name), Version: 3, Title: text, Text: text, SavedBy: "x"}
		form := request.Form{Name: "f", Title: text, Agreements: []request.AgreementName{agreement.Name}, Questions: []request.Question{
			{ID: "q", Type: request.Checkboxes, Title: "Q", Help: text, Options: []string{"o" + text, "true"}}}}
		if agreement.Validate() != nil || form.Validate() != nil {
			return
		}
		want := manifest.Definitions{Agreements: []request.Agreement{agreement}, Forms: []request.Form{form},
			Flows:       []review.Flow{{Name: "w", Version: 2, Max: request.Endless, Default: review.Action{Act: review.Deny, Comment: text}}},
			Attachments: []request.Attachment{{At: "warehouse", Type: request.MaskingException, Form: "f"}},
			Guardrails:  []review.Guardrail{{Name: "g", Version: 4, At: []catalog.Ref{"warehouse"}, Require: "true", Reason: text, SavedBy: "x"}}}
		var b bytes.Buffer
		if err := manifest.Export(&b, want); err != nil {
			t.Fatal(err)
		}
		back, err := manifest.Read("back.yaml", bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%v, in\n%s", err, b.String())
		}
		if d := manifest.Diff(want, back.Definitions()); len(d) > 0 {
			t.Fatalf("%s\nafter the export of\n%s", d, b.String())
		}
		if strings.Contains(b.String(), "savedBy") && !strings.Contains(name+text, "savedBy") {
			t.Fatalf("who saved it is exported:\n%s", b.String())
		}
	})
}

func TestDiffOfNothing(t *testing.T) {
	t.Parallel()
	for _, d := range []manifest.Definitions{{}, {Forms: []request.Form{}, Flows: []review.Flow{}}} {
		if got := manifest.Diff(manifest.Definitions{}, d); len(got) != 0 || got.String() != "" {
			t.Errorf("got %v", got)
		}
	}
	a := manifest.Diff(manifest.Definitions{}, manifest.Definitions{Forms: []request.Form{{Name: "a", Title: "A"}}})
	b := manifest.Diff(manifest.Definitions{}, manifest.Definitions{Forms: []request.Form{{Name: "a", Title: "B"}}})
	if a.Hash() == b.Hash() || len(a.Hash()) != 64 {
		t.Errorf("the hashes are %s and %s", a.Hash(), b.Hash())
	}
	if want := "+ form a\n    + name: \"a\"\n    + title: \"A\"\n"; a.String() != want {
		t.Errorf("got %q, want %q", a.String(), want)
	}
}

// What is put on top of nothing, and what nothing is put on top of, is all there
// still: whatever definitions hold.
func TestWithLosesNothing(t *testing.T) {
	t.Parallel()
	all := wantWhole.Definitions()
	all.Owned = "access.yaml"
	all.Others = map[manifest.DefinitionKind][]manifest.Other{"lamps": {{"name": "desk"}}}
	for i, v := 0, reflect.ValueOf(all); i < v.NumField(); i++ {
		if field := v.Type().Field(i).Name; v.Field(i).Len() == 0 {
			t.Errorf("the whole file holds no %s", field)
		}
	}
	for _, got := range []manifest.Definitions{all.With(manifest.Definitions{}), manifest.Definitions{}.With(all), all.With(all)} {
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestOthersAreReadBelowTheirKey(t *testing.T) {
	t.Parallel()
	const text = "lamps:\n  - name: desk\n    watts: 7\n"
	known := manifest.Definitions{Others: map[manifest.DefinitionKind][]manifest.Other{"lamps": {}}}
	f, err := manifest.ReadOnto("lamps.yaml", strings.NewReader(text), known)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := manifest.Export(&b, f.Definitions()); err != nil || b.String() != text {
		t.Errorf("got %v and\n%s", err, b.String())
	}
	want := "+ lamp desk\n    + name: \"desk\"\n    + watts: 7\n"
	if got := manifest.Diff(known, f.Definitions()).String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := manifest.Read("lamps.yaml", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "lamps is not known here") {
		t.Errorf("of a kind that nobody knows: %v", err)
	}
	if _, err := manifest.ReadOnto("lamps.yaml", strings.NewReader("lamps: [7]"), known); err == nil || !strings.Contains(err.Error(), "1:8: lamps must be a list of mappings") {
		t.Errorf("of a list of numbers: %v", err)
	}
}
