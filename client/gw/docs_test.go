package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the help of the commands and the exit codes to docs/cli.md")

var (
	helps = regexp.MustCompile("(?s)<!-- gw (\\w+) -h -->\n\n```text\n(.*?)```\n")
	table = regexp.MustCompile(`(?s)\| code \| meaning \|\n\|---\|---\|\n(.*?)\n\n`)
)

// TestTheDocumentIsWhatGwSays holds docs/cli.md to the help of each command, and to the exit
// codes.
func TestTheDocumentIsWhatGwSays(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "cli.md")
	text, err := os.ReadFile(path)
	must(t, err)
	var explained []string
	want := helps.ReplaceAllStringFunc(string(text), func(block string) string {
		name := helps.FindStringSubmatch(block)[1]
		explained = append(explained, name)
		var out bytes.Buffer
		g := &gw{out: &out, errs: &out}
		if code := g.run(t.Context(), []string{name, "-h"}); code != exitDone {
			t.Errorf("gw %s -h ends with %d", name, code)
		}
		return fmt.Sprintf("<!-- gw %s -h -->\n\n```text\n%s```\n", name, out.String())
	})
	var rows []string
	for i, e := range exits {
		if e.code != i {
			t.Errorf("exit code %d is explained as the %d. one", e.code, i)
		}
		rows = append(rows, fmt.Sprintf("| %d | %s |", e.code, e.meaning))
	}
	want = table.ReplaceAllLiteralString(want, "| code | meaning |\n|---|---|\n"+strings.Join(rows, "\n")+"\n\n")
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	if strings.Join(names, " ") != strings.Join(explained, " ") {
		t.Errorf("docs/cli.md explains %v, there are %v", explained, names)
	}
	if *update {
		must(t, os.WriteFile(path, []byte(want), 0o644))
	} else if want != string(text) {
		t.Error("docs/cli.md is not what gw says: go test ./gw -run Document -update writes it")
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	g := &gw{}
	for _, args := range []string{"help", "-h", "--help", "help request", "request --help", "help exits", "version"} {
		r := g.once(t.Context(), "", words(args)...)
		if r.code != exitDone || r.out == "" || r.errs != "" {
			t.Errorf("gw %s: %d, %q, %q", args, r.code, r.out, r.errs)
		}
	}
	for line := range strings.Lines(g.once(t.Context(), "", "help").out) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 80 {
			t.Errorf("%q is too long for a terminal", line)
		}
	}
}
