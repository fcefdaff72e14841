package platforms

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/provision"
)

// Ask calls what the provisioner of a connection may do beside: P is the interface that it
// has for that. The call has the time of those for which somebody waits.
func Ask[P, T any](ctx context.Context, ps *Platforms, connection string, call func(P, context.Context) (T, error)) (none T, err error) {
	ctx, cancel := context.WithTimeout(ctx, ps.Timeout)
	defer cancel()
	opened, err := ps.Provisioner(ctx, connection)
	if err != nil {
		return none, err
	}
	p, is := opened.(P)
	if !is {
		return none, fmt.Errorf("%w: connection %s needs no setup, or has no script of it", provision.ErrNoPlatform, connection)
	}
	found, err := call(p, ctx)
	if err != nil {
		return none, ps.Unreachable(connection, err)
	}
	return found, nil
}
