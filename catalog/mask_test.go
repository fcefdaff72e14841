package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
)

var customers = catalog.Asset{Ref: "dwh:shop.sales.customers", Kind: catalog.Table,
	Columns: []catalog.Column{{Name: "id"}, {Name: "name"}, {Name: "email"}, {Name: "iban"}}}

func TestWhichMaskHolds(t *testing.T) {
	t.Parallel()
	null := func(name string, at catalog.Ref, columns ...string) catalog.Mask {
		return catalog.Mask{Name: name, At: at, Columns: columns, How: catalog.MaskNull}
	}
	with := func(m catalog.Mask, how catalog.MaskHow) catalog.Mask { m.How = how; return m }
	pii := catalog.Mask{Name: "pii", At: "dwh", Tags: []string{"pii"}, How: catalog.MaskHash}
	seen := []string{"id", "name", "email", "iban"}
	tests := []struct {
		name   string
		masks  []catalog.Mask
		tags   []catalog.ClassifiedColumn
		seen   []string
		masked map[string]string // the name of the mask by column
		out    []string
	}{
		{name: "none", seen: seen},
		{name: "elsewhere", masks: []catalog.Mask{null("m", "dwh:shop.sales.customers2", "email"), null("n", "dwh:shop.sale", "email")}, seen: seen},
		{name: "of the asset", masks: []catalog.Mask{null("m", customers.Ref, "email")}, seen: seen, masked: map[string]string{"email": "m"}},
		{name: "of the connection", masks: []catalog.Mask{null("m", "dwh", "email", "phone")}, seen: seen, masked: map[string]string{"email": "m"}},
		{name: "the nearer holds", masks: []catalog.Mask{null("far", "dwh", "email"), with(null("near", "dwh:shop.sales", "email"), catalog.MaskLast)}, seen: seen, masked: map[string]string{"email": "near"}},
		{name: "a nearer exception", masks: []catalog.Mask{null("far", "dwh", "email", "name"), with(null("near", customers.Ref, "email"), catalog.MaskClear)}, seen: seen, masked: map[string]string{"name": "far"}},
		{name: "the stricter at one place", masks: []catalog.Mask{with(null("a", "dwh", "email"), catalog.MaskLast), null("b", "dwh", "email")}, seen: seen, masked: map[string]string{"email": "b"}},
		{name: "by tag", masks: []catalog.Mask{pii}, tags: []catalog.ClassifiedColumn{{Name: "email", Tags: []string{"contact", "pii"}}, {Name: "id"}}, masked: map[string]string{"email": "pii"}, out: []string{"name", "iban"}},
		{name: "by name before tag", masks: []catalog.Mask{pii, with(null("last", "dwh", "email"), catalog.MaskLast)}, tags: []catalog.ClassifiedColumn{{Name: "email", Tags: []string{"pii"}}}, seen: seen, masked: map[string]string{"email": "last"}},
		{name: "a column that came later", masks: []catalog.Mask{null("m", "dwh", "email")}, seen: []string{"id", "name", "email"}, masked: map[string]string{"email": "m"}, out: []string{"iban"}},
		{name: "an asset that came later", masks: []catalog.Mask{null("m", "dwh", "email")}, masked: map[string]string{"email": "m"}, out: []string{"id", "name", "iban"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := catalog.MaskingOf(customers, tt.masks, catalog.Classification{At: customers.Ref, Columns: tt.tags}, catalog.History{Seen: tt.seen})
			var masked map[string]string
			for _, c := range got.Columns {
				if masked == nil {
					masked = map[string]string{}
				}
				masked[c.Name] = c.Mask.Name
			}
			if diff := cmp.Diff(tt.masked, masked); diff != "" {
				t.Errorf("masked (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.out, got.Out); diff != "" {
				t.Errorf("left out (-want +got):\n%s", diff)
			}
			if all := len(got.Columns) + len(got.Clear) + len(got.Out); got.Masked() && all != len(customers.Columns) {
				t.Errorf("%d of %d columns are spoken of", all, len(customers.Columns))
			}
		})
	}
}

func TestViewShowsTheWholeAsset(t *testing.T) {
	t.Parallel()
	view := catalog.Mask{Name: "v", At: customers.Ref, How: catalog.MaskView, View: "dwh:shop.sales.customers_masked"}
	other := catalog.Mask{Name: "m", At: customers.Ref, Columns: []string{"email"}, How: catalog.MaskNull}
	want := catalog.Masking{View: view.View, By: []string{"v"}}
	if diff := cmp.Diff(want, catalog.MaskingOf(customers, []catalog.Mask{other, view}, catalog.Classification{}, catalog.History{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMasksThatAreRefused(t *testing.T) {
	t.Parallel()
	right := catalog.Mask{Name: "m", At: "dwh:shop", Columns: []string{"email"}, How: catalog.MaskNull}
	if f := right.Faults(); f != nil {
		t.Fatalf("a right mask: %v", f)
	}
	tests := map[string]struct {
		change func(*catalog.Mask)
		field  string
	}{
		"no name":             {func(m *catalog.Mask) { m.Name = "" }, "name"},
		"no place":            {func(m *catalog.Mask) { m.At = "" }, "at"},
		"no column":           {func(m *catalog.Mask) { m.Columns = nil }, "columns"},
		"column twice":        {func(m *catalog.Mask) { m.Columns = []string{"a", "a"} }, "columns[1]"},
		"unknown way":         {func(m *catalog.Mask) { m.How = "ROT13" }, "how"},
		"constant of none":    {func(m *catalog.Mask) { m.Constant = "x" }, "constant"},
		"last of none":        {func(m *catalog.Mask) { m.How = catalog.MaskLast }, "last"},
		"key that is no ref":  {func(m *catalog.Mask) { m.How, m.Key = catalog.MaskHash, "hunter2" }, "key"},
		"view of a container": {func(m *catalog.Mask) { m.How, m.Columns, m.View, m.At = catalog.MaskView, nil, "dwh:a.b.c", "dwh" }, "at"},
		"view elsewhere": {func(m *catalog.Mask) {
			m.How, m.Columns, m.View, m.At = catalog.MaskView, nil, "other:a.b.c", "dwh:a.b.d"
		}, "view"},
		"view with columns": {func(m *catalog.Mask) { m.How, m.View, m.At = catalog.MaskView, "dwh:a.b.c", "dwh:a.b.d" }, "columns"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := right
			tt.change(&m)
			f := m.Faults()
			if len(f) != 1 || f[0].Field != tt.field {
				t.Errorf("faults are %v, want one of %s", f, tt.field)
			}
		})
	}
}

// What a mask has hidden stays hidden under each name that it gets, until governance says
// otherwise.
func TestAMaskIsAPromiseAboutData(t *testing.T) {
	t.Parallel()
	asset := func(object string, columns ...string) catalog.Asset { // each as id:name
		a := catalog.Asset{Ref: customers.Ref, Kind: catalog.Table, ID: object}
		for _, c := range columns {
			id, name, _ := strings.Cut(c, ":")
			a.Columns = append(a.Columns, catalog.Column{Name: name, ID: id})
		}
		return a
	}
	named := catalog.Mask{Name: "named", At: "dwh", Columns: []string{"email", "phone"}, How: catalog.MaskNull}
	tagged := catalog.Mask{Name: "tagged", At: "dwh", Tags: []string{"pii"}, How: catalog.MaskHash}
	said := func(version int, columns ...catalog.ClassifiedColumn) catalog.Classification {
		return catalog.Classification{At: customers.Ref, Version: version, Columns: columns}
	}
	shown := func(column string) catalog.Mask {
		return catalog.Mask{Name: "shown", At: customers.Ref, Columns: []string{column}, How: catalog.MaskClear}
	}
	pii := catalog.ClassifiedColumn{Name: "email", Tags: []string{"pii"}}
	before := asset("7", "1:id", "2:name", "3:email")
	type outcome struct{ Masked, Clear, Out, Lost []string }
	for name, tt := range map[string]struct {
		mask         catalog.Mask
		before, now  catalog.Asset
		was, said    catalog.Classification
		then         []catalog.Mask // the masks by now, where they are others
		want         outcome
		wantUnmasked bool
	}{
		"as it was":                     {mask: named, now: before, want: outcome{Masked: []string{"email"}, Clear: []string{"id", "name"}}},
		"renamed":                       {mask: named, now: asset("7", "1:id", "2:name", "3:mail"), want: outcome{Clear: []string{"id", "name"}, Out: []string{"mail"}, Lost: []string{"email"}}},
		"renamed, without ids":          {mask: named, before: asset("", ":id", ":email"), now: asset("", ":id", ":mail"), want: outcome{Clear: []string{"id"}, Out: []string{"mail"}, Lost: []string{"email"}}},
		"swapped with a clear one":      {mask: named, now: asset("7", "1:id", "2:email", "3:name"), want: outcome{Masked: []string{"email"}, Clear: []string{"id"}, Out: []string{"name"}, Lost: []string{"email"}}},
		"renamed to what is masked":     {mask: named, now: asset("7", "1:id", "2:name", "3:phone"), want: outcome{Masked: []string{"phone"}, Clear: []string{"id", "name"}}},
		"dropped, and another added":    {mask: named, now: asset("7", "1:id", "2:name", "4:mail"), want: outcome{Clear: []string{"id", "name"}, Out: []string{"mail"}, Lost: []string{"email"}}},
		"dropped, and added again":      {mask: named, now: asset("7", "1:id", "2:name", "4:email"), want: outcome{Masked: []string{"email"}, Clear: []string{"id", "name"}}},
		"in a table that was put there": {mask: named, now: asset("8", "1:id", "2:mail", "3:name"), want: outcome{Clear: []string{"id", "name"}, Out: []string{"mail"}, Lost: []string{"email"}}},
		"tagged, and renamed": {mask: tagged, was: said(1, pii), said: said(1, pii), now: asset("7", "1:id", "2:name", "3:mail"),
			want: outcome{Clear: []string{"id", "name"}, Out: []string{"mail"}, Lost: []string{"email"}}},
		"classified before it was renamed": {mask: named, was: said(2, catalog.ClassifiedColumn{Name: "mail"}), said: said(2, catalog.ClassifiedColumn{Name: "mail"}), now: asset("7", "1:id", "2:name", "3:mail"),
			want: outcome{Clear: []string{"id", "name"}, Out: []string{"mail"}, Lost: []string{"email"}}},
		"governance classifies it":      {mask: named, said: said(1, catalog.ClassifiedColumn{Name: "mail"}), now: asset("7", "1:id", "2:name", "3:mail"), wantUnmasked: true},
		"governance takes its tag":      {mask: tagged, was: said(1, pii), said: said(2, catalog.ClassifiedColumn{Name: "email"}), now: before, wantUnmasked: true},
		"governance names it otherwise": {mask: named, then: []catalog.Mask{{Name: "named", At: "dwh", Columns: []string{"mail"}, How: catalog.MaskNull}}, now: asset("7", "1:id", "2:name", "3:mail"), want: outcome{Masked: []string{"mail"}, Clear: []string{"id", "name"}}},
		"governance shows it clear":     {mask: named, then: []catalog.Mask{named, shown("email")}, now: before, wantUnmasked: true},
		"governance shows clear a column into which it has come since": {mask: named, then: []catalog.Mask{named, shown("mail")}, now: asset("7", "1:id", "2:name", "3:mail"),
			want: outcome{Clear: []string{"id", "name"}, Out: []string{"mail"}, Lost: []string{"email"}}},
		"governance shows clear the column in which it was": {mask: named, then: []catalog.Mask{named, shown("email")}, now: asset("7", "1:id", "2:email", "3:name"),
			want: outcome{Clear: []string{"id", "email"}, Out: []string{"name"}, Lost: []string{"email"}}},
		"governance shows it clear by its tag": {mask: tagged, was: said(1, pii), said: said(1, pii), then: []catalog.Mask{tagged, {Name: "shown", At: customers.Ref, Tags: []string{"pii"}, How: catalog.MaskClear}}, now: before, wantUnmasked: true},
		"governance deletes the mask":          {mask: named, then: []catalog.Mask{}, now: asset("7", "1:id", "2:name", "3:mail"), wantUnmasked: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.before.Ref == "" {
				tt.before = before
			}
			masks := []catalog.Mask{tt.mask}
			var seen []string
			for _, c := range tt.before.Columns {
				seen = append(seen, c.Name)
			}
			h := catalog.History{Seen: seen}
			h = h.After(tt.before, masks, tt.was, catalog.MaskingOf(tt.before, masks, tt.was, h))
			if tt.then != nil {
				masks = tt.then
			}
			for range 3 { // however often it is looked at
				m := catalog.MaskingOf(tt.now, masks, tt.said, h)
				var got outcome
				for _, c := range m.Columns {
					got.Masked = append(got.Masked, c.Name)
				}
				got.Clear, got.Out, got.Lost = m.Clear, m.Out, m.Lost
				if diff := cmp.Diff(tt.want, got); diff != "" || m.Masked() == tt.wantUnmasked {
					t.Errorf("masked is %v (-want +got)\n%s", m.Masked(), diff)
				}
				h = h.After(tt.now, masks, tt.said, m)
			}
		})
	}
}
