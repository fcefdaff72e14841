package mariadbprovision_test

import (
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
)

// BenchmarkOneMorePerson gives a table to one more of many, and takes it from them:
// beside it stands what a DBA would have to wait for, one GRANT and one REVOKE.
func BenchmarkOneMorePerson(b *testing.B) {
	w := newWorld(b)
	p, orders := w.open(b), w.table(b)
	for range 100 {
		mustApply(b, p, want(w.person(b), orders, request.Read))
	}
	eve := w.person(b)
	b.Run("give and take", func(b *testing.B) {
		for b.Loop() {
			mustApply(b, p, want(eve, orders, request.Read))
			mustApply(b, p, want(eve, orders))
		}
	})
	b.Run("look at what stands", func(b *testing.B) {
		mustApply(b, p, want(eve, orders, request.Read))
		for b.Loop() {
			mustApply(b, p, want(eve, orders, request.Read))
		}
	})
	b.Run("grant and revoke alone", func(b *testing.B) {
		for b.Loop() {
			w.run(b, "grant select on "+quote(orders.Ref.Path()...)+" to "+quoted(eve), "revoke select on "+quote(orders.Ref.Path()...)+" from "+quoted(eve))
		}
	})
}

// BenchmarkManyPeople gives a table to 100 people at once, and takes it from them.
// Beside it, in the same run, a DBA grants and revokes the same: one statement for each
// person, and one for all of them.
func BenchmarkManyPeople(b *testing.B) {
	w := newWorld(b)
	p, orders := w.open(b), w.table(b)
	give, take := w.crowd(b, orders, 100)
	table := quote(orders.Ref.Path()...)
	var accounts []string
	for _, s := range give {
		accounts = append(accounts, quoted(s.Principal))
	}
	bare := func(how, to string, groups iter.Seq[[]string]) {
		for group := range groups {
			w.run(b, how+" select on "+table+" "+to+" "+strings.Join(group, ", "))
		}
	}
	took := map[string]time.Duration{}
	timed := func(name string, do func()) {
		begun := time.Now()
		do()
		took[name] += time.Since(begun)
	}
	for b.Loop() {
		timed("give", func() { mustApplyAll(b, p, give) })
		timed("take", func() { mustApplyAll(b, p, take) })
		timed("grant", func() { bare("grant", "to", slices.Chunk(accounts, 1)) })
		timed("revoke", func() { bare("revoke", "from", slices.Chunk(accounts, 1)) })
		timed("grant-set", func() { bare("grant", "to", slices.Chunk(accounts, len(accounts))) })
		timed("revoke-set", func() { bare("revoke", "from", slices.Chunk(accounts, len(accounts))) })
	}
	for name, took := range took {
		b.ReportMetric(float64(took.Microseconds())/1000/float64(b.N), name+"-ms")
	}
	b.ReportMetric(float64(took["give"])/float64(took["grant"]), "x-grant")
	b.ReportMetric(float64(took["take"])/float64(took["revoke"]), "x-revoke")
}
