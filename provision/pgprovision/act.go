package pgprovision

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/provision"
)

// once looks, acts, reads back, commits, and asks what the logins can do.
func (p *Provisioner) once(ctx context.Context, asked *job) ([]provision.Outcome, error) {
	for {
		s, err := p.arrive(ctx, asked, asked.lockKey())
		if err != nil {
			return nil, err
		}
		j, v, c, err := p.step(ctx, s, asked)
		if err == nil && len(c.acts) == 0 && len(j.marked(v)) == 0 {
			defer s.end()
			return s.verify(ctx, j, v, c, nil)
		}
		// One connection at a time: who holds one and waits for another can wait for
		// others that do the same.
		s.end()
		if err != nil {
			return nil, err
		}
		if !c.more {
			return p.finish(ctx, j, v, c)
		}
	}
}

// step does as much as one transaction should, and says what it saw last. More is
// left where the course says so. The job that it returns is what is still wanted.
func (p *Provisioner) step(ctx context.Context, s *session, asked *job) (*job, *view, course, error) {
	v, err := s.look(ctx, asked)
	if err != nil {
		return nil, nil, course{}, err
	}
	j := asked.heed(v)
	c := j.decide(v)
	if len(c.acts) == 0 {
		c.more = false
		return j, v, c, nil
	}
	if v, err = s.act(ctx, j, &c); err != nil {
		return nil, nil, c, err
	}
	asked.ran = slices.Concat(asked.done, c.acts)
	j.ran = asked.ran
	if err := s.commit(ctx); err != nil {
		return nil, nil, c, fmt.Errorf("commit: %w", err)
	}
	asked.done = asked.ran
	return j, v, c, nil
}

// finish does what can only follow the commit.
func (p *Provisioner) finish(ctx context.Context, j *job, v *view, c course) ([]provision.Outcome, error) {
	ended, err := p.endSessions(ctx, j, v)
	if err != nil {
		return nil, fmt.Errorf("ending the sessions of who lost access: %w", err)
	}
	s, err := p.arrive(ctx, j)
	if err != nil {
		return nil, fmt.Errorf("reading back after the commit: %w", err)
	}
	defer s.end()
	return s.verify(ctx, j, v, c, ended)
}

// arrive begins in the asset's own database. If that is gone there may still be
// memberships, which can be ended from any other.
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

func (e *actError) Error() string { return fmt.Sprintf("%s: %v", clip(e.act.sql), e.err) }
func (e *actError) Unwrap() error { return e.err }

// act runs a part of the course and looks again, in the same transaction: what ran
// must not be left to do, and nothing at all where all ran.
func (s *session) act(ctx context.Context, j *job, c *course) (*view, error) {
	all := len(c.acts)
	c.acts = part(c.acts)
	c.more = c.more || len(c.acts) < all
	if err := s.lockShared(ctx, c.acts); err != nil {
		return nil, err
	}
	for _, a := range c.acts {
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
		again := slices.ContainsFunc(c.acts, func(ran act) bool { return ran.sql == a.sql })
		if again || !c.more {
			return nil, fmt.Errorf("%w: %s", errUnsettled, clip(a.sql))
		}
	}
	c.found, c.short, c.more = after.found, after.short, len(after.acts) > 0
	for i, err := range after.errs {
		if c.errs[i] == nil {
			c.errs[i] = err
		}
	}
	return v, nil
}

// lockShared waits for who else changes what the acts change beside the asset,
// always in the same order, so that two of us never wait for each other.
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

// ranFor lists what ran for one of the people.
func ranFor(acts []act, i int) []provision.Statement {
	var ran []provision.Statement
	for _, a := range acts {
		if a.people == nil || slices.Contains(a.people, i) {
			ran = append(ran, provision.Statement(a.sql))
		}
	}
	return ran
}

// clip keeps a statement about many people short enough for an error.
func clip(sql string) string {
	const most = 300
	if len(sql) <= most {
		return sql
	}
	return sql[:most] + "…"
}
