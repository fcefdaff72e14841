package grantwrighttest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

func must[T any](v T, err error) T { check(err); return v }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A host tests its embedding: eve asks, an owner approves, and the platform has the access
// until it expires. In a test, check is t.Fatal where there is an error.
func Example() {
	ctx := context.Background()
	world := must(grantwrighttest.New())
	defer func() { _ = world.Close() }()
	eve, owner := grantwrighttest.Person("eve", "analysts"), grantwrighttest.Person("owner", "owners")
	world.Directory.Put(eve, owner)
	world.Platform.Add(catalog.Asset{Ref: "lake:orders", Kind: catalog.Table})
	check(world.Connect(ctx, "lake"))
	check(world.LetDecide(ctx, "lake", "owners"))

	answers := request.Answers{"purpose": {"the quarterly report"}, "duration": {"7 DAYS"}}
	req := must(world.Submit(ctx, eve, request.Submission{Asset: "lake:orders", Answers: answers}))
	fmt.Println("submitted:", req.Status, world.Platform.Access("eve", "lake:orders"))

	req = must(world.Determine(ctx, owner, req.ID, review.Determination{Act: review.Approve}))
	grant := must(world.WaitForGrant(ctx, eve, req.ID))
	fmt.Println("approved:", grant.State, world.Platform.Access("eve", "lake:orders")[0].Privilege)

	world.Clock.Move(7 * 24 * time.Hour)
	check(world.Finish(ctx))
	grant = must(world.Request(ctx, eve, req.ID)).Grant
	fmt.Println("a week later:", grant.State, world.Platform.Access("eve", "lake:orders"))
	// Output:
	// submitted: PENDING []
	// approved: ACTIVE READ
	// a week later: REVOKED []
}

// A hook makes the platform fail, until it is taken off.
func ExamplePlatform_Hook() {
	ctx := context.Background()
	world := must(grantwrighttest.New())
	defer func() { _ = world.Close() }()
	eve, owner := grantwrighttest.Person("eve"), grantwrighttest.Person("owner", "owners")
	world.Directory.Put(eve, owner)
	world.Platform.Add(catalog.Asset{Ref: "lake:orders", Kind: catalog.Table})
	check(world.Connect(ctx, "lake"))
	check(world.LetDecide(ctx, "lake", "owners"))
	world.Platform.Hook(func(context.Context, provision.Standing) error { return errors.New("the disk is full") })

	answers := request.Answers{"purpose": {"the quarterly report"}, "duration": {"7 DAYS"}}
	req := must(world.Submit(ctx, eve, request.Submission{Asset: "lake:orders", Answers: answers}))
	must(world.Determine(ctx, owner, req.ID, review.Determination{Act: review.Approve}))
	grant := must(world.WaitForGrant(ctx, eve, req.ID))
	fmt.Println(grant.State, grant.Error)

	world.Platform.Hook(nil)
	world.Clock.Move(time.Hour)
	check(world.Finish(ctx))
	grant = must(world.Request(ctx, eve, req.ID)).Grant
	fmt.Println(grant.State)
	// Output:
	// FAILED the disk is full
	// ACTIVE
}
