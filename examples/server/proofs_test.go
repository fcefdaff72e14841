package main

import (
	"bytes"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/grantwright/grantwright/event/proof"
)

// TestLogKey makes keys of a log in each way, and wants what they sign to be accepted by the
// public key that is printed.
func TestLogKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out, errs bytes.Buffer
	path := filepath.Join(dir, "log.key")
	need(t, logging([]string{"key", path, "access.example.com/log"}, &out, &errs))
	if err := logging([]string{"key", path, "access.example.com/log"}, &out, &errs); err == nil {
		t.Error("a key is written over another")
	}
	if err := logging([]string{"key"}, &out, &errs); err == nil || !strings.Contains(errs.String(), "usage") {
		t.Errorf("without a file: %v, %s", err, errs.String())
	}
	given := proving{key: "file:" + path}
	text, err := given.read("postgres://records")
	need(t, err)
	key, err := proof.ReadKey(text)
	need(t, err)
	if printed := strings.TrimSpace(out.String()); key.Public != printed {
		t.Errorf("the public key is %q, printed was %q", key.Public, printed)
	}
	verifier, err := note.NewVerifier(key.Public)
	need(t, err)
	signed, err := proof.Sign(key, 3, proof.LeafHash(nil))
	need(t, err)
	if _, err := note.Open([]byte(signed), note.VerifierList(verifier)); err != nil || !proof.Signed(key, key.Verify, signed) {
		t.Errorf("its signature is not accepted: %v", err)
	}
	made := proving{origin: defaultOrigin}
	first, err := made.read(filepath.Join(dir, "records.db"))
	need(t, err)
	again, err := made.read(filepath.Join(dir, "records.db"))
	if need(t, err); first != again || first == "" {
		t.Error("the key beside the records is not the same")
	}
	for _, store := range []string{"", "postgres://records"} {
		if text, err := made.read(store); err != nil || text != "" {
			t.Errorf("%q has a key: %v", store, err)
		}
	}
	for _, bad := range []string{"", "x", "PRIVATE+KEY+a+b+c", strings.TrimSuffix(strings.TrimSpace(first), first[len(first)-9:])} {
		if _, err := proof.ReadKey(bad); err == nil || strings.Contains(err.Error(), "PRIVATE+KEY+a") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := (proving{key: first}).check(); err == nil || strings.Contains(err.Error(), first) {
		t.Errorf("a key on the command line: %v", err)
	}
}

// TestCheckpointFile replaces the file of the last checkpoint, but not by a shorter log.
func TestCheckpointFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "checkpoint")
	text, err := proving{origin: defaultOrigin}.read(filepath.Join(t.TempDir(), "records.db"))
	need(t, err)
	key, err := proof.ReadKey(text)
	need(t, err)
	of := func(size int64) proof.Checkpoint {
		signed, err := proof.Sign(key, size, proof.LeafHash(nil))
		need(t, err)
		return proof.Checkpoint{Size: size, Note: signed}
	}
	for _, size := range []int64{3, 12} {
		need(t, publish(path, of(size)))
		if got, err := os.ReadFile(path); err != nil || string(got) != of(size).Note {
			t.Errorf("the file holds %q, %v", got, err)
		}
	}
	if err := publish(path, of(5)); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("a shorter log: %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != of(12).Note {
		t.Errorf("the file holds %q, %v", got, err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".checkpoint-*")); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}

// TestCheckpointsArePosted has a service get each checkpoint, and an error say what it answers.
func TestCheckpointsArePosted(t *testing.T) {
	t.Parallel()
	var got string
	status := http.StatusNoContent
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = r.Method + " " + r.Header.Get("Content-Type") + " " + string(body)
		w.WriteHeader(status)
	}))
	t.Cleanup(service.Close)
	var p proving
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	p.flags(flags)
	need(t, flags.Parse([]string{"-log-post", service.URL}))
	need(t, p.check())
	if err := p.publish(t.Context(), proof.Checkpoint{Note: "a note\n"}); err != nil || got != "POST text/plain; charset=utf-8 a note\n" {
		t.Errorf("it got %q, %v", got, err)
	}
	status = http.StatusTooManyRequests
	if err := p.publish(t.Context(), proof.Checkpoint{}); err == nil || !strings.Contains(err.Error(), "answers 429") {
		t.Errorf("an error of the service: %v", err)
	}
	for _, bad := range []string{"archive.example.com", "file:///tmp/x", "://"} {
		if err := (proving{post: bad}).check(); err == nil || !strings.Contains(err.Error(), "-log-post") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, bad := range []string{"", "x https://witness.example.com", "https://witness.example.com"} {
		if err := p.addWitness(bad); err == nil {
			t.Errorf("%q is a witness", bad)
		}
	}
}

func need(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
