package pgsource_test

import (
	"testing"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
)

// Link makes views of either rights over a table and over each other, a materialized view, a
// table with a part that has a part, and one with a child.
func (harness) Link(t *testing.T, in catalog.Ref) []catalogtest.Linked {
	t.Helper()
	within(t, in.Path()[0], "set search_path = "+pq.QuoteIdentifier(in.Name())+`;
		create table base (id int); create view shown as select * from base; create view over as select * from shown; create materialized view kept as select id from base;
		create view own with (security_invoker) as select * from base;
		create table whole (id int) partition by list (id); create table part partition of whole default partition by list (id); create table deep partition of part default;
		create table parent (id int); create table child () inherits (parent)`)
	at := func(name string) catalog.Ref { return in + catalog.Ref("."+name) }
	return []catalogtest.Linked{
		{Asset: at("shown"), Read: at("base")}, {Asset: at("over"), Read: at("shown")}, {Asset: at("over"), Read: at("base")}, {Asset: at("kept"), Read: at("base")}, {Asset: at("own"), Read: at("base"), Own: true},
		{Asset: at("whole"), Read: at("part"), Part: true}, {Asset: at("whole"), Read: at("deep"), Part: true}, {Asset: at("part"), Read: at("deep"), Part: true},
		{Asset: at("parent"), Read: at("child"), Part: true},
	}
}
