package platforms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/address"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// provisioners holds the provisioners that are open, by connection.
type provisioners struct {
	mu   sync.Mutex
	open map[string]*openProvisioner
}

// openProvisioner is the provisioner of one connection. Opening one may take long,
// and holds up no other.
type openProvisioner struct {
	turn    chan struct{} // holds a token while nobody opens or closes it
	version int64         // of the connection's record
	known   int           // how often governance had recognized its platform
	provision.Provisioner
}

// Provisioner returns the provisioner of a connection, as it is registered now.
// It is nil where the platform has none.
func (pl *Platforms) Provisioner(ctx context.Context, connection string) (provision.Provisioner, error) {
	read, err := records.Connections.Get(ctx, pl.Store, connection)
	if err != nil {
		return nil, err
	}
	platform, err := pl.Platform(read.Value)
	if err != nil || platform.Provisioner == nil {
		return nil, err
	}
	o := pl.opened.of(connection)
	select {
	case <-o.turn:
	case <-ctx.Done():
		return nil, pl.Unreachable(connection, ctx.Err())
	}
	defer func() { o.turn <- struct{}{} }()
	known, err := pl.known(ctx, connection)
	if err != nil {
		return nil, err
	}
	if o.Provisioner == nil || o.version != read.Version || o.known != known.Value.Known.Recognized {
		err = pl.reopen(ctx, o, platform, read, known)
	}
	return o.Provisioner, err
}

// reopen opens a connection as it is registered now, in the place of what was open.
func (pl *Platforms) reopen(ctx context.Context, o *openProvisioner, platform provision.Platform, c store.Stored[catalog.Connection], known store.Stored[records.Platform]) error {
	// What was open may still be in use; it fails there and is tried again.
	_ = CloseIfPossible(o.Provisioner)
	o.Provisioner = nil
	target, err := pl.target(ctx, c.Value)
	if err != nil {
		return err
	}
	p, err := platform.Provisioner(ctx, target)
	if err != nil {
		return pl.Unreachable(c.Value.Name, err)
	}
	if known.Version == 0 {
		if err := pl.meet(ctx, c.Value.Name, p); err != nil {
			_ = CloseIfPossible(p)
			return pl.Unreachable(c.Value.Name, err)
		}
	}
	o.version, o.known, o.Provisioner = c.Version, known.Value.Known.Recognized, p
	return nil
}

func (p *provisioners) of(connection string) *openProvisioner {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open = map[string]*openProvisioner{}
	}
	if p.open[connection] == nil {
		turn := make(chan struct{}, 1)
		turn <- struct{}{}
		p.open[connection] = &openProvisioner{turn: turn}
	}
	return p.open[connection]
}

func (p *provisioners) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var faults []error
	for _, o := range p.open {
		<-o.turn
		faults = append(faults, CloseIfPossible(o.Provisioner))
		o.Provisioner = nil
		o.turn <- struct{}{}
	}
	return errors.Join(faults...)
}

// CloseIfPossible closes a value that is an io.Closer.
func CloseIfPossible(v any) error {
	if c, is := v.(io.Closer); is {
		return c.Close()
	}
	return nil
}

// Platform returns the platform of the technology of a connection.
func (pl *Platforms) Platform(c catalog.Connection) (provision.Platform, error) {
	p, is := pl.ByTechnology[pl.Technology(c.Technology)]
	if !is {
		return p, fmt.Errorf("%w: this installation has no platform %q, which connection %s names", provision.ErrNoPlatform, c.Technology, c.Name)
	}
	return p, nil
}

// Technology is the name in Config.Platforms of a technology, however it is written. One
// that is not there keeps its own.
func (pl *Platforms) Technology(written string) string {
	if _, is := pl.ByTechnology[written]; is {
		return written
	}
	for name := range pl.ByTechnology {
		if catalog.SameTechnology(name, written) {
			return name
		}
	}
	return written
}

// Method says how access on a connection is given now.
func (pl *Platforms) Method(ctx context.Context, connection string) (provision.Method, error) {
	read, err := records.Connections.Get(ctx, pl.Store, connection)
	if err != nil {
		return "", err
	}
	platform, err := pl.Platform(read.Value)
	return platform.Method(), err
}

// Acting returns the provisioner of a connection on which access is given
// automatically. It is nil where people give it.
func (pl *Platforms) Acting(ctx context.Context, connection string) (provision.Provisioner, error) {
	how, err := pl.Method(ctx, connection)
	if err != nil || how == provision.Manual {
		return nil, err
	}
	return pl.Provisioner(ctx, connection)
}

// target gathers the settings with which a platform opens a connection.
func (pl *Platforms) target(ctx context.Context, c catalog.Connection) (provision.Target, error) {
	known, err := pl.known(ctx, c.Name)
	t := provision.Target{Connection: c, Known: known.Value.Known}
	if err != nil {
		return t, err
	}
	if t.Installation, err = pl.installation(ctx); err != nil {
		return t, err
	}
	pl.noteHost(c)
	if c.Secret != "" {
		if t.Password, err = pl.ReadSecret(ctx, c.Secret); err != nil {
			err = address.Cover("its secret cannot be read", fmt.Errorf("secret %s: %w", c.Secret, err))
			pl.Logger.WarnContext(ctx, "a secret cannot be read", "connection", c.Name, "error", address.Reveal(err))
			return t, pl.Unreachable(c.Name, err)
		}
	}
	return t, nil
}
