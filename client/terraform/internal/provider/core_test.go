package provider_test

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/grantwright/grantwright/client/terraform/internal/provider"
	"github.com/grantwright/grantwright/client/terraform/internal/trial"
)

// core does what terraform does with a provider, over the provider's protocol.
type core struct {
	t      *testing.T
	ctx    context.Context
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

// object is a configuration as tests write it.
type object = map[string]any

// terraform is a core with the provider for a server, in the name of a person.
func terraform(t *testing.T, s trial.Server, name string) *core {
	t.Helper()
	c := &core{t: t, ctx: t.Context(), server: providerserver.NewProtocol6(provider.New())()}
	var err error
	c.schema, err = c.server.GetProviderSchema(c.ctx, &tfprotov6.GetProviderSchemaRequest{})
	c.fine(c.schema.Diagnostics, err)
	config := c.value(c.schema.Provider.ValueType(), object{"url": s.URL, "token": s.Token, "user": name + "@example.com"})
	resp, err := c.server.ConfigureProvider(c.ctx, &tfprotov6.ConfigureProviderRequest{Config: c.wire(config)})
	c.fine(resp.Diagnostics, err)
	return c
}

// said are the errors in diagnostics.
func said(all []*tfprotov6.Diagnostic) string {
	var lines []string
	for _, d := range all {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			lines = append(lines, d.Summary+": "+d.Detail)
		}
	}
	return strings.Join(lines, "\n")
}

func (c *core) fine(all []*tfprotov6.Diagnostic, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	if s := said(all); s != "" {
		c.t.Fatal(s)
	}
}

func (c *core) wire(v tftypes.Value) *tfprotov6.DynamicValue {
	c.t.Helper()
	d, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		c.t.Fatal(err)
	}
	return &d
}

func (c *core) read(d *tfprotov6.DynamicValue, as tftypes.Type) tftypes.Value {
	c.t.Helper()
	v, err := d.Unmarshal(as)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// value is a Go value as a value of a type. What is missing is null.
func (c *core) value(as tftypes.Type, v any) tftypes.Value {
	c.t.Helper()
	if v == nil {
		return tftypes.NewValue(as, nil)
	}
	switch as := as.(type) {
	case tftypes.Object:
		out := map[string]tftypes.Value{}
		for name, of := range as.AttributeTypes {
			out[name] = c.value(of, v.(object)[name])
		}
		for name := range v.(object) {
			if _, known := out[name]; !known {
				c.t.Fatalf("there is no attribute %s", name)
			}
		}
		return tftypes.NewValue(as, out)
	case tftypes.Set:
		out := []tftypes.Value{}
		for _, e := range v.([]string) {
			out = append(out, tftypes.NewValue(as.ElementType, e))
		}
		return tftypes.NewValue(as, out)
	case tftypes.Map:
		out := map[string]tftypes.Value{}
		for k, e := range v.(map[string]string) {
			out[k] = tftypes.NewValue(as.ElementType, e)
		}
		return tftypes.NewValue(as, out)
	}
	return tftypes.NewValue(as, v)
}

// resource is one resource of a configuration, with its state.
type resource struct {
	*core
	kind   string
	schema *tfprotov6.Schema
	typ    tftypes.Type
	state  tftypes.Value
}

func (c *core) resource(kind string) *resource {
	s := c.schema.ResourceSchemas["grantwright_"+kind]
	return &resource{core: c, kind: "grantwright_" + kind, schema: s, typ: s.ValueType(), state: tftypes.NewValue(s.ValueType(), nil)}
}

// planned is what terraform would do.
type planned struct {
	config, state tftypes.Value
	private       []byte
	replaces      bool
	faults        string
}

// plan plans a configuration; nil destroys.
func (r *resource) plan(config object) planned {
	r.t.Helper()
	if config == nil {
		none := tftypes.NewValue(r.typ, nil)
		return planned{config: none, state: none}
	}
	p := planned{config: r.value(r.typ, config)}
	checked, err := r.server.ValidateResourceConfig(r.ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: r.kind, Config: r.wire(p.config)})
	if err != nil {
		r.t.Fatal(err)
	}
	if p.faults = said(checked.Diagnostics); p.faults != "" {
		return p
	}
	resp, err := r.server.PlanResourceChange(r.ctx, &tfprotov6.PlanResourceChangeRequest{TypeName: r.kind,
		Config: r.wire(p.config), PriorState: r.wire(r.state), ProposedNewState: r.wire(r.proposed(p.config))})
	if err != nil {
		r.t.Fatal(err)
	}
	if p.faults = said(resp.Diagnostics); p.faults != "" {
		return p
	}
	p.state, p.private, p.replaces = r.read(resp.PlannedState, r.typ), resp.PlannedPrivate, len(resp.RequiresReplace) > 0
	return p
}

// proposed is a configuration, with what the provider computes as it was.
func (r *resource) proposed(config tftypes.Value) tftypes.Value {
	r.t.Helper()
	if r.state.IsNull() {
		return config
	}
	now, was := r.members(config), r.members(r.state)
	for _, a := range r.schema.Block.Attributes {
		if a.Computed && now[a.Name].IsNull() {
			now[a.Name] = was[a.Name]
		}
	}
	return tftypes.NewValue(r.typ, now)
}

func (r *resource) members(v tftypes.Value) map[string]tftypes.Value {
	r.t.Helper()
	all := map[string]tftypes.Value{}
	if err := v.As(&all); err != nil {
		r.t.Fatal(err)
	}
	return all
}

// try plans and applies a configuration, and returns the errors.
func (r *resource) try(config object) string {
	r.t.Helper()
	p := r.plan(config)
	if p.faults != "" {
		return p.faults
	}
	return r.apply(p)
}

// apply applies a plan, and returns the errors. The state is what the plan has foreseen, or
// terraform would call the provider broken.
func (r *resource) apply(p planned) string {
	r.t.Helper()
	resp, err := r.server.ApplyResourceChange(r.ctx, &tfprotov6.ApplyResourceChangeRequest{TypeName: r.kind,
		Config: r.wire(p.config), PriorState: r.wire(r.state), PlannedState: r.wire(p.state), PlannedPrivate: p.private})
	if err != nil {
		r.t.Fatal(err)
	}
	if r.state = r.read(resp.NewState, r.typ); said(resp.Diagnostics) != "" {
		return said(resp.Diagnostics)
	}
	if p.state.IsNull() {
		return ""
	}
	made := r.members(r.state)
	for name, v := range r.members(p.state) {
		if v.IsFullyKnown() && !v.Equal(made[name]) {
			r.t.Errorf("%s: %s is planned as %v, and made as %v", r.kind, name, v, made[name])
		}
	}
	return ""
}

// must applies a configuration, after which there is nothing to do, also once the state is read.
func (r *resource) must(config object) {
	r.t.Helper()
	if faults := r.try(config); faults != "" {
		r.t.Fatalf("%s: %s", r.kind, faults)
	}
	if config == nil {
		if !r.state.IsNull() {
			r.t.Errorf("%s is still there: %v", r.kind, r.state)
		}
		return
	}
	r.settled(config)
	r.refresh()
	r.settled(config)
}

// settled wants a plan without a change.
func (r *resource) settled(config object) {
	r.t.Helper()
	if d := r.differs(config); d != "" {
		r.t.Errorf("%s: a plan has a change: %s", r.kind, d)
	}
}

// differs names the attributes that a plan changes, sorted; empty without a change.
func (r *resource) differs(config object) string {
	r.t.Helper()
	p := r.plan(config)
	if p.faults != "" {
		r.t.Fatal(p.faults)
	}
	if r.state.IsNull() {
		return "all"
	}
	var names []string
	was := r.members(r.state)
	for name, v := range r.members(p.state) {
		if !v.Equal(was[name]) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return strings.Join(names, " ")
}

// refresh reads the state anew.
func (r *resource) refresh() {
	r.t.Helper()
	resp, err := r.server.ReadResource(r.ctx, &tfprotov6.ReadResourceRequest{TypeName: r.kind, CurrentState: r.wire(r.state)})
	if err != nil {
		r.t.Fatal(err)
	}
	r.fine(resp.Diagnostics, nil)
	r.state = r.read(resp.NewState, r.typ)
}

// imported is the same resource in a state that has only imported it.
func (r *resource) imported(id string) *resource {
	r.t.Helper()
	out := *r
	resp, err := r.server.ImportResourceState(r.ctx, &tfprotov6.ImportResourceStateRequest{TypeName: r.kind, ID: id})
	if err != nil {
		r.t.Fatal(err)
	}
	r.fine(resp.Diagnostics, nil)
	out.state = r.read(resp.ImportedResources[0].State, r.typ)
	out.refresh()
	return &out
}

// says is an attribute of the state, as text.
func (r *resource) says(name string) string {
	r.t.Helper()
	v := r.members(r.state)[name]
	var text string
	if v.As(&text) == nil {
		return text
	}
	return fmt.Sprint(v)
}
