package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// printTable prints all rows, with columns of the width that they need.
func printTable(out io.Writer, rows []row) {
	lines := [][]string{{"figure", "", "ours", "floor", "ratio", "target", "", "note"}}
	last := ""
	for _, r := range rows {
		name := r.Figure
		if name == last {
			name = ""
		}
		last = r.Figure
		lines = append(lines, []string{name, r.Case, with(r.Ours, r.Unit), optional(r.Floor, r.Unit), optional(r.Ratio, ""), r.Target.String(), r.verdict(), r.Note})
	}
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range lines {
		var text strings.Builder
		for i, cell := range line {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i >= 2 && i <= 4 {
				text.WriteString(gap + cell + "  ")
			} else {
				text.WriteString(cell + gap + "  ")
			}
		}
		_, _ = fmt.Fprintln(out, strings.TrimRight(text.String(), " "))
	}
}

func (r row) verdict() string {
	switch {
	case r.Target == target{}:
		return ""
	case r.Holds:
		return "holds"
	}
	return "MISSED"
}

func with(v float64, unit string) string { return strings.TrimSpace(short(v) + " " + unit) }

func optional(v float64, unit string) string {
	if v == 0 {
		return "–"
	}
	return with(v, unit)
}

// short is a number with three digits that count.
func short(v float64) string {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// report is the JSON of a run.
type report struct {
	At     time.Time `json:"at"`
	CPUs   int       `json:"cpus"`
	Go     string    `json:"go"`
	Rounds int       `json:"rounds"`
	Lasts  string    `json:"for"`
	Size   size      `json:"size"`
	Rows   []row     `json:"rows"`
}

// writeReport writes the JSON, the table and the pictures. Rows of figures that this run left
// out stay as an earlier run wrote them.
func writeReport(o options, rows []row) error {
	path := filepath.Join(o.folder, "bench.json")
	r := report{At: time.Now().UTC().Truncate(time.Second), CPUs: runtime.NumCPU(), Go: runtime.Version(), Rounds: o.rounds, Lasts: o.lasts.String(), Size: o.size}
	before, err := readReport(path)
	if err != nil {
		return err
	}
	r.Rows = merge(before.Rows, rows)
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	var table bytes.Buffer
	printTable(&table, r.Rows)
	return errors.Join(os.WriteFile(path, append(text, '\n'), 0o644),
		os.WriteFile(filepath.Join(o.folder, "table.txt"), table.Bytes(), 0o644), writePictures(o.folder, r.Rows))
}

func readReport(path string) (report, error) {
	var r report
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err
}

// merge takes new rows in the place of old ones of the same figure.
func merge(before, now []row) []row {
	fresh := map[string][]row{}
	for _, r := range now {
		fresh[r.Figure] = append(fresh[r.Figure], r)
	}
	var all []row
	there := map[string]bool{}
	for _, r := range slices.Concat(before, now) {
		instead, replaced := fresh[r.Figure]
		switch {
		case !replaced:
			all = append(all, r)
		case !there[r.Figure]:
			all = append(all, instead...)
		}
		there[r.Figure] = true
	}
	return all
}
