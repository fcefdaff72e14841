// Package naming holds the names that we give on PostgreSQL, and reads them again: those of
// group roles and of masked views with the comments on them, ids of assets, and keys of
// locks.
package naming

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// MaxName is the length at which PostgreSQL cuts a name, in bytes.
const MaxName = 63

// MaxShown is how many bytes of a text an error shows.
const MaxShown = 300

// Prefix begins the name of every role of ours, of all installations.
const Prefix = "gw_"

// Privileges are those that have group roles, in the order in which we act.
var Privileges = []request.Privilege{request.Read, request.ReadWrite}

// Place is where an asset stands, and which object was approved there.
type Place struct {
	Ref          catalog.Ref
	System       string
	DatabaseID   uint32
	Installation string
}

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Prefix begins the names of the group roles of a privilege on whatever stands
// under the asset's name. The name goes on with the object's own id: members
// approved for one object must not come to another that takes its name.
func (p Place) Prefix(privilege request.Privilege) string {
	if Unmasks(privilege) || ReadsColumns(privilege) {
		return p.ColumnPrefix() + privilegePart(privilege) + "_"
	}
	return Prefix + p.Installation + "_" + p.hash(string(privilege)) + "_"
}

// hash stands for the asset's name in the names of roles: 26 letters.
func (p Place) hash(of string) string {
	text := fmt.Sprintf("%s\n%d\n%s\n%s", p.System, p.DatabaseID, catalog.FormatPath(p.Ref.Path()), of)
	sum := sha256.Sum256([]byte(text))
	return strings.ToLower(encoding.EncodeToString(sum[:16]))
}

// Role names the group role of a privilege on one object.
func (p Place) Role(privilege request.Privilege, object uint32) string {
	return p.Prefix(privilege) + strconv.FormatUint(uint64(object), 10)
}

// Comment names the privilege and the asset of a group role on the platform. A role
// without it is not ours, whatever its name.
func (p Place) Comment(privilege request.Privilege, object uint32) string {
	return fmt.Sprintf("%s%s on %s (system %s, database %d, object %d)", p.Remark(), privilege, p.Ref, p.System, p.DatabaseID, object)
}

// Ending names the role whose members' sessions in the database are still to be
// ended, on platforms where a session can outlive the membership.
func (p Place) Ending() string {
	return Prefix + p.Installation + "_ending_" + strconv.FormatUint(uint64(p.DatabaseID), 10)
}

// EndingComment is the comment on the role Ending.
func (p Place) EndingComment() string {
	return fmt.Sprintf("%smembers' sessions in database %d are being ended", p.Remark(), p.DatabaseID)
}

// Remark begins the comments of our roles.
func (p Place) Remark() string { return "grantwright " + p.Installation + ": " }

// Maker names the role that makes and drops ours where we may not, and the schema
// of the functions by which it does so.
func (p Place) Maker() string { return Prefix + p.Installation }

// LockKey is the same in all installations: they change the same catalog rows.
func LockKey(parts ...any) int64 {
	sum := sha256.Sum256([]byte("grantwright\n" + fmt.Sprintln(parts...)))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// CheckPrincipal refuses names that quoting does not make harmless.
func CheckPrincipal(name string) error {
	switch {
	case name == "":
		return errors.New("has no name")
	case strings.ContainsRune(name, 0) || !utf8.ValidString(name):
		return errors.New("has a name that is not text")
	case len(name) > MaxName:
		return fmt.Errorf("has a name of %d bytes, PostgreSQL would cut it at %d and take another role", len(name), MaxName)
	case name == "public" || name == "none":
		return errors.New("is a word that PostgreSQL keeps for everyone or no one")
	case strings.HasPrefix(name, "pg_"):
		return errors.New("is a role of PostgreSQL itself")
	case strings.HasPrefix(name, Prefix):
		return errors.New("is a group role of Grantwright")
	}
	return nil
}

// ParseID reads an asset's ID, "<system identifier>/<database oid>/<object oid>",
// or for a database "<system identifier>/<database oid>", whose object it is itself.
func ParseID(id string, of catalog.Ref) (system string, database, object uint32, err error) {
	system, oids, _ := strings.Cut(id, "/")
	first, second, deeper := strings.Cut(oids, "/")
	alone := len(of.Path()) == 1
	if alone {
		second = first
	}
	d, err1 := strconv.ParseUint(first, 10, 32)
	o, err2 := strconv.ParseUint(second, 10, 32)
	switch wrong := errors.Join(err1, err2) != nil || o == 0 || system == "" || deeper == alone; {
	case wrong && alone:
		return "", 0, 0, errors.New("must be <system identifier>/<database oid>")
	case wrong:
		return "", 0, 0, errors.New("must be <system identifier>/<database oid>/<object oid>")
	}
	return system, uint32(d), uint32(o), nil
}

// FormatID writes the ID that ParseID reads.
func FormatID(system string, database, object uint32, of catalog.Ref) string {
	if len(of.Path()) == 1 {
		return fmt.Sprintf("%s/%d", system, database)
	}
	return fmt.Sprintf("%s/%d/%d", system, database, object)
}

// RoleID reads the platform's own id of a principal.
func RoleID(p request.Principal) (id uint32, ok bool) {
	n, err := strconv.ParseUint(p.ID, 10, 32)
	return uint32(n), err == nil && n > 0
}

var roleComment = regexp.MustCompile(`(?s)^grantwright [a-z0-9]+: ([A-Z_]+|UNMASK "(?:[^"\\]|\\.)*"|` + ofColumns + column + `(?:, ` + column + `)*) on (.*) \(system ([0-9]+), database ([0-9]+), object ([0-9]+)\)$`)

// ReadComment reads the comment on a role that Place.Comment wrote. A comment that we
// would write otherwise, or on another role, is not ours.
func ReadComment(installation, role, comment string) (Place, request.Privilege, uint32, error) {
	parts := roleComment.FindStringSubmatch(comment)
	if parts == nil {
		return Place{}, "", 0, fmt.Errorf("%w: what it is for cannot be read from its comment, %q", provision.ErrPermanent, comment)
	}
	ref, err := catalog.ParseRef(parts[2])
	if err != nil {
		return Place{}, "", 0, fmt.Errorf("%w: its comment: %w", provision.ErrPermanent, err)
	}
	database, err1 := strconv.ParseUint(parts[4], 10, 32)
	object, err2 := strconv.ParseUint(parts[5], 10, 32)
	p := Place{Ref: ref, System: parts[3], DatabaseID: uint32(database), Installation: installation}
	privilege := request.Privilege(parts[1])
	known := slices.Contains(Privileges, privilege) || Unmasks(privilege) || ReadsColumns(privilege)
	fits := known && p.Role(privilege, uint32(object)) == role && p.Comment(privilege, uint32(object)) == comment
	if err1 != nil || err2 != nil || !fits {
		return Place{}, "", 0, fmt.Errorf("%w: its comment belongs to another role: %q", provision.ErrPermanent, comment)
	}
	return p, privilege, uint32(object), nil
}

// MaxFew is how many of many things are named.
const MaxFew = 3

// Few names the first few of many things.
func Few(names []string) string {
	text := strings.Join(names[:min(len(names), MaxFew)], ", ")
	if more := len(names) - MaxFew; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
