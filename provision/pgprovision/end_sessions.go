package pgprovision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// endWait is how long the platform may take to end one session.
const endWait = 5000 // milliseconds

// endSessions ends the sessions of people who lost a membership, and of the members of
// groups that lost one. Before 16, a session that set its role to ours has the access
// until it ends. The members of the role Place.Ending are those whose sessions are still
// to be ended; the transaction that took the membership put them there.
func (p *Provisioner) endSessions(ctx context.Context, j *job, v *view) ([]act, error) {
	who := j.marked(v)
	if len(who) == 0 {
		return nil, nil
	}
	s, err := p.arrive(ctx, j)
	if err != nil {
		return nil, err
	}
	defer s.End()
	ends := j.terminate(v, who)
	readings := []cluster.Reading{cluster.Locking(naming.LockKey(j.place.Ending()))}
	for _, a := range ends {
		readings = append(readings, cluster.Reading{SQL: a.sql, Once: true, Scan: ended})
	}
	if err := s.Ask(ctx, s.Opening(ctx, readings...)); err != nil {
		return nil, err
	}
	var done decision
	done.byGroup(who, v, "revoke "+naming.Quote(j.place.Ending())+" from %s")
	acts, blame := acting(done.acts)
	return append(ends, done.acts...), blame(s.Commit(ctx, acts...))
}

// marked lists the people whose sessions are still to be ended.
func (j *job) marked(v *view) []int {
	if v.ending == nil {
		return nil
	}
	return j.who(v, func(_ int, l *login) bool {
		s := v.members[membership{v.ending.id, l.id}]
		return s.ours || s.others()
	})
}

// endThose leaves out superusers: we may not end their sessions, and they need no role
// of ours.
const endThose = "with recursive lost(id) as (select unnest('{%s}'::oid[]) union select m.member from lost cross join lateral (select member from pg_auth_members where roleid = lost.id offset 0) m) " +
	"select pid, pg_terminate_backend(pid, %d) from pg_stat_activity a join pg_roles r on r.oid = a.usesysid " +
	"where a.datid = %d and r.oid in (select id from lost) and not r.rolsuper and r.oid <> %d"

func (j *job) terminate(v *view, who []int) []act {
	var acts []act
	for group := range slices.Chunk(who, maxGroup) {
		ids := make([]string, len(group))
		for k, i := range group {
			ids[k] = fmt.Sprint(v.people[i].id)
		}
		sql := fmt.Sprintf(endThose, strings.Join(ids, ", "), endWait, j.place.DatabaseID, v.server.Self)
		acts = append(acts, act{sql: sql, people: group})
	}
	return acts
}

// ended scans one session that was to end.
func ended(scan func(...any) error) error {
	var pid int
	var ended bool
	if err := scan(&pid, &ended); err != nil {
		return err
	}
	if !ended {
		return fmt.Errorf("session %d of a person who lost access did not end within %d ms", pid, endWait)
	}
	return nil
}
