package pgserver_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
)

func TestServesAndStops(t *testing.T) {
	t.Parallel()
	s, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if err := s.CreateDatabase(t.Context(), `of "sales"`); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("postgres", s.SuperURL(`of "sales"`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var name string
	if err := db.QueryRow("select current_database()").Scan(&name); err != nil || name != `of "sales"` {
		t.Fatalf("connected to %q, %v", name, err)
	}
	s.Stop()
	if err := db.Ping(); err == nil {
		t.Error("the server still answers after Stop")
	}
}

func TestRestartsOnWhatItKept(t *testing.T) {
	t.Parallel()
	s, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	for _, crash := range []bool{false, true} {
		name := fmt.Sprintf("crash_%t", crash)
		if err := s.CreateDatabase(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		if err := s.Restart(t.Context(), crash); err != nil {
			t.Fatal(err)
		}
		var kept bool
		err := s.DB.QueryRow("select exists (select from pg_database where datname = $1)", name).Scan(&kept)
		if err != nil || !kept {
			t.Errorf("after a restart (crash %t): kept %t, %v", crash, kept, err)
		}
	}
}
