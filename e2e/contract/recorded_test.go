package contract_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryCallOfTheTests runs the tests of package web, which write down each call of the
// API and its answer, and holds them to the document.
func TestEveryCallOfTheTests(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "exchanges")
	run := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-skip", "WhoMayCallWhat|WhoMayLearn", "./web")
	run.Dir, run.Env = "../..", append(os.Environ(), "GRANTWRIGHT_EXCHANGES="+file)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = text.Close() }()
	v := newValidator(t)
	calls, operations := 0, map[string]bool{}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var x exchange
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		calls++
		operations[x.Method+" "+strings.Split(x.URL, "?")[0]] = true
		for _, fault := range x.faults(t, v) {
			t.Errorf("%s: %s %s %s: %d %s\n\t%s", x.Test, x.Method, x.URL, clipped(x.Body), x.Status, clipped(x.Answer), fault)
		}
	}
	if err := lines.Err(); err != nil || calls < 500 {
		t.Errorf("%d calls, %v", calls, err)
	}
	t.Logf("%d calls of %d addresses", calls, len(operations))
}

func clipped(s string) string { return s[:min(len(s), 300)] }
