package tests

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event/proof"
)

// witness is one that works as C2SP tlog-witness says, and keeps one log.
type witness struct {
	proof.Witness
	t      *testing.T
	key    proof.Key // of the log
	signer note.Signer

	mu     sync.Mutex
	tree   tlog.Tree
	asked  []string                       // the old sizes that it was asked for
	answer func(http.ResponseWriter) bool // answers otherwise, unless it reports false; nil does not
}

func newWitness(t *testing.T, key proof.Key) *witness {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, "witness.example.com/w1")
	must(t, err)
	signer, err := cosignature.NewSignerForCosignatureV1(secret)
	must(t, err)
	w := &witness{t: t, key: key, signer: signer}
	service := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(service.Close)
	w.Address, w.Key = service.URL+"/log/", public
	must(t, w.Check())
	return w
}

func (w *witness) serve(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	head, text, is := strings.Cut(string(body), "\n\n")
	if err != nil || !is || r.Method != http.MethodPost || r.URL.Path != "/log/add-checkpoint" {
		out.WriteHeader(http.StatusBadRequest)
		return
	}
	lines := strings.Split(head, "\n")
	w.asked = append(w.asked, lines[0])
	if w.answer != nil && w.answer(out) {
		return
	}
	tree := opened(w.t, w.key, text)
	switch path := hashLines(w.t, lines[1:]); {
	case lines[0] != fmt.Sprintf("old %d", w.tree.N) || w.tree.N == tree.N && w.tree.Hash != tree.Hash:
		out.Header().Set("Content-Type", "text/x.tlog.size")
		out.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintln(out, w.tree.N)
		return
	case w.tree.N > 0 && w.tree.N < tree.N && tlog.CheckTree(path, tree.N, tree.Hash, w.tree.N, w.tree.Hash) != nil, (w.tree.N == 0 || w.tree.N == tree.N) && len(path) > 0:
		out.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	w.tree = tree
	_, _ = io.WriteString(out, w.sign(text))
}

// sign is the line of the witness below a checkpoint.
func (w *witness) sign(text string) string {
	body, _, _ := strings.Cut(text, "\n\n")
	signed, err := note.Sign(&note.Note{Text: body + "\n"}, w.signer)
	if err != nil {
		w.t.Error(err)
	}
	return strings.TrimPrefix(string(signed), body+"\n\n")
}

func hashLines(t *testing.T, lines []string) (path []tlog.Hash) {
	for _, line := range lines {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			t.Errorf("%q is no hash", line)
			continue
		}
		path = append(path, tlog.Hash(hash))
	}
	return path
}

// TestWitnessesCosign has a witness sign each checkpoint: it is shown that the log has grown,
// says itself from where on, and is asked again after it was away.
func TestWitnessesCosign(t *testing.T) {
	t.Parallel()
	key := newLogKey(t)
	first, second := newWitness(t, key), newWitness(t, key)
	var published []string
	w := newWorld(t, func(c *grantwright.Config) {
		c.LogKey, c.Witnesses = key, []proof.Witness{first.Witness, second.Witness}
		c.Checkpointed = func(_ context.Context, c proof.Checkpoint) error { published = append(published, c.Note); return nil }
	})
	ctx := t.Context()
	signedBy := func(all ...*witness) {
		t.Helper()
		last, err := w.Log().Checkpoint(ctx, auditor)
		must(t, err)
		opened(t, key, last.Note)
		for _, one := range []*witness{first, second} {
			want := false
			for _, by := range all {
				want = want || by == one
			}
			if is := one.Cosignatures(last.Note) != ""; is != want || published[len(published)-1] != last.Note {
				t.Errorf("witness %s: signed is %t, want %t; published is %q of\n%s", one.Address, is, want, published, last.Note)
			}
		}
	}
	w.approved(t, eve, "30 DAYS")
	w.work(t)
	signedBy(first, second)

	// One is away: what the other one signs is published, and the one is asked until it answers.
	second.answer = func(out http.ResponseWriter) bool { out.WriteHeader(http.StatusServiceUnavailable); return true }
	w.approved(t, frank, "30 DAYS")
	w.clock.Move(time.Minute)
	if err := w.Finish(ctx); err == nil || !strings.Contains(err.Error(), "witness.example.com/w1 has not signed the checkpoint of") || !strings.Contains(err.Error(), "it answers 503") {
		t.Errorf("the work ends with %v", err)
	}
	signedBy(first)
	second.answer = nil
	w.clock.Move(time.Minute)
	w.work(t)
	signedBy(first, second)

	// Another process begins with what the witness knows.
	asked := len(first.asked)
	w.restart(t)
	w.submit(t, eve, "90 DAYS")
	w.clock.Move(time.Minute)
	w.work(t)
	signedBy(first, second)
	if got := first.asked[asked:]; len(got) != 2 || got[0] != "old 0" || got[1] == "old 0" {
		t.Errorf("the other process asks %q", got)
	}
	report, err := w.Log().Verify(ctx, auditor)
	if must(t, err); len(report.Faults) > 0 {
		t.Errorf("the log does not hold: %+v", report)
	}
}

// TestWhatAWitnessMayAnswer has a witness answer what is no signature of its: nothing of it
// gets into a checkpoint.
func TestWhatAWitnessMayAnswer(t *testing.T) {
	t.Parallel()
	key := newLogKey(t)
	for name, c := range map[string]struct {
		answer func(w *witness, out http.ResponseWriter)
		says   string
	}{
		"nothing": {func(*witness, http.ResponseWriter) {}, "no signature of its key"},
		"no note": {func(_ *witness, out http.ResponseWriter) { _, _ = io.WriteString(out, "<html>signed</html>") }, "no signature of its key"},
		"another's": {func(w *witness, out http.ResponseWriter) {
			_, _ = io.WriteString(out, newWitness(w.t, key).sign("x\n1\n\n"))
		}, "no signature of its key"},
		"of something else": {func(w *witness, out http.ResponseWriter) {
			_, _ = io.WriteString(out, w.sign("access.example.com/log\n1\n"+hex.EncodeToString(make([]byte, 8))+"\n\n"))
		}, "no signature of its key"},
		"a redirect": {func(_ *witness, out http.ResponseWriter) {
			out.Header().Set("Location", "/elsewhere")
			out.WriteHeader(http.StatusTemporaryRedirect)
		}, "it answers 307"},
		"unknown log": {func(_ *witness, out http.ResponseWriter) { out.WriteHeader(http.StatusNotFound) }, "it answers 404"},
		"a longer log": {func(_ *witness, out http.ResponseWriter) {
			out.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(out, "999999\n")
		}, "was a backup restored?"},
		"another log": {func(_ *witness, out http.ResponseWriter) {
			out.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(out, "0\n")
		}, "another log of 0 events"},
		"changing sizes": {func(w *witness, out http.ResponseWriter) {
			out.WriteHeader(http.StatusConflict)
			_, _ = fmt.Fprintln(out, len(w.asked))
		}, "its state changes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := newWitness(t, key)
			one.answer = func(out http.ResponseWriter) bool { c.answer(one, out); return true }
			w := newWorld(t, func(c *grantwright.Config) { c.LogKey, c.Witnesses = key, []proof.Witness{one.Witness} })
			if err := w.Finish(t.Context()); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the work ends with %v, want %q", err, c.says)
			}
			last, err := w.Log().Checkpoint(t.Context(), auditor)
			must(t, err)
			if lines := strings.Count(last.Note, "— "); lines != 1 {
				t.Errorf("the checkpoint has %d signatures:\n%s", lines, last.Note)
			}
		})
	}
}

// TestWitnessesThatCannotBe has an engine refuse them.
func TestWitnessesThatCannotBe(t *testing.T) {
	t.Parallel()
	_, public, err := note.GenerateKey(rand.Reader, "witness.example.com")
	must(t, err)
	for name, one := range map[string]proof.Witness{
		"address":  {Address: "witness.example.com", Key: public},
		"a login":  {Address: "https://a:b@witness.example.com", Key: public},
		"no key":   {Address: "https://witness.example.com"},
		"half key": {Address: "https://witness.example.com", Key: public[:len(public)-8]},
	} {
		if _, err := grantwright.New(grantwright.Config{Witnesses: []proof.Witness{one}}); err == nil || !strings.Contains(err.Error(), "Config.Witnesses") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
