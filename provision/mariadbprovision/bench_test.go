package mariadbprovision_test

import (
	"testing"

	"github.com/grantwright/grantwright/provision"
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

// BenchmarkManyPeople gives a table to 500 at once, and takes it from them.
func BenchmarkManyPeople(b *testing.B) {
	w := newWorld(b)
	p, orders := w.open(b), w.table(b)
	var give, take []provision.Standing
	for range 500 {
		eve := w.person(b)
		give, take = append(give, want(eve, orders, request.Read)), append(take, want(eve, orders))
	}
	for b.Loop() {
		for _, all := range [][]provision.Standing{give, take} {
			for _, o := range p.Apply(b.Context(), all) {
				if o.Err != nil {
					b.Fatal(o.Err)
				}
			}
		}
	}
}
