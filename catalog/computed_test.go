package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
)

// people is a table with columns that are computed from others: low of mail, both of mail and
// id, twice of id.
var people = catalog.Asset{Ref: "warehouse:shop.people", Kind: catalog.Table, ID: "1", Columns: []catalog.Column{
	{Name: "low", ID: "1", From: []string{"mail"}}, {Name: "id", ID: "2"}, {Name: "mail", ID: "3"},
	{Name: "both", ID: "4", From: []string{"id", "mail"}}, {Name: "twice", ID: "5", From: []string{"id"}}}}

// everything says that governance has looked at all columns.
var everything = catalog.History{Seen: []string{"low", "id", "mail", "both", "twice"}}

func TestAMaskHoldsForWhatIsComputed(t *testing.T) {
	at := func(how catalog.MaskHow, columns ...string) catalog.Mask {
		m := catalog.Mask{Name: "m-" + string(how), At: people.Ref, Columns: columns, How: how, Version: 1}
		switch how {
		case catalog.MaskLast:
			m.Last = 2
		case catalog.MaskHash:
			m.Key = "env:KEY"
		case catalog.MaskConstant:
			m.Constant = "x"
		}
		return m
	}
	tagged := func(how catalog.MaskHow, tag string) catalog.Mask {
		m := at(how)
		m.At, m.Tags = "warehouse", []string{tag}
		return m
	}
	pii := []catalog.ClassifiedColumn{{Name: "mail", Tags: []string{"pii"}}, {Name: "low", Tags: []string{"open"}}}
	for name, tt := range map[string]struct {
		masks []catalog.Mask
		tags  []catalog.ClassifiedColumn
		seen  catalog.History
		hows  map[string]catalog.MaskHow // of the masked columns
		out   []string
	}{
		"by its name":                {masks: []catalog.Mask{at(catalog.MaskLast, "mail")}, hows: map[string]catalog.MaskHow{"low": catalog.MaskNull, "mail": catalog.MaskLast, "both": catalog.MaskNull}},
		"by a tag":                   {masks: []catalog.Mask{tagged(catalog.MaskHash, "pii")}, tags: pii, hows: map[string]catalog.MaskHow{"low": catalog.MaskNull, "mail": catalog.MaskHash, "both": catalog.MaskNull}},
		"with one of its own":        {masks: []catalog.Mask{at(catalog.MaskNull, "mail"), at(catalog.MaskHash, "low")}, hows: map[string]catalog.MaskHow{"low": catalog.MaskHash, "mail": catalog.MaskNull, "both": catalog.MaskNull}},
		"with an exception":          {masks: []catalog.Mask{at(catalog.MaskConstant, "mail"), at(catalog.MaskClear, "low")}, hows: map[string]catalog.MaskHow{"mail": catalog.MaskConstant, "both": catalog.MaskNull}},
		"an exception by a tag":      {masks: []catalog.Mask{at(catalog.MaskNull, "mail"), tagged(catalog.MaskClear, "open")}, tags: pii, hows: map[string]catalog.MaskHow{"low": catalog.MaskNull, "mail": catalog.MaskNull, "both": catalog.MaskNull}},
		"an exception of the source": {masks: []catalog.Mask{tagged(catalog.MaskNull, "pii"), at(catalog.MaskNull, "id"), at(catalog.MaskClear, "mail")}, tags: pii, hows: map[string]catalog.MaskHow{"id": catalog.MaskNull, "both": catalog.MaskNull, "twice": catalog.MaskNull}},
		"of what is computed alone":  {masks: []catalog.Mask{at(catalog.MaskNull, "low")}, hows: map[string]catalog.MaskHow{"low": catalog.MaskNull}},
		"of what nobody has looked at": {masks: []catalog.Mask{at(catalog.MaskNull, "id")}, seen: catalog.History{Seen: []string{"id", "low", "twice"}},
			hows: map[string]catalog.MaskHow{"id": catalog.MaskNull, "both": catalog.MaskNull, "twice": catalog.MaskNull}, out: []string{"low", "mail"}},
	} {
		t.Run(name, func(t *testing.T) {
			seen := tt.seen
			if seen.Seen == nil {
				seen = everything
			}
			c := catalog.Classification{At: people.Ref, Version: 1, Columns: tt.tags}
			m := catalog.MaskingOf(people, tt.masks, c, seen)
			hows := map[string]catalog.MaskHow{}
			for _, column := range m.Columns {
				hows[column.Name] = column.Mask.How
				if column.From != "" && (column.Mask.Key != "" || column.Mask.Last != 0 || column.Mask.Constant != "") {
					t.Errorf("%s is shown by %+v", column.Name, column.Mask)
				}
			}
			if diff := cmp.Diff(tt.hows, hows); diff != "" {
				t.Errorf("masked (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.out, m.Out); diff != "" {
				t.Errorf("left out (-want +got):\n%s", diff)
			}
			again := catalog.MaskingOf(people, tt.masks, c, seen.After(people, tt.masks, c, m))
			if diff := cmp.Diff(m, again); diff != "" {
				t.Errorf("at the next look (-want +got):\n%s", diff)
			}
		})
	}
}

// A generated column that becomes a plain one keeps its data, and what it is computed from may
// be renamed.
func TestWhatWasComputedStaysHidden(t *testing.T) {
	masks := []catalog.Mask{{Name: "mails", At: "warehouse", Columns: []string{"mail"}, How: catalog.MaskHash}}
	for name, change := range map[string]func(*catalog.Asset){
		"dropped expression": func(a *catalog.Asset) { a.Columns[0].From = nil },
		"renamed": func(a *catalog.Asset) {
			a.Columns[2].Name, a.Columns[0].From, a.Columns[3].From = "letter", []string{"letter"}, []string{"id", "letter"}
		},
		"renamed, without ids": func(a *catalog.Asset) {
			for i := range a.Columns {
				a.Columns[i].ID = ""
			}
			a.Columns[2].Name, a.Columns[0].From, a.Columns[3].From = "letter", []string{"letter"}, []string{"id", "letter"}
		},
		"dropped and renamed": func(a *catalog.Asset) { a.Columns[0].From, a.Columns[0].Name = nil, "letter" },
		"the source dropped": func(a *catalog.Asset) {
			a.Columns = append(a.Columns[:1:1], a.Columns[1], a.Columns[3])
			a.Columns[0].From = nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := everything.After(people, masks, catalog.Classification{}, catalog.MaskingOf(people, masks, catalog.Classification{}, everything))
			now := people
			now.Columns = append([]catalog.Column(nil), people.Columns...)
			change(&now)
			m := catalog.MaskingOf(now, masks, catalog.Classification{}, h)
			if !m.Hides(now.Columns[0].Name) || m.Hides("id") {
				t.Errorf("is shown as %+v", m)
			}
			said := catalog.Classification{Version: 1, Columns: []catalog.ClassifiedColumn{{Name: now.Columns[0].Name}}}
			if m = catalog.MaskingOf(now, masks, said, h); m.Hides(now.Columns[0].Name) != (now.Columns[0].From != nil) {
				t.Errorf("after governance has looked at it, it is shown as %+v", m)
			}
		})
	}
}

func TestATagIsOneOfWhatIsComputed(t *testing.T) {
	said := catalog.Classification{Columns: []catalog.ClassifiedColumn{{Name: "mail", Tags: []string{"pii"}}, {Name: "low", Tags: []string{"open"}}, {Name: "id", Tags: []string{"key"}}}}
	got := said.Computed(people)
	for column, want := range map[string][]string{"low": {"open", "pii"}, "both": {"key", "pii"}, "twice": {"key"}, "mail": {"pii"}} {
		if diff := cmp.Diff(want, got.TagsOf(column)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", column, diff)
		}
	}
	if diff := cmp.Diff([]string{"twice", "id"}, people.Computing("twice")); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"mail", "both", "id"}, people.Computing("mail", "both")); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}
	if got := people.Computing(); len(got) > 0 {
		t.Errorf("the whole asset reads %q", got)
	}
}
