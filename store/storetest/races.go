package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/grantwright/grantwright/store"
)

const (
	writers = 8
	rounds  = 15
)

// lostUpdate lets many count in one record.
func lostUpdate(t *testing.T, s store.Store) {
	write(t, s, lamp("counter", 0, "0"))
	errs := together(t.Context(), writers, func(ctx context.Context, _ int) error {
		for range rounds {
			if err := increment(ctx, s, "counter"); err != nil {
				return err
			}
		}
		return nil
	})
	same(t, make([]error, writers), errs)
	same(t, []record{{ID: "counter", Version: writers*rounds + 1, Body: float64(writers * rounds)}}, get(t, s, "counter"))
}

// increment adds one to every record, in one write, until no other comes between.
func increment(ctx context.Context, s store.Store, ids ...string) error {
	for {
		records, err := s.Get(ctx, named(ids)...)
		if err != nil {
			return err
		}
		var writes []store.Write
		for _, r := range records {
			var n int
			if err := json.Unmarshal(r.Body, &n); err != nil {
				return err
			}
			w := serial(r.ID, r.Version, r.ID)
			w.Body, _ = json.Marshal(n + 1)
			writes = append(writes, w)
		}
		if err := s.Write(ctx, store.Commit{Writes: writes}); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

// swapsBothWays writes the same two records in either order: who loses is told
// ErrConflict, also where the database calls it a deadlock.
func swapsBothWays(t *testing.T, s store.Store) {
	write(t, s, lamp("a", 0, "0"), lamp("b", 0, "0"))
	errs := together(t.Context(), writers, func(ctx context.Context, i int) error {
		order := []string{"a", "b"}
		if i%2 == 0 {
			order = []string{"b", "a"}
		}
		for range rounds {
			if err := increment(ctx, s, order...); err != nil {
				return err
			}
		}
		return nil
	})
	same(t, make([]error, writers), errs)
	sum := float64(writers * rounds)
	same(t, []record{{ID: "a", Version: writers*rounds + 1, Body: sum}, {ID: "b", Version: writers*rounds + 1, Body: sum}}, get(t, s, "a", "b"))
}

// oneWinner lets many claim one value: exactly one has it, the others are told
// who.
func oneWinner(t *testing.T, s store.Store) {
	for round := range rounds {
		value := numbered("v", round)
		errs := together(t.Context(), writers, func(ctx context.Context, i int) error {
			err := s.Write(ctx, store.Commit{Writes: []store.Write{serial(numbered(value+"-", i), 0, value)}})
			for errors.Is(err, store.ErrConflict) {
				err = s.Write(ctx, store.Commit{Writes: []store.Write{serial(numbered(value+"-", i), 0, value)}})
			}
			return err
		})
		winner := ""
		for i, err := range errs {
			if err == nil && winner != "" {
				t.Fatalf("%s and %d both have it", winner, i)
			}
			if err == nil {
				winner = numbered(value+"-", i)
			}
		}
		for _, err := range errs {
			if err != nil {
				isTaken(t, err, store.TakenError{Kind: kind, Name: "serial", Value: value, ID: winner})
			}
		}
	}
	same(t, rounds, len(ids(t, s, store.Query{})))
}
