package platforms

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// Doubt says why the records may not be those by which the access on a platform was
// given; empty where they are. A platform without a mark is marked with ours. Each
// time that all is well the mark moves on, so that an older copy of the records is
// recognised as one. A platform that keeps no marks gives no doubt: there, as
// everywhere, only access that the records know to have ended is removed.
func (pl *Platforms) Doubt(ctx context.Context, connection string, p provision.Provisioner, how provision.Reconcile) (string, error) {
	marker, is := p.(provision.Marker)
	if !is {
		return "", nil
	}
	for range journal.CommitTries {
		was, err := marker.Marked(ctx)
		if err != nil {
			return pl.unmarked(ctx, connection, err)
		}
		self, err := pl.self(ctx)
		if err != nil {
			return "", err
		}
		if doubt := doubtOf(was, self); how.DryRun || doubt != "" && !how.Adopt {
			return doubt, nil
		}
		next, err := pl.nextMark(ctx, was)
		if err != nil {
			return "", err
		}
		err = marker.Mark(ctx, was, next)
		if err == nil {
			return "", pl.saw(ctx, connection, p, next)
		}
		if !errors.Is(err, provision.ErrMarked) {
			return pl.unmarked(ctx, connection, err)
		}
	}
	return "", fmt.Errorf("%w: others mark the platform all the time", store.ErrConflict)
}

// ErrNotSetUp is wrapped where Setup has not run on a platform yet. Nothing was given there.
var ErrNotSetUp = errors.New("setup has not run on the platform yet")

// unmarked doubts the records where the platform cannot be marked until a person
// changes something. One that was never marked is not set up yet: the error wraps
// ErrNotSetUp.
func (pl *Platforms) unmarked(ctx context.Context, connection string, err error) (string, error) {
	if !errors.Is(err, provision.ErrPermanent) {
		return "", err
	}
	known, failed := pl.known(ctx, connection)
	if failed != nil {
		return "", failed
	}
	if known.Value.Known.Seen.Mark == (provision.Mark{}) {
		return "", fmt.Errorf("%w: %w", ErrNotSetUp, err)
	}
	return fmt.Sprintf("the platform cannot be marked: %v", err), nil
}

func doubtOf(was provision.Mark, self records.Installation) string {
	switch {
	case was == provision.Mark{}, was.Store == self.Store && was.Generation <= self.Generation:
		return ""
	case was.Store != self.Store:
		return fmt.Sprintf("the platform was marked by the records of another store (%s; this is %s)", was.Store, self.Store)
	}
	return fmt.Sprintf("the platform was marked by later records (generation %d; these are at %d), as when a backup was restored", was.Generation, self.Generation)
}

// nextMark moves the generation of the records on, beyond that of a mark.
func (pl *Platforms) nextMark(ctx context.Context, was provision.Mark) (provision.Mark, error) {
	var next provision.Mark
	err := pl.Change(ctx, func(c *store.Change) error {
		read, err := records.Installations.Get(ctx, pl.Store, records.InstallationKey)
		if err != nil {
			return err
		}
		self := read.Value
		self.Generation = max(self.Generation, was.Generation) + 1
		records.Installations.Update(c, read, self)
		next = provision.Mark{Store: self.Store, Generation: self.Generation}
		return nil
	})
	return next, err
}

// installation is the name of this installation on the platforms.
func (pl *Platforms) installation(ctx context.Context) (string, error) {
	if pl.Installation != "" {
		return pl.Installation, nil
	}
	self, err := pl.self(ctx)
	return self.ID, err
}

// self reads the Installation of the records, and makes it when it is first needed.
func (pl *Platforms) self(ctx context.Context) (records.Installation, error) {
	var self records.Installation
	err := pl.Change(ctx, func(c *store.Change) error {
		kept, err := records.Installations.Get(ctx, pl.Store, records.InstallationKey)
		if !errors.Is(err, store.ErrNotFound) {
			self = kept.Value
			return err
		}
		self = records.Installation{ID: strings.ToLower(rand.Text())[:8], Store: strings.ToLower(rand.Text())}
		records.Installations.Insert(c, self)
		return nil
	})
	return self, err
}
