package sqlstore

import (
	"database/sql"
	"strconv"
	"strings"
)

// Arrays of PostgreSQL are written here as text, which every driver hands on as it is.

// arrays writes each column of the rows as an array.
func arrays(rows [][]string) []any {
	all := make([]any, len(rows[0]))
	column := make([]string, len(rows))
	for k := range all {
		for i, row := range rows {
			column[i] = row[k]
		}
		all[k] = textsOf(column)
	}
	return all
}

func textsOf(all []string) string {
	return arrayOf(len(all), func(i int) int { return len(all[i]) }, func(text []byte, i int) []byte { return appendElement(text, all[i]) })
}

// nullableTexts writes null for what is not valid.
func nullableTexts(all []sql.NullString) string {
	return arrayOf(len(all), func(i int) int { return len(all[i].String) }, func(text []byte, i int) []byte {
		if !all[i].Valid {
			return append(text, "null"...)
		}
		return appendElement(text, all[i].String)
	})
}

func numbersOf(all []int64) string {
	return arrayOf(len(all), func(int) int { return 1 }, func(text []byte, i int) []byte { return strconv.AppendInt(text, all[i], 10) })
}

// arrayOf writes n elements, of about these sizes.
func arrayOf(n int, size func(i int) int, appended func(text []byte, i int) []byte) string {
	bytes := 2
	for i := range n {
		bytes += size(i) + size(i)/4 + 3
	}
	text := append(make([]byte, 0, bytes), '{')
	for i := range n {
		if i > 0 {
			text = append(text, ',')
		}
		text = appended(text, i)
	}
	return string(append(text, '}'))
}

// appendElement quotes an element.
func appendElement(text []byte, element string) []byte {
	text = append(text, '"')
	for len(element) > 0 {
		i := strings.IndexAny(element, `"\`)
		if i < 0 {
			text = append(text, element...)
			break
		}
		text = append(text, element[:i]...)
		text = append(text, '\\', element[i])
		element = element[i+1:]
	}
	return append(text, '"')
}
