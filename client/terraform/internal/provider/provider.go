// Package provider is the Terraform provider of Grantwright, over its Go client.
//
// A resource is a kind of thing on the server: a table of fields, and how it is read, made,
// changed and taken away. Every change names the version that Terraform has read, so that what
// somebody else has changed meanwhile is refused and not overwritten. A change that takes a
// second person is an error that names the proposal: the state says what is in force only.
package provider

import (
	"cmp"
	"context"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/grantwright/grantwright/client"
)

// Address is the address of the provider, as configurations name it.
const Address = "registry.terraform.io/grantwright/grantwright"

// New makes the provider.
func New() provider.Provider { return &grantwright{} }

type grantwright struct{}

func (*grantwright) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "grantwright"
}

func (*grantwright) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		Description: "Connections, forms, flows, guardrails, masks, agreements, attachments and webhooks of a Grantwright server.",
		Attributes: map[string]schema.Attribute{
			"url": schema.StringAttribute{Optional: true,
				Description: "The address of the server, such as https://access.example.com; GW_URL if it is missing."},
			"token": schema.StringAttribute{Optional: true, Sensitive: true,
				Description: "A token of a person with GOVERNANCE or ADMIN, who acts; GW_TOKEN if it is missing, and better there."},
			"user": schema.StringAttribute{Optional: true,
				Description: "Who acts, by id, on a server that runs with -auth=dev; GW_USER if it is missing."},
		},
	}
}

type settings struct {
	URL   types.String `tfsdk:"url"`
	Token types.String `tfsdk:"token"`
	User  types.String `tfsdk:"user"`
}

// Configure makes the client. It sends nothing.
func (*grantwright) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var s settings
	resp.Diagnostics.Append(req.Config.Get(ctx, &s)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if s.URL.IsUnknown() || s.Token.IsUnknown() || s.User.IsUnknown() {
		return // of what is made in the same run: nothing can be read before it is there
	}
	url, token, user := cmp.Or(s.URL.ValueString(), os.Getenv("GW_URL")), cmp.Or(s.Token.ValueString(), os.Getenv("GW_TOKEN")), cmp.Or(s.User.ValueString(), os.Getenv("GW_USER"))
	if url == "" || token == "" {
		resp.Diagnostics.AddError("The server is not known", "Set url, or GW_URL, to the address of the Grantwright server, and GW_TOKEN to a token for it.")
		return
	}
	options := []client.Option{client.Token(token)}
	if user != "" {
		options = append(options, client.Header("Grantwright-User", user))
	}
	c, err := client.New(url, options...)
	if err != nil {
		resp.Diagnostics.AddError("The server cannot be called", err.Error())
		return
	}
	resp.ResourceData, resp.DataSourceData = c, c
}

func (*grantwright) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, k := range kinds() {
		all = append(all, func() resource.Resource { return &thing{kind: k} })
	}
	return all
}

func (*grantwright) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return &asset{} }}
}
