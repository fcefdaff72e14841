package main_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestConfig goes the way of somebody who keeps forms and flows as code.
func TestConfig(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine.yaml")
	example, err := exec.Command(binary, "-example").Output()
	must(t, err)
	write := func(text string) { must(t, os.WriteFile(mine, []byte(text), 0o600)) }
	write(string(example))
	start(t, dir, nil, "-listen", "127.0.0.1:0", "-store", "mine.db", "-config", mine).stop(t, os.Interrupt)

	config := func(args ...string) (string, error) {
		c := exec.Command(binary, append(append([]string{"config"}, args...), "-store", filepath.Join(dir, "mine.db"), "-config", mine)...)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	works := func(want string, args ...string) string {
		t.Helper()
		out, err := config(args...)
		if err != nil || !strings.Contains(out, want) {
			t.Fatalf("config %v says %v, want %q:\n%s", args, err, want, out)
		}
		return out
	}
	fails := func(want string, args ...string) {
		t.Helper()
		if out, err := config(args...); err == nil || !strings.Contains(out, want) {
			t.Errorf("config %v says %v, want %q:\n%s", args, err, want, out)
		}
	}
	works("nothing differs", "diff", "-as", "governance@example.com")
	write(strings.Replace(string(example), "title: Request personal data", "title: Ask for personal data", 1))
	out := works(`~ title: "Request personal data" -> "Ask for personal data"`, "diff", "-as", "auditor@example.com")
	hash := regexp.MustCompile(`-reviewed (\w+)`).FindStringSubmatch(out)[1]

	fails("-reviewed is missing", "apply", "-as", "governance@example.com")
	fails("may not apply definitions", "apply", "-as", "auditor@example.com", "-reviewed", hash)
	fails("unknown person", "apply", "-as", "mallory@example.com", "-reviewed", hash)
	fails("look at them again", "apply", "-as", "governance@example.com", "-reviewed", "0123456789abcdef")
	fails("config diff, config apply or config export", "explain", "-as", "governance@example.com")
	fails("-as is missing", "diff")
	works("applied 1 changes", "apply", "-as", "governance@example.com", "-reviewed", hash)
	works("nothing differs", "diff", "-as", "governance@example.com")

	two := strings.Replace(string(example), "people:\n", "people:\n  - {id: second@example.com, permissions: [GOVERNANCE]}\n", 1)
	write(strings.Replace(two, "title: Request personal data", "title: Personal data", 1))
	out = works("1 changes", "diff", "-as", "governance@example.com")
	hash = regexp.MustCompile(`-reviewed (\w+)`).FindStringSubmatch(out)[1]
	works("nothing is applied yet", "apply", "-as", "governance@example.com", "-reviewed", hash)
	works("1 changes", "diff", "-as", "governance@example.com")
	write(strings.Replace(string(example), "title: Request personal data", "title: Ask for personal data", 1))

	exported := works("Ask for personal data", "export", "-as", "auditor@example.com")
	people := string(example[strings.Index(string(example), "people:"):strings.Index(string(example), "# What people must accept")])
	write(people + exported)
	works("nothing differs", "diff", "-as", "governance@example.com")
	write(people + exported + "\nflow: []\n")
	fails("mine.yaml:", "diff", "-as", "governance@example.com")
}

// TestConfigOverTheAPI goes the same way at a server at which people sign in by a proxy: by a
// token, since no file says what they may.
func TestConfigOverTheAPI(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	example, err := exec.Command(binary, "-example").Output()
	must(t, err)
	text, withPeople, without := string(example), filepath.Join(dir, "people.yaml"), filepath.Join(dir, "mine.yaml")
	must(t, os.WriteFile(withPeople, example, 0o600))
	from, to := strings.Index(text, "people:"), strings.Index(text, "# What people must accept")
	mine := text[:from] + text[to:]
	must(t, os.WriteFile(without, []byte(mine), 0o600))
	flags := []string{"-auth", "proxy", "-proxy-from", "127.0.0.0/8", "-proxy-issuer", "corp", "-proxy-permissions", "GOVERNANCE=governance", "-listen", "127.0.0.1:0", "-store", filepath.Join(dir, "mine.db")}
	if says := refuse(t, append(flags, "-config", withPeople)...); !strings.Contains(says, "take them out of the file") {
		t.Errorf("with people in the file the server says:\n%s", says)
	}
	s := start(t, dir, nil, append(flags, "-config", without)...)
	secret := s.issuedTo(t, "gina", "governance")
	reader := s.issuedTo(t, "rita", "others")
	config := func(token string, args ...string) (string, error) {
		c := exec.Command(binary, append([]string{"config"}, args...)...)
		c.Env = append(os.Environ(), "TOKEN="+token)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	says := func(works bool, want string, token string, args ...string) string {
		t.Helper()
		out, err := config(token, args...)
		if (err == nil) != works || !strings.Contains(out, want) || token != "" && strings.Contains(out, token) {
			t.Fatalf("config %v says %v, want %q:\n%s", args, err, want, out)
		}
		return out
	}
	says(false, "lists no people", "", "diff", "-as", "governance@example.com", "-store", filepath.Join(dir, "mine.db"), "-config", without)
	over := []string{"-server", s.url, "-token", "env:TOKEN", "-config", without}
	do := func(act string, more ...string) []string { return append(append([]string{act}, over...), more...) }
	says(true, "nothing differs", secret, do("diff")...)
	must(t, os.WriteFile(without, []byte(strings.Replace(mine, "title: Request personal data", "title: Ask for personal data", 1)), 0o600))
	hash := regexp.MustCompile(`-reviewed (\w+)`).FindStringSubmatch(says(true, `"Request personal data" -> "Ask for personal data"`, secret, do("diff")...))[1]
	says(false, "403", reader, do("apply", "-reviewed", hash)...)
	says(false, "401", "gwt_nonsense", do("diff")...)
	says(false, "409", secret, do("apply", "-reviewed", "0123456789abcdef")...)
	says(false, "whoever the token acts for", secret, do("diff", "-as", "gina")...)
	says(false, "must be a reference", secret, "diff", "-server", s.url, "-token", "gwt_x", "-config", without)
	says(false, "http is for loopback only", secret, "diff", "-server", "http://access.example.com", "-token", "env:TOKEN", "-config", without)
	says(true, "applied 1 changes", secret, do("apply", "-reviewed", hash)...)
	says(true, "Ask for personal data", secret, do("export")...)
	says(true, "nothing differs", secret, do("diff")...)
}

// issuedTo is a token of somebody who signs in by a proxy, in a group.
func (s *server) issuedTo(t *testing.T, user, group string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/tokens", strings.NewReader(`{"name":"definitions","days":1,"scope":{"operations":["read","govern"]}}`))
	must(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-User", user)
	r.Header.Set("X-Forwarded-Groups", group)
	a, err := httpClient.Do(r)
	must(t, err)
	defer func() { _ = a.Body.Close() }()
	var made struct{ Secret string }
	if err := json.NewDecoder(a.Body).Decode(&made); err != nil || made.Secret == "" {
		t.Fatalf("no token: %d %v", a.StatusCode, err)
	}
	return made.Secret
}

// TestMasksCommand suspends masks, and resumes them.
func TestMasksCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, dir, nil, "-listen", "127.0.0.1:0", "-store", "mine.db").stop(t, os.Interrupt)
	for _, tt := range []struct {
		args  []string
		works bool
		says  string
	}{
		{[]string{"suspend", "-as", "governance@example.com", "-at", "shop", "-for", "20m", "-reason", "a migration"}, true, "suspended until"},
		{[]string{"resume", "-as", "governance@example.com", "-at", "shop"}, true, ""},
		{[]string{"resume", "-as", "governance@example.com", "-at", "shop"}, false, "no such record"},
		{[]string{"suspend", "-as", "eve@example.com", "-at", "shop"}, false, "may not suspend masks"},
		{[]string{"suspend", "-as", "governance@example.com", "-at", "shop", "-for", "48h"}, false, "at most 24h"},
		{[]string{"suspend", "-as", "governance@example.com"}, false, "-at is missing"},
		{[]string{"suspend", "-at", "shop"}, false, "-as is missing"},
		{[]string{"drop", "-at", "shop", "-as", "governance@example.com"}, false, "must be suspend or resume"},
	} {
		out, err := exec.Command(binary, append(append([]string{"masks"}, tt.args...), "-store", filepath.Join(dir, "mine.db"))...).CombinedOutput()
		if works := err == nil; works != tt.works || !strings.Contains(string(out), tt.says) {
			t.Errorf("masks %v says %v, want %q:\n%s", tt.args, err, tt.says, out)
		}
	}
}
