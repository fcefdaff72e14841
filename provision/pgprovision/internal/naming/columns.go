package naming

import (
	"crypto/sha256"
	"regexp"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/request"
)

// Columns is the privilege of those who may read some columns of a table or a view and no
// others. It names them, with their ids where these are known.
func Columns(names, ids []string) request.Privilege {
	all := make([]string, len(names))
	for i, name := range names {
		if all[i] = strconv.Quote(name); len(ids) == len(names) {
			all[i] += " " + ids[i]
		}
	}
	return request.Privilege(ofColumns + strings.Join(all, ", "))
}

const ofColumns = "COLUMNS "

// column matches one column as Columns writes it.
const column = `"(?:[^"\\]|\\.)*"(?: [0-9]+)?`

var columnParts = regexp.MustCompile(`("(?:[^"\\]|\\.)*")(?: ([0-9]+))?`)

// ReadsColumns reports whether a privilege is one of Columns.
func ReadsColumns(p request.Privilege) bool { return strings.HasPrefix(string(p), ofColumns) }

// ColumnsOf reads a privilege that Columns wrote. Without ids, ids is nil.
func ColumnsOf(p request.Privilege) (names, ids []string, ok bool) {
	for _, parts := range columnParts.FindAllStringSubmatch(string(p), -1) {
		name, err := strconv.Unquote(parts[1])
		if err != nil {
			return nil, nil, false
		}
		if names = append(names, name); parts[2] != "" {
			ids = append(ids, parts[2])
		}
	}
	return names, ids, ReadsColumns(p) && Columns(names, ids) == p
}

// ColumnPrefix begins the names of the roles about columns of whatever stands under the
// asset's name: those that show one clear, and those that read some. It is no beginning of
// a name of another kind.
func (p Place) ColumnPrefix() string {
	return Prefix + p.Installation + "_" + p.hash("UNMASK")[:16]
}

// privilegePart names a privilege on columns in 50 bits. The comment on the role has their
// whole names.
func privilegePart(privilege request.Privilege) string {
	sum := sha256.Sum256([]byte(privilege))
	return strings.ToLower(encoding.EncodeToString(sum[:]))[:10]
}

// ColumnPrivilege reads from the comment of a role about columns the privilege that it is
// for. Nobody wants the privilege of a comment that cannot be read.
func ColumnPrivilege(comment string) request.Privilege {
	if parts := roleComment.FindStringSubmatch(comment); parts != nil && (Unmasks(request.Privilege(parts[1])) || ReadsColumns(request.Privilege(parts[1]))) {
		return request.Privilege(parts[1])
	}
	return unmasking
}
