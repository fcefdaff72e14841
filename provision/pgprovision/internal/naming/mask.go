package naming

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// MaskSchema names the schema of the masked views and of the keys of the hashes.
func (p Place) MaskSchema() string { return Prefix + p.Installation + "_masked" }

// MaskedView names the masked view of a table: schema__table, where that can mean no other
// table, and a name with a hash otherwise. If two tables had the same name all the same,
// the comment on the view says whose it is.
func MaskedView(schema, table string) string {
	name := schema + "__" + table
	plain := plainName.MatchString(schema) && plainName.MatchString(table) && strings.Count(name, "__") == 1 && len(name) <= MaxName
	if plain && !strings.HasSuffix(schema, "_") && !strings.HasPrefix(table, "_") {
		return name
	}
	sum := sha256.Sum256([]byte(catalog.FormatPath([]string{schema, table})))
	cut := strings.Trim(unplain.ReplaceAllString(strings.ToLower(table), "_"), "_")
	return "t_" + cut[:min(len(cut), 30)] + "__x__" + strings.ToLower(encoding.EncodeToString(sum[:10]))
}

var (
	plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
	unplain   = regexp.MustCompile(`[^a-z0-9]+`)
)

// ShownComment is the comment on a masked view. It names the asset and the object, and
// holds digests of the rules, of the query that we wrote, and of the query that the
// platform stored. By them a look sees that a view was changed, or shows another table
// than that of the name.
func (p Place) ShownComment(object uint32, rules, text, stood string) string {
	return fmt.Sprintf("%smasks %s (system %s, database %d, object %d), rules %s, text %s, stands %s", p.Remark(), p.Ref, p.System, p.DatabaseID, object, rules, text, stood)
}

// remarked holds the parts of the comment on a masked view of ours.
type remarked struct {
	Ref, System         string
	Database, Object    uint32
	Rules, Text, Stands string
}

var shownPattern = regexp.MustCompile(`(?s)masks (.*) \(system ([0-9]+), database ([0-9]+), object ([0-9]+)\), rules ([0-9a-f]+), text ([0-9a-f]+), stands ([0-9a-f]+)$`)

// Remarks reads a comment that ShownComment wrote; false for any other.
func (p Place) Remarks(comment string) (remarked, bool) {
	parts := shownPattern.FindStringSubmatch(comment)
	if parts == nil {
		return remarked{}, false
	}
	r := remarked{Ref: parts[1], System: parts[2], Rules: parts[5], Text: parts[6], Stands: parts[7]}
	database, err1 := strconv.ParseUint(parts[3], 10, 32)
	object, err2 := strconv.ParseUint(parts[4], 10, 32)
	r.Database, r.Object = uint32(database), uint32(object)
	written := p
	written.System, written.DatabaseID = r.System, r.Database
	return r, err1 == nil && err2 == nil && written.ShownComment(r.Object, r.Rules, r.Text, r.Stands) == comment
}

// Digest is short, because it distinguishes texts of our own only.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// Unmask is the privilege of those to whom a column is shown clear.
func Unmask(column string) request.Privilege {
	return request.Privilege(unmasking + strconv.Quote(column))
}

const unmasking = "UNMASK "

// Unmasks reports whether a privilege is one of Unmask.
func Unmasks(p request.Privilege) bool { return strings.HasPrefix(string(p), unmasking) }

// ColumnOf is the column that a privilege shows clear.
func ColumnOf(p request.Privilege) (string, bool) {
	column, err := strconv.Unquote(strings.TrimPrefix(string(p), unmasking))
	return column, Unmasks(p) && err == nil
}
