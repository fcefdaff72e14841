package provider

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// kept are the fields of a definition that the server keeps: they are no part of what it says.
var kept = []string{"name", "version", "based", "savedBy", "agreedBy"}

// parse reads a document. Empty without one.
func parse(text string) map[string]any {
	var v map[string]any
	if json.Unmarshal([]byte(text), &v) != nil {
		return nil
	}
	return v
}

// said is what a definition says, without what the server keeps of it.
func said(body map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range body {
		out[k] = v
	}
	for _, k := range kept {
		delete(out, k)
	}
	return out
}

// written is a definition as text, always in one way.
func written(body map[string]any) string {
	text, err := json.Marshal(pruned(said(body)))
	if err != nil {
		return "" // what was read as JSON is written as JSON
	}
	return string(text)
}

// pruned is a value without members that are empty: the API leaves them out.
func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			if e = pruned(e); e != nil && !nothing(e) {
				out[k] = e
			}
		}
		return out
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, pruned(e))
		}
		return out
	}
	return v
}

func nothing(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return v == "" || v == false || v == float64(0)
}

// sameDocument reports whether two documents say the same, whatever their spaces, their order of
// members and their empty members.
func sameDocument(a, b string) bool {
	x, y := parse(a), parse(b)
	return x != nil && y != nil && sameBody(x, y)
}

func sameBody(a, b map[string]any) bool {
	return reflect.DeepEqual(pruned(said(a)), pruned(said(b)))
}

// isDocument wants a JSON object without what Terraform sets beside it.
type isDocument struct{}

func (isDocument) Description(context.Context) string {
	return "must be a JSON object, as jsonencode makes it, without name and version"
}
func (d isDocument) MarkdownDescription(ctx context.Context) string { return d.Description(ctx) }

func (d isDocument) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	v := req.ConfigValue
	if v.IsNull() || v.IsUnknown() {
		return
	}
	body := parse(v.ValueString())
	if body == nil {
		resp.Diagnostics.AddAttributeError(req.Path, "The document is wrong", "It "+d.Description(ctx)+".")
		return
	}
	for _, k := range kept {
		if _, there := body[k]; there {
			resp.Diagnostics.AddAttributeError(req.Path, "The document is wrong", "It has "+k+", which the server keeps.")
		}
	}
}

// plain is a body as it comes back from JSON.
func plain(body map[string]any) map[string]any {
	text, err := json.Marshal(body)
	if err != nil {
		return nil
	}
	return parse(string(text))
}
