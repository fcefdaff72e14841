package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// says runs a command of the server in a folder, and returns what it says and how it ended.
func says(t *testing.T, dir string, env []string, args ...string) (text string, code int) {
	t.Helper()
	c := exec.CommandContext(t.Context(), binary, args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// TestCheckNamesEveryFault gives faults of every kind to one check.
func TestCheckNamesEveryFault(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		return name
	}
	write("mine.yaml", `people: [{id: eve@example.com}]
connections:
  - {name: warehouse, technology: postgres, url: "postgres://u@127.0.0.1:1/x", secret: env:WAREHOUSE_IS_NOT_SET, principals: {expression: person.id}}
masks:
  - {name: mail, at: "warehouse:sales", columns: [email], how: HASH, key: "file:/nowhere/key"}
`)
	write("broken.yaml", "people:\n  - {id: eve, nmae: Eve}\nforms: [{}]\n")
	write("providers.yaml", "issuers: [{url: 'https://id.example.com', client: grantwright, secret: 'file:/nowhere/oidc'}]\n")
	write("open.db", "")
	must(t, os.Chmod(filepath.Join(dir, "open.db"), 0o644))
	must(t, os.Mkdir(filepath.Join(dir, "parts"), 0o700))
	write("parts/a.yaml", "people: [{id: eve@example.com}]\n")
	write("parts/b.yaml", "people: [{id: eve@example.com}]\n")
	for name, tt := range map[string]struct {
		args []string
		want []string
	}{
		"flags":        {[]string{"-lease", "1ms", "-rate", "-1", "-auth", "none", "extra"}, []string{`"extra" is no flag`, "-rate is -1", `-auth is "none"`}},
		"the file":     {[]string{"-config", "broken.yaml"}, []string{"broken.yaml:2:15: people[0].nmae is not known here", "broken.yaml:3:9: forms[0].name must be given"}},
		"a folder":     {[]string{"-config", "parts"}, []string{"b.yaml:1:15: people[0].id is that of people[0] in " + filepath.Join("parts", "a.yaml") + " already"}},
		"no file":      {[]string{"-config", "nowhere.yaml"}, []string{"nowhere.yaml"}},
		"secrets":      {[]string{"-config", "mine.yaml"}, []string{"connection warehouse: env:WAREHOUSE_IS_NOT_SET", "mask mail: file:/nowhere/key"}},
		"telling":      {[]string{"-mail", "smtp://mail.example.com?from=x@example.com&password=env:MAIL_IS_NOT_SET", "-slack-room", "env:ROOM_IS_NOT_SET"}, []string{"-mail: environment variable MAIL_IS_NOT_SET", "-slack-room: environment variable ROOM_IS_NOT_SET"}},
		"key":          {[]string{"-key", "env:HOME"}, []string{"-key: must be the base64 of 32 bytes"}},
		"providers":    {[]string{"-auth", "oidc", "-oidc", "providers.yaml", "-config", "mine.yaml"}, []string{"issuer https://id.example.com: open /nowhere/oidc", "lists people"}},
		"no providers": {[]string{"-auth", "oidc", "-oidc", "nowhere.yaml"}, []string{"-oidc: open nowhere.yaml"}},
		"address":      {[]string{"-auth", "proxy", "-proxy-from", "10.0.0.1/32", "-address", "nothing"}, []string{"Config.Address is"}},
		"proxy":        {[]string{"-auth", "proxy", "-proxy-from", "10.0.0.1"}, []string{`"10.0.0.1" is no network`}},
		"scim":         {[]string{"-scim", "env:HOME"}, []string{"at least 32 characters"}},
		"tls":          {[]string{"-tls-cert", "x.crt", "-tls-key", "x.key"}, []string{"x.crt"}},
		"look":         {[]string{"-brand-icon", "x.svg", "-brand-accent", "red"}, []string{"x.svg"}},
		"listen":       {[]string{"-listen", "0.0.0.0:80"}, []string{"only loopback is allowed"}},
		"port":         {[]string{"-listen", "127.0.0.1:no-such-port"}, []string{"no-such-port"}},
		"store":        {[]string{"-store", "nowhere/x.db"}, []string{"nowhere"}},
		"open store":   {[]string{"-store", "open.db"}, []string{"can be read or written by others"}},
		"store URL":    {[]string{"-store", "mysql://root:hunter2@localhost/x"}, []string{"postgres://"}},
		"secrets list": {[]string{"-secrets", "file:/proc/"}, []string{"is no place of secrets"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, code := says(t, dir, nil, append([]string{"check"}, tt.args...)...)
			if code != 1 || strings.Contains(text, "hunter2") {
				t.Errorf("it ends with %d", code)
			}
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("it says\n%s\nwant %s", text, want)
				}
			}
		})
	}
}

// A good configuration is checked without a trace: no store, key or token is made, and no
// platform is called.
func TestCheckLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "mine.yaml"), []byte(`people: [{id: eve@example.com}]
connections:
  - {name: warehouse, technology: postgres, url: "postgres://u@127.0.0.1:1/x", secret: env:WAREHOUSE, syncEvery: 1m, principals: {expression: person.id}}
`), 0o600))
	for _, args := range [][]string{nil, {"-config", "mine.yaml"}, {"-config", ".", "-store", "postgres://u@127.0.0.1:1/x"}} {
		text, code := says(t, dir, []string{"WAREHOUSE=x"}, append([]string{"check"}, args...)...)
		if code != 0 || !strings.Contains(text, "can be used: 1 connections") {
			t.Errorf("check %v ends with %d:\n%s", args, code, text)
		}
	}
	left, err := os.ReadDir(dir)
	if must(t, err); len(left) != 1 {
		t.Errorf("it leaves %v", left)
	}
	if text, code := says(t, dir, nil, "check", "-h"); code != 0 || !strings.Contains(text, "opens no store") || !strings.Contains(text, "-tls-cert") {
		t.Errorf("-h ends with %d:\n%s", code, text)
	}
	if text, code := says(t, dir, nil, "check", "-nothing"); code != 1 || !strings.Contains(text, "not defined") {
		t.Errorf("a wrong flag ends with %d:\n%s", code, text)
	}
}

// config reads a folder as it reads a file, and so does a start.
func TestAFolderInThePlaceOfTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	example, err := exec.Command(binary, "-example").Output()
	must(t, err)
	before, after, _ := strings.Cut(string(example), "\nflows:\n")
	parts := filepath.Join(dir, "parts")
	must(t, os.Mkdir(parts, 0o700))
	must(t, os.WriteFile(filepath.Join(parts, "10.yaml"), []byte(before), 0o600))
	must(t, os.WriteFile(filepath.Join(parts, "20.yaml"), []byte("flows:\n"+after), 0o600))
	start(t, dir, nil, "-listen", "127.0.0.1:0", "-config", "parts").stop(t, os.Interrupt)
	if text, code := says(t, dir, nil, "config", "diff", "-as", "governance@example.com", "-config", "parts"); code != 0 || !strings.Contains(text, "nothing differs") {
		t.Errorf("config diff ends with %d:\n%s", code, text)
	}
	must(t, os.WriteFile(filepath.Join(parts, "30.yaml"), []byte("flows:\n  - {name: more, default: {act: DENY}}\n"), 0o600))
	if text, code := says(t, dir, nil, "config", "diff", "-as", "governance@example.com", "-config", "parts"); code != 0 || !strings.Contains(text, "1 changes") {
		t.Errorf("config diff ends with %d:\n%s", code, text)
	}
}
