package sqlstore

// setStatement is a statement over many rows of texts. On PostgreSQL each column of the
// rows is one array: the text is the same for any number of rows, so that it is
// prepared once. SQLite has no arrays.
type setStatement struct {
	postgres string // uses $1 and on for what is given once, then for the arrays
	sqlite   batch
}

// ofSets makes the statement for SQLite of the parts of its text. Those between head
// and tail are repeated for each row.
func ofSets(postgres, head, group, tail string) setStatement {
	return setStatement{postgres, batch{head: sqliteWords.Replace(head), group: group, tail: sqliteWords.Replace(tail), unnumbered: true}}
}

// each calls do with a statement for as many rows as fit, until all are done.
func (s setStatement) each(on dialect, rows [][]string, once []any, do func(query string, args []any) error) error {
	if on == onSQLite {
		return s.sqlite.each(anyRows(rows), once, do)
	}
	for len(rows) > 0 {
		n := fittingArrays(rows)
		if err := do(s.postgres, append(once[:len(once):len(once)], arrays(rows[:n])...)); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func anyRows(rows [][]string) [][]any {
	all := make([][]any, len(rows))
	for i, row := range rows {
		all[i] = make([]any, len(row))
		for k, text := range row {
			all[i][k] = text
		}
	}
	return all
}

// fittingArrays is how many of the rows one statement takes: at least one.
func fittingArrays(rows [][]string) int {
	size := 0
	for i, row := range rows {
		for _, text := range row {
			size += len(text)
		}
		if i > 0 && size > maxBytes {
			return i
		}
	}
	return len(rows)
}
