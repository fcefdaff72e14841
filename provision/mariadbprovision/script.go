package mariadbprovision

import (
	"context"

	"github.com/grantwright/grantwright/provision"
)

var _ provision.Scripter = (*Provisioner)(nil)

// SetupScript writes the statements of Setup as a script for the mariadb client. It
// implements provision.Scripter.
func (p *Provisioner) SetupScript(ctx context.Context) (string, error) {
	statements, err := p.Setup(ctx)
	switch {
	case err != nil:
		return "", err
	case len(statements) == 0:
		return "-- nothing is to be done\n", nil
	}
	return "-- for the mariadb client, as an administrator\n" + provision.Script(statements), nil
}
