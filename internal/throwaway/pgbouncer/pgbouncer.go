// Package pgbouncer runs throwaway poolers for the tests: the real pgbouncer, on loopback,
// on a free port, gone with the process that started it, also when that process is killed.
package pgbouncer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/internal/throwaway"
)

// Pooler is a running pgbouncer in front of one server. It knows every database of it.
type Pooler struct {
	port    int
	process throwaway.Process
}

// supervise ends the pooler and removes its folder as soon as the lifeline on standard
// input closes, however that came about.
const supervise = `dir=$1; shift
"$@" >>"$dir/log" 2>&1 </dev/null &
pooler=$!
read -r _
kill -KILL $pooler 2>/dev/null
wait $pooler
rm -rf "$dir"`

// Start begins a pooler to the server of a URL, for the users of these passwords. Two
// connections to the server serve all clients of a database, so that a client seldom has
// the same one twice. Settings are lines such as "pool_mode = transaction".
func Start(ctx context.Context, server string, passwords map[string]string, settings ...string) (*Pooler, error) {
	ctx, cancel := context.WithTimeout(ctx, throwaway.Timeout)
	defer cancel()
	program, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "grantwright-pgbouncer-")
	if err != nil {
		return nil, err
	}
	p := &Pooler{}
	if err := p.start(ctx, program, dir, server, passwords, settings); err != nil {
		p.Stop()
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("pgbouncer: %w", err)
	}
	return p, nil
}

// find returns the program on PATH, or where systems put what only root should start.
func find() (string, error) {
	for _, folder := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/local/sbin") {
		if path, err := exec.LookPath(filepath.Join(folder, "pgbouncer")); err == nil {
			return path, nil
		}
	}
	return "", errors.New("pgbouncer: none found; internal/throwaway/pgbouncer/install.sh installs it")
}

func (p *Pooler) start(ctx context.Context, program, dir, server string, passwords map[string]string, settings []string) (err error) {
	if p.port, err = throwaway.FreePort(); err != nil {
		return err
	}
	if err := p.configure(dir, server, passwords, settings); err != nil {
		return err
	}
	args := []string{"-c", supervise, "supervise", dir, program}
	if os.Geteuid() == 0 { // it does not run as root
		args = append(args, "-u", "nobody")
	}
	if err := p.process.Start(exec.Command("sh", append(args, filepath.Join(dir, "pgbouncer.ini"))...)); err != nil {
		return err
	}
	return throwaway.Await(ctx, filepath.Join(dir, "log"), func(ctx context.Context) error {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", p.address())
		if err == nil {
			err = c.Close()
		}
		return err
	})
}

func (p *Pooler) configure(dir, server string, passwords map[string]string, settings []string) error {
	to, err := url.Parse(server)
	if err != nil {
		return err
	}
	var users strings.Builder
	for user, password := range passwords {
		fmt.Fprintf(&users, "\"%s\" \"%s\"\n", user, password)
	}
	lines := append([]string{"[databases]", "* = host=" + to.Hostname() + " port=" + to.Port(), "[pgbouncer]",
		"listen_addr = 127.0.0.1", "listen_port = " + strconv.Itoa(p.port), "unix_socket_dir =", "auth_type = scram-sha-256", "auth_file = " + filepath.Join(dir, "users"),
		"default_pool_size = 2", "max_client_conn = 500", "query_wait_timeout = 60"}, settings...)
	if err := os.Chmod(dir, 0o755); err != nil { // for nobody
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(dir, "users"), []byte(users.String()), 0o644),
		os.WriteFile(filepath.Join(dir, "pgbouncer.ini"), []byte(strings.Join(lines, "\n")+"\n"), 0o644))
}

func (p *Pooler) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)) }

// URL is the address of the server, by way of the pooler.
func (p *Pooler) URL(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	u.Host = p.address()
	return u.String(), nil
}

// Open returns a pool on the address of the server, by way of the pooler.
func (p *Pooler) Open(server string) (*sql.DB, error) {
	through, err := p.URL(server)
	if err != nil {
		return nil, err
	}
	return sql.Open("postgres", through)
}

// Stop ends the pooler. Stopping twice is fine.
func (p *Pooler) Stop() { p.process.Stop() }
