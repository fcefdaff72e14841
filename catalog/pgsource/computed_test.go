package pgsource_test

import (
	"testing"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
)

// Compute makes tables with stored columns, and virtual ones where the server has them, and a
// partition that has its own. A default, an identity and a constant are computed from nothing.
func (harness) Compute(t *testing.T, in catalog.Ref) []catalog.Asset {
	t.Helper()
	within(t, in.Path()[0], "set search_path = "+pq.QuoteIdentifier(in.Name())+`;
		create table computed (low text generated always as (lower("Ma""il")) stored, id int, "Ma""il" text,
			"all" text generated always as ("Ma""il" || id::text || "Ma""il") stored, one int generated always as (1) stored,
			number int generated always as identity, plain text default lower('X'), gone text, late text generated always as (upper(gone)) stored);
		alter table computed alter late drop expression;
		create table whole (id int, mail text, low text generated always as (lower(mail)) stored) partition by list (id);
		create table part (low text generated always as (lower(mail)) stored, mail text, id int); alter table whole attach partition part default;
		create view over as select * from whole`)
	at := func(name string, columns ...catalog.Column) catalog.Asset {
		return catalog.Asset{Ref: in + catalog.Ref("."+name), Columns: columns}
	}
	of := func(name string, from ...string) catalog.Column { return catalog.Column{Name: name, From: from} }
	all := []catalog.Asset{
		at("computed", of("low", `Ma"il`), of("id"), of(`Ma"il`), of("all", `Ma"il`, "id"), of("one"), of("number"), of("plain"), of("gone"), of("late")),
		at("whole", of("id"), of("mail"), of("low", "mail")), at("part", of("id"), of("mail"), of("low", "mail")), at("over", of("id"), of("mail"), of("low")),
	}
	var version int
	if err := server.DB.QueryRow("select current_setting('server_version_num')::int").Scan(&version); err != nil {
		t.Fatal(err)
	}
	if version >= 180000 {
		within(t, in.Path()[0], "create table "+pq.QuoteIdentifier(in.Name())+".virtual (id int, mail text, low text generated always as (lower(mail)) virtual, again text generated always as (lower(mail)))")
		all = append(all, at("virtual", of("id"), of("mail"), of("low", "mail"), of("again", "mail")))
	}
	return all
}
