package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/grantwright/grantwright/client"
)

// thing is the resource of a kind.
type thing struct {
	kind   kind
	client *client.Client
}

func (t *thing) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + t.kind.name
}

func (t *thing) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Description: t.kind.about, Attributes: attributes(t.kind.fields, t.kind.objects, !t.kind.id)}
}

func (t *thing) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	t.client, _ = req.ProviderData.(*client.Client)
}

// here reports whether there is a server to ask.
func (t *thing) here(d *diag.Diagnostics) bool {
	if t.client == nil {
		d.AddError("The server is not known yet", "The address or the token of the provider is made in the same run. Apply what makes it first.")
	}
	return !d.HasError()
}

// named is the key of a thing in a plan or a state.
func (t *thing) named(ctx context.Context, from values, d *diag.Diagnostics) []string {
	var key []string
	for _, name := range t.kind.keys() {
		var v types.String
		d.Append(from.GetAttribute(ctx, path.Root(name), &v)...)
		key = append(key, v.ValueString())
	}
	return key
}

// wanted is what a plan wants, as the API takes it.
func (t *thing) wanted(ctx context.Context, plan values, d *diag.Diagnostics) map[string]any {
	body := map[string]any{}
	for _, f := range t.kind.fields {
		v, faults := f.of(ctx, plan)
		d.Append(faults...)
		switch {
		case f.form == document:
			for k, e := range parse(v.(string)) {
				body[k] = e
			}
		case !empty(v) && (!f.key || t.kind.id):
			put(body, f.inBody(), v)
		}
	}
	return body
}

// seen is the version in a state.
func seen(ctx context.Context, state values, d *diag.Diagnostics) int64 {
	var v types.Int64
	d.Append(state.GetAttribute(ctx, path.Root("version"), &v)...)
	return v.ValueInt64()
}

// Create makes a thing. One that is there already, and is as the plan wants it, is taken over: so
// a proposal that was approved since is.
func (t *thing) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if !t.here(&resp.Diagnostics) {
		return
	}
	key, body := t.named(ctx, req.Plan, &resp.Diagnostics), t.wanted(ctx, req.Plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	made, err := t.kind.remote.make(ctx, t.client, key, body)
	if errors.Is(err, errThere) || client.Code(err) == "STALE" {
		if made.body == nil {
			made, err = t.kind.remote.read(ctx, t.client, key)
		} else {
			err = nil
		}
		if err == nil && !t.says(made, body) {
			resp.Diagnostics.AddError("It is there already", fmt.Sprintf("The %s on the server says something else. To keep it by Terraform, import it: terraform import ADDRESS '%s'.", t.kind.name, importID(t.kind, made.key)))
			return
		}
	}
	if t.failed(err, &resp.Diagnostics) {
		return
	}
	t.keep(ctx, req.Plan, made, &resp.State, &resp.Diagnostics)
}

// says reports whether a thing on the server is what is wanted of it.
func (t *thing) says(f found, wanted map[string]any) bool {
	if _, is := t.kind.body(); is {
		return f.body != nil && sameBody(f.body, wanted)
	}
	for _, x := range t.kind.fields {
		if (!x.key || t.kind.id) && !x.equal(x.answered(f.body), x.answered(plain(wanted))) {
			return false
		}
	}
	return f.body != nil
}

// keep writes a state: the plan, with what the server has set.
func (t *thing) keep(ctx context.Context, plan tfsdk.Plan, made found, state *tfsdk.State, d *diag.Diagnostics) {
	state.Raw = plan.Raw
	d.Append(state.SetAttribute(ctx, path.Root("version"), made.version)...)
	if t.kind.id && len(made.key) > 0 {
		d.Append(state.SetAttribute(ctx, path.Root("id"), made.key[0])...)
	}
}

// Read brings the state to what the server says. What means the same stays as it is written.
func (t *thing) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if !t.here(&resp.Diagnostics) {
		return
	}
	now, err := t.kind.remote.read(ctx, t.client, t.named(ctx, req.State, &resp.Diagnostics))
	if t.failed(err, &resp.Diagnostics) {
		return
	}
	if now.body == nil {
		resp.State.RemoveResource(ctx)
		return
	}
	for _, f := range t.kind.fields {
		was, faults := f.of(ctx, req.State)
		resp.Diagnostics.Append(faults...)
		is := f.answered(now.body)
		if f.form == document {
			is = t.document(ctx, req.State, was.(string), now)
		}
		switch {
		case f.key && !t.kind.id || f.equal(was, is):
		case empty(is):
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, f.path(), f.none())...)
		default:
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, f.path(), is)...)
		}
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("version"), now.version)...)
}

// document is the document of a definition: as it was written, if the newest version says the
// same as the one that was written then.
func (t *thing) document(ctx context.Context, state values, was string, now found) string {
	var d diag.Diagnostics
	version := seen(ctx, state, &d)
	switch {
	case was == "":
	case version == now.version:
		return was
	default:
		n, _ := t.kind.remote.(named)
		if then, err := n.at(ctx, t.client, now.key, version); err == nil && sameBody(then, now.body) {
			return was
		}
	}
	return written(now.body)
}

// Update saves the next version of a thing, based on the one in the state.
func (t *thing) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if !t.here(&resp.Diagnostics) {
		return
	}
	key, body := t.named(ctx, req.State, &resp.Diagnostics), t.wanted(ctx, req.Plan, &resp.Diagnostics)
	version := seen(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	changed, err := t.kind.remote.change(ctx, t.client, key, body, version)
	if t.failed(err, &resp.Diagnostics) {
		return
	}
	t.keep(ctx, req.Plan, changed, &resp.State, &resp.Diagnostics)
}

// Delete takes a thing away, if it is still the version in the state.
func (t *thing) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if !t.here(&resp.Diagnostics) {
		return
	}
	err := t.kind.remote.remove(ctx, t.client, t.named(ctx, req.State, &resp.Diagnostics), seen(ctx, req.State, &resp.Diagnostics))
	if client.Code(err) == "NOT_FOUND" {
		return
	}
	t.failed(err, &resp.Diagnostics)
}

// ModifyPlan keeps what is written in another way and means the same: then there is nothing to do.
func (t *thing) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() || req.Plan.Raw.IsNull() {
		return
	}
	same := true
	for _, f := range t.kind.fields {
		if f.unknown(ctx, req.Plan) {
			same = false
			continue
		}
		was, d := f.of(ctx, req.State)
		resp.Diagnostics.Append(d...)
		want, d := f.of(ctx, req.Plan)
		resp.Diagnostics.Append(d...)
		if !f.equal(want, was) {
			same = false
		} else if f.same != nil && !empty(was) {
			resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, f.path(), was)...)
		}
	}
	if same {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("version"), seen(ctx, req.State, &resp.Diagnostics))...)
	}
}

// ImportState takes a thing over by what names it: its name, of a webhook its id, of an
// attachment TYPE/REF.
func (t *thing) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	keys, parts := t.kind.keys(), []string{req.ID}
	if len(keys) == 2 {
		kind, ref, both := strings.Cut(req.ID, "/")
		if !both {
			resp.Diagnostics.AddError("The id is wrong", "It must be the type and the ref, such as DATA_ACCESS/warehouse:sales.public.")
			return
		}
		parts = []string{ref, kind}
	}
	for i, name := range keys {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), parts[i])...)
	}
}

// importID is what ImportState takes.
func importID(k kind, key []string) string {
	if len(k.keys()) == 2 {
		return key[1] + "/" + key[0]
	}
	return strings.Join(key, "")
}

// failed tells an error. A proposal is one: what it would change is not in force.
func (t *thing) failed(err error, d *diag.Diagnostics) bool {
	waits := (*client.AwaitingError)(nil)
	switch {
	case err == nil:
	case errors.As(err, &waits):
		d.AddError("Proposed, and not in force", fmt.Sprintf("%s\nThe proposal: %s\nTerraform keeps its state as it was. Once a second person has approved it, apply again.", waits.Detail, t.client.Link("/proposals/"+waits.Proposal)))
	case client.Code(err) == "STALE":
		d.AddError("Changed meanwhile", fmt.Sprintf("Somebody has changed the %s since Terraform has read it. Nothing was changed. Plan again, and look at what they have done.\n%v", t.kind.name, err))
	default:
		d.AddError("The server refuses it", err.Error())
	}
	return d.HasError()
}
