package cluster

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

// A physical copy of a cluster has its system identifier. It is told from the original by
// what it has not: nothing that was seen on a cluster may be ahead of it later. A failover
// that loses nothing begins a new timeline, and goes on from there.

// historyAndPosition are the timeline, and how far the write-ahead log has been flushed,
// which no crash takes back.
const historyAndPosition = `
			case when pg_is_in_recovery() then 0 else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int::bigint end,
			case when pg_is_in_recovery() then 0 else (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint end`

// errOlder says that what was seen is gone.
var errOlder = errors.New("an older copy of the server answers, or one that was restored from a backup")

// seenNow is how far sessions have seen the cluster until now.
func (c *Cluster) seenNow() provision.Identity {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen
}

// follow refuses a server that is behind what had been seen before it was asked.
func (c *Cluster) follow(seen, now provision.Identity) error {
	if now.ID == seen.ID && (now.History < seen.History || now.Position < seen.Position) {
		return errOlder
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.ID == c.seen.ID {
		now.History, now.Position = max(now.History, c.seen.History), max(now.Position, c.seen.Position)
	}
	c.seen = now
	return nil
}

// Identify reads which server answers, whichever it is, and the comment on a role.
func (c *Cluster) Identify(ctx context.Context, role string) (now provision.Identity, comment string, err error) {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	s, err := c.connect(ctx, c.config.Database)
	if err != nil {
		return now, "", err
	}
	defer s.End()
	const query = `
		select (select system_identifier::text from pg_control_system()), pg_is_in_recovery(),
			coalesce((select shobj_description(oid, 'pg_authid') from pg_roles where rolname = $1), ''), ` + historyAndPosition
	var recovering bool
	err = s.Note(s.QueryRowContext(ctx, query, role).Scan(&now.ID, &recovering, &comment, &now.History, &now.Position))
	if err == nil && recovering {
		err = errors.New("the server is a standby")
	}
	return now, comment, err
}
