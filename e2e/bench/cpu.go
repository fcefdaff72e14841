package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// used is processor time: of this process, and of the connections to the records.
type used struct{ own, server time.Duration }

func (u used) since(before used) used { return used{u.own - before.own, u.server - before.server} }

// each is the time of one of so many, in milliseconds.
func (u used) each(n int) (own, server float64) {
	return milliseconds(u.own) / float64(n), milliseconds(u.server) / float64(n)
}

// cpu is what was used until now. That of connections that were closed is left out.
func (w *world) cpu(ctx context.Context) (used, error) {
	var of syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &of); err != nil {
		return used{}, err
	}
	u := used{own: time.Duration(of.Utime.Nano() + of.Stime.Nano())}
	rows, err := w.place.server.DB.QueryContext(ctx, "select pid from pg_stat_activity where datname = $1 and backend_type in ('client backend', 'parallel worker')", w.records)
	if err != nil {
		return u, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			return u, err
		}
		took, err := ofProcess(pid)
		if err != nil {
			return u, err
		}
		u.server += took
	}
	return u, rows.Err()
}

// tick is the unit of times in /proc on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// ofProcess is the processor time of a process; zero where the system has no /proc.
func ofProcess(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name may hold spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick, err
}

// alone measures a page that one person looks at again and again: how much processor time one
// takes. With a folder, a profile of that is written there.
func (s *site) alone(ctx context.Context, p page, lasts time.Duration, folder string) (own, server float64, err error) {
	before, err := s.world.cpu(ctx)
	if err != nil {
		return 0, 0, err
	}
	if folder != "" {
		file, err := os.Create(filepath.Join(folder, strings.ReplaceAll(p.name, " ", "-")+".prof"))
		if err != nil {
			return 0, 0, err
		}
		defer func() { _ = file.Close() }()
		if err := pprof.StartCPUProfile(file); err != nil {
			return 0, 0, err
		}
		defer pprof.StopCPUProfile()
	}
	t, err := inLanes(ctx, 1, lasts, func(ctx context.Context, _ int) error { return s.look(ctx, p) })
	if err != nil {
		return 0, 0, err
	}
	after, err := s.world.cpu(ctx)
	own, server = after.since(before).each(len(t.each))
	return own, server, err
}
