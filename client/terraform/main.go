// Terraform-provider-grantwright keeps connections, request forms, review flows, guardrails, masks,
// agreements, attachments and webhooks of a Grantwright server as Terraform says. It is started by
// terraform; docs/terraform.md says how to use it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/grantwright/grantwright/client/terraform/internal/provider"
)

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger, and print how terraform reaches it")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New, providerserver.ServeOpts{
		Address: provider.Address, Debug: *debug,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
