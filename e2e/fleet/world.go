package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
)

// platform is a PostgreSQL with a warehouse, and people who can log in.
type platform struct {
	*pgserver.Server
	passwords map[string]string // by login
}

func login(person int) string { return fmt.Sprintf("p%d", person) }
func table(n int) string      { return fmt.Sprintf("t%d", n) }

// newPlatform makes the tables, and a login for each person and for the server.
func newPlatform(ctx context.Context) (*platform, error) {
	s, err := pgserver.Start(ctx)
	if err != nil {
		return nil, err
	}
	p := &platform{s, map[string]string{"grantwright": rand.Text()}}
	if err := p.CreateDatabase(ctx, "sales"); err != nil {
		return p, err
	}
	var script strings.Builder
	for n := range tables {
		fmt.Fprintf(&script, "create table public.%s as select generate_series(1, 3) as id;\n", table(n))
	}
	for person := range people {
		p.passwords[login(person)] = rand.Text()
	}
	for name, password := range p.passwords {
		fmt.Fprintf(&script, "create role %s login password '%s';\n", name, password)
	}
	return p, p.run(ctx, "sales", script.String())
}

// run runs statements as the superuser.
func (p *platform) run(ctx context.Context, database, statements string) error {
	db, err := p.Open(database)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, statements); err != nil {
		return fmt.Errorf("%s: %w", statements, err)
	}
	return nil
}

// prepare runs what the server asks of the administrator of the platform, and has the tables read.
func (f *fleet) prepare(ctx context.Context) error {
	for {
		var setup struct{ Statements []string }
		if err := f.as("admin").get(ctx, "/connections/warehouse/setup", &setup); err != nil {
			return err
		}
		if len(setup.Statements) == 0 {
			break
		}
		database := "postgres"
		for _, statement := range setup.Statements {
			if comment, rest, is := strings.Cut(statement, "\n"); is && strings.HasPrefix(comment, `-- in database "`) {
				database, statement = strings.TrimSuffix(strings.TrimPrefix(comment, `-- in database "`), `":`), rest
			}
			if err := f.platform.run(ctx, database, statement); err != nil {
				return err
			}
		}
	}
	_, err := f.as("admin").call(ctx, http.MethodPost, "/connections/warehouse/sync", nil, nil)
	return err
}

// selects reports whether a login may select from each table, by trying.
func (p *platform) selects(ctx context.Context, person int) (map[string]bool, error) {
	db, err := sql.Open("postgres", p.URL(login(person), p.passwords[login(person)], "sales"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	may := map[string]bool{}
	for n := range tables {
		rows := 0
		err := db.QueryRowContext(ctx, "select count(*) from public."+table(n)).Scan(&rows)
		switch {
		case err == nil && rows == 3:
			may[table(n)] = true
		case err == nil:
			return nil, fmt.Errorf("%s reads %d rows of %s, want 3", login(person), rows, table(n))
		case !strings.Contains(err.Error(), "permission denied"):
			return nil, err
		}
	}
	return may, nil
}

// write writes the manifest of all replicas.
func (f *fleet) write() error {
	var all strings.Builder
	for person := range people {
		fmt.Fprintf(&all, "  - {id: %s@example.com}\n", login(person))
	}
	f.config = filepath.Join(f.dir, "manifest.yaml")
	return os.WriteFile(f.config, fmt.Appendf(nil, `
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
%sflows:
  - name: sales
    rules:
      - {name: a day, when: 'request.duration <= duration("24h")', then: {act: APPROVE}}
    default: {act: REVIEW, stages: [{name: owners, mode: ANY, selectors: [{group: sales-owners}]}]}
attachments:
  - {at: "warehouse:sales", flow: sales}
`, f.platform.URL("grantwright", "", "postgres"), all.String()), 0o600)
}
