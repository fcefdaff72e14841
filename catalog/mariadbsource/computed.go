package mariadbsource

import (
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
)

// computed fills in the columns that the generated ones of a table are computed from, at any
// depth. MariaDB says so by their expressions alone.
func computed(columns []catalog.Column, expressions map[string]string) {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	direct := map[string][]string{}
	for name, expression := range expressions {
		direct[name] = named(expression, name, names)
	}
	for i, c := range columns {
		from := append([]string(nil), direct[c.Name]...)
		for at := 0; at < len(from); at++ {
			for _, next := range direct[from[at]] {
				if next != c.Name && !slices.Contains(from, next) {
					from = append(from, next)
				}
			}
		}
		slices.Sort(from)
		columns[i].From = from
	}
}

// named lists the columns that the expression of a column names: each is quoted in it, and
// a text that looks the same counts too. It is all others where the expression cannot be
// read.
func named(expression, of string, columns []string) []string {
	others := slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == of })
	text := strings.ToLower(expression)
	found := slices.DeleteFunc(slices.Clone(others), func(c string) bool {
		return !strings.Contains(text, "`"+strings.ReplaceAll(strings.ToLower(c), "`", "``")+"`")
	})
	if len(found) == 0 && (expression == "" || strings.ContainsAny(expression, "`\"")) {
		return others
	}
	return found
}
