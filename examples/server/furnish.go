package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// operator is in whose name the file is carried out: whoever may write it.
var operator = request.Identity{Issuer: "grantwright", ID: "manifest", Name: "The manifest",
	Permissions: []request.Permission{request.Admin, request.Governance}}

const (
	syncTimeout = 15 * time.Minute
	tries       = 10 // where servers that start together save the same
)

// furnish brings the records to what the file says. What is so already is left
// alone: a restart saves nothing anew. Whoever may write the file names governance
// in it, so that it waits for no second person of governance: let two people see
// it where it is kept.
func furnish(ctx context.Context, config grantwright.Config, file *manifest.File, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	config.FourEyes = manifest.FourEyesNever
	engine, err := grantwright.New(config)
	if err != nil {
		return err
	}
	return errors.Join(furnisher{engine, log}.furnish(ctx, file), engine.Close())
}

type furnisher struct {
	engine *grantwright.Engine
	log    *slog.Logger
}

func (f furnisher) furnish(ctx context.Context, file *manifest.File) error {
	if err := f.connections(ctx, file.Connections); err != nil {
		return err
	}
	if err := f.definitions(ctx, file.Definitions()); err != nil {
		return err
	}
	for _, c := range file.Connections {
		if manifest.Holds(c.Technology) {
			syncOne(ctx, f.engine, c.Name, f.log)
		}
	}
	return nil
}

func (f furnisher) connections(ctx context.Context, want []catalog.Connection) error {
	known := map[string]catalog.Connection{}
	for after := ""; ; {
		page, err := f.engine.Connections().All(ctx, operator, after, store.MaxPage)
		if err != nil {
			return err
		}
		for _, c := range page {
			c.Registered = time.Time{}
			known[c.Name], after = c, c.Name
		}
		if len(page) < store.MaxPage {
			break
		}
	}
	for _, c := range want {
		if old := known[c.Name]; catalog.SameTechnology(old.Technology, c.Technology) {
			c.Technology = old.Technology
		}
		if old, is := known[c.Name]; is && same(old, c) {
			continue
		}
		if err := f.engine.Connections().Register(ctx, operator, c); err != nil {
			return err
		}
		f.log.Info("registered", "connection", c.Name, "technology", c.Technology)
	}
	return nil
}

// definitions applies what the file defines. What is stored and not in the file
// stays: only "config apply" deletes.
func (f furnisher) definitions(ctx context.Context, want manifest.Definitions) error {
	var applied manifest.Differences
	err := again(func() error {
		all, err := f.engine.Governance().Export(ctx, operator)
		if err != nil {
			return err
		}
		differences := manifest.Diff(all, all.With(want))
		if len(differences) == 0 {
			return nil
		}
		applied, err = f.engine.Governance().Apply(ctx, operator, all.With(want), differences.Hash())
		return err
	})
	for _, one := range applied {
		f.log.Info("saved", one.What, one.Name, "how", one.How)
	}
	return err
}

// again repeats what another server has done at the same time.
func again(f func() error) error {
	err := f()
	for i := 1; i < tries && cameFirst(err); i++ {
		err = f()
	}
	return err
}

// cameFirst reports whether another server has saved meanwhile: before the
// differences were looked at, or after.
func cameFirst(err error) bool {
	return errors.As(err, new(*manifest.StaleDiffError)) || errors.As(err, new(*manifest.StaleError))
}

// syncOne reads a connection. A platform that does not answer is no reason not to
// start.
func syncOne(ctx context.Context, engine *grantwright.Engine, name string, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	synced, err := engine.Sync(ctx, operator, catalog.Ref(name))
	if err != nil {
		log.Error("the connection could not be read; its assets are as they were", "connection", name, "error", err,
			"next", "POST /api/v1/connections/"+name+"/sync reads it again, and syncEvery would by itself")
		return
	}
	log.Info("read", "connection", name, "added", synced.Added, "changed", synced.Changed, "gone", synced.Gone, "unread", len(synced.Unread))
	for _, part := range synced.Unread {
		log.Warn("a part could not be read", "asset", part.Ref, "error", part.Err)
	}
}

// same compares what was read from a store with what was read from a file, as
// both are written: a list that is empty may be nil in one of them.
func same(a, b any) bool {
	one, err := json.Marshal(a)
	if err != nil {
		return false
	}
	other, err := json.Marshal(b)
	return err == nil && bytes.Equal(one, other)
}
