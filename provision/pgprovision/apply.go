package pgprovision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/grantwright/grantwright/provision"
)

// atOnce bounds how many assets one Apply works on at the same time, so that one
// that waits for a lock holds up no other.
const atOnce = poolSize

// errUnsettled says that the platform did not take what it said it took.
var errUnsettled = errors.New("read back before the commit: not as it should be")

// Apply implements provision.Provisioner.
func (p *Provisioner) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	ctx, cancel := bounded(ctx)
	defer cancel()
	outcomes := make([]provision.Outcome, len(want))
	jobs := p.jobs(want, func(i int, err error) { outcomes[i].Err = err })
	var wg sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, j := range jobs {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			p.apply(ctx, j, func(index int, o provision.Outcome) {
				if o.Err != nil {
					o.Err = p.wrap(explain(o.Err))
				}
				outcomes[index] = o
			})
		})
	}
	wg.Wait()
	return outcomes
}

// apply brings one asset to what its people should have. Where a statement about
// people fails, each of them is tried alone, so that it fails for its own only.
func (p *Provisioner) apply(ctx context.Context, j *job, tell func(index int, o provision.Outcome)) {
	var outcomes []provision.Outcome
	err := persevere(ctx, func() (err error) {
		outcomes, err = p.once(ctx, j)
		return err
	})
	var failed *actError
	if errors.As(err, &failed) && failed.act.named && len(j.people) > 1 && ctx.Err() == nil {
		for _, one := range j.each() {
			p.apply(ctx, one, tell)
		}
		return
	}
	for i, person := range j.people {
		if err != nil {
			tell(person.index, provision.Outcome{Err: err})
		} else {
			tell(person.index, outcomes[i])
		}
	}
}

// once looks, acts, reads back, commits, and asks what the logins can do.
func (p *Provisioner) once(ctx context.Context, j *job) ([]provision.Outcome, error) {
	s, err := p.arrive(ctx, j)
	if err != nil {
		return nil, err
	}
	defer s.end()
	if err := s.lock(ctx, j.lockKey()); err != nil {
		return nil, err
	}
	v, err := s.look(ctx, j)
	if err != nil {
		return nil, err
	}
	asked := j
	j = asked.heed(v)
	c := j.decide(v)
	if len(c.acts) > 0 {
		if v, c.found, err = s.act(ctx, j, c); err != nil {
			return nil, err
		}
		asked.ran, j.ran = c.acts, c.acts
		if err := s.commit(ctx); err != nil {
			return nil, fmt.Errorf("commit: %w", err)
		}
	}
	if len(c.acts) == 0 && len(j.marked(v)) == 0 {
		return s.verify(ctx, j, v, c, nil)
	}
	// One connection at a time: who holds one and waits for another can wait for
	// others that do the same.
	s.end()
	return p.finish(ctx, j, v, c)
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
func (p *Provisioner) arrive(ctx context.Context, j *job) (*session, error) {
	s, err := p.session(ctx, j.database)
	if code(err) == "3D000" {
		if j.place.databaseID == 0 {
			return nil, fmt.Errorf("%w: the asset has no id, and its database is gone: %w", provision.ErrPermanent, err)
		}
		s, err = p.session(ctx, p.config.Database)
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

// act runs the statements and looks again, in the same transaction: there must be
// nothing left to do.
func (s *session) act(ctx context.Context, j *job, c course) (*view, error, error) {
	for _, key := range c.shared() {
		if err := s.lock(ctx, lockKey(key)); err != nil {
			return nil, nil, err
		}
	}
	for _, a := range c.acts {
		if err := s.exec(ctx, a.sql); err != nil {
			return nil, nil, &actError{a, err}
		}
	}
	v, err := s.look(ctx, j)
	if err != nil {
		return nil, nil, err
	}
	after := j.decide(v)
	if len(after.acts) > 0 {
		return nil, nil, fmt.Errorf("%w: %s", errUnsettled, clip(after.acts[0].sql))
	}
	for i, err := range after.errs {
		if c.errs[i] == nil {
			c.errs[i] = err
		}
	}
	return v, after.found, nil
}

// shared lists what the acts change beside the asset, always in the same order,
// so that two of us never wait for each other.
func (c course) shared() []string {
	var keys []string
	for _, a := range c.acts {
		if a.shared != "" {
			keys = append(keys, a.shared)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
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
