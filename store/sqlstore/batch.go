package sqlstore

import (
	"strconv"
	"strings"
)

// The bounds of one statement. PostgreSQL takes 65,535 parameters and SQLite
// 32,766; bytes are bounded so that no statement needs memory without end.
const (
	maxParameters = 30_000
	maxBytes      = 16 << 20
)

// batch is a statement over a list of rows: its text is made of constant parts
// and numbered placeholders, never of values.
type batch struct {
	head  string // uses $1 and on for what is given once
	group string // repeated for each row, with ? for each of its values
	tail  string

	// SQLite numbers each ? itself, one more than the largest before it. It looks
	// each number that is spelt out up among all others: ten thousand take seconds.
	unnumbered bool
}

// each calls do with a statement for as many rows as fit, until all are done.
func (b batch) each(rows [][]any, once []any, do func(query string, args []any) error) error {
	for len(rows) > 0 {
		n := fitting(rows)
		args := append(make([]any, 0, len(once)+n*len(rows[0])), once...)
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if err := do(b.text(len(once), n), args); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// fitting is how many of the rows one statement takes: at least one.
func fitting(rows [][]any) int {
	parameters, size := 0, 0
	for i, row := range rows {
		parameters += len(row)
		for _, value := range row {
			if text, ok := value.(string); ok {
				size += len(text)
			}
		}
		if i > 0 && (parameters > maxParameters || size > maxBytes) {
			return i
		}
	}
	return len(rows)
}

func (b batch) text(once, rows int) string {
	if b.unnumbered {
		return b.head + strings.Repeat(b.group+", ", rows-1) + b.group + b.tail
	}
	var text strings.Builder
	text.WriteString(b.head)
	parts := strings.Split(b.group, "?")
	number := once
	for row := range rows {
		if row > 0 {
			text.WriteString(", ")
		}
		for i, part := range parts {
			if i > 0 {
				number++
				text.WriteByte('$')
				text.WriteString(strconv.Itoa(number))
			}
			text.WriteString(part)
		}
	}
	text.WriteString(b.tail)
	return text.String()
}
