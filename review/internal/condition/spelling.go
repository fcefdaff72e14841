package condition

import (
	"fmt"
	"regexp"
	"slices"
)

var (
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)' \(in container '[^']*'\)$`)
	undefined  = regexp.MustCompile(`^undefined field '([^']*)'$`)
)

// plainly says what cel-go finds wrong with a name, and which name may have been
// meant.
func plainly(reason string, fields []string) string {
	if m := undeclared.FindStringSubmatch(reason); m != nil {
		return fmt.Sprintf("undeclared reference to '%s'%s", m[1], meant(m[1], Variables))
	}
	if m := undefined.FindStringSubmatch(reason); m != nil {
		return reason + meant(m[1], append(slices.Clip(fields), "source"))
	}
	return reason
}

// meant asks whether another name was meant that is spelled nearly so.
func meant(name string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	if best == "" || best == name || least >= len(name) {
		return ""
	}
	return fmt.Sprintf("; is %s meant?", best)
}

// distance counts the letters that have to be changed, added, left out or swapped
// with the next to make one word of another.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			changed := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				changed++
			}
			rows[i][j] = min(changed, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
