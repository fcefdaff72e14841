package world

import (
	"slices"
	"strings"
	"testing"
)

// made is a world in which some steps have happened, which all fit.
func made(t testing.TB, steps ...Step) *World {
	t.Helper()
	w := NewWorld()
	for _, s := range steps {
		if _, fits := w.Do(s); !fits {
			t.Fatalf("%s does not fit", s)
		}
	}
	return w
}

// Steps of the tests.
var (
	mailed  = []Spec{{Name: "mail", Type: Text}, {Name: "amount", Type: Number}}
	orders  = Step{Do: MakeTable, On: "shop.orders", Owner: "etl", Columns: mailed}
	events  = Step{Do: MakeRoot, On: "shop.events", Owner: "etl", Columns: mailed}
	first   = Step{Do: MakePartition, On: "hr.first", Of: []string{"shop.events"}, Owner: "etl", Value: 1}
	mails   = Step{Do: MakeView, On: "crm.mails", Owner: "rep", Of: []string{"shop.orders"}, Columns: []Spec{{Name: "address", From: "mail"}}}
	about   = Step{Do: BringAbout}
	hidden  = Step{Do: SaveMask, To: "pii", How: "NULL", Names: []string{"mail"}}
	far     = Step{Do: MakeForeign, On: "shop.far", Owner: "etl", Columns: mailed}
	readers = Step{Do: MakeView, On: "crm.mails", Owner: "etl", Own: true, Of: []string{"shop.orders"}, Columns: []Spec{{Name: "address", From: "mail"}}}
	renamed = Step{Do: RenameColumn, On: "shop.orders", Column: "mail", To: "post"}
)

// copied makes a materialized view of another owner's.
func copied(of string) Step {
	from := "mail"
	if of == "crm.mails" {
		from = "address"
	}
	return Step{Do: MakeCopy, On: "hr.copy", Owner: "rep", Of: []string{of}, Columns: []Spec{{Name: "mail", From: from}}}
}

// shownBy has a view shown in place of the orders.
func shownBy(view string) Step {
	return Step{Do: SaveMask, To: "instead", On: "shop.orders", Of: []string{view}, How: byView}
}

// The statements of each kind of step, and the steps that do not fit.
func TestStepsAndTheirStatements(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		before Script
		step   Step
		want   string // in the statements; empty: it does not fit
	}{
		{nil, orders, "set role {etl}; create table shop.orders (n int, mail text, amount bigint); reset role"},
		{nil, orders, "insert into shop.orders (n, mail, amount) select n, 'd0001r' || n || 'xxxx', ('770002' || n || '9999')::bigint from generate_series(1, 2) n"},
		{Script{orders}, orders, ""},
		{nil, Step{Do: MakeTable, On: "else.orders"}, ""},
		{nil, Step{Do: MakeTable, On: "shop.keys", Owner: "etl", Columns: []Spec{{Name: "id", Type: Loose}}}, "create sequence if not exists shop.keys_counter"},
		{nil, Step{Do: MakeRoot, On: "shop.keys", Columns: []Spec{{Name: "id", Type: Identity}}}, ""},
		{Script{events}, first, "create table hr.first partition of shop.events for values in (1)"},
		{Script{events, first}, Step{Do: MakePartition, On: "hr.again", Of: []string{"shop.events"}, Value: 1}, ""},
		{Script{orders}, Step{Do: MakePartition, On: "hr.first", Of: []string{"shop.orders"}, Value: 1}, ""},
		{Script{events}, Step{Do: MakePartition, On: "hr.first", Of: []string{"shop.events"}, Owner: "rep", Value: 1}, "alter table hr.first owner to {rep}"},
		{Script{orders}, Step{Do: MakeChild, On: "hr.kid", Of: []string{"shop.orders"}}, "create table hr.kid () inherits (shop.orders)"},
		{Script{events, first}, Step{Do: MakeChild, On: "hr.kid", Of: []string{"hr.first"}}, ""},
		{nil, far, "create foreign table shop.far (n int, mail text options (column_name 'd0001'), amount bigint options (column_name 'd0002')) server beyond options (schema_name 'public', table_name 't0')"},
		{nil, far, Beyond + "create table t0 (n int, d0001 text, d0002 bigint)"},
		{nil, far, "create user mapping for current_user server beyond"},
		{Script{events}, Step{Do: MakePartition, On: "hr.far", Of: []string{"shop.events"}, Owner: "etl", Value: 1, How: foreign}, "create foreign table hr.far partition of shop.events for values in (1) server beyond options"},
		{Script{events}, Step{Do: MakePartition, On: "hr.far", Of: []string{"shop.events"}, Owner: "etl", Value: 1, How: foreign}, "alter foreign table hr.far alter column mail options (add column_name 'd0003')"},
		{Script{far}, Step{Do: AddColumn, On: "shop.far", Columns: []Spec{{Name: "note", Type: Text}}}, Beyond + "alter table t0 add column d0003 text"},
		{Script{far}, Step{Do: MakePolicy, On: "shop.far"}, ""},
		{Script{far}, Step{Do: Drop, On: "shop.far"}, "drop foreign table shop.far cascade"},
		{Script{orders}, Step{Do: MapUser, Who: "eve"}, ""}, // there is no server to map them for
		{Script{far}, Step{Do: MapUser, Who: "eve"}, "create user mapping for {eve} server beyond"},
		{Script{far}, Step{Do: MapUser, Who: Everybody}, "create user mapping for public server beyond"},
		{Script{far, {Do: MapUser, Who: "eve"}}, Step{Do: MapUser, Who: "eve"}, ""},
		{Script{far, {Do: MapUser, Who: "eve"}}, Step{Do: UnmapUser, Who: "eve"}, "drop user mapping for {eve} server beyond"},
		{Script{far}, Step{Do: UnmapUser, Who: "eve"}, ""},
		{Script{far}, copied("shop.far"), ""}, // whoever makes it cannot read beyond
		{Script{far, {Do: MapUser, Who: "rep"}}, copied("shop.far"), "create materialized view hr.copy"},
		{Script{orders, mails}, copied("crm.mails"), "create materialized view hr.copy"},
		{Script{orders, mails, {Do: Withdraw, On: "crm.mails"}}, copied("crm.mails"), ""},
		{Script{orders, mails, {Do: Withdraw, On: "crm.mails"}, {Do: GiveBack, On: "crm.mails"}}, copied("crm.mails"), "create materialized view hr.copy"},
		{Script{orders, readers}, copied("crm.mails"), ""},
		{Script{orders, mails, about}, shownBy("crm.mails"), "nothing is to be done on the platform"},
		{Script{orders, mails}, shownBy("crm.mails"), ""},
		{Script{orders, mails, about}, shownBy("shop.orders"), ""},
		{Script{orders, mails, about, shownBy("crm.mails")}, Step{Do: SaveMask, To: "again", On: "shop.orders", Of: []string{"crm.mails"}, How: byView}, ""},
		{Script{orders}, mails, "grant select, insert, update, delete on shop.orders to {rep}"},
		{Script{orders}, mails, "create view crm.mails as select b.n, b.mail as address from shop.orders b"},
		{nil, mails, ""},
		{Script{orders}, Step{Do: MakeCopy, On: "crm.kept", Owner: "etl", Of: []string{"shop.orders"}, Columns: []Spec{{Name: "mail", From: "mail"}}, Calls: true}, "create materialized view crm.kept as select b.n, crm.same(b.mail::text) as mail"},
		{Script{orders}, Step{Do: MakePolicy, On: "shop.orders"}, "enable row level security"},
		{Script{orders}, Step{Do: MakePolicy, On: "shop.orders", How: "shop.orders"}, ""},
		{Script{orders}, Step{Do: MakeTrigger, On: "shop.orders", Own: true}, "security invoker"},
		{Script{orders}, renamed, "alter table shop.orders rename column mail to post"},
		{Script{events, first}, Step{Do: RenameColumn, On: "hr.first", Column: "mail", To: "post"}, ""},
		{Script{orders}, Step{Do: SwapColumns, On: "shop.orders", Names: []string{"mail", "amount"}}, ""},
		{Script{orders, mails}, Step{Do: DropColumn, On: "shop.orders", Column: "mail"}, ""},
		{Script{orders, mails}, Step{Do: DropColumn, On: "shop.orders", Column: "amount"}, "drop column amount cascade"},
		{Script{events, first}, Step{Do: AddColumn, On: "shop.events", Columns: []Spec{{Name: "note", Type: Text}}}, "update only hr.first set note = 'd0006r' || n || 'xxxx'"},
		{Script{orders}, Step{Do: Rename, On: "shop.orders", To: "hr.kept"}, "alter table shop.kept set schema hr"},
		{Script{orders}, Step{Do: Swap, On: "shop.orders", To: "shop.backup"}, "alter table shop.orders rename to backup"},
		{Script{orders, mails}, Step{Do: Replace, On: "shop.orders"}, ""},
		{Script{events, first}, Step{Do: Detach, On: "hr.first"}, "detach partition hr.first"},
		{Script{events, first, {Do: Detach, On: "hr.first"}}, Step{Do: Attach, On: "hr.first", Of: []string{"shop.events"}}, "attach partition hr.first for values in (1)"},
		{Script{orders, mails, renamed}, Step{Do: ReplaceView, On: "crm.mails", Columns: []Spec{{Name: "amount", From: "amount"}}}, "create or replace view crm.mails as select b.n, b.post as address, b.amount as amount"},
		{Script{orders, mails}, Step{Do: Drop, On: "shop.orders"}, ""},
		{Script{orders, mails}, Step{Do: Withdraw, On: "crm.mails"}, "revoke select on shop.orders from {rep}"},
		{Script{orders}, Step{Do: Ask, On: "shop.orders", Who: "eve"}, ""}, // nobody has seen it yet
		{nil, Step{Do: Sync}, ""},
		{nil, Step{Do: Reconcile}, ""},
		{Script{orders, about}, Step{Do: Ask, On: "shop.orders", Who: "eve", Names: []string{"iban"}}, ""},
		{Script{orders, about}, Step{Do: Ask, On: "shop", Who: "eve", Names: []string{"mail"}}, ""},
		{Script{orders, about}, Step{Do: Ask, On: "shop.orders", Who: "eve", Names: []string{"mail"}, Write: true}, ""},
		{nil, Step{Do: DropMask, To: "pii"}, ""},
		{nil, Step{Do: Revoke, On: "shop", Who: "eve"}, ""},
	} {
		statements, fits := made(t, tt.before...).Do(tt.step)
		if fits && tt.want == "nothing is to be done on the platform" && len(statements) == 0 {
			continue
		}
		if fits != (tt.want != "") || !slices.ContainsFunc(statements, func(s string) bool { return strings.Contains(s, tt.want) }) && tt.want != "" {
			t.Errorf("%safter that %s is %q, %v; want %q", tt.before, tt.step, statements, fits, tt.want)
		}
	}
}

// What a mask has matched stays hidden, whatever becomes of the name.
func TestWhatIsHidden(t *testing.T) {
	t.Parallel()
	said := Step{Do: Classify, On: "shop.orders", Names: []string{"post"}}
	tagged := Step{Do: Classify, On: "shop.events", Names: []string{"mail"}, Tags: []string{pii}}
	clear := func(at string) Step {
		return Step{Do: SaveMask, To: "shown", On: at, How: "CLEAR", Names: []string{"mail"}}
	}
	byTag := Step{Do: SaveMask, To: "tagged", How: "HASH", Tags: []string{pii}}
	for _, tt := range []struct {
		name   string
		script Script
		on     string
		want   []string
	}{
		{"nothing is masked", Script{orders, about}, "shop.orders", nil},
		{"masked", Script{orders, about, hidden, about}, "shop.orders", []string{"mail"}},
		{"not seen yet", Script{orders, hidden}, "shop.orders", nil},
		{"renamed", Script{orders, about, hidden, about, renamed, about}, "shop.orders", []string{"post"}},
		{"renamed, and somebody has looked at it", Script{orders, about, hidden, about, renamed, about, said}, "shop.orders", nil},
		{"looked at, and masked still", Script{orders, about, hidden, about, {Do: Classify, On: "shop.orders", Names: []string{"mail"}}}, "shop.orders", []string{"mail"}},
		{"seen by a sync alone, and renamed", Script{orders, about, hidden, {Do: Sync}, renamed, about}, "shop.orders", []string{"post"}},
		{"reconciled alone, and renamed", Script{orders, about, hidden, {Do: Reconcile}, renamed, about}, "shop.orders", nil},
		{"clear at more, which is farther", Script{orders, about, hidden, {Do: SaveMask, To: "shown", How: "CLEAR", Names: []string{"mail"}, On: "shop"}, {Do: SaveMask, To: "near", On: "shop.orders", How: "HASH", Names: []string{"mail"}}, about}, "shop.orders", []string{"mail"}},
		{"clear where it is nearer", Script{orders, about, hidden, about, clear("shop"), about}, "shop.orders", nil},
		{"clear at the same place", Script{orders, about, hidden, clear(""), about}, "shop.orders", []string{"mail"}},
		{"clear by its name, at the same place", Script{orders, about, {Do: Classify, On: "shop.orders", Names: []string{"mail"}, Tags: []string{pii}}, byTag, clear(""), about}, "shop.orders", nil},
		{"clear for a while", Script{orders, about, hidden, clear("shop"), about, {Do: DropMask, To: "shown"}, about}, "shop.orders", []string{"mail"}},
		{"clear for more, and masked as a part", Script{events, first, about, {Do: SaveMask, To: "whole", On: "shop.events", How: "NULL", Names: []string{"mail"}}, clear("hr"), about}, "hr.first", []string{"mail"}},
		{"clear for the part itself", Script{events, first, about, {Do: SaveMask, To: "whole", On: "shop.events", How: "NULL", Names: []string{"mail"}}, clear("hr.first"), about}, "hr.first", nil},
		{"shown by a view", Script{orders, mails, about, shownBy("crm.mails"), about}, "shop.orders", []string{"mail", "amount"}},
		{"shown by a view, and renamed", Script{orders, mails, about, shownBy("crm.mails"), about, {Do: Rename, On: "shop.orders", To: "hr.kept"}, about}, "hr.kept", []string{"mail", "amount"}},
		{"shown by a view, for all that another shows clear", Script{orders, mails, about, shownBy("crm.mails"), clear("shop.orders"), about}, "shop.orders", []string{"mail", "amount"}},
		{"shown by a view no more", Script{orders, mails, about, shownBy("crm.mails"), about, {Do: DropMask, To: "instead"}, about}, "shop.orders", nil},
		{"the mask is gone", Script{orders, about, hidden, about, {Do: DropMask, To: "pii"}}, "shop.orders", nil},
		{"the table is renamed", Script{orders, about, hidden, about, {Do: Rename, On: "shop.orders", To: "hr.kept"}, about}, "hr.kept", []string{"mail"}},
		{"the partition of a tagged table", Script{events, first, about, tagged, byTag, about}, "hr.first", []string{"mail"}},
		{"a partition that was taken off", Script{events, first, about, tagged, byTag, about, {Do: Detach, On: "hr.first"}, about}, "hr.first", []string{"mail"}},
	} {
		w := made(t, tt.script...)
		var got []string
		for _, c := range w.relation(tt.on).Columns {
			if w.Hidden[c.Data] != nil {
				got = append(got, c.Name)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v are hidden, want %v", tt.name, got, tt.want)
		}
	}
}
