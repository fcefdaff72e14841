package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/pgstore"
)

// recorder keeps the commits of an engine, in their order.
type recorder struct {
	store.Memory
	mu      sync.Mutex
	commits []store.Commit
}

func (r *recorder) Write(ctx context.Context, c store.Commit) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.Memory.Write(ctx, c)
	if err == nil && len(c.Writes) > 0 {
		r.commits = append(r.commits, c)
	}
	return err
}

// commitsOfFlows are those of some people who submit, somebody who approves, the grants
// that become ACTIVE, and the notices.
func commitsOfFlows(b *testing.B, flows int) []store.Commit {
	b.Helper()
	var r recorder
	world, err := grantwrighttest.New(func(c *grantwright.Config) { c.Store = &r })
	check(b, err)
	defer func() { _ = world.Close() }()
	world.Directory.Put(owner)
	world.Platform.Add(catalog.Asset{Ref: "lake:orders", Kind: catalog.Table})
	check(b, world.Connect(b.Context(), "lake"))
	check(b, world.LetDecide(b.Context(), "lake", "owners"))
	for i := range flows {
		who := grantwrighttest.Person(fmt.Sprint("person", i))
		world.Directory.Put(who)
		answers := request.Answers{"purpose": {"the quarterly report of the region, by month and product"}, "duration": {"30 DAYS"}}
		req, err := world.Submit(b.Context(), who, request.Submission{Asset: "lake:orders", Answers: answers})
		check(b, err)
		_, err = world.Determine(b.Context(), owner, req.ID, review.Determination{Act: review.Approve})
		check(b, err)
		_, err = world.WaitForGrant(b.Context(), who, req.ID)
		check(b, err)
		check(b, world.Finish(b.Context()))
	}
	return r.commits
}

// BenchmarkCommitsOfAFlow writes the commits of flows one after the other, and says how
// many they are, what they write, and what the server's processor does for it.
func BenchmarkCommitsOfAFlow(b *testing.B) {
	_, db := fresh(b, nil)
	s, err := pgstore.Open(server.SuperURL(database(b, db)))
	check(b, err)
	defer func() { _ = s.Close() }()
	commits := commitsOfFlows(b, b.N)
	writes, entries := 0, 0
	for _, c := range commits {
		writes += len(c.Writes)
		for _, w := range c.Writes {
			entries += len(w.Entries)
		}
	}
	before, told := processorOf(b, db)
	b.ResetTimer()
	for _, c := range commits {
		check(b, s.Write(b.Context(), c))
	}
	b.StopTimer()
	flows := float64(b.N)
	if after, still := processorOf(b, db); told && still {
		b.ReportMetric((after-before)/flows, "server-ms/flow")
	}
	b.ReportMetric(float64(len(commits))/flows, "commits/flow")
	b.ReportMetric(float64(writes)/flows, "writes/flow")
	b.ReportMetric(float64(entries)/flows, "entries/flow")
}

// processorOf is the time that the sessions of a pool have taken of the processor so far,
// in milliseconds. Told says that the system tells of it.
func processorOf(b *testing.B, db *sql.DB) (ms float64, told bool) {
	b.Helper()
	for _, pid := range texts(b, db, `select pid::text from pg_stat_activity where datname = current_database() order by pid`) {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			return 0, false
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		for _, ticks := range fields[11:13] { // in user and in kernel mode
			n, err := strconv.ParseFloat(ticks, 64)
			check(b, err)
			ms += 10 * n
		}
	}
	return ms, true
}
