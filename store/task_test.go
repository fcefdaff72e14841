package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/grantwright/grantwright/store"
)

func TestRing(t *testing.T) {
	t.Parallel()
	in := func(d time.Duration) time.Time { return start.Add(d) }
	for _, tt := range []struct {
		name string
		was  store.Task
		at   time.Time
		want store.Task
	}{
		{"parked", store.Task{}, in(1), store.Task{Due: in(1)}},
		{"later", store.Task{Due: in(1)}, in(2), store.Task{Due: in(1)}},
		{"earlier", store.Task{Due: in(2), Attempts: 3, Error: "x"}, in(1), store.Task{Due: in(1), Attempts: 3, Error: "x"}},
		{"leased", store.Task{Due: in(30), Holder: "h"}, in(1), store.Task{Due: in(30), Holder: "h", Again: in(1)}},
		{"leased, again later", store.Task{Due: in(30), Holder: "h", Again: in(1)}, in(2), store.Task{Due: in(30), Holder: "h", Again: in(1)}},
		{"leased, again earlier", store.Task{Due: in(30), Holder: "h", Again: in(2)}, in(1), store.Task{Due: in(30), Holder: "h", Again: in(1)}},
	} {
		var s store.Memory
		tt.was.ID, tt.want.ID = "t", "t"
		var c store.Change
		store.Tasks.Insert(&c, tt.was)
		commit(t, &s, c)
		mustRing(t, &s, "t", tt.at)
		same(t, tt.name, tt.want, task(t, &s, "t"))
	}
	var s store.Memory
	for _, d := range []time.Duration{2 * time.Hour, time.Hour, 3 * time.Hour} {
		mustRing(t, &s, "new", in(d))
	}
	same(t, "new", store.Task{ID: "new", Due: in(time.Hour)}, task(t, &s, "new"))
	var twice store.Change
	for range 2 {
		if err := store.Ring(t.Context(), &s, &twice, "new", start); err != nil {
			t.Fatal(err)
		}
	}
	if err := twice.Commit(t.Context(), &s); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("twice in one change: %v", err)
	}
}

func TestEarliest(t *testing.T) {
	t.Parallel()
	a, b, zero := start, start.Add(1), time.Time{}
	for _, tt := range []struct {
		of   []time.Time
		want time.Time
	}{{nil, zero}, {[]time.Time{zero, zero}, zero}, {[]time.Time{b, zero, a}, a}, {[]time.Time{zero, b}, b}, {[]time.Time{a, b}, a}} {
		if got := store.Earliest(tt.of...); !got.Equal(tt.want) {
			t.Errorf("of %v: got %v, want %v", tt.of, got, tt.want)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for attempts := range 200 {
		full := store.MaxBackoff
		if attempts < 9 {
			full = min(full, time.Second<<attempts)
		}
		for range 50 {
			if d := store.Backoff(attempts); d > full || d < full*2/3 {
				t.Fatalf("after %d attempts: %v, want up to %v", attempts, d, full)
			}
		}
	}
}

func TestChangeRefuses(t *testing.T) {
	t.Parallel()
	first, second := errors.New("first"), errors.New("second")
	var s store.Memory
	var c store.Change
	if !c.Empty() || c.Commit(t.Context(), &s) != nil {
		t.Error("the empty change is not empty")
	}
	notes.Insert(&c, note{"a", "x"})
	c.Refuse(first)
	c.Refuse(second)
	if err := c.Commit(t.Context(), &s); !errors.Is(err, first) || errors.Is(err, second) || c.Empty() {
		t.Errorf("got %v, want the first reason", err)
	}
	for name, change := range map[string]func(*store.Change){
		"delete of what was not read": func(c *store.Change) { notes.Delete(c, store.Stored[note]{Value: note{"a", "x"}}) },
		"no id":                       func(c *store.Change) { notes.Insert(c, note{"", "x"}) },
		"an id that differs": func(c *store.Change) {
			notes.Update(c, store.Stored[note]{Version: 1, Value: note{"a", ""}}, note{"b", ""})
		},
		"insert and update": func(c *store.Change) {
			notes.Insert(c, note{"a", "x"})
			notes.Update(c, store.Stored[note]{Version: 1, Value: note{"a", ""}}, note{"a", ""})
		},
	} {
		var c store.Change
		change(&c)
		if err := c.Commit(t.Context(), &s); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	same(t, "stored", []string(nil), texts(t, &s))
	if _, err := notes.Get(t.Context(), &s, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestIndexEach(t *testing.T) {
	t.Parallel()
	var s store.Memory
	const many = store.MaxPage + 7
	for i := range many {
		commit(t, &s, noting(store.OrderNumber(int64(i)), "same"))
	}
	commit(t, &s, noting("else", "other"))
	seen, stop := 0, errors.New("stop")
	err := notesByText.Each(t.Context(), &s, "same", func(n store.Stored[note]) error {
		if n.Value.ID != store.OrderNumber(int64(seen)) {
			t.Errorf("in place %d stands %s", seen, n.Value.ID)
		}
		seen++
		return nil
	})
	if err != nil || seen != many {
		t.Errorf("saw %d, %v", seen, err)
	}
	if err := notesByText.Each(t.Context(), &s, "same", func(store.Stored[note]) error { seen++; return stop }); !errors.Is(err, stop) || seen != many+1 {
		t.Errorf("got %v after %d", err, seen)
	}
}

// A body of another shape is an error that names the record.
func TestKindReadsNothingElse(t *testing.T) {
	t.Parallel()
	var s store.Memory
	if err := s.Write(t.Context(), store.Commit{Writes: []store.Write{{Kind: "notes", ID: "a", Body: []byte(`[1]`)}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := notes.Get(t.Context(), &s, "a"); err == nil || err.Error()[:len(`store: notes "a" cannot be read`)] != `store: notes "a" cannot be read` {
		t.Errorf("got %v", err)
	}
	same(t, "kind of a subject", "notes", notes.Subject("a/b").Kind())
}
