package mariadbprovision

import (
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/internal/visible"
)

// quote writes names of MariaDB, with dots between them.
func quote(names ...string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "`" + strings.ReplaceAll(n, "`", "``") + "`"
	}
	return strings.Join(quoted, ".")
}

// literal writes text for a statement that is shown or run in the sql_mode of ours,
// in which a backslash escapes.
func literal(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''", "\n", `\n`, "\r", `\r`, "\t", `\t`, "\x00", `\0`, "\x1a", `\Z`).Replace(s) + "'"
}

// onOneLine writes a statement such that it stays on one line and shows every character
// that the names in it hold. Names of MariaDB have no escapes, so that the statement
// becomes a text where a name needs some: a client, and whoever copies a line, take
// nothing of a name for a statement of its own.
func onOneLine(statement string) string {
	if visible.Is(statement) {
		return statement
	}
	var parts []string
	for rest := statement; rest != ""; {
		end := strings.IndexFunc(rest, hidden)
		if end < 0 {
			end = len(rest)
		}
		if end > 0 {
			parts = append(parts, literal(rest[:end]))
		}
		rest = rest[end:]
		if next := strings.IndexFunc(rest, func(r rune) bool { return !hidden(r) }); rest != "" {
			if next < 0 {
				next = len(rest)
			}
			parts = append(parts, fmt.Sprintf("_utf8mb4 x'%X'", rest[:next]))
			rest = rest[next:]
		}
	}
	if len(parts) == 1 {
		return "execute immediate " + parts[0]
	}
	return "execute immediate concat(" + strings.Join(parts, ", ") + ")"
}

// hidden reports whether a character is not plain, and literal has no word for it.
func hidden(r rune) bool { return !visible.Plain(r) && !strings.ContainsRune("\n\r\t\x00\x1a", r) }
