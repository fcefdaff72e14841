package proof_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/event/proof"
)

var update = flag.Bool("update", false, "write the golden leaves anew: only for events that are new, never to mend a difference")

// TestLeavesStay spells an event of each type, and wants the bytes that earlier releases have
// hashed: a leaf that is spelled otherwise breaks every log that holds one.
func TestLeavesStay(t *testing.T) {
	t.Parallel()
	payloads, err := filepath.Glob(filepath.Join("..", "testdata", "*.json"))
	if err != nil || len(payloads) < 50 {
		t.Fatalf("%d payloads, %v", len(payloads), err)
	}
	var got bytes.Buffer
	for i, path := range payloads {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		body := `{"id":"ID` + name + `","type":"` + name + `","at":"2026-03-01T12:00:00.123456Z","by":"eve@example.com","request":"R1","seq":7,"about":["grants/R1","requests/R1"],"data":` + string(data) + `}`
		leaf, err := proof.Leaf(int64(i+1), []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		got.Write(append(leaf, '\n'))
	}
	golden := filepath.Join("testdata", "leaves.jsonl")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("leaves are spelled otherwise (-want +got):\n%s", diff)
	}
}

func TestLeaf(t *testing.T) {
	t.Parallel()
	const want = `{"about":[],"by":"eve@example.com","number":12,"type":"x"}`
	for _, body := range []string{
		`{"type":"x","by":"eve@example.com","about":[]}`,
		"{ \"number\": 3, \"about\": [ ],\n\"by\": \"eve@example.com\", \"type\": \"x\" }", // the place counts, not what stands there
		`{"type":"x","by":"\u0065ve@example.com","about":[]}`,
	} {
		got, err := proof.Leaf(12, []byte(body))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", body, got, err)
		}
	}
	for _, body := range []string{"", "[]", `"x"`, "{", "{} {}", "null"} {
		if got, err := proof.Leaf(1, []byte(body)); err == nil {
			t.Errorf("%q is the leaf %s", body, got)
		}
	}
}

// TestCanonical has the rules of RFC 8785, and of numbers as databases spell them.
func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{`{"b":1,"a":[true,false,null],"":{}}`, `{"":{},"a":[true,false,null],"b":1}`},
		{`"\u003cb\u003e\u0026\u2028 ü"`, "\"<b>&\u2028 ü\""},
		{`"\"\\\/\b\f\n\r\t\u001f\u007f"`, `"\"\\/\b\f\n\r\t\u001f` + "\u007f\""},
		{"{\"\u20ac\":1,\"\\r\":2,\"\ufb33\":3,\"1\":4,\"\U0001F600\":5,\"\u0080\":6,\"\u00f6\":7}", "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"\u00f6\":7,\"\u20ac\":1,\"\U0001F600\":5,\"\ufb33\":3}"}, // the example of RFC 8785
		{`{"a":1,"a":2}`, `{"a":2}`},
		{`[0,-0,0.0,-0.00,0e5]`, `[0,0,0,0,0]`},
		{`[1.50,100,1e2,1E+2,100.0,-1.0e-3,0.001,12345678901234567890123,1.5e300]`, `[1.5,100,100,100,100,-0.001,0.001,12345678901234567890123,15` + strings.Repeat("0", 299) + `]`},
		{`[1e99999,1.20e-2]`, `[1e99999,0.012]`},
	} {
		got, err := proof.Canonical([]byte(tt.text))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s:\n%s, want\n%s, %v", tt.text, got, tt.want, err)
		}
		again, err := proof.Canonical(got)
		if err != nil || !bytes.Equal(again, got) || !json.Valid(got) {
			t.Errorf("%s is not canonical itself: %s, %v", got, again, err)
		}
	}
}

func BenchmarkLeaf(b *testing.B) {
	body, err := os.ReadFile(filepath.Join("testdata", "leaves.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(body), []byte("\n"))
	for i := range b.N {
		leaf, err := proof.Leaf(int64(i), lines[i%len(lines)])
		if err != nil {
			b.Fatal(err)
		}
		proof.LeafHash(leaf)
	}
}
