package pgserver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/grantwright/grantwright/internal/throwaway"
)

// Copy serves a physical copy of the server under another address, as a restored backup
// is. Nobody else may use the server meanwhile. With a system identifier the copy gets
// that one, and keeps every other id, as pg_upgrade has it.
func (s *Server) Copy(ctx context.Context, system uint64) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, throwaway.Timeout)
	defer cancel()
	dir, err := os.MkdirTemp("", "grantwright-postgres-")
	if err != nil {
		return nil, err
	}
	c := &Server{password: s.password, log: filepath.Join(dir, "log"), bin: s.bin, dir: dir, account: s.account, settings: s.settings}
	if err := c.copy(ctx, s, system); err != nil {
		c.Stop()
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("pgserver: copying: %w", err)
	}
	return c, nil
}

func (s *Server) copy(ctx context.Context, from *Server, system uint64) error {
	if err := s.account.own(s.dir); err != nil {
		return err
	}
	data := filepath.Join(s.dir, "data")
	if err := from.copyData(ctx, data); err != nil {
		return err
	}
	if system != 0 {
		if err := renumber(data, system); err != nil {
			return err
		}
	}
	return s.serve(ctx)
}

// copyData copies the folder of a server that runs.
func (s *Server) copyData(ctx context.Context, to string) error {
	if _, err := s.DB.ExecContext(ctx, "checkpoint"); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "cp", "-a", filepath.Join(s.dir, "data"), to).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return os.Remove(filepath.Join(to, "postmaster.pid"))
}

// renumber writes another system identifier into the control file, and into each segment
// of the log.
func renumber(data string, system uint64) error {
	const ofControl, ofSegment = 0, 24 // where they hold it
	control := filepath.Join(data, "global", "pg_control")
	if err := patch(control, func(text []byte) error {
		sum := crc32.MakeTable(crc32.Castagnoli)
		for at := 200; at+4 <= len(text); at++ { // the checksum is behind all that it is of
			if binary.NativeEndian.Uint32(text[at:]) == crc32.Checksum(text[:at], sum) {
				binary.NativeEndian.PutUint64(text[ofControl:], system)
				binary.NativeEndian.PutUint32(text[at:], crc32.Checksum(text[:at], sum))
				return nil
			}
		}
		return errors.New("pg_control has no checksum")
	}); err != nil {
		return err
	}
	segments, err := filepath.Glob(filepath.Join(data, "pg_wal", "0*"))
	for _, segment := range segments {
		err = errors.Join(err, patch(segment, func(text []byte) error {
			binary.NativeEndian.PutUint64(text[ofSegment:], system)
			return nil
		}))
	}
	return err
}

// patch changes the bytes of a file in their place, so that it stays whose it is.
func patch(name string, change func([]byte) error) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := change(text); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(text, 0)
	return errors.Join(err, f.Close())
}
