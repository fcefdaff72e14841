package pgprovision

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

// maskSchema holds the views that show assets masked, and the keys of the hashes.
func (p place) maskSchema() string { return ourPrefix + p.installation + "_masked" }

// shownAs names the view that shows a table masked: schema__table, where that can
// mean no other table. Two names that come out the same all the same are told apart
// by the comment on the view.
func shownAs(schema, table string) string {
	name := schema + "__" + table
	plain := plainName.MatchString(schema) && plainName.MatchString(table) && strings.Count(name, "__") == 1 && len(name) <= maxName
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

// shownComment says on the platform what a view of ours shows. It holds digests of
// the rules, of what was written, and of what stood afterwards: a view that is not
// as we left it, or shows another table than the one of the name, is seen by them.
func (p place) shownComment(object uint32, rules, text, stood string) string {
	return fmt.Sprintf("%smasks %s (system %s, database %d, object %d), rules %s, text %s, stands %s", p.remark(), p.ref, p.system, p.databaseID, object, rules, text, stood)
}

// digest is short: it tells versions of our own apart.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// unmask is the privilege of those to whom a column is shown clear.
func unmask(column string) request.Privilege {
	return request.Privilege(unmasking + strconv.Quote(column))
}

const unmasking = "UNMASK "

// unmasks reports whether a privilege is one of unmask.
func unmasks(p request.Privilege) bool { return strings.HasPrefix(string(p), unmasking) }

// unmaskPrefix begins the names of the roles of all columns of whatever stands
// under the asset's name. It is no beginning of a name of another kind.
func (p place) unmaskPrefix() string {
	return ourPrefix + p.installation + "_" + p.hash("UNMASK")[:16]
}

// unmaskPart names a column in 50 bits: which one it is says the comment.
func unmaskPart(column request.Privilege) string {
	sum := sha256.Sum256([]byte(column))
	return strings.ToLower(encoding.EncodeToString(sum[:]))[:10]
}

// unmaskedBy is the privilege of a role by which a column is shown clear, as its
// comment says it. One that cannot be read is wanted by nobody.
func unmaskedBy(comment string) request.Privilege {
	if parts := roleComment.FindStringSubmatch(comment); parts != nil && unmasks(request.Privilege(parts[1])) {
		return request.Privilege(parts[1])
	}
	return unmasking
}

// columnOf is the column that a privilege shows clear.
func columnOf(p request.Privilege) (string, bool) {
	column, err := strconv.Unquote(strings.TrimPrefix(string(p), unmasking))
	return column, unmasks(p) && err == nil
}
