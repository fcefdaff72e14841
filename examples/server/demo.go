package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/examples/server/demo"
	"github.com/grantwright/grantwright/manifest"
)

// demonstrate serves an installation in which something of everything has happened, and
// removes it afterwards.
func demonstrate(ctx context.Context, o options, out, errs io.Writer) error {
	if o.config != "" || o.store != defaultStore || !o.signIn.isDev() {
		return errors.New("-demo brings its own -store, -config and -auth=dev")
	}
	if _, err := fmt.Fprintln(out, "Starting PostgreSQL, and ten days of requests on it; this takes a few seconds."); err != nil {
		return err
	}
	stage, err := demo.Open(ctx)
	if err != nil {
		return err
	}
	defer stage.Close()
	o.store, o.config = stage.Store, stage.Manifest
	if err := rehearse(ctx, o, stage); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, "Reach the warehouse as they do:"); err != nil {
		return err
	}
	logins := stage.Logins()
	for _, name := range slices.Sorted(maps.Keys(logins)) {
		if _, err := fmt.Fprintf(out, "  psql '%s'\n", logins[name]); err != nil {
			return err
		}
	}
	return run(ctx, o, out, errs)
}

// rehearse has everything happen, on a clock that begins ten days ago.
func rehearse(ctx context.Context, o options, stage *demo.Stage) (err error) {
	file, _, err := readManifest(o.config)
	if err != nil {
		return err
	}
	records, _, err := openStore(o.store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, records.Close()) }()
	config, err := configured(ctx, o, records, file, "http://"+defaultListen, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	stage.Begin()
	config.Now, config.Poll = stage.Clock.Now, 100*time.Millisecond
	engine, err := grantwright.New(config)
	if err != nil {
		return err
	}
	if _, err = engine.Furnish(ctx, operator, file); err != nil {
		return errors.Join(err, engine.Close())
	}
	end := workBeside(ctx, engine, &manifest.File{}, slog.New(slog.DiscardHandler))
	err = stage.Play(ctx, engine)
	end()
	return errors.Join(err, engine.Close())
}
