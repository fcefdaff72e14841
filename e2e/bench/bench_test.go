package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A short run leaves rows with a floor, the table, the JSON and the picture. It holds
// no times.
func TestShortRun(t *testing.T) {
	var out bytes.Buffer
	folder := t.TempDir()
	err := begin([]string{"-figures", "flow,guarded,conditions", "-for", "200ms", "-rounds", "1", "-size", "small", "-out", folder}, &out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"flow in process", "32 at a time", "ratio ≥ 0.5", "flow, guarded", "conditions"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, &out)
		}
	}
	r, err := readReport(filepath.Join(folder, "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 9 {
		t.Errorf("%d rows, want 9", len(r.Rows))
	}
	for _, row := range r.Rows {
		if row.Ours <= 0 || row.Target.Of == "ratio" && (row.Floor <= 0 || row.Ratio <= 0) {
			t.Errorf("nothing was measured: %+v", row)
		}
	}
	wellFormed(t, filepath.Join(folder, "throughput.svg"))
}

// wellFormed reads a picture to its end.
func wellFormed(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for decoder := xml.NewDecoder(f); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
}

// The floor in Go runs where there is no pgbench.
func TestFloorWithoutPgbench(t *testing.T) {
	p, err := startPlace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	if err := p.server.CreateDatabase(t.Context(), "floor"); err != nil {
		t.Fatal(err)
	}
	if err := p.run(t.Context(), "floor", append(floorTables, "create role role_floor")...); err != nil {
		t.Fatal(err)
	}
	db, err := p.server.Open("floor")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	measured, err := bareFloor(t.Context(), db, "role_floor", 4, 200*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	var members, active int
	err = db.QueryRow("select (select count(*) from pg_auth_members m join pg_roles r on r.oid = m.roleid where r.rolname = 'role_floor'), (select count(*) from grants where state = 'ACTIVE')").Scan(&members, &active)
	if want := len(measured.each) + 4; err != nil || members != want || active != want {
		t.Errorf("%d flows made %d members and %d active grants: %v", want, members, active, err)
	}
}

func TestTargets(t *testing.T) {
	for _, tt := range []struct {
		row   row
		holds bool
		says  string
	}{
		{row{Ours: 3}, true, ""},
		{row{Ratio: 0.5, Target: atLeast("ratio", 0.5)}, true, "ratio ≥ 0.5"},
		{row{Ratio: 0.49, Target: atLeast("ratio", 0.5)}, false, "ratio ≥ 0.5"},
		{row{Ours: 300, Target: atMost("ours", 300)}, true, "ours ≤ 300"},
		{row{Ours: 301, Target: atMost("ours", 300)}, false, "ours ≤ 300"},
	} {
		if got := tt.row.judged().Holds; got != tt.holds || tt.row.Target.String() != tt.says {
			t.Errorf("%+v: holds %v, says %q", tt.row, got, tt.row.Target)
		}
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.0123456: "0.0123", 0.5: "0.5", 1: "1", 12.345: "12.3", 999.9: "1000", 4581.2: "4581"} {
		if got := short(v); got != want {
			t.Errorf("%v is shown as %q, want %q", v, got, want)
		}
	}
	if got := grouped(1_234_567); got != "1,234,567" {
		t.Error(got)
	}
	if got := median([]float64{5, 1, 3}); got != 3 {
		t.Error(got)
	}
	if got := median([]float64{4, 1}); got != 2.5 {
		t.Error(got)
	}
}

// Figures that a run leaves out stay in the report, in their places.
func TestMerge(t *testing.T) {
	got := merge([]row{{Figure: "a", Ours: 1}, {Figure: "b", Ours: 1}}, []row{{Figure: "a", Ours: 2}})
	if len(got) != 2 || got[0].Ours != 2 || got[1].Figure != "b" {
		text, _ := json.Marshal(got)
		t.Errorf("%s", text)
	}
}
