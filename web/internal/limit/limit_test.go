package limit_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/grantwright/grantwright/web/internal/limit"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l := limit.New(limit.Rate{PerSecond: 0.5, AtOnce: 2}, func() time.Time { return now })
	take := func(client string, want time.Duration) {
		t.Helper()
		if wait := l.Take(client); wait != want {
			t.Errorf("%s has to wait %s, want %s", client, wait, want)
		}
	}
	take("a", 0)
	take("a", 0)
	take("a", 2*time.Second)
	take("b", 0)
	take("a", 2*time.Second) // what is refused counts for nothing
	now = now.Add(2 * time.Second)
	take("a", 0)
	take("a", 2*time.Second)
	for i := range 30_000 { // whoever is at rest is forgotten first; nobody is remembered without bound
		l.Take(strconv.Itoa(i))
	}
	none := limit.New(limit.Rate{}, func() time.Time { return now })
	for range 2 {
		if none.Take("a") != 0 {
			t.Error("the zero Rate sets a bound")
		}
	}
}
