package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTheLogIsVerified takes an export and a story from a server, and checks them, before and
// after somebody edits them.
func TestTheLogIsVerified(t *testing.T) {
	t.Parallel()
	s := start(t, "-log-every", "1ms")
	eve, audit := s.as("eve"), s.as("auditor")
	id := eve.asked(t, "sales.public.orders", "-answer", "purpose=x", "-for", "30d")
	dir := t.TempDir()
	export, story, point := filepath.Join(dir, "log.jsonl"), filepath.Join(dir, "story.json"), filepath.Join(dir, "checkpoint")
	for until := time.Now().Add(time.Minute); ; {
		r := audit.once(t.Context(), "", "log", "story", id, "-o", story)
		text, _ := os.ReadFile(story)
		if r.code == exitDone && strings.Contains(string(text), "request.created") && !strings.Contains(string(text), `"later"`) {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("there is no story: %+v\n%s", r, text)
		}
		<-time.After(50 * time.Millisecond)
	}
	audit.wants(t, exitDone, []string{"log", "checkpoint", "-o", point})
	audit.wants(t, exitDone, []string{"log", "export", "-o", export})
	offline := &gw{env: func(string) string { return "" }, now: time.Now, zone: time.UTC}
	offline.wants(t, exitDone, []string{"log", "verify", story}, "It holds", "The signature was not checked")
	offline.wants(t, exitDone, []string{"log", "verify", export, "-since", point}, "It holds", "goes on from the earlier checkpoint")
	for _, path := range []string{story, export} {
		text, err := os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(path, []byte(strings.Replace(string(text), "eve@example.com", "mal@example.com", 1)), 0o600))
		offline.wants(t, exitBroken, []string{"log", "verify", path}, "was changed", "It does not hold.")
		offline.wants(t, exitBroken, []string{"log", "verify", path, "-json"}, `"faults"`)
	}
	for _, tt := range []struct {
		by   *gw
		args string
		code int
		says string
	}{
		{eve, "log story " + id, exitRefused, "AUDIT"},
		{audit, "log story AAAA", exitNotFound, "AAAA"},
		{audit, "log", exitUsage, "checkpoint, export, story or verify"},
		{audit, "log export x", exitUsage, "one too many"},
		{offline, "log verify", exitUsage, "FILE is missing"},
		{offline, "log verify nowhere.json", exitUsage, "nowhere.json"},
		{offline, "log verify " + export + " -key x", exitUsage, "key"},
		{offline, "log verify " + export + " -since nowhere", exitUsage, "-since"},
	} {
		tt.by.wants(t, tt.code, words(tt.args), tt.says)
	}
}
