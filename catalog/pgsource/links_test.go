package pgsource_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/catalog"
)

// linked is a database with one of each way in which something is read through another.
var linked = []string{
	`create schema hr`, `create schema log`, `create table log.who (id int)`,
	`create table public.events (at date, mail text) partition by range (at)`,
	`create table hr.events_24 partition of public.events for values from ('2024-01-01') to ('2025-01-01') partition by range (at)`,
	`create table public.events_24_1 partition of hr.events_24 for values from ('2024-01-01') to ('2024-02-01')`,
	`create table public.parent (id int, name text)`, `create table hr.kid (iban text) inherits (public.parent)`,
	`create table hr.salaries (id int, name text, amount int, iban text)`,
	`create view public.pay as select id, name from hr.salaries where amount > 0`,
	`create view public.rows as select id, s as whole from hr.salaries s`,
	`create view public.pays as select * from public.pay`,
	`create materialized view public.kept as select amount from hr.salaries`,
	`create view public.own with (security_invoker = on) as select iban from hr.salaries`,
	`create view public.over as select * from public.own`,
	`create view public.past as select mail from public.events`,
	`create function log.note() returns trigger language plpgsql as 'begin return new; end'`,
	`create function log.rate() returns int language sql security definer as 'select 1'`,
	`create function log.allowed(int) returns bool language sql as 'select true'`,
	`create sequence log.numbers`,
	`create table public.wide (id int default nextval('log.numbers'), tax int default log.rate(), check (log.allowed(tax)))`,
	`create trigger noting before insert on public.wide for each row execute function log.note()`,
	`create view public.readers with (security_invoker) as select id, tax from public.wide`, `create view public.outward as select id, tax from public.readers`,
	`create view public.rated as select log.rate() * amount as x from hr.salaries`,
	`create table public.secured (id int)`, `alter table public.secured enable row level security`,
	`create policy mine on public.secured using (exists (select from log.who w where w.id = secured.id) and log.allowed(id))`,
	`create foreign data wrapper elsewhere`, `create server there foreign data wrapper elsewhere`,
	`create foreign table public.far (id int) server there`, `create view public.farther as select id from public.far`,
}

func TestReadsWhatIsReadThroughAnAsset(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	root := newDatabase(t, "links", linked...)
	got, unread := readAll(t, h.open(t), root)
	if len(unread) > 0 {
		t.Error(unread)
	}
	through := func(way catalog.Way, below string, columns ...string) catalog.Through {
		return catalog.Through{Way: way, Ref: root + catalog.Ref("."+below), Columns: columns}
	}
	own := func(one catalog.Through) catalog.Through { one.Own = true; return one }
	named := func(way catalog.Way, name string, own, writes bool) catalog.Through {
		return catalog.Through{Way: way, Name: name, Own: own, Writes: writes}
	}
	links := func(all ...catalog.Through) catalog.Links { return catalog.Links{Through: all} }
	want := map[string]catalog.Links{
		"public.events":      links(through(catalog.ByPartition, "hr.events_24"), through(catalog.ByPartition, "public.events_24_1")),
		"hr.events_24":       {Through: []catalog.Through{through(catalog.ByPartition, "public.events_24_1")}, PartOf: []catalog.Ref{root + ".public.events"}},
		"public.events_24_1": {PartOf: []catalog.Ref{root + ".hr.events_24", root + ".public.events"}},
		"public.parent":      links(through(catalog.ByChild, "hr.kid", "id", "name")),
		"hr.kid":             {PartOf: []catalog.Ref{root + ".public.parent"}},
		"public.pay":         links(through(catalog.ByQuery, "hr.salaries", "amount", "id", "name")),
		"public.rows":        links(through(catalog.ByQuery, "hr.salaries")),
		"public.pays":        links(through(catalog.ByQuery, "hr.salaries", "amount", "id", "name"), through(catalog.ByQuery, "public.pay", "id", "name")),
		"public.kept":        links(through(catalog.ByQuery, "hr.salaries", "amount")),
		"public.own":         links(own(through(catalog.ByQuery, "hr.salaries", "iban"))),
		"public.over":        links(own(through(catalog.ByQuery, "hr.salaries", "iban")), through(catalog.ByQuery, "public.own", "iban")),
		"public.past": links(through(catalog.ByPartition, "hr.events_24", "mail"), through(catalog.ByPartition, "public.events_24_1", "mail"),
			through(catalog.ByQuery, "public.events", "mail")),
		"public.wide": links(named(catalog.ByFunction, "log.allowed(integer)", true, true), named(catalog.ByFunction, "log.rate()", false, true),
			named(catalog.BySequence, "log.numbers", true, true), named(catalog.ByTrigger, "noting on public.wide (log.note())", true, true)),
		"public.readers": links(named(catalog.ByFunction, "log.allowed(integer)", true, true), named(catalog.ByFunction, "log.rate()", false, true),
			own(through(catalog.ByQuery, "public.wide", "id", "tax")), named(catalog.ByTrigger, "noting on public.wide (log.note())", true, true)),
		"public.outward": links(named(catalog.ByFunction, "log.allowed(integer)", true, true), named(catalog.ByFunction, "log.rate()", false, true),
			through(catalog.ByQuery, "public.readers", "id", "tax"), own(through(catalog.ByQuery, "public.wide", "id", "tax")), named(catalog.ByTrigger, "noting on public.wide (log.note())", true, true)),
		"public.rated":   links(named(catalog.ByFunction, "log.rate()", false, false), through(catalog.ByQuery, "hr.salaries", "amount")),
		"public.secured": links(named(catalog.ByFunction, "log.allowed(integer)", true, false), own(through(catalog.ByPolicy, "log.who"))),
		"public.far":     links(named(catalog.ByServer, "there", true, false)),
		"public.farther": links(through(catalog.ByQuery, "public.far", "id"), named(catalog.ByServer, "there", true, false)),
	}
	for _, a := range got {
		if len(a.Ref.Path()) == 3 {
			below := string(a.Ref[len(root)+1:])
			for _, one := range a.Through {
				if called := one.Way == catalog.ByFunction || one.Way == catalog.ByTrigger; called != (len(one.Digest) == 32) {
					t.Errorf("%s: the digest of %s %q is %q", below, one.Way, one.Name, one.Digest)
				}
			}
			if diff := cmp.Diff(want[below], a.Links(), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(catalog.Through{}, "Digest")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", below, diff)
			}
			delete(want, below)
		}
	}
	for missing := range want {
		t.Errorf("%s was not read", missing)
	}
}
