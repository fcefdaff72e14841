package mariadbwire

import "strings"

// Pattern is a name where MariaDB takes _ and % for wildcards: in a grant on a
// whole database.
func Pattern(name string) string {
	return strings.NewReplacer(`\`, `\\`, "_", `\_`, "%", `\%`).Replace(name)
}

// Matches reports whether a grant on a database pattern is about this database.
func Matches(pattern, database string) bool {
	p, d := []rune(pattern), []rune(database)
	return match(p, d)
}

func match(p, d []rune) bool {
	for len(p) > 0 {
		switch {
		case p[0] == '%':
			for i := range len(d) + 1 {
				if match(p[1:], d[i:]) {
					return true
				}
			}
			return false
		case len(d) == 0:
			return false
		case p[0] == '\\' && len(p) > 1 && p[1] == d[0]:
			p = p[1:]
		case p[0] != '_' && p[0] != d[0]:
			return false
		}
		p, d = p[1:], d[1:]
	}
	return len(d) == 0
}
