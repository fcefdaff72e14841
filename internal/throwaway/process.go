// Package throwaway is what the servers of the tests share: a process that ends with the
// one that started it, also when that is killed.
package throwaway

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"time"
)

// Timeout bounds the installation of a server and the first connection together.
const Timeout = 60 * time.Second

// Process is a shell that looks after a server, and ends it when its lifeline, the
// standard input, closes. The zero Process has not begun.
type Process struct {
	command  *exec.Cmd
	lifeline io.WriteCloser
}

// Start begins a command.
func (p *Process) Start(c *exec.Cmd) (err error) {
	p.command = c
	if p.lifeline, err = c.StdinPipe(); err != nil {
		return err
	}
	return c.Start()
}

// Say writes a line on the lifeline.
func (p *Process) Say(line string) error {
	_, err := io.WriteString(p.lifeline, line+"\n")
	return err
}

// Stop closes the lifeline, and waits for the end. Stopping twice is fine.
func (p *Process) Stop() {
	if p.lifeline != nil {
		_ = p.lifeline.Close()
		_ = p.command.Wait() // it was killed
		p.lifeline = nil
	}
}

// attempt bounds one question of Await: a connection that was begun while a server came
// up may never be answered.
const attempt = 10 * time.Second

// Await asks until a server answers. An error holds the log of the server.
func Await(ctx context.Context, log string, ask func(context.Context) error) error {
	for {
		within, cancel := context.WithTimeout(ctx, attempt)
		err := ask(within)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			text, _ := os.ReadFile(log)
			return fmt.Errorf("the server did not come up: %w\n%s", err, bytes.TrimSpace(text))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// FreePort finds a port on loopback that nobody listens on.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}
