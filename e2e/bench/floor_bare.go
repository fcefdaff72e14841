package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// bareFlow is the script of the floor in Go, for where there is no pgbench: the same
// statements over prepared ones.
type bareFlow struct {
	db       *sql.DB
	role     string
	steps    [][]string           // by transaction
	prepared map[string]*sql.Stmt // by their text
}

// floorStatements are those of the script without those of pgbench, by transaction.
func floorStatements() [][]string {
	var all [][]string
	var open []string
	inside := false
	for line := range strings.Lines(floorScript) {
		switch text := strings.TrimSuffix(strings.TrimSpace(line), ";"); {
		case text == "begin":
			inside = true
		case text == "end":
			all, open, inside = append(all, open), nil, false
		case text == "" || strings.HasSuffix(text, `\gset`):
		case inside:
			open = append(open, text)
		default:
			all = append(all, []string{text})
		}
	}
	return all
}

// bareFloor runs the script for some time, as pgbench does.
func bareFloor(ctx context.Context, db *sql.DB, role string, at int, lasts time.Duration) (timing, error) {
	db.SetMaxOpenConns(at)
	db.SetMaxIdleConns(at)
	f := &bareFlow{db: db, role: role, steps: floorStatements(), prepared: map[string]*sql.Stmt{}}
	for _, steps := range f.steps {
		for _, text := range steps {
			if strings.HasPrefix(text, "grant ") {
				continue // its name is another each time
			}
			statement, err := db.PrepareContext(ctx, strings.ReplaceAll(text, ":id", "$1::bigint"))
			if err != nil {
				return timing{}, fmt.Errorf("%w: %s", err, text)
			}
			defer func() { _ = statement.Close() }()
			f.prepared[text] = statement
		}
	}
	if _, err := times(ctx, at, at, f.once); err != nil {
		return timing{}, err
	}
	return inLanes(ctx, at, lasts, func(ctx context.Context, n int) error { return f.once(ctx, at+n) })
}

// once is one flow, of the person of that number.
func (f *bareFlow) once(ctx context.Context, n int) error {
	for _, steps := range f.steps {
		if err := f.transaction(ctx, steps, n+1); err != nil {
			return err
		}
	}
	return nil
}

func (f *bareFlow) transaction(ctx context.Context, steps []string, number int) error {
	if len(steps) == 1 && strings.HasPrefix(steps[0], "select") {
		rows, err := f.prepared[steps[0]].QueryContext(ctx, number)
		if err != nil {
			return err
		}
		return rows.Close()
	}
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, text := range steps {
		if statement, is := f.prepared[text]; is {
			_, err = tx.StmtContext(ctx, statement).ExecContext(ctx, number)
		} else {
			_, err = tx.ExecContext(ctx, strings.NewReplacer("ROLE", f.role, ":u", fmt.Sprint(number)).Replace(text))
		}
		if err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
	}
	return tx.Commit()
}
