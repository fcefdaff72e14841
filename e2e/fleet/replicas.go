package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	devToken   = "the-token-of-the-fleet"
	startLimit = 90 * time.Second
	stopLimit  = 30 * time.Second
)

// build builds the server as a version of its own, and returns the file.
func build(ctx context.Context, dir, version string) (string, error) {
	binary := filepath.Join(dir, version)
	c := exec.CommandContext(ctx, "go", "build", "-C", filepath.Join("..", "examples", "server"), "-ldflags", "-s -w -X main.release="+version, "-o", binary, ".")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", version, err, out)
	}
	out, err := exec.CommandContext(ctx, binary, "-version").Output()
	if err == nil && !strings.Contains(string(out), version) {
		err = fmt.Errorf("the server says that it is %q, want %s", out, version)
	}
	return binary, err
}

// replica is a server as a process of its own.
type replica struct {
	command *exec.Cmd
	backend *backend
	ended   chan struct{}
	err     error // of the process, once it has ended

	mu  sync.Mutex
	log strings.Builder
}

func (r *replica) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(b)
}

// start runs a replica, and returns when it is ready.
func (f *fleet) start(ctx context.Context, binary string) (*replica, error) {
	r := &replica{ended: make(chan struct{})}
	r.command = exec.Command(binary, "-listen", "127.0.0.1:0", "-dev-token", "env:DEV_TOKEN", "-config", f.config, "-store", f.records.SuperURL("postgres"),
		"-lease", "2s", "-rate", "0", "-rate-address", "0", "-connections-per-address", "0", "-drain", "500ms")
	r.command.Env = append(os.Environ(), "DEV_TOKEN="+devToken, "WAREHOUSE_PASSWORD="+f.platform.passwords["grantwright"])
	r.command.Dir, r.command.Stderr = f.dir, r
	out, err := r.command.StdoutPipe()
	if err == nil {
		err = r.command.Start()
	}
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.replicas = append(f.replicas, r)
	f.mu.Unlock()
	address := make(chan string, 1)
	go func() {
		defer close(r.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if a, is := strings.CutPrefix(lines.Text(), "Grantwright listens on "); is {
				address <- strings.Fields(a)[0]
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
		r.err = r.command.Wait()
	}()
	select {
	case a := <-address:
		if r.backend, err = f.balancer.add(ctx, a); err != nil {
			return nil, err
		}
	case <-r.ended:
		return nil, fmt.Errorf("a replica did not start: %w\n%s", r.err, r.said())
	case <-time.After(startLimit):
		return nil, errors.New("a replica does not say where it is")
	}
	return r, until(ctx, "a replica is ready", func() (bool, error) { return r.backend.ready.Load(), nil })
}

func (r *replica) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// kill ends a replica at once, as a machine does that fails.
func (f *fleet) kill(r *replica) error {
	err := r.command.Process.Kill()
	<-r.ended
	f.balancer.remove(r.backend)
	f.killed++
	return err
}

// drain has a replica end by itself, as an upgrade does. It must end without an error.
func (f *fleet) drain(r *replica) error {
	if err := r.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-r.ended:
	case <-time.After(stopLimit):
		return fmt.Errorf("a replica that was told to end goes on\n%s", r.said())
	}
	f.balancer.remove(r.backend)
	if r.err != nil {
		return fmt.Errorf("a replica that was told to end: %w\n%s", r.err, r.said())
	}
	f.drained++
	return nil
}

// stop ends every replica that still runs.
func (f *fleet) stop() {
	for _, r := range f.replicas {
		_ = r.command.Process.Kill()
		<-r.ended
	}
}

// until asks again and again until something is so.
func until(ctx context.Context, what string, is func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		so, err := is()
		if so || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
}
