package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/grantwright/grantwright/e2e/world"
)

// theOracle is for all tests that play scripts.
var theOracle *oracle

func TestMain(m *testing.M) {
	var err error
	if theOracle, err = newOracle(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	theOracle.stop()
	os.Exit(code)
}

// worlds is how many are made: the seeds from 1 on, so that every run makes the same.
const worlds = 16

func TestRecordsAndLoginsAgree(t *testing.T) {
	o := &oracle{servers: theOracle.servers, out: t.Output(), tally: map[string]int{}}
	err := o.run(t.Context(), func(yield func(uint64) bool) {
		for seed := uint64(1); seed <= worlds && yield(seed); {
			seed++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An oracle that finds nothing is one that could have: what is done behind the engine's back
// is found in a world with much else in it, and shrunk to what it takes.
func TestOracleFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	mail := []world.Spec{{Name: "mail", Type: world.Text}}
	table := world.Step{Do: world.MakeTable, On: "shop.orders", Owner: "etl", Columns: mail}
	about := world.Step{Do: world.BringAbout}
	ask := world.Step{Do: world.Ask, On: "shop.orders", Who: "eve"}
	mask := world.Step{Do: world.SaveMask, To: "mail", How: "NULL", Names: []string{"mail"}}
	both := world.Step{Do: world.MakeTable, On: "shop.orders", Owner: "etl", Columns: []world.Spec{{Name: "mail", Type: world.Text}, {Name: "iban", Type: world.Text}}}
	shown := world.Step{Do: world.MakeView, On: "crm.shown", Owner: "etl", Of: []string{"shop.orders"}, Columns: []world.Spec{{Name: "iban", From: "iban"}}}
	byView := world.Step{Do: world.SaveMask, To: "shown", On: "shop.orders", Of: []string{"crm.shown"}, How: "VIEW"}
	hides := world.Step{Do: world.SaveMask, To: "both", How: "NULL", Names: []string{"mail", "iban"}}
	clear := world.Step{Do: world.SaveMask, To: "clear", On: "shop.orders", How: "CLEAR", Names: []string{"iban"}}
	far := world.Step{Do: world.MakeForeign, On: "shop.far", Owner: "etl", Columns: mail}
	some := ask
	some.Names = []string{"mail"}
	ofOurs := func(do string) world.Step {
		return world.Step{Do: world.Plant, SQL: `set session authorization {ours}; do $$ declare r text; begin for r in select quote_ident(rolname) from pg_roles where rolname like 'gw\_{world}\_%' loop execute '` + do + ` ' || r; end loop; end $$; reset session authorization`}
	}
	plant := func(sql string) world.Step { return world.Step{Do: world.Plant, SQL: sql} }
	usage := "grant usage on schema shop to {eve}; "
	for _, tt := range []struct {
		kind world.Kind
		need world.Script // that it shrinks to
	}{
		{world.ReadsWithout, world.Script{table, plant(usage + "grant select on shop.orders to {eve}"), about}},
		{world.WritesAnyway, world.Script{table, about, ask, plant("grant delete on shop.orders to {eve}"), about}},
		{world.CannotRead, world.Script{table, about, ask, plant("revoke select on shop.orders from {ours} cascade"), about}},
		{world.CannotWrite, world.Script{table, about, {Do: world.Ask, On: "shop.orders", Who: "eve", Write: true}, plant("revoke insert on shop.orders from {ours} cascade"), about}},
		{world.ReadsColumn, world.Script{table, about, some, plant("grant select (n) on shop.orders to {eve}"), about}},
		{world.CannotRead, world.Script{table, about, some, ofOurs("revoke select (mail) on shop.orders from"), about}},
		{world.CannotRead, world.Script{{Do: world.MakeTable, On: "hr.people", Owner: "etl"}, about, table, {Do: world.Sync}, ask, plant("revoke select on shop.orders from {ours} cascade"), about}},
		{world.ReadsClear, world.Script{table, about, ask, mask, plant(`create or replace view gw_{world}_masked.shop__orders with (security_barrier) as select n, mail from shop.orders`), about}},
		{world.ReadsClear, world.Script{both, shown, about, byView, ask, plant("create or replace view crm.shown as select n, iban, mail from shop.orders"), about}},
		{world.StaysHidden, world.Script{both, about, ask, hides, clear, plant("create or replace view gw_{world}_masked.shop__orders with (security_barrier) as select n, null::text as mail, null::text as iban from shop.orders"), about}},
		{world.CannotRead, world.Script{far, {Do: world.MapUser, Who: "eve"}, about, {Do: world.Ask, On: "shop.far", Who: "eve"}, plant("drop user mapping for {eve} server beyond"), about}},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			noise := world.Script{
				{Do: world.MakeRoot, On: "crm.events", Owner: "rep", Columns: mail}, {Do: world.MakePartition, On: "hr.events1", Of: []string{"crm.events"}, Owner: "rep", Value: 1},
			}
			more := world.Script{{Do: world.Ask, On: "crm.events", Who: "bob", Short: true}, {Do: world.Ask, On: "hr", Who: "analysts"}}
			last := len(tt.need) - 2
			script := slices.Concat(noise, tt.need[:last], more, tt.need[last:])
			for seed := range uint64(len(theOracle.servers)) {
				found, err := theOracle.play(t.Context(), seed, script)
				if err != nil || len(found) == 0 || found[0].Kind != tt.kind {
					t.Fatalf("on PostgreSQL %s it finds %v, %v", versions[seed], found, err)
				}
			}
			short := theOracle.shrink(t.Context(), 0, script, tt.kind)
			if short.String() != tt.need.String() {
				t.Errorf("of %d steps these are left:\n%swant\n%s", len(script), short, tt.need)
			}
		})
	}
}
