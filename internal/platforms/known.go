package platforms

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// known reads what is known of the platform of a connection; zero where nothing is.
func (pl *Platforms) known(ctx context.Context, connection string) (store.Stored[records.Platform], error) {
	read, err := records.Platforms.Get(ctx, pl.Store, connection)
	return read, journal.UnlessMissing(err)
}

// meet notes which platform a connection leads to, when it is first reached. One that
// cannot say, because it was not set up yet, is met by the first reconciliation.
func (pl *Platforms) meet(ctx context.Context, connection string, p provision.Provisioner) error {
	identifier, is := p.(provision.Identifier)
	if !is {
		return nil
	}
	now, err := identifier.Identify(ctx)
	if err != nil {
		pl.Logger.WarnContext(ctx, "which platform it is is noted later", "connection", connection, "error", err)
		return nil
	}
	return pl.Change(ctx, func(c *store.Change) error {
		_, err := records.Platforms.Get(ctx, pl.Store, connection)
		if !errors.Is(err, store.ErrNotFound) {
			return err // another process was first
		}
		records.Platforms.Insert(c, records.Platform{Connection: connection, Known: provision.Known{}.See(now)})
		return nil
	})
}

// Estrangement says why the platform that answers may not be the one of the connection;
// empty where it is. In a dry run it notes nothing.
func (pl *Platforms) Estrangement(ctx context.Context, connection string, p provision.Provisioner, dryRun bool) (string, error) {
	identifier, is := p.(provision.Identifier)
	if !is {
		return "", nil
	}
	read, err := pl.known(ctx, connection) // before the platform is asked: it goes on meanwhile
	if err != nil {
		return "", err
	}
	now, err := identifier.Identify(ctx)
	if err != nil {
		return "", err
	}
	trouble := read.Value.Known.Trouble(now)
	if dryRun || read.Version == 0 || trouble == read.Value.Trouble {
		return trouble, nil
	}
	return trouble, pl.note(ctx, connection, trouble)
}

// note records what is wrong with the platform of a connection, or that all is well again.
func (pl *Platforms) note(ctx context.Context, connection, trouble string) error {
	return pl.Change(ctx, func(c *store.Change) error {
		read, err := records.Platforms.Get(ctx, pl.Store, connection)
		if err != nil {
			return err
		}
		next := read.Value
		t := event.ConnectionRecognized
		next.Trouble, next.Since = trouble, time.Time{}
		if trouble != "" {
			t, next.Since = event.ConnectionEstranged, pl.Now()
		}
		records.Platforms.Update(c, read, next)
		pl.Emit(c, t.With(event.Platform{Why: trouble, IDs: next.Known.IDs}), request.SystemID, nil, records.Connections.Subject(connection))
		return nil
	})
}

// saw records that a platform is as it should be, with the mark that it bears by now.
func (pl *Platforms) saw(ctx context.Context, connection string, p provision.Provisioner, mark provision.Mark) error {
	identifier, is := p.(provision.Identifier)
	if !is {
		return nil
	}
	now, err := identifier.Identify(ctx)
	if err != nil {
		return err
	}
	now.Mark = mark
	return pl.Change(ctx, func(c *store.Change) error {
		read, err := records.Platforms.Get(ctx, pl.Store, connection)
		if errors.Is(err, store.ErrNotFound) {
			records.Platforms.Insert(c, records.Platform{Connection: connection, Known: provision.Known{}.See(now)})
			return nil
		}
		if err != nil || !read.Value.Known.Is(now.ID) {
			return err
		}
		next := read.Value
		next.Known = next.Known.See(now)
		records.Platforms.Update(c, read, next)
		return nil
	})
}

// Estranged lists the connections to which another platform answers.
func (pl *Platforms) Estranged(ctx context.Context) (all []provision.Estrangement, err error) {
	for after := ""; ; {
		page, err := records.Platforms.All(ctx, pl.Store, after, store.MaxPage)
		if err != nil {
			return nil, err
		}
		for _, read := range page {
			after = read.Value.Connection
			if read.Value.Trouble != "" {
				all = append(all, provision.Estrangement{Connection: after, Why: read.Value.Trouble, Since: read.Value.Since})
			}
		}
		if len(page) < store.MaxPage {
			return all, nil
		}
	}
}

// Candidate opens a connection as if its platform were recognized already.
func (pl *Platforms) Candidate(ctx context.Context, c catalog.Connection, known provision.Known) (provision.Provisioner, error) {
	platform, err := pl.Platform(c)
	if err != nil {
		return nil, err
	}
	target, err := pl.target(ctx, c)
	if err != nil {
		return nil, err
	}
	target.Known = known
	p, err := platform.Provisioner(ctx, target)
	if err != nil {
		return nil, pl.Unreachable(c.Name, err)
	}
	return p, nil
}

// Self is the name of the records in the marks that they leave.
func (pl *Platforms) Self(ctx context.Context) (string, error) {
	self, err := pl.self(ctx)
	return self.Store, err
}
