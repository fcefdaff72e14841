package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// floorScript is a flow without us, for pgbench: the same rows, commits and GRANT.
//
//go:embed floor.sql
var floorScript string

// floorTables are those of the floor.
var floorTables = []string{
	"create sequence s", "create sequence m",
	"create table req (id bigint primary key, version int, status text, body jsonb, who text, asset text)",
	"create table rev (request bigint primary key, version int, body jsonb)",
	"create table event (id bigserial primary key, request bigint, kind text, at timestamptz, body jsonb)",
	"create table grants (id bigint primary key, request bigint, version int, state text, due timestamptz, body jsonb)",
	"create index on req (status)", "create index on grants (state, due)", "create index on event (request)",
}

// floor runs the flow without us for some time, so many at a time, with tables and a
// role of its own.
func (p *place) floor(ctx context.Context, at int, lasts time.Duration) (timing, error) {
	name := p.name("floor")
	defer func() { _ = p.drop([]string{name}, "role_"+name+"_") }()
	if err := p.server.CreateDatabase(ctx, name); err != nil {
		return timing{}, err
	}
	if err := p.run(ctx, name, append(slices.Clone(floorTables), "create role role_"+name+"_")...); err != nil {
		return timing{}, err
	}
	if err := p.settle(ctx); err != nil {
		return timing{}, err
	}
	program, err := p.pgbench()
	if err != nil {
		db, err := p.server.Open(name)
		if err != nil {
			return timing{}, err
		}
		defer func() { _ = db.Close() }()
		return bareFloor(ctx, db, "role_"+name+"_", at, lasts)
	}
	folder, err := os.MkdirTemp("", "grantwright-bench-")
	if err != nil {
		return timing{}, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	return p.runScript(ctx, program, folder, name, strings.ReplaceAll(floorScript, "ROLE", "role_"+name+"_"), at, lasts)
}

// runScript has pgbench run a script in a database. On a machine that is too busy for a
// single run of it in that time, it takes longer.
func (p *place) runScript(ctx context.Context, program, folder, database, script string, at int, lasts time.Duration) (timing, error) {
	for longest := 64 * lasts; ; lasts *= 2 {
		t, err := p.runScriptFor(ctx, program, folder, database, script, at, lasts)
		if err == nil && len(t.each) == 0 && lasts >= longest {
			err = fmt.Errorf("pgbench: no transaction in %s", lasts)
		}
		if err != nil || len(t.each) > 0 {
			return t, err
		}
	}
}

// runScriptFor reads from the log of pgbench how long each run of a script took.
func (p *place) runScriptFor(ctx context.Context, program, folder, database, script string, at int, lasts time.Duration) (timing, error) {
	file := filepath.Join(folder, "script.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return timing{}, err
	}
	command := exec.CommandContext(ctx, program, "--no-vacuum", "--client", strconv.Itoa(at), "--jobs", strconv.Itoa(min(at, 2)),
		"--time", strconv.Itoa(max(1, int(lasts.Seconds()))), "--file", file, "--log", "--log-prefix", filepath.Join(folder, "log"), p.server.SuperURL(database))
	out, err := command.CombinedOutput()
	if err != nil {
		return timing{}, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	if failed := between(string(out), "number of failed transactions: ", " "); failed != "0" {
		return timing{}, fmt.Errorf("pgbench: %s transactions failed: %s", failed, out)
	}
	t, err := readLogs(folder)
	if err != nil || len(t.each) == 0 {
		return t, err
	}
	perSecond, err := strconv.ParseFloat(between(string(out), "tps = ", " "), 64)
	if err != nil {
		return timing{}, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	t.took = time.Duration(float64(len(t.each)) / perSecond * float64(time.Second))
	return t, err
}

func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}

// readLogs reads the third field of each line: microseconds.
func readLogs(folder string) (timing, error) {
	var t timing
	logs, err := filepath.Glob(filepath.Join(folder, "log.*"))
	if err == nil && len(logs) == 0 {
		err = errors.New("pgbench has left no log")
	}
	for _, path := range logs {
		f, opened := os.Open(path)
		if opened != nil {
			return t, opened
		}
		defer func() { _ = f.Close() }()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if fields := strings.Fields(lines.Text()); len(fields) > 2 {
				us, _ := strconv.Atoi(fields[2])
				t.each = append(t.each, time.Duration(us)*time.Microsecond)
			}
		}
	}
	slices.Sort(t.each)
	return t, err
}
