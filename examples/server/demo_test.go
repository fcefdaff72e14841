package main_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The demonstration shows a request in every state, and leaves nothing behind.
func TestDemo(t *testing.T) {
	t.Parallel()
	temporary := t.TempDir()
	must(t, os.Chmod(filepath.Dir(temporary), 0o755)) // PostgreSQL runs as somebody else where we are root,
	must(t, os.Chmod(temporary, 0o777))               // and removes its folder as they do
	dir := t.TempDir()
	s := launch(t, dir, []string{"TMPDIR=" + temporary}, "-demo", "-listen", "127.0.0.1:0")
	select {
	case <-s.said:
	case <-s.ended:
	}
	said := strings.Join(s.welcome, "\n")
	at := regexp.MustCompile(`Grantwright listens on (\S+)`).FindStringSubmatch(said)
	if at == nil {
		t.Fatalf("it says\n%s", said)
	}
	s.url = at[1]
	for _, want := range []string{"psql 'postgres://eve:", "as anybody of: eve@example.com"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	seen := map[string]int{}
	for _, who := range []string{"eve", "frank", "grace", "heidi"} {
		var all struct{ Items []struct{ ID string } }
		s.as(t, who, http.MethodGet, "/requests?limit=50", "", &all)
		for _, one := range all.Items {
			var c struct {
				Request struct{ Status string }
				Grant   struct{ State, How string }
			}
			for wait := ""; wait == "" || c.Grant.State == "PROVISIONING"; wait = "?wait=30" { // it is tried again now and then
				s.as(t, who, http.MethodGet, "/requests/"+one.ID+wait, "", &c)
			}
			seen[strings.TrimSpace(c.Request.Status+" "+c.Grant.State+" "+c.Grant.How)]++
		}
	}
	for _, want := range []string{"PENDING", "DENIED", "APPROVED ACTIVE AUTO", "APPROVED FAILED AUTO", "APPROVED PENDING MANUAL", "EXPIRED REVOKED AUTO", "REVOKED REVOKED AUTO"} {
		if seen[want] == 0 {
			t.Errorf("none is %s: there are %v", want, seen)
		}
	}
	if page := s.get(t, "/sign-in", http.StatusOK); !strings.Contains(page, "heidi@example.com") {
		t.Error("heidi cannot sign in")
	}
	s.stop(t, os.Interrupt)
	for _, folder := range []string{dir, temporary} {
		left, err := filepath.Glob(filepath.Join(folder, "*"))
		if must(t, err); len(left) > 0 {
			t.Errorf("it leaves %v", left)
		}
	}
	if says := refuse(t, "-demo", "-config", "mine.yaml", "-listen", "127.0.0.1:0"); !strings.Contains(says, "-demo brings its own") {
		t.Errorf("with a file of one's own it says %s", says)
	}
}

// Without PostgreSQL the demonstration says how to come by it, and leaves nothing behind.
func TestDemoWithoutPostgreSQL(t *testing.T) {
	t.Parallel()
	dir, temporary := t.TempDir(), t.TempDir()
	text, code := says(t, dir, []string{"TMPDIR=" + temporary, "GRANTWRIGHT_POSTGRES=" + dir}, "-demo", "-listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(text, "install it") || !strings.Contains(text, "GRANTWRIGHT_POSTGRES") {
		t.Errorf("it ends with %d:\n%s", code, text)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
}
