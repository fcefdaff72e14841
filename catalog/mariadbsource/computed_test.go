package mariadbsource_test

import (
	"testing"

	"github.com/grantwright/grantwright/catalog"
)

// Compute makes a table with virtual and stored columns, one of them computed from another,
// and a table whose rows have versions. A default and a constant are computed from nothing; a
// text that looks like a column counts as one.
func (harness) Compute(t *testing.T, in catalog.Ref) []catalog.Asset {
	t.Helper()
	name := func(table string) string { return quote(in.Name()) + "." + quote(table) }
	run(t, "create table "+name("computed")+" (low varchar(99) as (lower(`Ma``il`)) virtual, id int auto_increment primary key, `Ma``il` varchar(99), kept varchar(99) as (upper(`ma``IL`)) persistent, "+
		"deep varchar(99) as (concat(low, id2)) stored, id2 int, one int as (1) stored, plain varchar(99) default (lower('X')), dated varchar(99) default (concat(id2, 'x')), texts varchar(99) as ('`id2`') virtual)",
		"create table "+name("versioned")+" (id int, since timestamp(6) generated always as row start, till timestamp(6) generated always as row end, twice int as (id * 2), period for system_time (since, till)) with system versioning",
		"create view "+name("over")+" as select * from "+name("computed"))
	at := func(table string, columns ...catalog.Column) catalog.Asset {
		return catalog.Asset{Ref: in + catalog.Ref("."+table), Columns: columns}
	}
	of := func(name string, from ...string) catalog.Column { return catalog.Column{Name: name, From: from} }
	mail := "Ma`il"
	return []catalog.Asset{
		at("computed", of("low", mail), of("id"), of(mail), of("kept", mail), of("deep", mail, "id2", "low"), of("id2"), of("one"), of("plain"), of("dated"), of("texts", "id2")),
		at("versioned", of("id"), of("since"), of("till"), of("twice", "id")),
		at("over", of("low"), of("id"), of(mail), of("kept"), of("deep"), of("id2"), of("one"), of("plain"), of("dated"), of("texts")),
	}
}
