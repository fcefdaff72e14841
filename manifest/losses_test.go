package manifest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// protected is what governance has defined since a file was exported.
func protected() manifest.Definitions {
	const at catalog.Ref = "warehouse:hr.public.people"
	return manifest.Definitions{
		Masks:           []catalog.Mask{{Name: "mail", Version: 2, At: at, Columns: []string{"mail", "phone"}, How: catalog.MaskNull}},
		Guardrails:      []review.Guardrail{{Name: "export", Version: 1, At: []catalog.Ref{"warehouse:hr", "warehouse:sales"}, Require: "false"}},
		Flows:           []review.Flow{{Name: "strict", Version: 1, Default: review.Action{Act: review.Deny}}},
		Attachments:     []request.Attachment{{At: at, Type: request.DataAccess, Flow: "strict"}},
		Classifications: []catalog.Classification{{At: at, Version: 1, Columns: []catalog.ClassifiedColumn{{Name: "mail", Tags: []string{"pii"}}}}},
	}
}

func warningsOf(stored, want manifest.Definitions) (all []string) {
	for _, d := range manifest.Diff(stored, want) {
		for _, w := range d.Warnings {
			all = append(all, d.What+": "+w)
		}
	}
	return all
}

// TestEachLossOfProtectionIsAWarning applies an older export, which knows nothing of it.
func TestEachLossOfProtectionIsAWarning(t *testing.T) {
	t.Parallel()
	want := []string{
		"flow: takes the flow away: nothing is decided by it any more",
		"guardrail: takes the guardrail away: it prevents nothing any more",
		"mask: takes the mask at warehouse:hr.public.people away: what it hides is shown",
		"classification: takes tag pii from column mail: masks and rules that read it do not see it any more",
		"attachment: takes the attachment away: whoever decides around it decides here too",
	}
	got := warningsOf(protected(), manifest.Definitions{})
	for _, w := range want {
		if !strings.Contains(strings.Join(got, "\n"), w) {
			t.Errorf("nothing says %q: %q", w, got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d warnings, want %d: %q", len(got), len(want), got)
	}
	if added := warningsOf(manifest.Definitions{}, protected()); len(added) > 0 {
		t.Errorf("what is protected more is warned of: %q", added)
	}
}

// TestWhatIsLoosenedIsAWarning has a file that knows weaker versions.
func TestWhatIsLoosenedIsAWarning(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		loosen func(d *manifest.Definitions)
		want   []string
	}{
		"a column less": {func(d *manifest.Definitions) { d.Masks[0].Columns = []string{"mail"} }, []string{"mask: masks column phone no longer"}},
		"a weaker way":  {func(d *manifest.Definitions) { d.Masks[0].How, d.Masks[0].Last = catalog.MaskLast, 4 }, []string{"mask: masks by LAST, which shows more than NULL"}},
		"another place": {func(d *manifest.Definitions) { d.Masks[0].At = "warehouse:hr.public.other" }, []string{"mask: masks warehouse:hr.public.people no longer"}},
		"shown clear":   {func(d *manifest.Definitions) { d.Masks[0].How = catalog.MaskClear }, []string{"mask: shows column mail at warehouse:hr.public.people clear, whatever other masks say", "mask: shows column phone at warehouse:hr.public.people clear, whatever other masks say"}},
		"an exception more": {func(d *manifest.Definitions) {
			d.Masks = append(d.Masks, catalog.Mask{Name: "shown", At: "warehouse:hr.public.people", Tags: []string{"pii"}, How: catalog.MaskClear})
		}, []string{"mask: shows columns tagged pii at warehouse:hr.public.people clear, whatever other masks say"}},
		"a wider place":     {func(d *manifest.Definitions) { d.Masks[0].At = "warehouse:hr" }, nil},
		"a column more":     {func(d *manifest.Definitions) { d.Masks[0].Columns = []string{"mail", "name", "phone"} }, nil},
		"a place less":      {func(d *manifest.Definitions) { d.Guardrails[0].At = d.Guardrails[0].At[:1] }, []string{"guardrail: prevents nothing at warehouse:sales any more"}},
		"another condition": {func(d *manifest.Definitions) { d.Guardrails[0].Require = "true" }, []string{"guardrail: requires something else: whoever it has kept out may come in"}},
		"another flow":      {func(d *manifest.Definitions) { d.Attachments[0].Flow = "open" }, []string{`attachment: flow "open" decides in place of "strict"`}},
		"a tag less":        {func(d *manifest.Definitions) { d.Classifications[0].Columns[0].Tags = nil }, []string{"classification: takes tag pii from column mail: masks and rules that read it do not see it any more"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loose := protected()
			tt.loosen(&loose)
			if diff := cmp.Diff(tt.want, warningsOf(protected(), loose)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
