package pgprovision

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/provision"
)

// once makes one attempt: it looks, acts, reads back, commits, and asks which rights
// the logins have then.
func (p *Provisioner) once(ctx context.Context, asked *job) ([]provision.Outcome, error) {
	for {
		s, err := p.arrive(ctx, asked, asked.lockKey())
		if err != nil {
			return nil, err
		}
		j, v, d, err := p.step(ctx, s, asked)
		if err == nil && len(d.acts) == 0 && len(j.marked(v)) == 0 {
			defer s.end()
			return s.verify(ctx, j, v, d, nil)
		}
		// One connection at a time: who holds one and waits for another can wait for
		// others that do the same.
		s.end()
		if err != nil {
			return nil, err
		}
		if !d.more {
			return p.finish(ctx, j, v, d)
		}
	}
}

// step runs one transaction. It returns the job without withdrawn access, the last
// view, and the decision, whose field more says that another transaction has to follow.
func (p *Provisioner) step(ctx context.Context, s *session, asked *job) (*job, *view, decision, error) {
	v, err := s.look(ctx, asked)
	if err != nil {
		return nil, nil, decision{}, err
	}
	j := asked.withoutWithdrawn(v)
	d := j.decide(v)
	if len(d.acts) == 0 {
		d.more = false
		return j, v, d, nil
	}
	if v, err = s.act(ctx, j, &d); err != nil {
		return nil, nil, d, err
	}
	asked.ran = slices.Concat(asked.done, d.acts)
	j.ran = asked.ran
	if err := s.commit(ctx); err != nil {
		return nil, nil, d, fmt.Errorf("commit: %w", err)
	}
	asked.done = asked.ran
	return j, v, d, nil
}

// finish ends sessions and reads back, which can only follow the commit.
func (p *Provisioner) finish(ctx context.Context, j *job, v *view, d decision) ([]provision.Outcome, error) {
	ended, err := p.endSessions(ctx, j, v)
	if err != nil {
		return nil, fmt.Errorf("ending the sessions of who lost access: %w", err)
	}
	s, err := p.arrive(ctx, j)
	if err != nil {
		return nil, fmt.Errorf("reading back after the commit: %w", err)
	}
	defer s.end()
	return s.verify(ctx, j, v, d, ended)
}

// arrive opens a session in the asset's database. If that was dropped, it opens one in
// the database of the connection: memberships can be ended from any database.
func (p *Provisioner) arrive(ctx context.Context, j *job, locks ...int64) (*session, error) {
	s, err := p.session(ctx, j.database, locks...)
	if code(err) == "3D000" {
		if j.place.databaseID == 0 {
			return nil, fmt.Errorf("%w: the asset has no id, and its database is gone: %w", provision.ErrPermanent, err)
		}
		s, err = p.session(ctx, p.config.Database, locks...)
	}
	if err != nil {
		return nil, err
	}
	if err := s.server.check(p.system); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// lockKey stands for the object, or for the name where no object is known.
func (j *job) lockKey() int64 {
	if j.object == 0 {
		return lockKey("name", j.schema, j.name)
	}
	return lockKey("object", j.object)
}

// actError says which statement failed.
type actError struct {
	act act
	err error
}

func (e *actError) Error() string {
	return fmt.Sprintf("%s: %v", excerpt.Of(e.act.sql, maxShown), e.err)
}
func (e *actError) Unwrap() error { return e.err }

// act runs a part of the decision and looks again, in the same transaction. A statement
// that ran must not be decided again; after all of them ran, none must be left.
func (s *session) act(ctx context.Context, j *job, d *decision) (*view, error) {
	all := len(d.acts)
	d.acts = part(d.acts)
	d.more = d.more || len(d.acts) < all
	if err := s.lockShared(ctx, d.acts); err != nil {
		return nil, err
	}
	for _, a := range d.acts {
		if err := s.Exec(ctx, a.sql); err != nil {
			return nil, &actError{a, err}
		}
	}
	v, err := s.look(ctx, j)
	if err != nil {
		return nil, err
	}
	after := j.decide(v)
	for _, a := range after.acts {
		again := slices.ContainsFunc(d.acts, func(ran act) bool { return ran.sql == a.sql })
		if again || !d.more {
			return nil, fmt.Errorf("%w: %s", errUnsettled, excerpt.Of(a.sql, maxShown))
		}
	}
	d.found, d.short, d.more = after.found, after.short, len(after.acts) > 0
	for i, err := range after.errs {
		if d.errs[i] == nil {
			d.errs[i] = err
		}
	}
	return v, nil
}

// lockShared takes the locks of the things that the acts change and that other assets
// share. The order is always the same, so that two processes never wait for each other.
func (s *session) lockShared(ctx context.Context, acts []act) error {
	var keys []string
	for _, a := range acts {
		keys = append(keys, a.shared...)
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		if err := s.lock(ctx, lockKey(key)); err != nil {
			return err
		}
	}
	return nil
}

// ranFor lists the statements that ran for one of the people.
func ranFor(acts []act, i int) []provision.Statement {
	var ran []provision.Statement
	for _, a := range acts {
		if a.people == nil || slices.Contains(a.people, i) {
			ran = append(ran, provision.Statement(a.sql))
		}
	}
	return ran
}
