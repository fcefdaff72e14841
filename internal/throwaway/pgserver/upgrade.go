package pgserver

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/grantwright/grantwright/internal/throwaway"
)

// Upgrade has pg_upgrade make a new cluster of a physical copy of the server, with the
// programs of a version that Find understands, and serves it under another address. The
// folders of both versions hold pg_upgrade and pg_dump. Nobody else may use the server
// meanwhile, which stays as it is.
func (s *Server) Upgrade(ctx context.Context, version string) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, throwaway.Timeout)
	defer cancel()
	bin, err := Find(version)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "grantwright-postgres-")
	if err != nil {
		return nil, err
	}
	u := &Server{password: s.password, log: filepath.Join(dir, "log"), bin: bin, dir: dir, account: s.account, settings: s.settings}
	if err := u.upgrade(ctx, s); err != nil {
		u.Stop()
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("pgserver: upgrading: %w", err)
	}
	return u, nil
}

func (s *Server) upgrade(ctx context.Context, from *Server) error {
	if err := s.account.own(s.dir); err != nil {
		return err
	}
	old := filepath.Join(s.dir, "old")
	if err := from.copyData(ctx, old); err != nil {
		return err
	}
	if err := s.initialize(ctx, s.bin, s.dir, s.account); err != nil {
		return err
	}
	// One that runs by itself recovers, as the copy of a running server has to, and ends as it should.
	if err := s.program(ctx, "", filepath.Join(from.bin, "postgres"), "--single", "-F", "-D", old, "postgres"); err != nil {
		return err
	}
	if err := s.program(ctx, "PGPASSWORD="+s.password, filepath.Join(s.bin, "pg_upgrade"), "-b", from.bin, "-B", s.bin, "-d", old, "-D", filepath.Join(s.dir, "data"),
		"-U", "postgres", "-s", s.dir, "--link", "--no-sync"); err != nil {
		return err
	}
	return s.serve(ctx)
}

// program runs a program of PostgreSQL in the server's folder, with one more variable.
func (s *Server) program(ctx context.Context, variable, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...)
	s.account.applyTo(command)
	command.Dir, command.Stdin = s.dir, strings.NewReader("")
	command.Env = append(os.Environ(), variable)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, bytes.TrimSpace(out))
	}
	return nil
}
