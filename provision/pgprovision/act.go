package pgprovision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// round is the result of one transaction.
type round struct {
	job      *job // without withdrawn access
	view     *view
	decision decision // its field more says that another transaction has to follow
	proof    proof
}

// once makes one attempt: it looks, acts, reads back, and commits.
func (p *Provisioner) once(ctx context.Context, asked *job) ([]provision.Outcome, error) {
	for {
		r, err := p.step(ctx, asked)
		if err != nil {
			return nil, err
		}
		if r.decision.more {
			continue
		}
		ended, err := p.endSessions(ctx, r.job, r.view)
		if err != nil {
			return nil, fmt.Errorf("ending the sessions of who lost access: %w", err)
		}
		if asked.spares {
			ended = append(ended, p.dropSpared(ctx, asked, r.view, len(ended) > 0)...)
		}
		return r.outcomes(ended), nil
	}
}

// step runs one transaction. One message looks, one acts and reads back, and one commits.
func (p *Provisioner) step(ctx context.Context, asked *job) (r round, err error) {
	s, v, err := p.visit(ctx, asked, "", cluster.Locking(asked.lockKey()))
	if err != nil {
		return r, err
	}
	// One connection at a time: who holds one and waits for another can wait for others
	// that do the same.
	defer s.End()
	r = round{job: asked.withoutWithdrawn(v), view: v}
	r.decision = r.job.decide(v)
	if len(r.decision.acts) == 0 {
		var readings []cluster.Reading
		r.decision.more = false
		r.proof, readings = r.job.prove(v)
		return r, s.Conclude(ctx, readings)
	}
	if err := r.act(ctx, s); err != nil {
		s.End()
		if !asked.spares && waits(err) {
			asked.spares = true
			return p.step(ctx, asked)
		}
		return r, p.blamed(ctx, err, v)
	}
	asked.ran = slices.Concat(asked.done, r.decision.acts)
	r.job.ran = asked.ran
	if err := s.Commit(ctx); err != nil {
		return r, fmt.Errorf("commit: %w", err)
	}
	asked.done, asked.act = asked.ran, r.view.act
	r.job.act = asked.act
	return r, nil
}

// visit looks at a job in a new transaction, in the asset's database, or where arrive has
// come to. Last are statements that end the transaction again, if there are any. Where a
// light look was not enough, it looks again, as the first time.
func (p *Provisioner) visit(ctx context.Context, j *job, last string, locks ...cluster.Reading) (*cluster.Session, *view, error) {
	s, v, err := p.lookIn(ctx, j, p.depthOf(j), last, locks)
	if err == nil && v.unread {
		s.End()
		p.deep.add(j.object)
		s, v, err = p.lookIn(ctx, j, deep, last, locks)
	}
	return s, v, err
}

// lookIn looks at a job in a new transaction.
func (p *Provisioner) lookIn(ctx context.Context, j *job, d depth, last string, locks []cluster.Reading) (*cluster.Session, *view, error) {
	s, err := p.arrive(ctx, j)
	if err != nil {
		return nil, nil, err
	}
	m := s.Opening(ctx, locks...)
	m.First, m.Last = m.First+genericPlans, last
	v, err := look(ctx, s, j, d, nil, m)
	if err != nil {
		s.End()
		return nil, nil, fmt.Errorf("database %q: %w", s.Name, err)
	}
	s.Open = last == ""
	return s, v, nil
}

// genericPlans makes plans that serve whatever the arguments are, and however large the
// catalogs grow.
const genericPlans = "; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off"

// arrive connects to the database of a job. Where that is gone, or lets us in no longer, it
// connects to the database of the connection: memberships can be ended from there.
func (p *Provisioner) arrive(ctx context.Context, j *job) (*cluster.Session, error) {
	s, err := p.cluster.Connect(ctx, j.database)
	if j.shut = nil; err == nil || !closed(err) || j.database == p.cluster.Database() {
		return s, err
	}
	gone := cluster.Code(err) == "3D000"
	switch {
	case j.place.DatabaseID != 0:
	case gone:
		return nil, fmt.Errorf("%w: the asset has no id, and its database is gone: %w", provision.ErrPermanent, err)
	default:
		return nil, err
	}
	there, failed := p.cluster.Connect(ctx, p.cluster.Database())
	if gone {
		return there, failed
	}
	if failed != nil {
		return nil, err
	}
	j.shut = err
	return there, nil
}

// closed reports whether a database is gone, or lets us in no longer: it accepts no
// connections, it has as many as it may have, or our right to connect was taken away.
func closed(err error) bool {
	return slices.Contains([]string{"3D000", "55000", "53300", "42501"}, cluster.Code(err))
}

// lockKey stands for the object, or for the name where no object is known.
func (j *job) lockKey() int64 {
	if j.object == 0 {
		return naming.LockKey("name", j.schema, j.name)
	}
	return naming.LockKey("object", j.object)
}

// actError says which statement failed.
type actError struct {
	act act
	err error
}

func (e *actError) Error() string {
	return fmt.Sprintf("%s: %v", excerpt.Of(e.act.sql, naming.MaxShown), e.err)
}
func (e *actError) Unwrap() error { return e.err }

// act runs a part of the decision, and looks again in the same message. A statement that
// ran must not be decided again; after all of them ran, none must be left.
func (r *round) act(ctx context.Context, s *cluster.Session) error {
	j, d := r.job, &r.decision
	all := len(d.acts)
	d.acts = part(d.acts)
	d.more = d.more || len(d.acts) < all
	proof, readings := j.prove(r.view)
	acts, blame := acting(d.acts)
	v, err := look(ctx, s, j, kept, r.view, cluster.Message{Readings: append(sharedLocks(d.acts), acts...)}, readings...)
	if err != nil {
		return blame(err)
	}
	after := j.decide(v)
	for _, a := range after.acts {
		again := slices.ContainsFunc(d.acts, func(ran act) bool { return ran.sql == a.sql })
		if again || !d.more {
			return fmt.Errorf("%w: %s", cluster.ErrUnsettled, excerpt.Of(a.sql, naming.MaxShown))
		}
	}
	d.found, d.denied, d.kept, d.more = after.found, after.denied, after.kept, len(after.acts) > 0
	for i, err := range after.errs {
		if d.errs[i] == nil {
			d.errs[i] = err
		}
	}
	r.view, r.proof = v, proof
	return nil
}

// acting sends acts as readings. Each answers one row, and a row comes before the first: by
// how many came, blame finds the act that an error is about.
func acting(acts []act) (readings []cluster.Reading, blame func(error) error) {
	done, hurried := -1, false
	count := func(func(...any) error) error { done++; return nil }
	readings = []cluster.Reading{{SQL: "select", Once: true, Scan: count}}
	for _, a := range acts {
		sql := a.sql
		if !strings.HasPrefix(sql, "select ") {
			sql += ";\nselect"
		}
		if a.later && !hurried {
			sql, hurried = hurry+sql, true
		}
		readings = append(readings, cluster.Reading{SQL: sql, Once: true, Scan: count})
	}
	return readings, func(err error) error {
		if err != nil && done >= 0 && done < len(acts) {
			return &actError{acts[done], err}
		}
		return err
	}
}

// sharedLocks take the locks of the things that the acts change and that other assets
// share. The order is always the same, so that two processes never wait for each other.
func sharedLocks(acts []act) []cluster.Reading {
	var keys []string
	for _, a := range acts {
		keys = append(keys, a.shared...)
	}
	slices.Sort(keys)
	var locks []cluster.Reading
	for _, key := range slices.Compact(keys) {
		locks = append(locks, cluster.Locking(naming.LockKey(key)))
	}
	return locks
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
