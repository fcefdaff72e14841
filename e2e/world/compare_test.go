package world

import (
	"maps"
	"slices"
	"testing"

	"github.com/grantwright/grantwright/provision"
)

// sees is a sight of a relation: each column with the data and row that it shows.
func sees(columns map[string]Token) Sight {
	s := Sight{Columns: map[string][]Token{"n": nil}, Writes: map[string]string{"insert": "42501 " + denied}}
	for name, token := range columns {
		s.Columns[name] = []Token{token}
	}
	return s
}

// without is the sight but for a column.
func (s Sight) without(column string) Sight {
	delete(s.Columns, column)
	s.Refused = map[string]string{column: "42501 " + denied}
	return s
}

// dark is the sight where a column shows nothing.
func (s Sight) dark(column string) Sight {
	s.Columns[column] = nil
	return s
}

// refused is the sight of a relation that cannot be read.
func refused(columns ...string) Sight {
	s := Sight{Refused: map[string]string{"n": "42501 " + denied}, Writes: map[string]string{"insert": "42501 " + denied}}
	for _, name := range columns {
		s.Refused[name] = "42501 " + denied
	}
	return s
}

// Each kind of disagreement, beside the worlds that are the nearest to it and agree.
func TestCompare(t *testing.T) {
	t.Parallel()
	mail, amount := Token{1, 1}, Token{2, 1} // of the first table that is made
	reads := sees(map[string]Token{"mail": mail, "amount": amount})
	blind := refused("mail", "amount")
	view := sees(map[string]Token{"address": mail})
	active := func(on string, change ...func(*Grant)) Grant {
		g := Grant{Who: "eve", On: on, State: provision.Active}
		for _, f := range change {
			f(&g)
		}
		return g
	}
	in := func(s provision.State) func(*Grant) { return func(g *Grant) { g.State = s } }
	of := func(who string) func(*Grant) { return func(g *Grant) { g.Who = who } }
	own := mails
	own.Own = true
	doubts := func(name string) func(*Grant) {
		return func(g *Grant) {
			g.Remarks = []string{"reading of " + name + " may fail: no EXECUTE on function crm.same(text), which crm.mails calls, perhaps in a column that is not read"}
		}
	}
	uncalled := sees(map[string]Token{"mail": mail}).without("amount")
	uncalled.Refused["amount"] += " for function same"
	ofMail := sees(map[string]Token{"mail": mail}).without("n")
	mailOnly := func(g *Grant) {
		g.Columns = []string{"mail"}
		g.Asked = Asked{Seen: map[string]int{"shop.orders": 0}, Data: []int{mail.Data}}
	}
	instead := Script{orders, mails, about, shownBy("crm.mails"), about}
	more := Step{Do: ReplaceView, On: "crm.mails", Columns: []Spec{{Name: "amount", From: "amount"}}}
	byMails := map[string]Shown{"shop.orders": {Query: "crm.mails"}}
	masked := map[string]Shown{"shop.orders": {Query: "gw_masked.orders"}}
	addressOnly := sees(map[string]Token{"address": mail}).without("n")
	hiddenAmount := Step{Do: SaveMask, To: "sums", How: "NULL", Names: []string{"amount"}}
	otherMails := mails
	otherMails.On = "hr.mails"
	later := func(view string) Step {
		s := shownBy(view)
		s.To = "later"
		return s
	}
	except := func(change ...func(*Grant)) Grant {
		return active("shop.orders", append(change, func(g *Grant) { g.Exception, g.Unmasked = true, []string{"mail"} })...)
	}
	fails := func(g *Grant) { g.Error = `"eve" is granted the access but cannot use it: no EXECUTE on function same` }
	lost := func(g *Grant) { g.Error = "stands no longer under its name" }
	names := func(g *Grant) { g.Error = `"eve" is granted the access but cannot use it: "shop.orders": no SELECT` }
	shown := func(at string) Step {
		return Step{Do: SaveMask, To: "shown", On: at, How: "CLEAR", Names: []string{"mail"}}
	}
	strict := func(on string) Step { return Step{Do: Strict, On: on} }
	writing := func(s Sight, op, why string) Sight {
		s.Writes = maps.Clone(s.Writes)
		s.Writes[op] = why
		return s
	}
	for _, tt := range []struct {
		name   string
		world  Script
		grants []Grant
		shown  map[string]Shown
		named  []string
		who    string // zero is eve
		sights map[string]Sight
		want   []Kind
	}{
		{name: "nothing", world: Script{orders}, sights: map[string]Sight{"shop.orders": blind}},
		{name: "reads without", world: Script{orders}, sights: map[string]Sight{"shop.orders": reads}, want: []Kind{ReadsWithout}},
		{name: "reads one column without", world: Script{orders}, sights: map[string]Sight{"shop.orders": sees(nil)}, want: []Kind{ReadsWithout}},
		{name: "reads with", world: Script{orders}, grants: []Grant{active("shop.orders")}, sights: map[string]Sight{"shop.orders": reads}},
		{name: "reads with another's", world: Script{orders}, grants: []Grant{active("shop.orders", func(g *Grant) { g.Who = "bob" })}, sights: map[string]Sight{"shop.orders": reads}, want: []Kind{ReadsWithout, CannotRead}},
		{name: "reads with that of the team", world: Script{orders}, who: "dan", grants: []Grant{active("shop.orders", func(g *Grant) { g.Who = "analysts" })}, sights: map[string]Sight{"shop.orders": reads}},
		{name: "revoked", world: Script{orders}, grants: []Grant{active("shop.orders", in(provision.Revoked))}, sights: map[string]Sight{"shop.orders": reads}, want: []Kind{ReadsWithout}},
		{name: "suspended", world: Script{orders}, grants: []Grant{active("shop.orders", in(provision.Suspended))}, sights: map[string]Sight{"shop.orders": blind}},
		{name: "hangs", world: Script{orders}, grants: []Grant{active("shop.orders", in(provision.Revoking))}, sights: map[string]Sight{"shop.orders": blind}, want: []Kind{Hangs}},
		{name: "by the schema", world: Script{orders, about}, grants: []Grant{active("shop")}, sights: map[string]Sight{"shop.orders": reads}},
		{name: "by the database", world: Script{orders, about}, grants: []Grant{active("")}, sights: map[string]Sight{"shop.orders": reads}},
		{name: "left out of the schema", world: Script{orders, about}, grants: []Grant{active("shop", func(g *Grant) { g.Excluded = []string{"shop.orders"} })}, sights: map[string]Sight{"shop.orders": reads}, want: []Kind{ReadsWithout}},
		{name: "cannot read", world: Script{orders}, grants: []Grant{active("shop.orders")}, sights: map[string]Sight{"shop.orders": blind}, want: []Kind{CannotRead}},
		{name: "cannot read what is in it", world: Script{orders, about}, grants: []Grant{active("shop")}, sights: map[string]Sight{"shop.orders": blind}, want: []Kind{CannotRead}},
		{name: "cannot read, as is said", world: Script{orders, about}, grants: []Grant{active("shop", func(g *Grant) { g.Gaps = []string{"shop.orders"} })}, sights: map[string]Sight{"shop.orders": blind}},
		{name: "no gap", world: Script{orders, about}, grants: []Grant{active("shop", func(g *Grant) { g.Gaps = []string{"shop.orders"} })}, sights: map[string]Sight{"shop.orders": reads}, want: []Kind{NoGap}},
		{name: "fails where a policy shows no row", world: Script{orders, {Do: MakePolicy, On: "shop.orders"}, about}, grants: []Grant{active("shop.orders", in(provision.Failed), fails)}, sights: map[string]Sight{"shop.orders": sees(nil).dark("mail").dark("amount")}},
		{name: "no gap where a policy shows no row", world: Script{orders, {Do: MakePolicy, On: "shop.orders"}, about}, grants: []Grant{active("shop", func(g *Grant) { g.Gaps = []string{"shop.orders"} })}, sights: map[string]Sight{"shop.orders": sees(nil).dark("mail").dark("amount")}},
		{name: "cannot read, and another is said", world: Script{orders, about}, grants: []Grant{active("shop", func(g *Grant) { g.Remarks = []string{"shop.orders_noted()"} })}, sights: map[string]Sight{"shop.orders": blind}, want: []Kind{CannotRead}},
		{name: "cannot read for want of a function, and that is said", world: Script{orders}, grants: []Grant{active("shop.orders", doubts("shop.orders"))}, sights: map[string]Sight{"shop.orders": uncalled}},
		{name: "cannot read for want of a function, and another table is named", world: Script{orders}, grants: []Grant{active("shop.orders", doubts("shop.notes"))}, sights: map[string]Sight{"shop.orders": uncalled}, want: []Kind{CannotRead}},
		{name: "cannot read, and a function is said to lack", world: Script{orders}, grants: []Grant{active("shop.orders", doubts("shop.orders"))}, sights: map[string]Sight{"shop.orders": blind}, want: []Kind{CannotRead}},
		{name: "fails and works", world: Script{orders}, grants: []Grant{active("shop.orders", in(provision.Failed), fails)}, sights: map[string]Sight{"shop.orders": reads}, want: []Kind{WorksFailed}},
		{name: "fails, and shows nothing of a table without partitions", world: Script{events, {Do: MakeView, On: "crm.mails", Owner: "rep", Of: []string{"shop.events"}, Columns: []Spec{{Name: "address", From: "mail"}}}, about}, grants: []Grant{active("crm.mails", in(provision.Failed), fails)}, sights: map[string]Sight{"crm.mails": view}},
		{name: "fails for a team, and works for a member who has the rest", world: Script{orders, own, about}, who: "dan", grants: []Grant{active("crm.mails", of("analysts"), in(provision.Failed), fails), active("shop.orders", of("dan"))}, sights: map[string]Sight{"crm.mails": view, "shop.orders": reads}},
		{name: "fails for a team, and works for each member", world: Script{orders, mails, about}, who: "dan", grants: []Grant{active("crm.mails", of("analysts"), in(provision.Failed), fails), active("shop.orders", of("dan"))}, sights: map[string]Sight{"crm.mails": view, "shop.orders": reads}, want: []Kind{WorksFailed}},
		{name: "fails for somebody who has the rest, and works", world: Script{orders, own, about}, who: "dan", grants: []Grant{active("crm.mails", of("dan"), in(provision.Failed), fails), active("shop.orders", of("analysts"))}, sights: map[string]Sight{"crm.mails": view, "shop.orders": reads}, want: []Kind{WorksFailed}},
		{name: "fails", world: Script{orders}, grants: []Grant{active("shop.orders", in(provision.Failed), fails)}, sights: map[string]Sight{"shop.orders": blind}},
		{name: "fails in part", world: Script{orders}, grants: []Grant{active("shop.orders", in(provision.Failed), fails)}, sights: map[string]Sight{"shop.orders": {Columns: map[string][]Token{"n": nil}, Refused: blind.Refused}}},
		{name: "fails for another reason, and is read", world: Script{orders}, grants: []Grant{active("shop.orders", in(provision.Failed), lost)}, sights: map[string]Sight{"shop.orders": {Columns: map[string][]Token{"n": nil}, Refused: blind.Refused}}, want: []Kind{ReadsWithout}},
		{name: "a part of a container that fails", world: Script{orders}, grants: []Grant{active("shop", in(provision.Failed), names)}, sights: map[string]Sight{"shop.orders": {Columns: map[string][]Token{"n": nil}, Refused: blind.Refused}}},
		{name: "a part of which a container that fails says nothing", world: Script{orders}, grants: []Grant{active("shop", in(provision.Failed), fails)}, sights: map[string]Sight{"shop.orders": {Columns: map[string][]Token{"n": nil}, Refused: blind.Refused}}, want: []Kind{ReadsWithout}},
		{name: "writes without", world: Script{orders}, grants: []Grant{active("shop.orders")}, sights: map[string]Sight{"shop.orders": writing(reads, "insert", "")}, want: []Kind{WritesAnyway}},
		{name: "writes", world: Script{orders}, grants: []Grant{active("shop.orders", func(g *Grant) { g.Write = true })}, sights: map[string]Sight{"shop.orders": writing(reads, "insert", "")}},
		{name: "cannot write", world: Script{orders}, grants: []Grant{active("shop.orders", func(g *Grant) { g.Write = true })}, sights: map[string]Sight{"shop.orders": reads}, want: []Kind{CannotWrite}},
		{name: "cannot write, as the trigger may", world: Script{orders}, grants: []Grant{active("shop.orders", func(g *Grant) { g.Write, g.Remarks = true, []string{"writing runs triggers"} })}, sights: map[string]Sight{"shop.orders": reads}},
		{name: "masked", world: Script{orders, about, hidden, about}, shown: masked, grants: []Grant{active("shop.orders")},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": sees(map[string]Token{"mail": {}, "amount": amount})}},
		{name: "masked, and clear", world: Script{orders, about, hidden, about}, shown: masked, grants: []Grant{active("shop.orders")},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": reads}, want: []Kind{ReadsClear}},
		{name: "clear, as governance has it", world: Script{orders, about, hidden, shown("shop.orders"), about}, shown: masked, grants: []Grant{active("shop.orders")},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": reads}},
		{name: "clear, as governance has it elsewhere", world: Script{orders, about, hidden, shown("hr"), about}, shown: masked, grants: []Grant{active("shop.orders")},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": reads}, want: []Kind{ReadsClear}},
		{name: "clear, as governance had it", world: Script{orders, about, hidden, shown("shop.orders"), about, {Do: DropMask, To: "shown"}, about}, shown: masked, grants: []Grant{active("shop.orders")},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": reads}, want: []Kind{ReadsClear}},
		{name: "hidden, though governance has it clear", world: Script{orders, about, hidden, shown("shop.orders"), about}, shown: masked, grants: []Grant{active("shop.orders")},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": sees(map[string]Token{"mail": {}, "amount": amount}).dark("mail")}, want: []Kind{StaysHidden}},
		{name: "hidden under another name, which governance has clear", world: Script{orders, about, hidden, about, renamed, {Do: SaveMask, To: "shown", On: "shop.orders", How: "CLEAR", Names: []string{"post"}}, about}, shown: masked, grants: []Grant{active("shop.orders")},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": sees(map[string]Token{"amount": amount})}},
		{name: "shown by a view", world: instead, shown: byMails, grants: []Grant{active("shop.orders")}, sights: map[string]Sight{"shop.orders": blind, "crm.mails": view}},
		{name: "shown by a view, as a part of its schema", world: instead, shown: byMails, grants: []Grant{active("crm")}, sights: map[string]Sight{"crm.mails": view}},
		{name: "shown by a view, and FAILED", world: instead, shown: byMails, grants: []Grant{active("shop.orders", in(provision.Failed), fails)}, sights: map[string]Sight{"shop.orders": blind, "crm.mails": view}, want: []Kind{WorksFailed}},
		{name: "shown by a view that another grant is for, and FAILED", world: instead, shown: byMails, grants: []Grant{active("shop.orders", in(provision.Failed), fails), active("crm.mails")}, sights: map[string]Sight{"shop.orders": blind, "crm.mails": view}},
		{name: "shown by a view, without a grant", world: instead, shown: byMails, grants: []Grant{active("hr")}, sights: map[string]Sight{"crm.mails": view}, want: []Kind{ReadsWithout}},
		{name: "shown by a view, and by itself", world: instead, shown: byMails, grants: []Grant{active("shop.orders")}, sights: map[string]Sight{"shop.orders": reads, "crm.mails": view}, want: []Kind{ReadsClear, ReadsClear}},
		{name: "shown by a view that shows more by now", world: slices.Concat(instead, Script{more, about}), shown: byMails, grants: []Grant{active("shop.orders")},
			sights: map[string]Sight{"shop.orders": blind, "crm.mails": sees(map[string]Token{"address": mail, "amount": amount})}, want: []Kind{ReadsClear}},
		{name: "shown by a view that shows more by now, as a part of its schema", world: slices.Concat(instead, Script{more, about}), shown: byMails, grants: []Grant{active("crm")},
			sights: map[string]Sight{"crm.mails": sees(map[string]Token{"address": mail, "amount": amount})}, want: []Kind{ReadsClear}},
		{name: "shown by a view that showed more before", world: Script{orders, mails, more, about, shownBy("crm.mails"), about}, shown: byMails, grants: []Grant{active("shop.orders")},
			sights: map[string]Sight{"shop.orders": blind, "crm.mails": sees(map[string]Token{"address": mail, "amount": amount})}},
		{name: "shown by a view, in spite of a mask of before, as a part of its schema", world: slices.Concat(Script{hidden}, instead), shown: byMails, grants: []Grant{active("crm")}, sights: map[string]Sight{"crm.mails": view}},
		{name: "shown by a view, in spite of a mask of before, by a grant for the column", world: slices.Concat(Script{hidden}, instead), shown: byMails,
			grants: []Grant{active("crm.mails", func(g *Grant) { g.Columns = []string{"address"} })}, sights: map[string]Sight{"crm.mails": addressOnly}},
		{name: "shown by a view, in spite of a mask of before, and by a grant for another column", world: slices.Concat(Script{hidden}, instead), shown: byMails,
			grants: []Grant{active("crm.mails", func(g *Grant) { g.Columns = []string{"n"} })}, sights: map[string]Sight{"crm.mails": view}, want: []Kind{ReadsColumn, ReadsColumn}},
		{name: "shown by a view that shows more by now, where a mask hid that before", world: slices.Concat(Script{hiddenAmount}, instead, Script{more, about}), shown: byMails, grants: []Grant{active("crm")},
			sights: map[string]Sight{"crm.mails": sees(map[string]Token{"address": mail, "amount": amount})}, want: []Kind{ReadsClear}},
		{name: "shown by a view no more, and a mask of before holds", world: slices.Concat(Script{hidden}, instead, Script{{Do: DropMask, To: "instead"}, about}), shown: masked, grants: []Grant{active("crm")},
			sights: map[string]Sight{"crm.mails": view}, want: []Kind{ReadsClear}},
		{name: "shown by another view than that which masks", world: slices.Concat(instead, Script{otherMails, about}), shown: byMails, grants: []Grant{active("hr")},
			sights: map[string]Sight{"hr.mails": view}, want: []Kind{ReadsClear}},
		{name: "shown by the first of two views that mask", world: slices.Concat(Script{orders, otherMails}, instead[1:], Script{later("hr.mails"), about}), shown: byMails, grants: []Grant{active("crm")}, sights: map[string]Sight{"crm.mails": view}},
		{name: "shown by the second of two views that mask", world: slices.Concat(Script{orders, otherMails}, instead[1:], Script{later("hr.mails"), about}), shown: byMails, grants: []Grant{active("hr")}, sights: map[string]Sight{"hr.mails": view}, want: []Kind{ReadsClear}},
		{name: "shown by a view that cannot be read", world: instead, shown: byMails, grants: []Grant{active("shop.orders")}, sights: map[string]Sight{"shop.orders": blind, "crm.mails": refused("address")}, want: []Kind{CannotRead}},
		{name: "clear by an exception", world: Script{orders, about, hidden, about}, shown: masked, grants: []Grant{active("shop.orders"), active("shop.orders", func(g *Grant) { g.Exception, g.Unmasked = true, []string{"mail"} })},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": reads}},
		{name: "masked in spite of an exception", world: Script{orders, about, hidden, about}, shown: masked, grants: []Grant{active("shop.orders"), active("shop.orders", func(g *Grant) { g.Exception, g.Unmasked = true, []string{"mail"} })},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": sees(map[string]Token{"amount": amount})}, want: []Kind{StaysMasked}},
		{name: "an exception for a column without access to it", world: Script{orders, about, hidden, about}, shown: masked, grants: []Grant{active("shop.orders", func(g *Grant) { g.Columns, g.Asked.Data = []string{"n", "amount"}, []int{amount.Data} }), active("shop.orders", func(g *Grant) { g.Exception, g.Unmasked = true, []string{"mail"} })},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": sees(map[string]Token{"amount": amount})}},
		{name: "an exception for another column", world: Script{orders, about, hidden, about}, shown: masked, grants: []Grant{active("shop.orders"), active("shop.orders", func(g *Grant) { g.Exception, g.Unmasked = true, []string{"amount"} })},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": reads}, want: []Kind{ReadsClear}},
		{name: "clear by an exception of the team, which cannot read", world: Script{orders, about, hidden, about}, shown: masked, who: "dan", grants: []Grant{active("shop.orders", of("dan")), except(of("analysts"), in(provision.Failed), fails)},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": reads}},
		{name: "clear by an exception of a team of others", world: Script{orders, about, hidden, about}, shown: masked, grants: []Grant{active("shop.orders"), except(of("analysts"), in(provision.Failed), fails)},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": reads}, want: []Kind{ReadsClear}},
		{name: "clear by an exception that was not given", world: Script{orders, about, hidden, about}, shown: masked, who: "dan", grants: []Grant{active("shop.orders", of("dan")), except(of("analysts"), in(provision.Failed), lost)},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": reads}, want: []Kind{ReadsClear}},
		{name: "clear by an exception that has ended", world: Script{orders, about, hidden, about}, shown: masked, who: "dan", grants: []Grant{active("shop.orders", of("dan")), except(of("analysts"), in(provision.Revoked))},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": reads}, want: []Kind{ReadsClear}},
		{name: "clear by the team's exception alone", world: Script{orders, about, hidden, about}, shown: masked, who: "dan", grants: []Grant{except(of("analysts"), in(provision.Failed), fails)},
			sights: map[string]Sight{"shop.orders": blind, "gw_masked.orders": reads}, want: []Kind{ReadsWithout}},
		{name: "a view shows what is masked", world: Script{orders, mails, about, hidden, about}, shown: masked, grants: []Grant{active("crm")}, sights: map[string]Sight{"crm.mails": view}, want: []Kind{ReadsClear}},
		{name: "a view shows what is masked, as was said", world: Script{orders, mails, about, hidden, about}, shown: masked, grants: []Grant{active("crm.mails", func(g *Grant) { g.Parts = []string{"shop.orders"} })}, sights: map[string]Sight{"crm.mails": view}},
		{name: "a view shows what is masked, as was found", world: Script{orders, mails, about, hidden, about}, shown: masked, named: []string{`crm.mails: ["w.shop.orders"]`}, grants: []Grant{active("crm.mails")}, sights: map[string]Sight{"crm.mails": view}},
		{name: "strict beneath a view", world: Script{orders, mails, about, strict("shop")}, grants: []Grant{active("crm")}, sights: map[string]Sight{"crm.mails": view}, want: []Kind{ReadsStrict}},
		{name: "strict beneath a view, as was said", world: Script{orders, mails, about, strict("shop")}, grants: []Grant{active("crm.mails", func(g *Grant) { g.Parts = []string{"shop.orders"} })}, sights: map[string]Sight{"crm.mails": view}},
		{name: "strict beneath a view, which opens nothing", world: Script{orders, own, about, strict("shop")}, grants: []Grant{active("crm"), active("shop.orders")}, sights: map[string]Sight{"crm.mails": view, "shop.orders": reads}},
		{name: "strict beneath a view, and opened where it is not", world: Script{orders, own, about, strict("shop.orders")}, grants: []Grant{active("crm"), active("shop")}, sights: map[string]Sight{"crm.mails": view, "shop.orders": blind}, want: []Kind{ReadsStrict, CannotRead}},
		{name: "strict for both", world: Script{orders, mails, about, strict("")}, grants: []Grant{active("crm")}, sights: map[string]Sight{"crm.mails": view}},
		{name: "the guardrail is not for them", world: Script{orders, about, {Do: SaveGuard, On: "shop"}}, grants: []Grant{active("shop.orders")}, sights: map[string]Sight{"shop.orders": reads}},
		{name: "a guardrail", world: Script{orders, about, {Do: SaveGuard, On: "shop"}}, who: "carol", grants: []Grant{active("shop.orders", func(g *Grant) { g.Who = "carol" })}, sights: map[string]Sight{"shop.orders": reads}, want: []Kind{ReadsBarred, ReadsBarred}},
		{name: "by a rule", world: Script{orders, about}, grants: []Grant{active("shop.orders", func(g *Grant) { g.ByRule, g.Asked = true, Asked{Tagged: map[int]bool{1: true}} })}, sights: map[string]Sight{"shop.orders": reads}, want: []Kind{ReadsByRule}},
		{name: "by a rule, what a part shows", world: Script{events, first, about}, grants: []Grant{active("shop.events", func(g *Grant) {
			g.ByRule, g.Asked = true, Asked{Tagged: map[int]bool{3: true}, Parts: map[int][]int{1: {1, 0}}}
		})}, sights: map[string]Sight{"shop.events": sees(map[string]Token{"mail": {3, 2}})}, want: []Kind{ReadsByRule}},
		{name: "by a rule, what a part shows that came later", world: Script{events, first, about}, grants: []Grant{active("shop.events", func(g *Grant) { g.ByRule, g.Asked = true, Asked{Tagged: map[int]bool{3: true}} })}, sights: map[string]Sight{"shop.events": sees(map[string]Token{"mail": {3, 2}})}},
		{name: "by a rule, of a schema that left it out then", world: Script{orders, about}, grants: []Grant{active("shop", func(g *Grant) {
			g.ByRule, g.Asked = true, Asked{Tagged: map[int]bool{1: true}, Nearer: []string{"shop.orders"}}
		})}, sights: map[string]Sight{"shop.orders": reads}},
		{name: "by a rule, of a schema that left out another", world: Script{orders, about}, grants: []Grant{active("shop", func(g *Grant) {
			g.ByRule, g.Asked = true, Asked{Tagged: map[int]bool{1: true}, Nearer: []string{"shop.notes"}}
		})}, sights: map[string]Sight{"shop.orders": reads}, want: []Kind{ReadsByRule}},
		{name: "by a rule, and tagged later", world: Script{orders, about}, grants: []Grant{active("shop.orders", func(g *Grant) { g.ByRule = true })}, sights: map[string]Sight{"shop.orders": reads}},
		{name: "some columns", world: Script{orders, about}, grants: []Grant{active("shop.orders", mailOnly)}, sights: map[string]Sight{"shop.orders": ofMail}},
		{name: "more than some columns", world: Script{orders, about}, grants: []Grant{active("shop.orders", mailOnly)}, sights: map[string]Sight{"shop.orders": reads}, want: []Kind{ReadsColumn, ReadsColumn, ReadsColumn}},
		{name: "more than some columns, by another grant", world: Script{orders, about}, grants: []Grant{active("shop.orders", mailOnly), active("shop")}, sights: map[string]Sight{"shop.orders": reads}},
		{name: "none of some columns", world: Script{orders, about}, grants: []Grant{active("shop.orders", mailOnly)}, sights: map[string]Sight{"shop.orders": blind}, want: []Kind{CannotRead}},
		{name: "none of some columns, as is said", world: Script{orders, about}, grants: []Grant{active("shop.orders", mailOnly, func(g *Grant) { g.Remarks = []string{`column "mail" stands no longer`} })}, sights: map[string]Sight{"shop.orders": blind}},
		{name: "some columns, and renamed", world: Script{orders, about, renamed}, grants: []Grant{active("shop.orders", mailOnly)}, sights: map[string]Sight{"shop.orders": sees(map[string]Token{"post": mail}).without("n")}},
		{name: "some columns, and their names swapped", world: Script{{Do: MakeTable, On: "shop.orders", Owner: "etl", Columns: []Spec{{Name: "mail", Type: Text}, {Name: "iban", Type: Text}}}, about, {Do: SwapColumns, On: "shop.orders", Names: []string{"mail", "iban"}}},
			grants: []Grant{active("shop.orders", mailOnly)}, sights: map[string]Sight{"shop.orders": sees(map[string]Token{"mail": amount}).without("n")}, want: []Kind{ReadsColumn, ReadsColumn}},
		{name: "some columns that are called FAILED, and work", world: Script{orders, about}, grants: []Grant{active("shop.orders", mailOnly, in(provision.Failed), fails)}, sights: map[string]Sight{"shop.orders": ofMail}, want: []Kind{WorksFailed}},
		{name: "rows of a partition that a policy hides", world: Script{events, first, {Do: MakePolicy, On: "shop.events"}, about}, grants: []Grant{active("hr")}, sights: map[string]Sight{"hr.first": sees(map[string]Token{"mail": {3, 2}, "amount": {4, 2}})}, want: []Kind{ReadsRows, ReadsRows}},
		{name: "rows that it shows", world: Script{events, first, {Do: MakePolicy, On: "shop.events"}, about}, grants: []Grant{active("hr")}, sights: map[string]Sight{"hr.first": sees(map[string]Token{"mail": {3, 1}, "amount": {4, 1}})}},
		{name: "an object that nobody knows", sights: map[string]Sight{"gw_masked.keys": sees(nil)}, want: []Kind{ReadsWithout}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			who := "eve"
			if tt.who != "" {
				who = tt.who
			}
			s := Sights{who: tt.sights, Superuser: {"shop.orders": reads}}
			for _, login := range everyone.Logins {
				if login != who {
					s[login] = map[string]Sight{"shop.orders": blind}
				}
			}
			var got []Kind
			for _, d := range Compare(made(t, tt.world...), Records{Grants: tt.grants, Shown: tt.shown, Named: tt.named}, s) {
				got = append(got, d.Kind)
			}
			slices.Sort(got)
			if slices.Sort(tt.want); !slices.Equal(got, tt.want) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}
