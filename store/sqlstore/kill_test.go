package sqlstore_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

const (
	childVariable = "GRANTWRIGHT_TEST_WRITER" // the file that a child writes to until it is killed
	kills         = 20
	childWriters  = 4
)

// writeForever is the child: several writers and a sync, in one process. A line
// of its output is an id that was confirmed.
func writeForever(path string) error {
	s, err := sqlitestore.Open(path)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	failed := make(chan error)
	for i := range childWriters {
		go func() { failed <- writePairs(ctx, s, fmt.Sprintf("%d-%d", os.Getpid(), i)) }()
	}
	go func() {
		_, err := s.Inventory().Replace(ctx, "warehouse", assets(1_000_000), monday)
		failed <- err
	}()
	return <-failed
}

func writePairs(ctx context.Context, s *sqlstore.Store, prefix string) error {
	for i := 0; ; i++ {
		id := fmt.Sprintf("%s-%d", prefix, i)
		if err := s.Write(ctx, store.Commit{Writes: pair(id)}); err != nil {
			return err
		}
		if _, err := fmt.Println(id); err != nil {
			return err
		}
	}
}

// pair is two records, of which none stands without the other.
func pair(id string) []store.Write {
	return []store.Write{
		{Kind: "left", ID: id, Body: []byte(`{}`), Entries: []store.Entry{{Index: "all", Order: id}}},
		{Kind: "right", ID: id, Body: []byte(`{}`), Unique: []store.Unique{{Name: "id", Value: id}}},
	}
}

// A process that is killed loses nothing that it had confirmed, and leaves
// nothing half done.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	var confirmed []string
	for range kills {
		confirmed = append(confirmed, killed(t, path, 1+rand.IntN(60))...)
		left, right := written(t, path)
		if diff := cmp.Diff(left, right); diff != "" {
			t.Fatalf("half a write (-left +right)\n%s", diff)
		}
		for _, id := range confirmed {
			if _, found := slices.BinarySearch(left, id); !found {
				t.Fatalf("%s was confirmed, and is lost", id)
			}
		}
	}
	t.Logf("%d writes confirmed, none lost in %d kills", len(confirmed), kills)
}

// killed runs a child until it has confirmed some writes, kills it in the middle
// of the next ones, and returns all that it had confirmed.
func killed(t *testing.T, path string, after int) (ids []string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+path)
	var complaints strings.Builder
	child.Stderr = &complaints
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // what has no end was not said
		}
		if err != nil {
			t.Fatal(err)
		}
		if ids = append(ids, strings.TrimSuffix(line, "\n")); len(ids) == after {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _ = child.Wait(); len(ids) < after {
		t.Fatalf("the child ended by itself after %d writes: %s", len(ids), complaints.String())
	}
	return ids
}

// written opens the file as the next process does, and returns the ids of both
// kinds.
func written(t *testing.T, path string) (left, right []string) {
	t.Helper()
	s, err := sqlitestore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	read, _ := s.Pools()
	if diff := cmp.Diff([]string{"ok"}, texts(t, read, `pragma integrity_check`)); diff != "" {
		t.Fatalf("the file is damaged (-want +got)\n%s", diff)
	}
	var together sync.WaitGroup
	together.Go(func() { left = all(t, s, store.Query{Kind: "left", Index: "all"}) })
	together.Go(func() { right = all(t, s, store.Query{Kind: "right"}) })
	together.Wait()
	return left, right
}

func all(t *testing.T, s store.Store, q store.Query) (ids []string) {
	for {
		pages, err := s.Find(t.Context(), q)
		if err != nil {
			t.Error(err)
			return nil
		}
		page := pages[0]
		for _, r := range page {
			ids = append(ids, r.ID)
		}
		if len(page) < store.MaxPage {
			return ids
		}
		q.After = page[len(page)-1].Position()
	}
}
