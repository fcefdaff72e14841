package tests

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/proofs"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
)

func newLogKey(t testing.TB) proof.Key {
	t.Helper()
	secret, _, err := note.GenerateKey(rand.Reader, "access.example.com/log")
	must(t, err)
	key, err := proof.ReadKey(secret)
	must(t, err)
	return key
}

// opened reads a checkpoint as an auditor does, who has the public key and another
// implementation of the log.
func opened(t *testing.T, key proof.Key, text string) tlog.Tree {
	t.Helper()
	verifier, err := note.NewVerifier(key.Public)
	must(t, err)
	n, err := note.Open([]byte(text), note.VerifierList(verifier))
	must(t, err)
	_, size, root, err := proof.Read(n.Text + "\n")
	must(t, err)
	return tlog.Tree{N: size, Hash: tlog.Hash(root)}
}

// proves checks each event of a story against its checkpoint.
func proves(t *testing.T, key proof.Key, s proof.Story) {
	t.Helper()
	tree := opened(t, key, s.Checkpoint)
	for _, e := range s.Events {
		if err := tlog.CheckRecord(hashesOf(e.Proof), tree.N, tree.Hash, e.Number-1, tlog.RecordHash([]byte(e.Leaf))); err != nil {
			t.Errorf("event %d is not proved: %v", e.Number, err)
		}
	}
}

func hashesOf(path [][]byte) (all []tlog.Hash) {
	for _, h := range path {
		all = append(all, tlog.Hash(h))
	}
	return all
}

// TestTheLogProvesItself has an auditor check what the engine says with the public key alone.
func TestTheLogProvesItself(t *testing.T) {
	t.Parallel()
	key := newLogKey(t)
	var published atomic.Int64
	w := newWorld(t, func(c *grantwright.Config) {
		c.LogKey = key
		c.Checkpointed = func(_ context.Context, c proof.Checkpoint) error { published.Store(c.Size); return nil }
	})
	ctx := t.Context()
	if _, err := w.Log().Checkpoint(ctx, auditor); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("before there is a checkpoint: %v", err)
	}
	req := w.approved(t, eve, "30 DAYS")
	w.work(t)
	first, err := w.Log().Checkpoint(ctx, auditor)
	must(t, err)
	w.approved(t, frank, "30 DAYS")
	w.work(t)
	if again, err := w.Log().Checkpoint(ctx, auditor); err != nil || again.Size != first.Size {
		t.Errorf("within the same minute there is another checkpoint: %+v, %v", again, err)
	}
	newest := w.submit(t, eve, "90 DAYS")
	w.clock.Move(time.Minute)
	w.work(t)
	second, err := w.Log().Checkpoint(ctx, auditor)
	must(t, err)
	if first.Size == 0 || second.Size <= first.Size || published.Load() != second.Size {
		t.Fatalf("the checkpoints are of %d and %d, published is %d", first.Size, second.Size, published.Load())
	}
	c, err := w.Log().Consistency(ctx, auditor, first.Size, 0)
	must(t, err)
	was, is := opened(t, key, first.Note), opened(t, key, second.Note)
	if err := tlog.CheckTree(hashesOf(c.Proof), is.N, is.Hash, was.N, was.Hash); err != nil {
		t.Errorf("the checkpoints are not of one log: %v", err)
	}
	for _, id := range []request.ID{req.ID, newest.ID} {
		story, err := w.Log().Story(ctx, auditor, id)
		must(t, err)
		events, err := w.Log().Of(ctx, auditor, id, 0, 0)
		must(t, err)
		if len(story.Events) != len(events) || len(events) == 0 || story.Later != 0 {
			t.Errorf("the story has %d of %d events, %d later", len(story.Events), len(events), story.Later)
		}
		proves(t, key, story)
	}
	one, err := w.Log().Proof(ctx, auditor, 3)
	must(t, err)
	proves(t, key, one)
	w.submit(t, frank, "90 DAYS")
	if s, err := w.Log().Proof(ctx, auditor, second.Size+1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an event after the checkpoint is proved: %+v, %v", s, err)
	}
	report, err := w.Log().Verify(ctx, auditor)
	if err != nil || len(report.Faults) > 0 || report.Covered != second.Size || report.Events <= second.Size || report.Checkpoints != 2 || report.Signed != second.Size {
		t.Errorf("the report is %+v, %v", report, err)
	}
	if _, err := w.Log().Verify(ctx, eve); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("somebody without AUDIT: %v", err)
	}
}

// handEdited are logs that somebody edits in the database. Size is that of the log.
var handEdited = []struct {
	name string
	edit func(size int64) string // SQL
	want func(size int64) []string
}{
	{"nothing", func(int64) string { return "select 1" }, func(int64) []string { return nil }},
	{"changed", func(int64) string { return bodyOf(5, `json_set(body, '$.by', 'mallory@example.com')`) }, func(int64) []string { return []string{"event 5 was changed"} }},
	{"a field more", func(int64) string { return bodyOf(5, `json_set(body, '$.note', 'x')`) }, func(int64) []string { return []string{"event 5 was changed"} }},
	{"no event any more", func(int64) string { return bodyOf(5, `'[]'`) }, func(int64) []string { return []string{"event 5 was changed"} }},
	{"removed", func(int64) string { return "delete from grantwright_records where kind = 'events' and id = " + ord(5) }, func(int64) []string { return []string{"event 5 was removed"} }},
	{"several removed", func(int64) string {
		return "delete from grantwright_records where kind = 'events' and id between " + ord(5) + " and " + ord(7)
	}, func(int64) []string { return []string{"events 5 to 7 were removed"} }},
	{"the last removed", func(size int64) string {
		return "delete from grantwright_records where kind = 'events' and id = " + ord(size)
	}, func(size int64) []string { return []string{fmt.Sprintf("event %d was removed", size)} }},
	{"all removed", func(size int64) string { return "delete from grantwright_records where kind = 'events'" }, func(size int64) []string { return []string{fmt.Sprintf("events 1 to %d were removed", size)} }},
	{"swapped", func(int64) string {
		return "create temporary table was as select id, body from grantwright_records where kind = 'events'; " +
			bodyOf(5, "(select body from was where id = "+ord(6)+")") + "; " + bodyOf(6, "(select body from was where id = "+ord(5)+")")
	}, func(int64) []string {
		return []string{"event 5 was logged as event 6", "event 6 was logged as event 5"}
	}},
	{"forged behind a gap", func(size int64) string {
		return "insert into grantwright_records (kind, id, version, body) select kind, " + ord(size+4) + ", 1, body from grantwright_records where kind = 'events' and id = " + ord(5)
	}, func(size int64) []string { return []string{fmt.Sprintf("event %d was never logged", size+4)} }},
	{"changed, with its hash", func(int64) string { return hashOf(5) }, func(size int64) []string {
		return []string{"event 5 was changed", fmt.Sprintf("the stored hashes of events 1 to %d were changed", size), fmt.Sprintf("the checkpoint of %d events is not that of these events", size)}
	}},
	{"all hashes gone", func(int64) string { return "delete from grantwright_records where kind = 'tiles'" }, func(size int64) []string {
		return []string{"event 1 was changed", fmt.Sprintf("the checkpoint of %d events is not that of these events", size)}
	}},
	{"a checkpoint of another root", func(size int64) string {
		return "update grantwright_records set body = json_set(body, '$.root', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=') where kind = 'checkpoints'"
	}, func(size int64) []string {
		return []string{fmt.Sprintf("the checkpoint of %d events is not that of these events", size)}
	}},
	{"a checkpoint that nobody signed", func(size int64) string {
		return "update grantwright_records set body = replace(body, 'access.example.com/log\\n', 'access.example.com/lag\\n') where kind = 'checkpoints'"
	}, func(size int64) []string {
		return []string{fmt.Sprintf("the checkpoint of %d events is not signed by the key of the log", size)}
	}},
	{"the tree cut short", func(size int64) string {
		return "update grantwright_records set body = json_set(body, '$.size', 4) where kind = 'trees'"
	}, func(size int64) []string {
		return []string{fmt.Sprintf("the checkpoint of %d events is not that of these events", size)}
	}},
}

func ord(n int64) string { return "'" + store.OrderNumber(n) + "'" }

func bodyOf(number int64, body string) string {
	return "update grantwright_records set body = " + body + " where kind = 'events' and id = " + ord(number)
}

// hashOf changes the stored hash of an event: some characters of the base64 of a tile.
func hashOf(number int64) string {
	at := (number-1)*32/3*4 + 4
	return fmt.Sprintf("update grantwright_records set body = json_set(body, '$.hashes', substr(json_extract(body, '$.hashes'), 1, %d) || 'AAAA' || substr(json_extract(body, '$.hashes'), %d)) where kind = 'tiles'", at, at+5)
}

// TestALogThatSomebodyEdits edits the records in the database, past the engine, and wants each
// edit to be named.
func TestALogThatSomebodyEdits(t *testing.T) {
	t.Parallel()
	key := newLogKey(t)
	whole := filepath.Join(t.TempDir(), "whole.db")
	w := newWorld(t, func(c *grantwright.Config) { c.LogKey, c.Store = key, sqliteAt(t, whole) })
	w.approved(t, eve, "30 DAYS")
	w.work(t)
	w.clock.Move(time.Minute)
	w.work(t)
	last, err := w.Log().Checkpoint(t.Context(), auditor)
	must(t, err)
	for _, tt := range handEdited {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "edited.db")
			editStore(t, whole, "vacuum into '"+path+"'")
			must(t, os.Chmod(path, 0o600))
			editStore(t, path, tt.edit(last.Size))
			e := emptyWorld(t, func(c *grantwright.Config) { c.LogKey, c.Store = key, sqliteAt(t, path) })
			report, err := e.Log().Verify(t.Context(), auditor)
			must(t, err)
			var said []string
			for _, f := range report.Faults {
				said = append(said, f.String())
			}
			want := tt.want(last.Size)
			for _, s := range want {
				if !slices.Contains(said, s) {
					t.Errorf("it does not say %q", s)
				}
			}
			if len(want) == 0 && len(said) > 0 || t.Failed() {
				t.Errorf("it says %q", said)
			}
		})
	}
}

// sqliteAt is a store in a SQLite file.
func sqliteAt(t *testing.T, path string) store.Store {
	t.Helper()
	s, err := sqlitestore.Open(path)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	must(t, s.Migrate(t.Context()))
	return s
}

// editStore runs SQL in a SQLite file, past the store.
func editStore(t *testing.T, path, text string) {
	t.Helper()
	raw, err := sql.Open("sqlite", path)
	must(t, err)
	raw.SetMaxOpenConns(1)
	_, err = raw.ExecContext(t.Context(), text)
	must(t, errors.Join(err, raw.Close()))
}

// TestAForkIsNotSigned changes the tiles below a checkpoint: the log goes on, and nobody signs
// that it is the same.
func TestAForkIsNotSigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.LogKey = newLogKey(t) })
	ctx := t.Context()
	w.work(t)
	first, err := w.Log().Checkpoint(ctx, auditor)
	must(t, err)
	tiles, err := records.Tiles.All(ctx, w.store, "", 1)
	must(t, err)
	forged := tiles[0].Value
	forged.Hashes = slices.Clone(forged.Hashes)
	forged.Hashes[0]++
	var c store.Change
	records.Tiles.Update(&c, tiles[0], forged)
	must(t, c.Commit(ctx, w.store))
	w.submit(t, eve, "30 DAYS")
	w.clock.Move(time.Minute)
	if err := w.Finish(ctx); !errors.Is(err, proof.ErrBroken) {
		t.Errorf("the work ends with %v", err)
	}
	if last, err := w.Log().Checkpoint(ctx, auditor); err != nil || last.Size != first.Size {
		t.Errorf("the last checkpoint is of %d events, %v", last.Size, err)
	}
}

// logOf is a store with so many events, and no tree.
func logOf(t testing.TB, events int) *store.Memory {
	t.Helper()
	s := new(store.Memory)
	for from := 0; from < events; from += store.MaxPage {
		var c store.Change
		for i := from; i < min(events, from+store.MaxPage); i++ {
			c.Emit(store.Event{ID: fmt.Sprint(i), Type: "test.happened", At: time.Unix(int64(i), 0).UTC(), By: eve.Person(), About: []store.Subject{"things/1"}})
		}
		must(t, c.Commit(t.Context(), s))
	}
	return s
}

// room is the room that lets the tree grow, on a store.
func room(s store.Store, key proof.Signer) *proofs.Proofs {
	j := journal.New(s)
	j.Clock = time.Now
	return &proofs.Proofs{Journal: j, Signer: key}
}

// TestReplicasGrowOneTree has several processes add the events of before, which fill two levels
// of tiles, and die at any commit.
func TestReplicasGrowOneTree(t *testing.T) {
	t.Parallel()
	const events = 66_000
	s, key := logOf(t, events), newLogKey(t)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for ctx := t.Context(); ; {
				ctx, kill := context.WithCancel(ctx)
				dying := &dies{Store: s, kill: kill, after: 7 + i}
				err := room(dying, key).Grow(ctx)
				if kill(); err == nil {
					return
				}
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	report, err := room(s, key).Verify(t.Context())
	if err != nil || len(report.Faults) > 0 || report.Covered != events || report.Signed != events {
		t.Errorf("the report is %+v, %v", report, err)
	}
	read, err := records.Trees.Get(t.Context(), s, records.TheTree)
	must(t, err)
	if most := int64(events/store.MaxPage + 1); read.Version > most {
		t.Errorf("the tree was written %d times, %d pages were to be added", read.Version, most)
	}
}

// dies is a store whose process dies after some writes.
type dies struct {
	store.Store
	kill  func()
	after int
}

func (d *dies) Write(ctx context.Context, c store.Commit) error {
	if d.after--; d.after == 0 {
		d.kill()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return d.Store.Write(ctx, c)
}

// calls counts the calls of a store.
type calls struct {
	store.Store
	n atomic.Int64
}

func (c *calls) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	c.n.Add(1)
	return c.Store.Get(ctx, keys...)
}

func (c *calls) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	c.n.Add(1)
	return c.Store.Find(ctx, queries...)
}

func (c *calls) Write(ctx context.Context, w store.Commit) error {
	c.n.Add(1)
	return c.Store.Write(ctx, w)
}

// TestProofsCostLittle counts the calls of the store: 4 for a page of 500 events, 3 for a
// proof whatever the size of the log, and none while nothing happens.
func TestProofsCostLittle(t *testing.T) {
	t.Parallel()
	s := &calls{Store: logOf(t, 20*store.MaxPage)}
	p := room(s, newLogKey(t))
	spent := func(what string, most int64, do func() error) {
		t.Helper()
		s.n.Store(0)
		if must(t, do()); s.n.Load() > most {
			t.Errorf("%s takes %d calls, at most %d are allowed", what, s.n.Load(), most)
		}
	}
	spent("a process without news", 0, func() error { return p.GrowSoon(t.Context()) })
	spent("20 pages and a checkpoint", 20*4+2+6, func() error { return p.Grow(t.Context()) })
	spent("a proof", 3, func() error { _, err := p.Event(t.Context(), 1234); return err })
	spent("a proof of consistency", 5, func() error { _, err := p.Consistency(t.Context(), 700, 0); return err })
	spent("a page of an export", 3, func() error { _, err := p.Export(t.Context(), 700, 500); return err })
}

// TestAProcessWithNewsGrowsTheTree runs an engine, and waits until what has happened is signed.
func TestAProcessWithNewsGrowsTheTree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) {
		c.LogKey, c.Poll, c.Checkpoint = newLogKey(t), 5*time.Millisecond, time.Second
	})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = w.Run(ctx) })
	defer running.Wait()
	defer stop()
	until := time.Now().Add(patience)
	for signed := int64(0); ; {
		last, err := w.Log().Await(ctx, 0)
		must(t, err)
		c, err := w.Log().Checkpoint(ctx, auditor)
		if err == nil && c.Size >= last && c.Size > signed && signed > 0 {
			return
		}
		if err == nil && c.Size == last && signed == 0 {
			signed = c.Size
			w.submit(t, eve, "30 DAYS")
		}
		if w.clock.Move(time.Second); time.Now().After(until) {
			t.Fatalf("the checkpoint is %d of %d, %v", c.Size, last, err)
		}
		<-time.After(time.Millisecond)
	}
}

// TestExport reads the log as lines: their hashes lead to the root of the checkpoint.
func TestExport(t *testing.T) {
	t.Parallel()
	const events = 1100
	s, key := logOf(t, events), newLogKey(t)
	p := room(s, key)
	must(t, p.Grow(t.Context()))
	var o []tlog.Hash
	var read int64
	for {
		page, err := p.Export(t.Context(), read, 300)
		must(t, err)
		for _, e := range page {
			if h := tlog.RecordHash([]byte(e.Leaf)); h != tlog.Hash(e.Hash) || !strings.Contains(e.Leaf, fmt.Sprintf(`"number":%d,`, read+1)) {
				t.Fatalf("line %d: %+v", read+1, e)
			}
			more, err := tlog.StoredHashes(read, []byte(e.Leaf), tlog.HashReaderFunc(func(at []int64) (all []tlog.Hash, _ error) {
				for _, i := range at {
					all = append(all, o[i])
				}
				return all, nil
			}))
			must(t, err)
			o, read = append(o, more...), read+1
		}
		if len(page) < 300 {
			break
		}
	}
	last, err := p.Latest(t.Context())
	must(t, err)
	root, err := tlog.TreeHash(read, tlog.HashReaderFunc(func(at []int64) (all []tlog.Hash, _ error) {
		for _, i := range at {
			all = append(all, o[i])
		}
		return all, nil
	}))
	if tree := opened(t, key, last.Note); err != nil || read != events || tree.N != read || tree.Hash != root {
		t.Errorf("%d lines lead to %v, the checkpoint is %v, %v", read, root, tree, err)
	}
}
