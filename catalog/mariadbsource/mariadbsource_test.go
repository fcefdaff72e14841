package mariadbsource_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/mariadbsource"
	"github.com/grantwright/grantwright/internal/throwaway/mariadbserver"
)

// read reads a root to its end, without the ids' first part, that of the server.
func read(t *testing.T, s catalog.Source, root catalog.Ref) map[catalog.Ref]catalog.Asset {
	t.Helper()
	all := map[catalog.Ref]catalog.Asset{}
	for a, err := range s.Assets(t.Context(), root) {
		if err != nil {
			t.Fatalf("reading %s: %v", root, err)
		}
		_, a.ID, _ = strings.Cut(a.ID, "/")
		all[a.Ref] = a
	}
	return all
}

func TestWhatIsAnAsset(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	run(t, "create database kinds comment 'all of them'",
		"create table kinds.orders (id int primary key comment 'the number', note varchar(20) not null) comment 'what was sold'",
		"create table kinds.Orders (id int)", "create table kinds.log (line text) engine = aria",
		"create table kinds.versions (id int) with system versioning",
		"create table kinds.days (d date) partition by range columns (d) (partition p1 values less than ('2026-01-01'), partition p2 values less than (maxvalue))",
		"create sequence kinds.numbers", "create view kinds.totals as select count(*) as n from kinds.orders",
		"create definer = reader1@'%' sql security invoker view kinds.theirs as select id from kinds.orders",
		"create table kinds.`v1.2 #P#` (id int)")
	got := read(t, h.open(t), "warehouse:kinds")
	kinds := map[catalog.Ref]string{}
	for ref, a := range got {
		kinds[ref] = fmt.Sprint(a.Kind, " ", a.ID[:1], " ", a.Source.Owner)
	}
	want := map[catalog.Ref]string{
		"warehouse:kinds": "DATABASE d ", "warehouse:kinds.orders": "TABLE t ", "warehouse:kinds.Orders": "TABLE t ", "warehouse:kinds.log": "TABLE c ",
		"warehouse:kinds.versions": "TABLE t ", "warehouse:kinds.days": "PARTITIONED_TABLE t ", "warehouse:kinds.totals": "VIEW v root@127.0.0.1",
		"warehouse:kinds.theirs": "VIEW v reader1@%", `warehouse:kinds."v1.2 #P#"`: "TABLE t ",
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("kinds, ids and owners (-want +got):\n%s", diff)
	}
	orders := got["warehouse:kinds.orders"]
	columns := []catalog.Column{{Name: "id", Type: "int(11)", Comment: "the number"}, {Name: "note", Type: "varchar(20)"}}
	if diff := cmp.Diff(columns, orders.Columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if orders.Source.Comment != "what was sold" || got["warehouse:kinds.totals"].Source.Comment != "" || got["warehouse:kinds"].Source.Comment != "all of them" {
		t.Errorf("comments: %+v, %+v, %+v", orders.Source, got["warehouse:kinds.totals"].Source, got["warehouse:kinds"].Source)
	}
	if orders.Technology != mariadbsource.Technology || orders.Host != "db.example.com" {
		t.Errorf("technology %q, host %q", orders.Technology, orders.Host)
	}
	if one := read(t, h.open(t), "warehouse:kinds.Orders"); len(one) != 1 || len(one["warehouse:kinds.Orders"].Columns) != 1 {
		t.Errorf("one of two that differ by case: %+v", one)
	}
}

// An id is that of the object: what leaves it the same, and what does not.
func TestWhatKeepsAnID(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	run(t, "create database ids", "create table ids.a (n int)", "create table ids.b (n int)", "create table ids.p (n int) partition by range (n) (partition p1 values less than (10), partition p2 values less than (20))",
		"create view ids.v as select n from ids.a")
	s := h.open(t)
	for _, tt := range []struct {
		name, of   string
		statements []string
		same       bool
	}{
		{"a row", "a", []string{"insert into ids.a values (1)"}, true},
		{"a column at the end", "a", []string{"alter table ids.a add m int"}, true},
		{"an index", "a", []string{"create index i on ids.a (n)"}, true},
		{"TRUNCATE", "a", []string{"truncate ids.a"}, false},
		{"a copy", "a", []string{"alter table ids.a force"}, false},
		{"a swap", "a", []string{"rename table ids.a to ids.c, ids.b to ids.a, ids.c to ids.b"}, false},
		{"one more partition", "p", []string{"alter table ids.p add partition (partition p3 values less than (30))"}, true},
		{"the same view", "v", []string{"create or replace view ids.v as select n from ids.a"}, true},
		{"another view", "v", []string{"create or replace view ids.v as select n + 1 as n from ids.a"}, false},
		{"another reader", "v", []string{"create or replace definer = reader1@'%' view ids.v as select n + 1 as n from ids.a"}, false},
	} {
		ref := catalog.Ref("warehouse:ids." + tt.of)
		before := read(t, s, ref)[ref].ID
		run(t, tt.statements...)
		if after := read(t, s, ref)[ref].ID; (before == after) != tt.same || after == "" {
			t.Errorf("%s: the id was %q and is %q; should be the same: %v", tt.name, before, after, tt.same)
		}
	}
}

// What is the server's own, and Grantwright's, is no asset.
func TestLeavesOutTheSystem(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	run(t, "create database gw_another")
	for ref := range read(t, h.open(t), "warehouse") {
		name := ref.Path()[0]
		if slices.Contains([]string{"mysql", "sys", "information_schema", "performance_schema", "gw_suite", "gw_another"}, name) {
			t.Errorf("%s is an asset", ref)
		}
	}
}

func TestNotSetUp(t *testing.T) {
	t.Parallel()
	newHarness(t)
	run(t, "create user stranger@'%' identified by '"+password+"'")
	s, err := mariadbsource.Open(t.Context(), connection(server, "stranger"), password, installation)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var last error
	for _, err := range s.Assets(t.Context(), "warehouse") {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "run the statements that Setup lists") {
		t.Errorf("a server that is not set up yields %v", last)
	}
}

func TestCloseEndsStreams(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	run(t, "create database closing", "create table closing.one (n int)")
	s := h.open(t)
	var last error
	for _, err := range s.Assets(t.Context(), "warehouse:closing") {
		last = err
		_ = s.Close()
	}
	if last == nil || !strings.Contains(last.Error(), "the source is closed") {
		t.Errorf("a stream of a closed source ends in %v", last)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := h.Released(ctx); err != nil {
		t.Error(err)
	}
}

// Where names are kept in lower case, they are read so, and the URL has to say it.
func TestServerThatFoldsNames(t *testing.T) {
	t.Parallel()
	folding, err := mariadbserver.Start(t.Context(), "lower-case-table-names=1")
	if err != nil {
		t.Fatal(err)
	}
	defer folding.Stop()
	if err := setup(folding); err != nil && !strings.Contains(err.Error(), "lower_case_table_names=1") {
		t.Fatal(err)
	} else if err == nil {
		t.Error("a URL that does not say how the server reads names is taken")
	}
	c := connection(folding, "prepared")
	if _, err := mariadbsource.Open(t.Context(), c, password, installation); err == nil || !strings.Contains(err.Error(), "add lowerCaseTableNames=1") {
		t.Errorf("opening it without saying so: %v", err)
	}
	c.URL += "&lowerCaseTableNames=1"
	if err := setupOf(folding, c); err != nil {
		t.Fatal(err)
	}
	run1(t, folding.DB, "create database Sales")
	run1(t, folding.DB, "create table Sales.Orders (ID int)")
	s, err := mariadbsource.Open(t.Context(), c, password, installation)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	got := read(t, s, "warehouse")
	if a, stands := got["warehouse:sales.orders"]; !stands || a.ID[:1] != "t" || a.Columns[0].Name != "ID" {
		t.Errorf("the assets are %+v", got)
	}

	// Procedures of an earlier version say less.
	run1(t, folding.DB, "drop procedure gw_suite.list_columns")
	run1(t, folding.DB, "create procedure gw_suite.list_columns(in_db text, in_table text) select 'orders', 'ID', 'int', ''")
	for _, err = range s.Assets(t.Context(), "warehouse") {
		if err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "run what Setup lists") {
		t.Errorf("with procedures of another version: %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	c := catalog.Connection{Name: "warehouse", URL: "mariadb://reader@127.0.0.1:1/?tls=false"}
	if _, err := mariadbsource.Open(t.Context(), c, password, installation); err == nil || strings.Contains(err.Error(), password) {
		t.Errorf("a server that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := newHarness(t)
	if _, err := mariadbsource.Open(ctx, connection(server, h.login), password, installation); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled Open ends in %v", err)
	}
}
