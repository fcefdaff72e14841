package mariadbprovision

import (
	"context"
	"strings"

	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

// Setup implements provision.Preparer. It lists the statements that an administrator of
// the server runs once, all together, and again after an update of Grantwright with a new
// version of them. It lists none where this version was run.
func (p *Provisioner) Setup(ctx context.Context) ([]provision.Statement, error) {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	var self string
	var version int
	if err := p.db.QueryRowContext(ctx, "select current_user()").Scan(&self); err != nil {
		return nil, p.loop.Explain(err)
	}
	err := p.db.QueryRowContext(ctx, "select version from "+p.home+".installation").Scan(&version)
	if err == nil && version == homeVersion {
		return nil, nil
	}
	if err != nil && mariadbwire.Number(err) == 0 {
		return nil, p.loop.Wrap(err)
	}
	at := strings.LastIndexByte(self, '@')
	return homeStatements(p.to.Installation, account{self[:at], self[at+1:]}), nil
}
