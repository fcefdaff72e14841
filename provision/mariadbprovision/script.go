package mariadbprovision

import (
	"context"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/provision"
)

var _ provision.Scripter = (*Provisioner)(nil)

// delimiter ends each statement of a script: bodies of routines hold semicolons.
const delimiter = "$$"

// SetupScript writes the statements of Setup as a script for the mariadb client. It
// implements provision.Scripter.
func (p *Provisioner) SetupScript(ctx context.Context) (string, error) {
	statements, err := p.Setup(ctx)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("-- for the mariadb client, as an administrator\ndelimiter " + delimiter + "\n")
	for _, s := range statements {
		if strings.Contains(string(s), delimiter) {
			return "", fmt.Errorf("%w: a statement of the setup holds %s, and cannot be part of a script", provision.ErrPermanent, delimiter)
		}
		b.WriteString(strings.TrimRight(string(s), "; \n") + "\n" + delimiter + "\n")
	}
	if len(statements) == 0 {
		b.WriteString("-- nothing is to be done\n")
	}
	return b.String(), nil
}
