package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store/sqlitestore"
)

func must[T any](v T, err error) T { ensure(err); return v }

func ensure(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A shop that sells data commits its order and the request for access together.
func ExampleStore_In() {
	folder := must(os.MkdirTemp("", ""))
	defer func() { _ = os.RemoveAll(folder) }()
	file := filepath.Join(folder, "shop.db")
	records := must(sqlitestore.Open(file))
	defer func() { _ = records.Close() }()
	ctx := context.Background()
	ensure(records.Migrate(ctx))
	world := must(grantwrighttest.New(func(c *grantwright.Config) { c.Store, c.Inventory = records, records.Inventory() }))
	defer func() { _ = world.Close() }()
	world.Platform.Add(catalog.Asset{Ref: "lake:orders", Kind: catalog.Table})
	ensure(world.Connect(ctx, "lake"))
	ensure(world.LetDecide(ctx, "lake", "owners"))
	shop := must(sql.Open("sqlite", file+"?_txlock=immediate&_busy_timeout=5000"))
	defer func() { _ = shop.Close() }()
	must(shop.Exec(`create table orders (buyer text, request text)`))
	eve := grantwrighttest.Person("eve")
	answers := request.Answers{"purpose": {"the quarterly report"}, "duration": {"7 DAYS"}}

	buy := func(pays bool) {
		tx := must(shop.BeginTx(ctx, nil))
		defer func() { _ = tx.Rollback() }() // does nothing after Commit
		within, committed := records.In(ctx, tx)
		req := must(world.Submit(within, eve, request.Submission{Asset: "lake:orders", Answers: answers}))
		must(tx.Exec(`insert into orders values ('eve', $1)`, req.ID))
		if pays {
			ensure(tx.Commit())
			committed()
		}
	}
	for _, pays := range []bool{false, true} {
		buy(pays)
		orders := 0
		ensure(shop.QueryRow(`select count(*) from orders`).Scan(&orders))
		mine := must(world.Requests(ctx, eve, grantwright.RequestQuery{}))
		fmt.Println(orders, "orders,", len(mine.Requests), "requests")
	}
	// Output:
	// 0 orders, 0 requests
	// 1 orders, 1 requests
}
