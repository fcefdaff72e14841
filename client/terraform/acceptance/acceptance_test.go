//go:build acceptance

// Package acceptance runs the real terraform with the provider: make terraform-acceptance. It is
// built for that alone, as no package registry has the program; what the provider does is held
// over its protocol by the tests beside it.
package acceptance_test

import (
	_ "embed"
	"os"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/grantwright/grantwright/client/api"
	"github.com/grantwright/grantwright/client/terraform/internal/provider"
	"github.com/grantwright/grantwright/client/terraform/internal/trial"
)

func TestMain(m *testing.M) {
	os.Exit(trial.Main(m, "../../../examples/server"))
}

// everything has one of each kind; docs/terraform.md shows it.
//
//go:embed everything.tf
var everything string

func TestTerraformKeepsEverything(t *testing.T) {
	s := trial.Start(t, false)
	for name, value := range map[string]string{"GW_URL": s.URL, "GW_TOKEN": s.Token, "GW_USER": "governance@example.com"} {
		t.Setenv(name, value)
	}
	page := s.Client(t, "governance")
	if _, err := page.SyncConnection(t.Context(), "shop", api.SyncConnectionParams{}); err != nil {
		t.Fatal(err)
	}
	imports := func(address, id, names string) resource.TestStep {
		return resource.TestStep{ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: names,
			ImportStateIdFunc: func(state *terraform.State) (string, error) {
				if id == "" {
					return state.RootModule().Resources[address].Primary.Attributes["id"], nil
				}
				return id, nil
			}}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"grantwright": providerserver.NewProtocol6WithError(provider.New())},
		Steps: []resource.TestStep{
			{Config: everything, Check: resource.ComposeTestCheckFunc(
				resource.TestCheckResourceAttr("grantwright_attachment.sales", "at", "shop:sales.public"),
				resource.TestMatchResourceAttr("data.grantwright_asset.sales", "data_access", regexp.MustCompile(`/request\?`)),
			)},
			imports("grantwright_flow.owners", "owners", "name"),
			imports("grantwright_form.sales", "sales", "name"),
			imports("grantwright_agreement.terms", "terms", "name"),
			imports("grantwright_guardrail.readers", "readers", "name"),
			imports("grantwright_mask.emails", "emails", "name"),
			imports("grantwright_attachment.sales", "DATA_ACCESS/shop:sales.public", "at"),
			imports("grantwright_webhook.tickets", "", "id"),
			{
				PreConfig: func() { // on a page
					if err := page.Detach(t.Context(), "shop:sales.public", "DATA_ACCESS"); err != nil {
						t.Fatal(err)
					}
				},
				Config: everything, PlanOnly: true, ExpectNonEmptyPlan: true,
			},
			{Config: everything},
		},
	})
	left := 0
	for _, err := range page.AllFlows(t.Context(), api.ListFlowsParams{}) {
		if err != nil {
			t.Fatal(err)
		}
		left++
	}
	if left != 0 {
		t.Errorf("%d flows are left after destroy", left)
	}
}
