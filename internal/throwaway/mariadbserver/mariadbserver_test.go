package mariadbserver_test

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/internal/throwaway/mariadbserver"
)

func TestServesAndStops(t *testing.T) {
	t.Parallel()
	s, err := mariadbserver.Start(t.Context(), "lower-case-table-names=1")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	var folded int
	var version string
	if err := s.DB.QueryRow("select @@lower_case_table_names, version()").Scan(&folded, &version); err != nil || folded != 1 || !strings.Contains(version, "MariaDB") {
		t.Fatalf("lower_case_table_names is %d, the version %q, %v", folded, version, err)
	}
	db := s.DB
	s.Stop()
	if err := db.Ping(); err == nil {
		t.Error("the server still answers after Stop")
	}
}

func TestTwoAtOnceAreApart(t *testing.T) {
	t.Parallel()
	one, err := mariadbserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer one.Stop()
	two, err := mariadbserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer two.Stop()
	if one.Address() == two.Address() {
		t.Errorf("both are at %s", one.Address())
	}
	if _, err := one.DB.Exec("create database sales"); err != nil {
		t.Fatal(err)
	}
	if _, err := two.DB.Exec("use sales"); err == nil {
		t.Error("a database of the one stands in the other")
	}
}

// What was committed stands after a crash, where the server was told so.
func TestRestartKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	s, err := mariadbserver.Start(t.Context(), "innodb-flush-log-at-trx-commit=2")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	for _, statement := range []string{"create database sales", "create table sales.orders (n int)", "create user eve@'%' identified by 'secret'", "create role readers"} {
		if _, err := s.DB.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	for n, crash := range []bool{true, false, true} {
		for _, statement := range []string{"insert into sales.orders values (1)", "grant select on sales.orders to readers", "grant readers to eve@'%'"} {
			if _, err := s.DB.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Restart(t.Context(), crash); err != nil {
			t.Fatal(err)
		}
		var rows, roles int
		if err := s.DB.QueryRow("select count(*), (select count(*) from mysql.roles_mapping where user = 'eve') from sales.orders").Scan(&rows, &roles); err != nil || rows != n+1 || roles != 1 {
			t.Errorf("after restart %d (crash %v) there are %d rows and %d roles, %v", n, crash, rows, roles, err)
		}
		if _, err := s.DB.Exec("revoke readers from eve@'%'"); err != nil {
			t.Fatal(err)
		}
	}
}
