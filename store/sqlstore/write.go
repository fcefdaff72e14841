package sqlstore

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/store"
)

// Write does all of the writes or none.
func (s *Store) Write(ctx context.Context, c store.Commit) error {
	if err := c.Check(); err != nil {
		return err
	}
	if err := s.ready(ctx); err != nil || len(c.Writes)+len(c.Holds) == 0 {
		return err
	}
	if err := takenWithin(c.Writes); err != nil {
		return err
	}
	if j := s.joined(ctx); j != nil {
		return s.unlessMigrated(ctx, s.commitIn(ctx, j, c))
	}
	err := s.commits.together(ctx, c, s.commitAll)
	var taken *store.TakenError
	if err == nil || errors.As(err, &taken) {
		return err
	}
	return s.failed(ctx, "writing", s.unlessMigrated(ctx, err))
}

// takenWithin refuses two records of one commit that claim the same value.
func takenWithin(writes []store.Write) error {
	claimed := map[claim]int{}
	for i, w := range writes {
		for _, u := range w.Unique {
			if other, held := claimed[claim{w.Kind, u}]; held && other != i {
				return &store.TakenError{Kind: w.Kind, Name: u.Name, Value: u.Value, ID: writes[other].ID}
			}
			claimed[claim{w.Kind, u}] = i
		}
	}
	return nil
}

// commitAll commits some together. If the database refuses that, as where it cannot
// keep one of them, each goes by itself.
func (s *Store) commitAll(ctx context.Context, group []*pending) {
	outcomes, err := s.commit(ctx, group)
	if err != nil && len(group) > 1 && rolledBack(err) {
		for _, p := range group {
			s.commitAll(p.ctx, []*pending{p})
		}
		return
	}
	for i, p := range group {
		if err != nil {
			p.done <- err
			continue
		}
		p.done <- outcomes[i]
	}
}

// commit returns the outcome of each, or the error that none is done.
func (s *Store) commit(ctx context.Context, group []*pending) ([]error, error) {
	if s.on == onSQLite {
		return s.commitSQLite(ctx, group)
	}
	return s.commitPostgres(ctx, group)
}

// rolledBack reports whether the database itself has refused a commit, so that nothing
// of it was done. After another error that is not known.
func rolledBack(err error) bool {
	return errors.As(err, new(interface{ SQLState() string })) || errors.As(err, new(interface{ Code() int }))
}
