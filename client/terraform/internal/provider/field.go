package provider

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// form is what the value of a field is.
type form int

const (
	text     form = iota // string
	number               // int64
	flag                 // bool
	set                  // []string, in any order
	table                // map[string]string
	document             // a JSON object: the body as a whole
)

// field is an attribute of a resource, and the field of the API that it is.
type field struct {
	name     string // of the attribute; inside an object it has a dot, as in scope.include
	api      string // of the field of the API, dotted alike; empty where it is the same as name
	form     form
	about    string
	required bool
	key      bool     // it names the thing: with another value it is another thing
	standard string   // the value if it is missing
	among    []string // the values that there are; any if it is empty
	like     *regexp.Regexp
	wants    string // what like wants, in words
	secret   bool   // is not shown in a plan
	same     func(a, b string) bool
}

// reference is a reference to a secret. The secret itself would stand in the state.
func reference(name, about string) field {
	return field{name: name, about: about, secret: true, like: regexp.MustCompile(`^(env:.+|file:/.+)$`),
		wants: "must be a reference to the secret, env:NAME or file:/path, as the server reads it; the secret itself would stand in the state"}
}

func (f field) path() path.Path {
	object, rest, nested := strings.Cut(f.name, ".")
	if !nested {
		return path.Root(f.name)
	}
	return path.Root(object).AtName(rest)
}

func (f field) inBody() string {
	if f.api != "" {
		return f.api
	}
	return f.name
}

// attribute is the field in the schema.
func (f field) attribute() schema.Attribute {
	optional := !f.required
	switch f.form {
	case number:
		return schema.Int64Attribute{Required: f.required, Optional: optional, Description: f.about}
	case flag:
		return schema.BoolAttribute{Required: f.required, Optional: optional, Description: f.about}
	case set:
		return schema.SetAttribute{Required: f.required, Optional: optional, Description: f.about, ElementType: types.StringType}
	case table:
		return schema.MapAttribute{Required: f.required, Optional: optional, Description: f.about, ElementType: types.StringType}
	}
	a := schema.StringAttribute{Required: f.required, Optional: optional, Description: f.about, Sensitive: f.secret}
	if f.key {
		a.PlanModifiers = append(a.PlanModifiers, stringplanmodifier.RequiresReplace())
	}
	if f.form == document {
		a.Validators = append(a.Validators, isDocument{})
	}
	if f.standard != "" {
		a.Computed, a.Default = true, stringdefault.StaticString(f.standard)
	}
	if len(f.among) > 0 {
		a.Validators = append(a.Validators, stringvalidator.OneOf(f.among...))
	}
	if f.like != nil {
		a.Validators = append(a.Validators, matches{f.like, f.wants})
	}
	return a
}

// attributes are the fields as attributes, with those that have a dot in objects, beside the
// version, and the id of what the server names.
func attributes(fields []field, objects map[string]string, named bool) map[string]schema.Attribute {
	all := map[string]schema.Attribute{"version": schema.Int64Attribute{Computed: true,
		Description: "The version that Terraform has read or made. A change is refused where it is not the newest."}}
	if !named {
		all["id"] = schema.StringAttribute{Computed: true, Description: "As the server names it.",
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	}
	inside := map[string]map[string]schema.Attribute{}
	for _, f := range fields {
		object, rest, nested := strings.Cut(f.name, ".")
		switch {
		case !nested:
			all[f.name] = f.attribute()
		case inside[object] == nil:
			inside[object] = map[string]schema.Attribute{}
			fallthrough
		default:
			inside[object][rest] = f.attribute()
		}
	}
	for object, a := range inside {
		all[object] = schema.SingleNestedAttribute{Optional: true, Attributes: a, Description: objects[object]}
	}
	return all
}

// values is a configuration, a plan or a state.
type values interface {
	GetAttribute(ctx context.Context, at path.Path, to any) diag.Diagnostics
}

// of is the value of the field: string, int64, bool, []string or map[string]string, zero where it
// is not set.
func (f field) of(ctx context.Context, from values) (any, diag.Diagnostics) {
	switch f.form {
	case number:
		var v types.Int64
		d := from.GetAttribute(ctx, f.path(), &v)
		return v.ValueInt64(), d
	case flag:
		var v types.Bool
		d := from.GetAttribute(ctx, f.path(), &v)
		return v.ValueBool(), d
	case set:
		var v types.Set
		var all []string
		d := from.GetAttribute(ctx, f.path(), &v)
		if !v.IsNull() && !v.IsUnknown() {
			d.Append(v.ElementsAs(ctx, &all, false)...)
		}
		slices.Sort(all)
		return all, d
	case table:
		var v types.Map
		all := map[string]string{}
		d := from.GetAttribute(ctx, f.path(), &v)
		if !v.IsNull() && !v.IsUnknown() {
			d.Append(v.ElementsAs(ctx, &all, false)...)
		}
		return all, d
	}
	var v types.String
	d := from.GetAttribute(ctx, f.path(), &v)
	return v.ValueString(), d
}

// answered is the value of the field in an answer of the API.
func (f field) answered(body map[string]any) any {
	v := lookup(body, f.inBody())
	switch f.form {
	case number:
		n, _ := v.(float64)
		return int64(n)
	case flag:
		b, _ := v.(bool)
		return b
	case set:
		items, _ := v.([]any)
		var all []string
		for _, i := range items {
			all = append(all, fmt.Sprint(i))
		}
		slices.Sort(all)
		return all
	case table:
		all := map[string]string{}
		entries, _ := v.(map[string]any)
		for k, e := range entries {
			all[k] = fmt.Sprint(e)
		}
		return all
	}
	s, _ := v.(string)
	return s
}

// equal reports whether two values of the field mean the same.
func (f field) equal(a, b any) bool {
	switch a := a.(type) {
	case []string:
		return slices.Equal(a, b.([]string))
	case map[string]string:
		return maps.Equal(a, b.(map[string]string))
	case string:
		return a == b || f.same != nil && f.same(a, b.(string))
	}
	return a == b
}

func empty(v any) bool {
	switch v := v.(type) {
	case []string:
		return len(v) == 0
	case map[string]string:
		return len(v) == 0
	}
	return v == "" || v == int64(0) || v == false
}

// none is the value that sets nothing.
func (f field) none() any {
	switch f.form {
	case number:
		return types.Int64Null()
	case flag:
		return types.BoolNull()
	case set:
		return types.SetNull(types.StringType)
	case table:
		return types.MapNull(types.StringType)
	}
	return types.StringNull()
}

// sameDuration reports whether two durations of Go are as long.
func sameDuration(a, b string) bool {
	x, errX := time.ParseDuration(a)
	y, errY := time.ParseDuration(b)
	return errX == nil && errY == nil && x == y
}

// lookup finds a dotted name in an answer.
func lookup(body map[string]any, name string) any {
	object, rest, nested := strings.Cut(name, ".")
	if !nested {
		return body[name]
	}
	inner, _ := body[object].(map[string]any)
	return lookup(inner, rest)
}

// put sets a dotted name in a body.
func put(body map[string]any, name string, v any) {
	object, rest, nested := strings.Cut(name, ".")
	if !nested {
		body[name] = v
		return
	}
	inner, is := body[object].(map[string]any)
	if !is {
		inner = map[string]any{}
		body[object] = inner
	}
	put(inner, rest, v)
}

// matches wants a text to be like an expression. It never says what the text is, which may be
// secret.
type matches struct {
	like  *regexp.Regexp
	wants string
}

func (m matches) Description(context.Context) string         { return m.wants }
func (m matches) MarkdownDescription(context.Context) string { return m.wants }
func (m matches) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if v := req.ConfigValue; !v.IsNull() && !v.IsUnknown() && !m.like.MatchString(v.ValueString()) {
		resp.Diagnostics.AddAttributeError(req.Path, "The value is wrong", "It "+m.wants+".")
	}
}

// unknown reports whether a plan does not know the field yet.
func (f field) unknown(ctx context.Context, plan values) bool {
	var v attr.Value
	return !plan.GetAttribute(ctx, f.path(), &v).HasError() && v != nil && v.IsUnknown()
}
