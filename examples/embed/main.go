// Embed is the engine inside another Go program, with a data platform of its own.
package main

import (
	"context"
	"fmt"
	"log"
	"sync"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

func main() {
	ctx, readers := context.Background(), sync.Map{} // of the platform's one table
	root := request.Identity{ID: "root", Permissions: []request.Permission{request.Admin, request.Governance}}
	owner, eve := request.Identity{ID: "owner", Groups: []string{"owners"}}, request.Identity{ID: "eve"}
	// [START heart]
	tables := manifest.Source([]catalog.Asset{{Ref: "lake:orders", Kind: catalog.Table}})
	read := func(context.Context, provision.Target) (catalog.Source, error) { return tables, nil }
	give := provision.Each(func(_ context.Context, s provision.Standing) provision.Outcome {
		readers.Store(s.Principal.Name, len(s.Want) > 0) // gives it, or takes it away
		return provision.Outcome{}
	})
	open := func(context.Context, provision.Target) (provision.Provisioner, error) { return give, nil }
	platforms := map[string]provision.Platform{"lake": {Source: read, Provisioner: open}}
	engine := must(grantwright.New(grantwright.Config{Platforms: platforms}))
	defer func() { _ = engine.Close() }()

	// An administrator registers the platform, and governance says who decides: one of the owners.
	lake := catalog.Connection{Name: "lake", Technology: "lake", Principals: catalog.Principals{Expression: "person.id"}}
	check(engine.Connections().Register(ctx, root, lake))
	must(engine.Sync(ctx, root, "lake"))
	owners := review.Flow{Name: "owners", Default: review.Action{Act: review.Ask, Stages: []review.Stage{
		{Mode: review.Any, Selectors: []review.Selector{{Group: "owners"}}},
	}}}
	must(engine.Governance().Flows.Save(ctx, root, owners))
	must(engine.Governance().Attachments.Save(ctx, root, request.Attachment{At: "lake", Type: request.DataAccess, Flow: "owners"}))

	// Eve asks for a month, an owner gives her a week, and the access appears by itself.
	answers := request.Answers{"purpose": {"the quarterly report"}, "duration": {"30 DAYS"}}
	req := must(engine.Submit(ctx, eve, request.Submission{Asset: "lake:orders", Answers: answers}))
	req = must(engine.Determine(ctx, owner, req.ID, review.Determination{Act: review.Approve, Duration: request.For(7, request.Days)}))
	grant := must(engine.WaitForGrant(ctx, eve, req.ID))
	may, _ := readers.Load("eve")
	fmt.Printf("request %s, grant %s for %s, eve may read: %v\n", req.Status, grant.State, grant.Duration, may)
	// [END heart]
}

func must[T any](v T, err error) T { check(err); return v }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
