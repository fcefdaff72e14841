package pgprovision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// A membership ends whatever locks somebody else holds: a role can be dropped only when no
// open transaction has to do with it, but nobody has access by a role that nobody is in. So
// the drop waits a moment only, and the membership ends without it otherwise.

// hurry bounds the wait of acts that can come later, in milliseconds.
const hurry = "set local lock_timeout = 250;\n"

// waits reports whether an act failed that can come later, because of what others do at
// this moment.
func waits(err error) bool {
	var failed *actError
	if !errors.As(err, &failed) || !failed.act.later {
		return false
	}
	return slices.Contains([]string{"55P03", "40P01", "2BP01", "42501"}, cluster.Code(err)) // a lock, a deadlock, something depends on the role by now, or it holds what we cannot reach
}

// dropSpared drops the roles that were spared, once sessions of who lost access have
// ended: they may have been in the way. It returns what it did, or who else is in the way.
// Then the roles are dropped by the next Apply on the asset, or by Sweep.
func (p *Provisioner) dropSpared(ctx context.Context, asked *job, v *view, ended bool) []act {
	if ended {
		again := *asked
		again.spares, again.done, again.ran = false, nil, nil
		r, err := p.step(ctx, &again)
		if err == nil && !again.spares {
			return r.job.ran
		}
	}
	who, err := p.blockers(ctx, v)
	if err != nil || who == "" {
		return nil
	}
	return []act{{sql: "-- roles that nobody is in stay until a later call, because of " + who}}
}

// blamed adds to an error about a lock who holds it.
func (p *Provisioner) blamed(ctx context.Context, err error, v *view) error {
	if cluster.Code(err) != "55P03" {
		return err
	}
	if who, unknown := p.blockers(ctx, v); unknown == nil && who != "" {
		return fmt.Errorf("%w; in the way is %s", err, who)
	}
	return err
}

// blockers names the sessions that hold locks on our roles or on the asset.
func (p *Provisioner) blockers(ctx context.Context, v *view) (string, error) {
	const query = `
		select distinct l.pid, coalesce(a.usename, '')
		from pg_locks l join pg_stat_activity a on a.pid = l.pid
		where l.granted and l.pid <> pg_backend_pid()
			and (l.classid = 'pg_authid'::regclass and l.objid = any($1::oid[]) or l.database = $2 and l.relation = any($3::oid[]))
		order by 1`
	roles, relations := []int64{}, []int64{}
	for _, r := range v.roles {
		roles = append(roles, int64(r.id))
	}
	for _, r := range v.covered {
		relations = append(relations, int64(r.id))
	}
	var names []string
	reading := cluster.Reading{SQL: query, Args: []any{cluster.IDs(roles), v.server.DatabaseID, cluster.IDs(relations)}, Scan: func(scan func(...any) error) error {
		var pid int
		var user string
		err := scan(&pid, &user)
		names = append(names, fmt.Sprintf("session %d of %q", pid, user))
		return err
	}}
	s, err := p.cluster.Begin(ctx, v.server.Database, reading)
	if err != nil {
		return "", err
	}
	s.End()
	return strings.TrimSpace(naming.Few(names)), nil
}
