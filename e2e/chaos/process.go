package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"
)

const (
	startLimit = 90 * time.Second // until an engine process answers
	stopLimit  = 90 * time.Second // until one that was told to end has ended
)

// process is an engine that runs as a process of its own, and can be killed and
// started anew under the same address.
type process struct {
	spec engineSpec

	mu    sync.Mutex
	run   *exec.Cmd
	stdin io.Closer
	ended chan struct{} // closed when run has ended
	err   error         // of run, once it has ended
	fated bool          // it is to end: we have killed it or told it to
}

// newProcess picks an address and starts the engine there.
func newProcess(ctx context.Context, spec engineSpec) (*process, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	spec.Listen = l.Addr().String()
	_ = l.Close()
	p := &process{spec: spec}
	return p, p.start(ctx)
}

// start runs the engine and waits until it answers.
func (p *process) start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	run := exec.Command(self)
	run.Env = append(os.Environ(), childVariable+"=1", "GORACE=halt_on_error=1")
	run.Stderr = os.Stderr
	in, err := run.StdinPipe()
	if err != nil {
		return err
	}
	if err := run.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	p.mu.Lock()
	p.run, p.stdin, p.ended, p.err, p.fated = run, in, ended, nil, false
	p.mu.Unlock()
	go func() {
		err := run.Wait()
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
		close(ended)
	}()
	if err := json.NewEncoder(in).Encode(p.spec); err != nil {
		return err
	}
	return p.await(ctx, ended)
}

// await waits until the process answers, whatever state its store is in.
func (p *process) await(ctx context.Context, ended chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		answer, err := http.Get("http://" + p.spec.Listen + "/healthz")
		if err == nil {
			_ = answer.Body.Close()
			return nil
		}
		select {
		case <-ended:
			return errors.New("an engine ended as soon as it was started")
		case <-ctx.Done():
			return fmt.Errorf("an engine does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	p.mu.Lock()
	p.fated = true
	run, stdin, ended := p.run, p.stdin, p.ended
	p.mu.Unlock()
	_ = run.Process.Kill()
	<-ended
	_ = stdin.Close()
}

// stop tells the process to end, and says so if it does not, or not well.
func (p *process) stop() error {
	p.mu.Lock()
	p.fated = true
	stdin, ended := p.stdin, p.ended
	p.mu.Unlock()
	_ = stdin.Close()
	select {
	case <-ended:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.err
	case <-time.After(stopLimit):
		p.kill()
		return fmt.Errorf("an engine was told to end, and had not after %s: something hangs", stopLimit)
	}
}

// died says of a process that should run that it does not.
func (p *process) died() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.ended:
		if !p.fated {
			return fmt.Errorf("an engine process ended by itself: %w", p.err)
		}
	default:
	}
	return nil
}
