package main_test

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
)

// platform is a PostgreSQL with a warehouse, and people who can log in.
type platform struct {
	*pgserver.Server
	passwords map[string]string // by login
}

// newPlatform makes tables of three rows in the schema public of the database
// sales, and a login for each of some people and for the server.
func newPlatform(t *testing.T, tables int, logins ...string) *platform {
	t.Helper()
	p := &platform{startPostgres(t), map[string]string{}}
	must(t, p.CreateDatabase(t.Context(), "sales"))
	for i := range tables {
		p.asSuperuser(t, "sales", fmt.Sprintf("create table public.t%d as select generate_series(1, 3) as id", i))
	}
	p.asSuperuser(t, "sales", "create table public.orders as select generate_series(1, 3) as id")
	for _, login := range append(logins, "grantwright") {
		p.passwords[login] = rand.Text()
		p.asSuperuser(t, "sales", fmt.Sprintf("create role %s login password '%s'", login, p.passwords[login]))
	}
	return p
}

func startPostgres(t *testing.T) *pgserver.Server {
	t.Helper()
	s, err := pgserver.Start(t.Context())
	must(t, err)
	t.Cleanup(s.Stop)
	return s
}

func (p *platform) asSuperuser(t *testing.T, database, statement string) {
	t.Helper()
	db, err := p.Open(database)
	must(t, err)
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// env holds the secret that the manifest refers to.
func (p *platform) env() []string {
	return []string{"WAREHOUSE_PASSWORD=" + p.passwords["grantwright"]}
}

// rows logs in as somebody and counts the rows of a table.
func (p *platform) rows(t *testing.T, login, table string) (n int, err error) {
	t.Helper()
	db, err := sql.Open("postgres", p.URL(login, p.passwords[login], "sales"))
	must(t, err)
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(t.Context(), "select count(*) from public."+table).Scan(&n)
	return n, err
}

// admits logs in as somebody, who must be able to read a table, or must not.
func (p *platform) admits(t *testing.T, login, table string, want bool) {
	t.Helper()
	n, err := p.rows(t, login, table)
	switch {
	case want && (err != nil || n != 3):
		t.Errorf("%s reads %d rows of %s, %v, want 3", login, n, table, err)
	case !want && (err == nil || !strings.Contains(err.Error(), "permission denied")):
		t.Errorf("%s reads %d rows of %s, %v, want a refusal", login, n, table, err)
	}
}

// manifest writes a file that names the platform, and returns its path.
func (p *platform) manifest(t *testing.T, people string) string {
	t.Helper()
	text := fmt.Sprintf(`
connections:
  - name: warehouse
    technology: postgres
    url: %s
    secret: env:WAREHOUSE_PASSWORD
    principals: {expression: "person.id.split('@')[0]"}
people:
  - {id: sales-owner@example.com, groups: [sales-owners]}
  - {id: admin@example.com, permissions: [ADMIN]}
  - {id: auditor@example.com, permissions: [AUDIT]}
%s
flows:
  - name: sales
    rules:
      - {name: a day, when: 'request.duration <= duration("24h")', then: {act: APPROVE}}
    default: {act: REVIEW, stages: [{name: owners, mode: ANY, selectors: [{group: sales-owners}]}]}
attachments:
  - {at: "warehouse:sales", flow: sales}
`, p.URL("grantwright", "", "postgres"), people)
	path := filepath.Join(t.TempDir(), "manifest.yaml")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// prepare runs what the server asks of the administrator of the platform, until
// it asks for nothing more, and lets it read the tables.
func (p *platform) prepare(t *testing.T, s *server) {
	t.Helper()
	for {
		var setup struct{ Statements []string }
		s.as(t, "admin", http.MethodGet, "/connections/warehouse/setup", "", &setup)
		if len(setup.Statements) == 0 {
			break
		}
		database := "postgres"
		for _, statement := range setup.Statements {
			if comment, rest, is := strings.Cut(statement, "\n"); is && strings.HasPrefix(comment, `-- in database "`) {
				database, statement = strings.TrimSuffix(strings.TrimPrefix(comment, `-- in database "`), `":`), rest
			}
			p.asSuperuser(t, database, statement)
		}
	}
	s.as(t, "admin", http.MethodPost, "/connections/warehouse/sync", "", nil)
}
