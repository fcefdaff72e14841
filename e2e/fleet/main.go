// Fleet runs three servers on one store, behind a small balancer, under load: people ask and an
// owner decides, while replicas are killed and all are replaced by another build, one by one. Then
// it compares what people were told with the records, the log and what each login can read:
//
//	go run ./fleet
//
// It needs PostgreSQL, and no containers. The last line says what was lost, doubled, or disagrees.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
)

const (
	people  = 30
	tables  = 60
	clients = 12
	size    = 3   // replicas
	between = 150 // requests that are confirmed between two blows
)

// fleet is the replicas, and what people were told.
type fleet struct {
	dir, config, address string
	records              *pgserver.Server
	platform             *platform
	balancer             *balancer
	keys, again, looked  atomic.Int64
	killed, drained      int
	events               int64

	mu       sync.Mutex
	replicas []*replica
	asked    map[string]asked // by person and table
	lost     []string
	doubled  []string
	differs  []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	f := &fleet{balancer: &balancer{}, asked: map[string]asked{}}
	if err := f.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

func (f *fleet) run(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if f.dir, err = os.MkdirTemp("", "grantwright-fleet-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(f.dir) }()
	before, err := build(ctx, f.dir, "v0.0.1-before")
	if err != nil {
		return err
	}
	after, err := build(ctx, f.dir, "v0.0.2-after")
	if err != nil {
		return err
	}
	if f.platform, err = newPlatform(ctx); f.platform != nil {
		defer f.platform.Stop()
	}
	if err != nil {
		return err
	}
	if f.records, err = pgserver.Start(ctx); err != nil {
		return err
	}
	defer f.records.Stop()
	defer f.stop()
	began := time.Now()
	if err := f.play(ctx, before, after); err != nil {
		return err
	}
	return f.tell(time.Since(began))
}

// play serves, works and replaces, and compares in the end.
func (f *fleet) play(ctx context.Context, before, after string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: f.balancer, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	f.address = "http://" + l.Addr().String()
	if err := f.write(); err != nil {
		return err
	}
	var first [size]*replica
	for i := range first {
		if first[i], err = f.start(ctx, before); err != nil {
			return err
		}
	}
	if err := f.prepare(ctx); err != nil {
		return err
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		f.load(ctx, stop)
	}()
	err = f.upgrade(ctx, first, after)
	close(stop)
	<-done
	if err != nil {
		return err
	}
	return f.compare(ctx)
}

// upgrade kills a replica, then replaces all by another build, one by one: what a rolling upgrade
// does, with a machine that fails before it, within it and after it.
func (f *fleet) upgrade(ctx context.Context, first [size]*replica, after string) error {
	var last *replica
	for i, old := range first {
		if err := f.more(ctx); err != nil {
			return err
		}
		if i == 0 {
			if err := f.kill(old); err != nil {
				return err
			}
		}
		fresh, err := f.start(ctx, after)
		if err != nil {
			return err
		}
		if i > 0 { // planned: the new one is there before
			if err := f.drain(old); err != nil {
				return err
			}
		}
		last = fresh
	}
	if err := f.more(ctx); err != nil {
		return err
	}
	if err := f.kill(last); err != nil { // and nothing takes its place at first
		return err
	}
	if err := f.more(ctx); err != nil {
		return err
	}
	if _, err := f.start(ctx, after); err != nil {
		return err
	}
	return f.more(ctx)
}

// more waits until some more requests are confirmed.
func (f *fleet) more(ctx context.Context) error {
	want := f.confirmed() + between
	return until(ctx, "people are told of their requests", func() (bool, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.lost) > 0 {
			return false, errors.New(f.lost[0])
		}
		return len(f.asked) >= want, nil
	})
}

func (f *fleet) note(to *[]string, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*to = append(*to, text)
}

func (f *fleet) lose(err error) { f.note(&f.lost, err.Error()) }
func (f *fleet) double(format string, about ...any) {
	f.note(&f.doubled, fmt.Sprintf(format, about...))
}
func (f *fleet) disagree(format string, about ...any) {
	f.note(&f.differs, fmt.Sprintf(format, about...))
}

// tell prints each finding, and the line that sums them up.
func (f *fleet) tell(took time.Duration) error {
	for name, all := range map[string][]string{"lost": f.lost, "doubled": f.doubled, "disagrees": f.differs} {
		for _, text := range all {
			fmt.Printf("%s: %s\n", name, text)
		}
	}
	fmt.Printf("fleet: %d requests of %d people over %d replicas, %d events; %d killed, %d drained, all replaced by another build; %d calls went to another replica, %d were sent again, %d looked for what had come of them: %d lost, %d doubled, %d disagreements (%s)\n",
		len(f.asked), people, size, f.events, f.killed, f.drained, f.balancer.repeated.Load(), f.again.Load(), f.looked.Load(), len(f.lost), len(f.doubled), len(f.differs), took.Round(time.Second))
	if len(f.lost)+len(f.doubled)+len(f.differs) > 0 {
		return errors.New("the fleet does not keep what it says")
	}
	if f.balancer.repeated.Load() == 0 {
		return errors.New("no call had to go to another replica: none was killed while people worked")
	}
	return nil
}
