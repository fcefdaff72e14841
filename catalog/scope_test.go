package catalog_test

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
)

func TestScope(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		scope catalog.Scope
		path  string
		holds bool
	}{
		{"all", catalog.Scope{}, "sales.public.orders", true},
		{"a database", catalog.Scope{Include: []string{"sales"}}, "sales", true},
		{"below it", catalog.Scope{Include: []string{"sales"}}, "sales.public.orders", true},
		{"another", catalog.Scope{Include: []string{"sales"}}, "crm", false},
		{"one whose name begins so", catalog.Scope{Include: []string{"sales"}}, "sales2", false},
		{"the container of a schema", catalog.Scope{Include: []string{"sales.public"}}, "sales", true},
		{"the schema beside it", catalog.Scope{Include: []string{"sales.public"}}, "sales.audit", false},
		{"excluded", catalog.Scope{Exclude: []string{"sales.audit"}}, "sales.audit.log", false},
		{"beside what is excluded", catalog.Scope{Exclude: []string{"sales.audit"}}, "sales.public", true},
		{"the container of what is excluded", catalog.Scope{Exclude: []string{"sales.audit"}}, "sales", true},
		{"both", catalog.Scope{Include: []string{"sales"}, Exclude: []string{"sales.audit"}}, "sales.audit", false},
		{"a pattern", catalog.Scope{Exclude: []string{"*.tmp_*"}}, "crm.tmp_7.x", false},
		{"not the pattern", catalog.Scope{Exclude: []string{"*.tmp_*"}}, "crm.atmp_7", true},
		{"a pattern with an end", catalog.Scope{Include: []string{"*_prod"}}, "sales_prod", true},
		{"without the end", catalog.Scope{Include: []string{"*_prod"}}, "sales_prod2", false},
		{"twice in a part", catalog.Scope{Include: []string{"a*b*c"}}, "a1b2b3c", true},
		{"in the wrong order", catalog.Scope{Include: []string{"a*c*b"}}, "abc", false},
		{"too short for both ends", catalog.Scope{Include: []string{"aa*aa"}}, "aaa", false},
		{"in quotes", catalog.Scope{Exclude: []string{`"v1.2".x`}}, `"v1.2".x`, false},
		{"only the pattern", catalog.Scope{Exclude: []string{"*"}}, "anything", false},
	} {
		path, err := catalog.ParsePath(tt.path)
		if got := tt.scope.Holds(path); err != nil || got != tt.holds {
			t.Errorf("%s: %+v holds %s: %v, want %v", tt.name, tt.scope, tt.path, got, tt.holds)
		}
	}
	for _, scope := range []catalog.Scope{{Include: []string{""}}, {Exclude: []string{"a..b"}}, {Include: []string{`a"b`}}, {Exclude: slices.Repeat([]string{"a"}, 201)}} {
		if err := (catalog.Connection{Name: "wh", Technology: "t", Scope: scope}).Check(); !errors.Is(err, catalog.ErrConnection) {
			t.Errorf("%+v: %v", scope, err)
		}
	}
}

func TestScoped(t *testing.T) {
	t.Parallel()
	ended := errors.New("the platform is gone")
	stream := func(yield func(catalog.Asset, error) bool) {
		for _, a := range []catalog.Asset{{Ref: "wh:keeper", ID: "7/1"}, {Ref: "wh:keeper.grantwright", ID: "7/1/5"}, {Ref: "wh:crm", ID: "7/10"}, {Ref: "wh:crm.audit", ID: "7/10/5"}} {
			if !yield(a, nil) {
				return
			}
		}
		for _, ref := range []catalog.Ref{"wh:keeper.other", "wh:crm.audit.x", "wh:crm.public"} {
			if !yield(catalog.Asset{}, &catalog.PartialError{Ref: ref, Err: ended}) {
				return
			}
		}
		yield(catalog.Asset{}, ended)
	}
	c := catalog.Connection{Name: "wh", Technology: "t", Scope: catalog.Scope{Exclude: []string{"crm.audit"}}}
	for without, want := range map[string][]string{
		"7/1": {"wh:crm", "wh:crm.public", "the platform is gone"},
		"":    {"wh:keeper", "wh:keeper.grantwright", "wh:crm", "wh:keeper.other", "wh:crm.public", "the platform is gone"},
	} {
		if diff := cmp.Diff(want, told(c.Scoped(stream, without))); diff != "" {
			t.Errorf("without %q (-want +got):\n%s", without, diff)
		}
	}
	for a, err := range c.Scoped(stream, "") { // a reader may leave
		if err != nil || a.Ref != "wh:keeper" {
			t.Errorf("the first is %+v, %v", a, err)
		}
		break
	}
}

func told(assets iter.Seq2[catalog.Asset, error]) (all []string) {
	for a, err := range assets {
		var partial *catalog.PartialError
		switch {
		case errors.As(err, &partial):
			all = append(all, string(partial.Ref))
		case err != nil:
			all = append(all, err.Error())
		default:
			all = append(all, string(a.Ref))
		}
	}
	return all
}
