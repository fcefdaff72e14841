package grantwright

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"crypto/rand"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// doubt says why the records may not be those by which the access on a platform
// was given; empty where they are. A platform without a mark is marked with ours,
// and each time that all is well the mark moves on, so that a copy of the records
// from before is seen to be one. A platform that keeps no marks gives no doubt:
// there only what the records know to have ended is removed, as everywhere.
func (e *Engine) doubt(ctx context.Context, p provision.Provisioner, how Reconcile) (string, error) {
	marker, is := p.(provision.Marker)
	if !is {
		return "", nil
	}
	for range commitTries {
		was, err := marker.Marked(ctx)
		if err != nil {
			return unmarked(err)
		}
		self, err := e.self(ctx)
		if err != nil {
			return "", err
		}
		if doubt := doubtOf(was, self); how.DryRun || doubt != "" && !how.Adopt {
			return doubt, nil
		}
		next, err := e.nextMark(ctx, was)
		if err != nil {
			return "", err
		}
		if err := marker.Mark(ctx, was, next); !errors.Is(err, provision.ErrMarked) {
			return unmarked(err)
		}
	}
	return "", fmt.Errorf("%w: others mark the platform all the time", store.ErrConflict)
}

// unmarked doubts the records where the platform cannot be marked until a person
// changes something.
func unmarked(err error) (string, error) {
	if errors.Is(err, provision.ErrPermanent) {
		return fmt.Sprintf("the platform cannot be marked: %v", err), nil
	}
	return "", err
}

func doubtOf(was provision.Mark, self store.Installation) string {
	switch {
	case was == provision.Mark{}, was.Store == self.Store && was.Generation <= self.Generation:
		return ""
	case was.Store != self.Store:
		return fmt.Sprintf("the platform was marked by the records of another store (%s; this is %s)", was.Store, self.Store)
	}
	return fmt.Sprintf("the platform was marked by later records (generation %d; these are at %d), as when a backup was restored", was.Generation, self.Generation)
}

// nextMark moves the generation of the records on, beyond that of a mark.
func (e *Engine) nextMark(ctx context.Context, was provision.Mark) (provision.Mark, error) {
	var next provision.Mark
	err := e.change(ctx, func(c *store.Change) error {
		read, err := store.Installations.Get(ctx, e.config.Store, store.InstallationKey)
		if err != nil {
			return err
		}
		self := read.Value
		self.Generation = max(self.Generation, was.Generation) + 1
		store.Installations.Update(c, read, self)
		next = provision.Mark{Store: self.Store, Generation: self.Generation}
		return nil
	})
	return next, err
}

// installation is the name of this installation on the platforms.
func (e *Engine) installation(ctx context.Context) (string, error) {
	if e.config.Installation != "" {
		return e.config.Installation, nil
	}
	self, err := e.self(ctx)
	return self.ID, err
}

// self is what the records call themselves; it is made when it is first needed.
func (e *Engine) self(ctx context.Context) (store.Installation, error) {
	var self store.Installation
	err := e.change(ctx, func(c *store.Change) error {
		kept, err := store.Installations.Get(ctx, e.config.Store, store.InstallationKey)
		if !errors.Is(err, store.ErrNotFound) {
			self = kept.Value
			return err
		}
		self = store.Installation{ID: strings.ToLower(rand.Text())[:8], Store: strings.ToLower(rand.Text())}
		store.Installations.Insert(c, self)
		return nil
	})
	return self, err
}
