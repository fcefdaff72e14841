package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
)

// What holds for a table holds for its partitions and children.
func TestMaskingOfAPart(t *testing.T) {
	t.Parallel()
	const whole, outer catalog.Ref = "wh:sales.public.events", "wh:sales.public.all_events"
	part := catalog.Asset{Ref: "wh:sales.archive.events_24", PartOf: []catalog.Ref{outer, whole}, Columns: []catalog.Column{{Name: "at"}, {Name: "mail"}}}
	mask := func(at catalog.Ref, how catalog.MaskHow) catalog.Mask {
		return catalog.Mask{Name: string(how), At: at, Columns: []string{"mail"}, How: how}
	}
	tagged := catalog.Classification{At: whole, Columns: []catalog.ClassifiedColumn{{Name: "mail", Tags: []string{"pii"}}}}
	masking := func(masks ...catalog.Mask) catalog.Masking {
		return catalog.MaskingOf(part, masks, catalog.Classification{At: part.Ref}, catalog.History{Seen: []string{"at", "mail"}}, tagged)
	}
	for name, tt := range map[string]struct {
		masks []catalog.Mask
		want  catalog.MaskHow
	}{
		"none":                             {nil, ""},
		"a mask of the table":              {[]catalog.Mask{mask(whole, catalog.MaskHash)}, catalog.MaskHash},
		"a mask of the table's schema":     {[]catalog.Mask{mask("wh:sales.public", catalog.MaskHash)}, catalog.MaskHash},
		"the stricter of two tables":       {[]catalog.Mask{mask(whole, catalog.MaskLast), mask(outer, catalog.MaskNull)}, catalog.MaskNull},
		"stricter than where it stands":    {[]catalog.Mask{mask("wh:sales.archive", catalog.MaskLast), mask(whole, catalog.MaskHash)}, catalog.MaskHash},
		"where it stands is stricter":      {[]catalog.Mask{mask("wh:sales.archive", catalog.MaskNull), mask(whole, catalog.MaskHash)}, catalog.MaskNull},
		"clear for the table alone":        {[]catalog.Mask{mask("wh:sales.archive", catalog.MaskHash), mask(whole, catalog.MaskClear)}, catalog.MaskHash},
		"clear where it stands alone":      {[]catalog.Mask{mask("wh:sales.archive", catalog.MaskClear), mask(whole, catalog.MaskHash)}, catalog.MaskHash},
		"clear for the part itself":        {[]catalog.Mask{mask(part.Ref, catalog.MaskClear), mask(whole, catalog.MaskHash)}, ""},
		"a mask of another table":          {[]catalog.Mask{mask("wh:sales.public.others", catalog.MaskHash)}, ""},
		"by a tag of the table":            {[]catalog.Mask{{Name: "tag", At: "wh", Tags: []string{"pii"}, How: catalog.MaskHash}}, catalog.MaskHash},
		"by a tag of the table, elsewhere": {[]catalog.Mask{{Name: "tag", At: "wh:other", Tags: []string{"pii"}, How: catalog.MaskHash}}, ""},
	} {
		var got catalog.MaskHow
		if m := masking(tt.masks...); m.Masked() {
			got = m.Columns[0].Mask.How
		}
		if got != tt.want {
			t.Errorf("%s: the mail is masked by %q, want %q", name, got, tt.want)
		}
	}
	view := catalog.Mask{Name: "view", At: whole, How: catalog.MaskView, View: "wh:sales.public.shown"}
	if diff := cmp.Diff(catalog.Masking{Under: whole, By: []string{"view"}}, masking(view)); diff != "" {
		t.Errorf("shown by a view of the table (-want +got):\n%s", diff)
	}
}

// What a mask has hidden in a table stays hidden in its partitions, tomorrow's too.
func TestWhatIsHiddenInATableIsHiddenInItsParts(t *testing.T) {
	t.Parallel()
	const whole catalog.Ref = "wh:sales.public.events"
	mask := catalog.Mask{Name: "m", At: whole, Columns: []string{"mail"}, How: catalog.MaskNull}
	before := catalog.History{Seen: []string{"at", "mail"}, Hidden: []catalog.Hidden{{Name: "mail", ID: "2", Object: "7", By: "m"}}}
	part := catalog.Asset{Ref: "wh:sales.public.events_24", ID: "8", PartOf: []catalog.Ref{whole}, Columns: []catalog.Column{{Name: "at", ID: "1"}, {Name: "address", ID: "2"}}}
	got := catalog.MaskingOf(part, []catalog.Mask{mask}, catalog.Classification{}, catalog.History{}.With(before))
	if diff := cmp.Diff(catalog.Masking{Clear: []string{"at"}, Out: []string{"address"}, Lost: []string{"mail"}, By: []string{"m"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInheritedTags(t *testing.T) {
	t.Parallel()
	own := catalog.Classification{At: "wh:a.b.part", Columns: []catalog.ClassifiedColumn{{Name: "mail", Tags: []string{"eu"}}, {Name: "id"}}}
	whole := catalog.Classification{At: "wh:a.b.all", Columns: []catalog.ClassifiedColumn{{Name: "mail", Tags: []string{"pii", "eu"}}, {Name: "iban", Tags: []string{"bank"}}}}
	got := own.Inherited(whole)
	if diff := cmp.Diff([]string{"bank", "eu", "pii"}, got.TagsOf()); diff != "" {
		t.Errorf("all tags (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"eu", "pii"}, got.TagsOf("mail", "id")); diff != "" {
		t.Errorf("tags of two columns (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"eu"}, own.TagsOf()); diff != "" {
		t.Errorf("the own ones have changed (-want +got):\n%s", diff)
	}
}
