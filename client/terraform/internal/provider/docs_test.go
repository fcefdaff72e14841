package provider_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/grantwright/grantwright/client/terraform/internal/provider"
)

var update = flag.Bool("update", false, "write the example and the attributes to docs/terraform.md")

const (
	page    = "../../../../docs/terraform.md"
	example = "../../acceptance/everything.tf"
)

// TestTheDocumentIsWhatTheProviderSays holds docs/terraform.md to the schema of the provider, and
// to the example that the real terraform runs.
func TestTheDocumentIsWhatTheProviderSays(t *testing.T) {
	t.Parallel()
	was, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := providerserver.NewProtocol6(provider.New())().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || said(schema.Diagnostics) != "" {
		t.Fatal(err, said(schema.Diagnostics))
	}
	want := between(t, string(was), "example", "```hcl\n"+string(config)+"```\n")
	want = between(t, want, "attributes", tables(schema))
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(was)); diff != "" {
		t.Errorf("docs/terraform.md is not what the provider says: go test ./internal/provider -run Document -update writes it (-want +got):\n%s", diff)
	}
}

// between puts a text between two marks of a page.
func between(t *testing.T, all, mark, text string) string {
	t.Helper()
	before, rest, begins := strings.Cut(all, "<!-- "+mark+" -->\n")
	_, after, ends := strings.Cut(rest, "<!-- end of "+mark+" -->\n")
	if !begins || !ends {
		t.Fatalf("%s has no marks of %s", page, mark)
	}
	return before + "<!-- " + mark + " -->\n" + text + "<!-- end of " + mark + " -->\n" + after
}

// tables are the attributes of the provider, of each resource and of each data source.
func tables(s *tfprotov6.GetProviderSchemaResponse) string {
	var b strings.Builder
	one := func(title string, of *tfprotov6.Schema) {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n| attribute | type | |\n|---|---|---|\n", title, of.Block.Description)
		rows(&b, "", of.Block.Attributes)
	}
	one("provider", s.Provider)
	for _, name := range sorted(s.ResourceSchemas) {
		one("resource "+name, s.ResourceSchemas[name])
	}
	for _, name := range sorted(s.DataSourceSchemas) {
		one("data source "+name, s.DataSourceSchemas[name])
	}
	return b.String() + "\n"
}

func sorted(of map[string]*tfprotov6.Schema) []string {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// rows are the attributes, the required ones first.
func rows(b *strings.Builder, object string, all []*tfprotov6.SchemaAttribute) {
	slices.SortStableFunc(all, func(x, y *tfprotov6.SchemaAttribute) int {
		if x.Required != y.Required {
			return map[bool]int{true: -1, false: 1}[x.Required]
		}
		return strings.Compare(x.Name, y.Name)
	})
	for _, a := range all {
		kind := "object"
		if a.NestedType == nil {
			kind = strings.NewReplacer("tftypes.", "", "[String]", " of strings").Replace(a.Type.String())
		}
		switch {
		case a.Required:
			kind += ", required"
		case a.Computed && !a.Optional:
			kind += ", read"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", object+a.Name, strings.ToLower(kind), a.Description)
		if a.NestedType != nil {
			rows(b, object+a.Name+".", a.NestedType.Attributes)
		}
	}
}
