package mariadbsource_test

import (
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
)

// Link makes views of either rights over a table and over each other.
func (harness) Link(t *testing.T, in catalog.Ref) []catalogtest.Linked {
	t.Helper()
	name := func(table string) string { return quote(in.Name()) + "." + quote(table) }
	run(t, "create table "+name("base")+" (id int)", "create view "+name("shown")+" as select * from "+name("base"), "create view "+name("over")+" as select * from "+name("shown"),
		"create sql security invoker view "+name("own")+" as select * from "+name("base"))
	at := func(table string) catalog.Ref { return in + catalog.Ref("."+table) }
	return []catalogtest.Linked{
		{Asset: at("shown"), Read: at("base")}, {Asset: at("over"), Read: at("shown")}, {Asset: at("over"), Read: at("base")}, {Asset: at("own"), Read: at("base"), Own: true},
	}
}
