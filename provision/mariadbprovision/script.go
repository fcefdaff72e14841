package mariadbprovision

import (
	"context"

	"github.com/grantwright/grantwright/provision"
)

// SetupScript writes a script for the mariadb client. It implements provision.Scripter.
func (p *Provisioner) SetupScript(ctx context.Context) (string, error) {
	statements, err := p.Setup(ctx)
	if len(statements) == 0 {
		return "-- nothing is to be done\n", err
	}
	return "-- for the mariadb client, as an administrator\n" + provision.Script(statements), err
}
