package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// turn is the advisory lock under which commits on PostgreSQL take turns.
const turn = `select pg_advisory_xact_lock(7454127125159342962)`

// Commits that come while one is under way are one statement: each is done wholly or not
// at all, and one whose caller is gone is not done.
func TestCommitsGoTogether(t *testing.T) {
	t.Parallel()
	_, db := fresh(t, nil)
	connector, err := pq.NewConnector(server.SuperURL(database(t, db)))
	if err != nil {
		t.Fatal(err)
	}
	counted := &counting{Connector: connector}
	pool := sql.OpenDB(counted)
	t.Cleanup(func() { _ = pool.Close() })
	s := sqlstore.New(pool, pool)
	if err := s.Write(t.Context(), store.Commit{Writes: pair("held")}); err != nil {
		t.Fatal(err)
	}
	before := counted.statements.Load()
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec(turn)
	}
	if err != nil {
		t.Fatal(err)
	}
	outcomes := queueUp(t, s)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	checkOutcomes(t, s, outcomes)
	if n := counted.statements.Load() - before; n != 3 { // with the reading of the outcome
		t.Errorf("the commits were %d statements, want 3: the first, all others, and the list of what stands", n)
	}
}

// The same on SQLite, where another process has the turn.
func TestCommitsGoTogetherSQLite(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openSQLite(t, path)
	if err := s.Write(t.Context(), store.Commit{Writes: pair("held")}); err != nil {
		t.Fatal(err)
	}
	other := raw(t, path)
	conn, err := other.Conn(t.Context())
	if err == nil {
		_, err = conn.ExecContext(t.Context(), `begin immediate`)
	}
	if err != nil {
		t.Fatal(err)
	}
	outcomes := queueUp(t, s)
	if _, err := conn.ExecContext(t.Context(), `commit`); err != nil {
		t.Fatal(err)
	}
	checkOutcomes(t, s, outcomes)
}

const queued = 12

// queueUp begins one commit, and has others wait for it: the second is stale, the third
// claims a value that is taken, and the caller of the fourth goes away.
func queueUp(t *testing.T, s *sqlstore.Store) []chan error {
	t.Helper()
	outcomes := make([]chan error, queued)
	gone, leave := context.WithCancel(t.Context())
	for i := range outcomes {
		outcomes[i] = make(chan error, 1)
		ctx, c := t.Context(), store.Commit{Writes: pair(fmt.Sprintf("%02d", i))}
		switch i {
		case 1:
			c.Holds = []store.Hold{{Key: store.Key{Kind: "left", ID: "held"}, Version: 7}}
		case 2:
			c.Writes[1].Unique[0].Value = "held"
		case 3:
			ctx = gone
		}
		go func() { outcomes[i] <- s.Write(ctx, c) }()
		if err := grantwrighttest.Until(t.Context(), func() bool { return s.Waiting() == i && s.Busy() }); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if err := <-outcomes[3]; !errors.Is(err, context.Canceled) {
		t.Errorf("whose caller is gone: %v", err)
	}
	outcomes[3] <- context.Canceled
	return outcomes
}

func checkOutcomes(t *testing.T, s *sqlstore.Store, outcomes []chan error) {
	t.Helper()
	var want []string
	for i, outcome := range outcomes {
		err := <-outcome
		taken := (*store.TakenError)(nil)
		switch {
		case i == 1 && !errors.Is(err, store.ErrConflict), i == 2 && (!errors.As(err, &taken) || taken.ID != "held"), i == 3 && !errors.Is(err, context.Canceled), (i == 0 || i > 3) && err != nil:
			t.Errorf("commit %d: %v", i, err)
		case i == 0 || i > 3:
			want = append(want, fmt.Sprintf("%02d", i))
		}
	}
	got := all(t, s, store.Query{Kind: "left", Index: "all"})
	if fmt.Sprint(got) != fmt.Sprint(append(want, "held")) {
		t.Errorf("there stand %v, want %v", got, append(want, "held"))
	}
}
