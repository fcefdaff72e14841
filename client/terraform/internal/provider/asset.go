package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

// asset is a data source: an asset by the names that a data catalog has, with its request link.
type asset struct{ client *client.Client }

type assetValues struct {
	FullyQualifiedName types.String `tfsdk:"fully_qualified_name"`
	Technology         types.String `tfsdk:"technology"`
	Host               types.String `tfsdk:"host"`
	Ref                types.String `tfsdk:"ref"`
	Kind               types.String `tfsdk:"kind"`
	DataAccess         types.String `tfsdk:"data_access"`
	MaskingException   types.String `tfsdk:"masking_exception"`
}

func (*asset) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_asset"
}

func (*asset) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{Description: "An asset by its name, with its request links. A name that fits several is an error that lists them.",
		Attributes: map[string]schema.Attribute{
			"fully_qualified_name": schema.StringAttribute{Required: true, Description: "Its name, such as sales.public.orders."},
			"technology":           schema.StringAttribute{Optional: true, Description: "Of its connection; needed with host."},
			"host":                 schema.StringAttribute{Optional: true, Description: "Of its connection."},
			"ref":                  schema.StringAttribute{Computed: true, Description: "What attachments, masks and guardrails name it by."},
			"kind":                 schema.StringAttribute{Computed: true, Description: "What it is, such as TABLE."},
			"data_access":          schema.StringAttribute{Computed: true, Description: "The link on which access is asked for."},
			"masking_exception":    schema.StringAttribute{Computed: true, Description: "The link on which unmasked columns are asked for; null where nothing is masked."},
		}}
}

func (a *asset) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	a.client, _ = req.ProviderData.(*client.Client)
}

func (a *asset) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var v assetValues
	resp.Diagnostics.Append(req.Config.Get(ctx, &v)...)
	if !(&thing{client: a.client}).here(&resp.Diagnostics) {
		return
	}
	entry, err := a.client.Resolve(ctx, api.ResolveParams{FullyQualifiedName: v.FullyQualifiedName.ValueString(), Technology: v.Technology.ValueString(), Host: v.Host.ValueString()})
	if err == nil {
		var links api.AssetLinks
		links, err = a.client.AssetLinks(ctx, entry.Asset.Ref)
		v.DataAccess, v.MaskingException = types.StringValue(a.client.Link(links.DataAccess)), types.StringNull()
		if links.MaskingException != "" {
			v.MaskingException = types.StringValue(a.client.Link(links.MaskingException))
		}
	}
	if err != nil {
		resp.Diagnostics.AddError("The asset is not found", err.Error())
		return
	}
	v.Ref, v.Kind = types.StringValue(entry.Asset.Ref), types.StringValue(string(entry.Asset.Kind))
	resp.Diagnostics.Append(resp.State.Set(ctx, v)...)
}
