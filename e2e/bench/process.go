package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/grantwright/grantwright/web"
)

// devToken lets the bench in.
const devToken = "the-token-of-the-bench"

// clients is how many call the server at the same time.
const clients = 50

// measureServer builds the server command, and takes its size, its time to start with
// SQLite, and its memory under load.
func (b *bench) measureServer(ctx context.Context) ([]row, error) {
	folder, err := os.MkdirTemp("", "grantwright-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary := filepath.Join(folder, "server")
	if out, err := exec.CommandContext(ctx, "go", "build", "-C", b.server, "-o", binary, ".").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the server: %w: %s", err, out)
	}
	full, err := os.Stat(binary)
	if err != nil {
		return nil, err
	}
	stripped, err := b.released(ctx, filepath.Join(folder, "released"))
	if err != nil {
		return nil, err
	}
	var fresh, again []pair
	for round := range b.rounds {
		for _, starts := range []*[]pair{&fresh, &again} {
			took, err := startOnce(ctx, binary, filepath.Join(folder, fmt.Sprint("records", round, ".db")))
			if err != nil {
				return nil, err
			}
			*starts = append(*starts, pair{ours: milliseconds(took)})
		}
	}
	memory, err := b.memoryUnderLoad(ctx, binary, filepath.Join(folder, "load.db"))
	return []row{
		row{Figure: "server", Case: "start, with a new store", Unit: "ms", Target: atMost("ours", 300), Note: "SQLite"}.fill(fresh),
		row{Figure: "server", Case: "start again", Unit: "ms", Target: atMost("ours", 300)}.fill(again),
		{Figure: "server", Case: "binary", Unit: "MB", Ours: float64(stripped) / 1e6, Target: atMost("ours", 40), Note: "as make server builds it"},
		{Figure: "server", Case: "binary with debug tables", Unit: "MB", Ours: float64(full.Size()) / 1e6, Note: "as go build makes it"},
		{Figure: "server", Case: fmt.Sprintf("memory with %d clients", clients), Unit: "MB", Ours: memory, Target: atMost("ours", 100), Note: "the most that was resident"},
	}, err
}

// released builds the server as make server does, and returns its size.
func (b *bench) released(ctx context.Context, to string) (int64, error) {
	if out, err := exec.CommandContext(ctx, "go", "build", "-C", b.server, "-ldflags=-s -w", "-gcflags=github.com/grantwright/grantwright/web/internal/api=-l", "-gcflags=github.com/grantwright/grantwright/web/internal/self=-l", "-o", to, ".").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building the server for release: %w: %s", err, out)
	}
	about, err := os.Stat(to)
	if err != nil {
		return 0, err
	}
	return about.Size(), nil
}

// process is a server that runs.
type process struct {
	*exec.Cmd
	address string
}

// startProcess returns when the server answers.
func startProcess(ctx context.Context, binary, records string) (*process, error) {
	p := &process{Cmd: exec.CommandContext(ctx, binary, "-store", records, "-listen", "127.0.0.1:0", "-dev-token", "env:DEV_TOKEN")}
	p.Env = append(os.Environ(), "DEV_TOKEN="+devToken)
	out, err := p.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(out)
	said, _ := lines.ReadString('\n')
	var listens bool
	if p.address, listens = strings.CutPrefix(strings.TrimSpace(said), "Grantwright listens on "); !listens {
		p.end()
		return nil, fmt.Errorf("the server says %q", said)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	answer, err := http.Get(p.address + "/readyz")
	if err == nil {
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			err = errors.New("the server is not ready: " + answer.Status)
		}
	}
	if err != nil {
		p.end()
	}
	return p, err
}

func (p *process) end() {
	_ = p.Process.Kill()
	_ = p.Wait()
}

func startOnce(ctx context.Context, binary, records string) (time.Duration, error) {
	begin := time.Now()
	p, err := startProcess(ctx, binary, records)
	if err != nil {
		return 0, err
	}
	defer p.end()
	return time.Since(begin), nil
}

// memoryUnderLoad has clients submit requests that a rule approves, and look at pages,
// and returns the most memory that the server had, in MB.
func (b *bench) memoryUnderLoad(ctx context.Context, binary, records string) (float64, error) {
	p, err := startProcess(ctx, binary, records)
	if err != nil {
		return 0, err
	}
	defer p.end()
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	_, err = inLanes(ctx, clients, b.lasts, func(ctx context.Context, _ int) error {
		body := map[string]any{"asset": "shop:sales.public.orders", "answers": map[string][]string{"purpose": {"monthly report"}, "duration": {"1 HOURS"}}}
		return errors.Join(p.call(ctx, client, "eve@example.com", "POST", "/api/v1/requests", body),
			p.call(ctx, client, "eve@example.com", "GET", "/requests", nil),
			p.call(ctx, client, "sales-owner@example.com", "GET", "/reviews", nil))
	})
	if err != nil {
		return 0, err
	}
	return p.mostResident()
}

func (p *process) call(ctx context.Context, client *http.Client, by, method, path string, in any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, p.address+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set(web.DevHeader, by)
	r.Header.Set("Authorization", "Bearer "+devToken)
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode >= 300 {
		return errors.Join(err, fmt.Errorf("%s %s: %s", method, path, answer.Status))
	}
	return nil
}

// mostResident reads from the kernel how much of the process was in memory at most.
func (p *process) mostResident() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		return 0, err
	}
	var kilobytes float64
	_, err = fmt.Sscan(between(string(text), "VmHWM:", "kB"), &kilobytes)
	return kilobytes * 1024 / 1e6, err
}
