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
