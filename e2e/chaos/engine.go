package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/pprof"
	"sync"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/store/sqlstore"
	"github.com/grantwright/grantwright/web"
)

// childVariable makes this program an engine that is told on standard input what
// to work with, serves its API, and ends when standard input does.
const childVariable = "GRANTWRIGHT_CHAOS_ENGINE"

// engineSpec is what one engine process works with.
type engineSpec struct {
	Listen       string // address of the API
	Store        string // URL of the records
	Installation string
	Password     string // of the platform
	People       []request.Identity
	Lease        time.Duration
	Reconcile    time.Duration
	Remask       time.Duration
	Ahead        time.Duration // by which its clock is ahead of the real one
}

// userHeader says to an engine of ours who acts.
const userHeader = "Grantwright-User"

// beEngine is the whole life of an engine process.
func beEngine() error {
	decoder := json.NewDecoder(os.Stdin)
	var spec engineSpec
	if err := decoder.Decode(&spec); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, io.MultiReader(decoder.Buffered(), os.Stdin))
		stop()
	}()
	records, err := pgstore.Open(spec.Store)
	if err != nil {
		return err
	}
	defer func() { _ = records.Close() }()
	engine, err := spec.engine(records)
	if err != nil {
		return err
	}
	return errors.Join(spec.serve(ctx, engine), engine.Close())
}

func (s engineSpec) engine(records *sqlstore.Store) (*grantwright.Engine, error) {
	return grantwright.New(grantwright.Config{
		Store: records, Inventory: records.Inventory(), Directory: request.Roster(s.People),
		Installation: s.Installation, Lease: s.Lease, Reconcile: s.Reconcile, Remask: s.Remask, Poll: 200 * time.Millisecond, PlatformTimeout: 5 * time.Second,
		Platforms: map[string]provision.Platform{"postgres": pgprovision.Platform, "mariadb": mariadbprovision.Platform},
		Secrets:   func(context.Context, string) (string, error) { return s.Password, nil },
		Now:       func() time.Time { return time.Now().Add(s.Ahead) },
		Logger:    slog.New(slog.DiscardHandler),
	})
}

// serve answers and works until ctx ends.
func (s engineSpec) serve(ctx context.Context, engine *grantwright.Engine) error {
	handler, err := web.Handler(engine, web.Options{Authenticate: s.authenticate})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return err
	}
	server := http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	var working sync.WaitGroup
	working.Go(func() { _ = engine.Run(ctx) })
	working.Go(func() { _ = server.Serve(listener) })
	<-ctx.Done()
	late, cancel := context.WithTimeout(context.Background(), stopLimit/2)
	defer cancel()
	if err = server.Shutdown(late); err != nil {
		_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1) // who still works on an answer
		err = fmt.Errorf("an engine was told to end, and still answers after %s: %w", stopLimit/2, err)
	}
	working.Wait()
	return err
}

func (s engineSpec) authenticate(r *http.Request) (request.Identity, error) {
	id := r.Header.Get(userHeader)
	for _, person := range s.People {
		if person.ID == id {
			return person, nil
		}
	}
	return request.Identity{}, fmt.Errorf("%w: %q is nobody", web.ErrSignIn, id)
}
