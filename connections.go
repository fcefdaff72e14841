package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/address"
	"github.com/grantwright/grantwright/internal/inventory"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Connections is what administrators do with data platforms.
type Connections struct{ e *Engine }

// Connections returns the connections of the engine.
func (e *Engine) Connections() Connections { return Connections{e} }

// Register adds a connection, or changes the one of that name, except for its
// technology. It takes ADMIN. The platform is not touched; Sync reads it. Where
// who is who there, its URL or its secret would change, and changes take two people, the
// error is a *ProposedError. If c.Version is another than that of now, the error is a
// *StaleError; if it is that, and nothing else differs, nothing is changed.
func (s Connections) Register(ctx context.Context, by request.Identity, c catalog.Connection) error {
	if err := permit(by, "register a connection", request.Admin); err != nil {
		return err
	}
	return s.e.inventory.Register(ctx, by, c)
}

// All lists the connections by name, from the one after a given name, at most
// limit of them. It takes ADMIN, GOVERNANCE or AUDIT.
func (s Connections) All(ctx context.Context, by request.Identity, after string, limit int) ([]catalog.Connection, error) {
	if err := permit(by, "list connections", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return journal.Values(records.Connections.All(ctx, s.e.journal.Store, after, limit))
}

// Connection reads one connection. It takes ADMIN, GOVERNANCE or AUDIT.
func (s Connections) Connection(ctx context.Context, by request.Identity, name string) (catalog.Connection, error) {
	if err := permit(by, "see a connection", request.Admin, request.Governance, request.Audit); err != nil {
		return catalog.Connection{}, err
	}
	read, err := records.Connections.Get(ctx, s.e.journal.Store, name)
	read.Value.Version = read.Version
	return read.Value, err
}

// Setup lists the statements by which an administrator of the platform gives us
// the least privilege that we need there. It takes ADMIN.
func (s Connections) Setup(ctx context.Context, by request.Identity, name string) ([]provision.Statement, error) {
	if err := permit(by, "see the setup of a connection", request.Admin); err != nil {
		return nil, err
	}
	statements, err := platforms.Ask(ctx, s.e.platforms, name, provision.Preparer.Setup)
	return statements, address.Reveal(s.e.platforms.NotSetUp(ctx, name, err))
}

// SetupScript writes the statements of Setup as a script for the platform's own client, such
// as psql. It takes ADMIN.
func (s Connections) SetupScript(ctx context.Context, by request.Identity, name string) (string, error) {
	if err := permit(by, "see the setup of a connection", request.Admin); err != nil {
		return "", err
	}
	script, err := platforms.Ask(ctx, s.e.platforms, name, provision.Scripter.SetupScript)
	return script, address.Reveal(s.e.platforms.NotSetUp(ctx, name, err))
}

// Test tests a connection step by step, whether or not it is registered as it is here: its
// secret, address, encryption, login, rights and objects. It changes nothing, here or on the
// platform. Where changes take two people, a secret is sent nowhere but where a second person
// has agreed to. It takes ADMIN.
func (s Connections) Test(ctx context.Context, by request.Identity, c catalog.Connection) ([]provision.Probed, error) {
	if err := permit(by, "test a connection", request.Admin); err != nil {
		return nil, err
	}
	return s.e.inventory.Probe(ctx, by, c)
}

// Health is how some connections are, in the order of their names, as far as it is known
// without asking a platform: the sync that is under way, how the last ones went, and the last
// reconciliation with its first 100 findings. It takes ADMIN, GOVERNANCE or AUDIT.
func (s Connections) Health(ctx context.Context, by request.Identity, names ...string) ([]provision.Health, error) {
	if err := permit(by, "see how connections are", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return s.e.inventory.Health(ctx, names...)
}

// SyncSoon begins a sync in the background: Health says how far it is. While one is under way
// the error wraps store.ErrState. It takes ADMIN.
func (s Connections) SyncSoon(ctx context.Context, by request.Identity, root catalog.Ref) error {
	if err := permit(by, "sync a connection", request.Admin); err != nil {
		return err
	}
	return s.e.inventory.SyncSoon(ctx, by, root)
}

// Estranged lists the connections to which another platform answers than the one that the
// records know, or an older copy of it. It takes ADMIN, GOVERNANCE or AUDIT.
func (s Connections) Estranged(ctx context.Context, by request.Identity) ([]provision.Estrangement, error) {
	if err := permit(by, "list connections", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return s.e.platforms.Estranged(ctx)
}

// Recognize says that the platform that answers to a connection is the same as before,
// although it was upgraded, moved or restored: everything goes on there. It bears our mark,
// and our roles and the objects of the grants stand there under their own ids, or it is
// refused with ErrState. It takes GOVERNANCE. Where changes take two people, the error is
// a *ProposedError.
func (s Connections) Recognize(ctx context.Context, by request.Identity, connection, reason string) error {
	if err := permit(by, "recognize a platform", request.Governance); err != nil {
		return err
	}
	a, err := s.e.inventory.Recognition(ctx, connection, reason)
	if err != nil {
		return err
	}
	return s.e.governance.Alter(ctx, by, a)
}

// Release lets go of a principal, so that it can be someone else's: after the
// mapping of the connection was mended. It takes ADMIN, and is refused while the
// person who has it has an open request or a live grant on the connection.
func (s Connections) Release(ctx context.Context, by request.Identity, connection, principal string) error {
	if err := permit(by, "release a principal", request.Admin); err != nil {
		return err
	}
	return s.e.governance.Alter(ctx, by, &inventory.PrincipalRelease{Inventory: s.e.inventory, Connection: connection, Principal: principal})
}

// Relink links a principal to the id that its person has now, as when the identity provider
// has issued the ids of all people anew. Their open requests and live grants on the connection
// go to that id too, and each says so; what has ended stays under the id of before. The
// connection has to map the new id to the principal, and nobody who is disabled under one of
// the ids is linked. It takes ADMIN, and nobody links an id of their own. Where changes take
// two people, the error is a *ProposedError.
func (s Connections) Relink(ctx context.Context, by request.Identity, connection, principal string, to request.PersonID, reason string) error {
	if err := permit(by, "link a principal to another id", request.Admin); err != nil {
		return err
	}
	return s.e.governance.Alter(ctx, by, &inventory.PrincipalRelink{Inventory: s.e.inventory, Connection: connection, Principal: principal, Person: to, Reason: reason})
}

// Sync reads what a platform holds, at and below root, into the inventory. It
// takes ADMIN. What could not be read is named in the result and stays as it was.
func (e *Engine) Sync(ctx context.Context, by request.Identity, root catalog.Ref) (catalog.Synced, error) {
	if err := permit(by, "sync a connection", request.Admin); err != nil {
		return catalog.Synced{}, err
	}
	synced, err := e.inventory.SyncNow(ctx, by, root)
	return synced, address.Reveal(err)
}
