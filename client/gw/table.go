package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// narrowest is how far a column is cut at most.
const narrowest = 8

// column is a column of a table.
type column struct {
	head string
	cut  cutting
}

type cutting int

const (
	never   cutting = iota // such as an id, which has to be copied
	atEnd                  // of a text
	atStart                // of the name of an asset, of which the end says most
)

// table prints rows, with columns as wide as they need, and no wider than the terminal.
// A column that is empty in every row is left out.
func (g *gw) table(columns []column, rows [][]string) {
	for r := range rows {
		for c := range rows[r] {
			rows[r][c] = plain(rows[r][c])
		}
	}
	for c := len(columns) - 1; c >= 0; c-- {
		if !slices.ContainsFunc(rows, func(row []string) bool { return row[c] != "" }) {
			columns = slices.Delete(slices.Clone(columns), c, c+1)
			for r := range rows {
				rows[r] = slices.Delete(rows[r], c, c+1)
			}
		}
	}
	widths := fitted(columns, rows, g.width)
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = c.head
	}
	for _, row := range append([][]string{head}, rows...) {
		_, _ = fmt.Fprintln(g.out, laid(columns, widths, row))
	}
}

// fitted are the widths of columns; those that may be cut share what is missing, the widest
// first. No width of a terminal cuts nothing.
func fitted(columns []column, rows [][]string, terminal int) []int {
	widths, total := make([]int, len(columns)), 2*(len(columns)-1)
	for i, c := range columns {
		widths[i] = runewidth.StringWidth(c.head)
		for _, row := range rows {
			widths[i] = max(widths[i], runewidth.StringWidth(row[i]))
		}
		total += widths[i]
	}
	for ; terminal > 0 && total > terminal; total-- {
		widest := -1
		for i, c := range columns {
			if c.cut != never && widths[i] > narrowest && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

// laid is a row as a line.
func laid(columns []column, widths []int, row []string) string {
	var b strings.Builder
	for i, cell := range row {
		if columns[i].cut == atStart && runewidth.StringWidth(cell) > widths[i] {
			cell = runewidth.TruncateLeft(cell, runewidth.StringWidth(cell)-widths[i]+1, "…")
		}
		b.WriteString(runewidth.FillRight(runewidth.Truncate(cell, widths[i], "…"), widths[i]))
		b.WriteString("  ")
	}
	return strings.TrimRight(b.String(), " ")
}

// facts prints what is known of something, a line each; texts that are longer than the
// terminal go on below themselves.
func (g *gw) facts(all [][2]string) {
	wide := 0
	for _, f := range all {
		if f[1] != "" {
			wide = max(wide, runewidth.StringWidth(f[0]))
		}
	}
	for _, f := range all {
		if f[1] == "" {
			continue
		}
		head := f[0]
		for _, line := range wrapped(lines(f[1]), g.width-wide-2) {
			_, _ = fmt.Fprintf(g.out, "%s  %s\n", runewidth.FillRight(head, wide), line)
			head = ""
		}
	}
}

// wrapped breaks a text between words such that its lines fit, if a width is given.
func wrapped(text string, width int) (all []string) {
	for _, line := range strings.Split(text, "\n") {
		if width < 20 {
			all = append(all, line)
			continue
		}
		for runewidth.StringWidth(line) > width {
			whole := runewidth.Truncate(line, width+1, "")
			at := strings.LastIndexByte(whole, ' ')
			if at <= 0 {
				at = len(runewidth.Truncate(line, width, ""))
			}
			all, line = append(all, strings.TrimRight(line[:at], " ")), strings.TrimLeft(line[at:], " ")
		}
		all = append(all, line)
	}
	return all
}
