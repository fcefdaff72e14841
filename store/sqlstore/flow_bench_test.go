package sqlstore_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// BenchmarkBytesOfAFlow submits, approves and gives, each time for another person, and says
// how many rows and bytes of PostgreSQL stay of one flow, indexes and notices included.
// Run it with -benchtime 2000x.
func BenchmarkBytesOfAFlow(b *testing.B) {
	s, db := fresh(b, nil)
	world, err := grantwrighttest.New(func(c *grantwright.Config) { c.Store, c.Inventory = s, s.Inventory() })
	check(b, err)
	defer func() { _ = world.Close() }()
	world.Directory.Put(owner)
	for n := range 20 {
		world.Platform.Add(catalog.Asset{Ref: catalog.Ref(fmt.Sprint("lake:orders", n)), Kind: catalog.Table})
	}
	check(b, world.Connect(b.Context(), "lake"))
	check(b, world.LetDecide(b.Context(), "lake", "owners"))
	before := sizesOf(b, db)
	for i := range b.N {
		who := grantwrighttest.Person(fmt.Sprint("person", i))
		world.Directory.Put(who)
		answers := request.Answers{"purpose": {"the quarterly report of the region, by month and product"}, "duration": {"30 DAYS"}}
		req, err := world.Submit(b.Context(), who, request.Submission{Asset: catalog.Ref(fmt.Sprint("lake:orders", i%20)), Answers: answers})
		check(b, err)
		_, err = world.Determine(b.Context(), owner, req.ID, review.Determination{Act: review.Approve})
		check(b, err)
		_, err = world.WaitForGrant(b.Context(), who, req.ID)
		check(b, err)
	}
	check(b, world.Finish(b.Context()))
	_, err = db.Exec(`vacuum full analyze`)
	check(b, err)
	for name, n := range sizesOf(b, db) {
		b.ReportMetric(float64(n-before[name])/float64(b.N), name+"/flow")
	}
	b.ReportMetric(0, "ns/op") // the figures are the bytes
}

// sizesOf counts rows and bytes.
func sizesOf(b *testing.B, db *sql.DB) map[string]int64 {
	b.Helper()
	all := map[string]int64{}
	for name, query := range map[string]string{
		"records":       `select count(*) from grantwright.records`,
		"entries":       `select count(*) from grantwright.entries`,
		"events":        `select count(*) from grantwright.records where kind = 'events'`,
		"notices":       `select count(*) from grantwright.records where kind = 'notices'`,
		"event-bytes":   `select coalesce(sum(pg_column_size(r.*)), 0) from grantwright.records r where kind = 'events'`,
		"event-entries": `select count(*) from grantwright.entries where kind = 'events'`,
		"bytes":         `select sum(pg_total_relation_size(c.oid))::bigint from pg_class c where relnamespace = 'grantwright'::regnamespace and relkind = 'r'`,
		"table-bytes":   `select sum(pg_relation_size(c.oid))::bigint from pg_class c where relnamespace = 'grantwright'::regnamespace and relkind = 'r'`,
	} {
		var n int64
		check(b, db.QueryRow(query).Scan(&n))
		all[name] = n
	}
	return all
}
