package world

import (
	"strings"
	"testing"
)

// A seed is one script, whoever makes it.
func TestScriptsOfASeedAreTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		one, other := Generate(seed).String(), Generate(seed).String()
		if one != other || one == Generate(seed+1).String() {
			t.Errorf("seed %d makes\n%s\nand\n%s", seed, one, other)
		}
	}
}

// worlds is how many scripts are looked at.
const worlds = 100

// The worlds of the tests have everything in them that there is.
func TestScriptsHaveEverything(t *testing.T) {
	t.Parallel()
	made := map[string]int{}
	for seed := range uint64(worlds) {
		w := NewWorld()
		for _, s := range Generate(seed + 1) {
			if _, fits := w.Do(s); !fits {
				t.Fatalf("seed %d: %s does not fit where it was made", seed+1, s)
			}
			made[string(s.Do)]++
			made[s.How]++
			for _, c := range s.Columns {
				made[string(c.Type)]++
			}
			for name, is := range map[string]bool{"some columns": s.Do == Ask && len(s.Names) > 0, "own": s.Own, "calls": s.Calls, "write": s.Write, "deny": s.Deny, "of several": len(s.Of) > 1, "of " + s.Who: s.Who != "", "owned by " + s.Owner: s.Owner != ""} {
				if is {
					made[name]++
				}
			}
		}
	}
	for _, what := range []string{
		"table", "partitioned table", "partition", "child", "view", "materialized view", "policy", "trigger",
		"rename column", "swap columns", "drop column", "add column", "rename", "swap", "replace", "detach", "attach", "replace view", "foreign table", "foreign", "map user", "unmap user", "drop", "withdraw", "give back",
		"mask", "drop mask", "classify", "strict flow", "guardrail", "ask", "exempt", "revoke", "let expire", "bring about", "sync", "reconcile", "some columns",
		"NULL", "CONSTANT", "HASH", "LAST", "CLEAR", "VIEW", "partitioned", "text", "bigint", "mailbox", "serial", "loose", "identity",
		"own", "calls", "write", "deny", "of several", "of eve", "of carol", "of dan", "of analysts", "owned by etl", "owned by rep",
	} {
		if made[what] == 0 {
			t.Errorf("no script has %s: %v", what, made)
		}
	}
}

// A script that is printed can be played again.
func TestScriptsAreRead(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		script := Generate(seed)
		again, err := ParseScript(strings.NewReader(script.String()))
		if err != nil || again.String() != script.String() {
			t.Errorf("%v: read as\n%s\nwant\n%s", err, again, script)
		}
	}
	for text, says := range map[string]string{`{"do": "table"} {"undo": 1}`: "step 2", "{": "step 1"} {
		if _, err := ParseScript(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
