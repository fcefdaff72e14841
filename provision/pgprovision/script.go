package pgprovision

import (
	"context"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
)

// SetupScript writes the statements of Setup as a script for psql: piped into psql by a
// superuser, it connects to each database in turn. It implements provision.Scripter.
func (p *Provisioner) SetupScript(ctx context.Context) (string, error) {
	steps, err := p.SetupStatements(ctx)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("-- for psql, as a superuser\n\\set ON_ERROR_STOP on\n")
	database := ""
	for _, s := range steps {
		if s.Database != "" && s.Database != database {
			database = s.Database
			connect, err := connectTo(database)
			if err != nil {
				return "", err
			}
			b.WriteString(connect)
		}
		b.WriteString(terminated(s.Statement))
	}
	if len(steps) == 0 {
		b.WriteString("-- nothing is to be done\n")
	}
	return b.String(), nil
}

// connectTo is the command by which psql goes on in another database of the same server, as
// the same user. A name is quoted twice: for the connection string, and for psql.
func connectTo(database string) (string, error) {
	if strings.ContainsAny(database, "\r\n\x00") {
		return "", fmt.Errorf("%w: database %s has a line break in its name, which psql cannot connect to by a script", provision.ErrPermanent, visible.Text(database))
	}
	value := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(database)
	return `\connect -reuse-previous=on "dbname='` + strings.ReplaceAll(value, `"`, `""`) + "'\"\n", nil
}

// terminated is a statement with its end.
func terminated(s provision.Statement) string {
	text := strings.TrimRight(string(s), " \t\n")
	lines := strings.Split(text, "\n")
	switch {
	case strings.Contains(lines[len(lines)-1], "--"): // the end would be part of the comment
		return text + "\n;\n"
	case strings.HasSuffix(text, ";"):
		return text + "\n"
	}
	return text + ";\n"
}

var _ provision.Scripter = (*Provisioner)(nil)
