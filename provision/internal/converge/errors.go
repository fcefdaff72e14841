package converge

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// ElsewhereError says that an asset is on another server than the one that the
// connection leads to. Whether a grant stands there is not known, so that nothing
// counts as taken away.
type ElsewhereError struct{ Err error }

func (e *ElsewhereError) Error() string { return e.Err.Error() }
func (e *ElsewhereError) Unwrap() error { return e.Err }

// Wrap names the connection in an error.
func (l *Loop[J]) Wrap(err error) error {
	return fmt.Errorf("connection %s: %w", l.Connection, err)
}

// Explain is Wrap of an error of the platform, with what a person has to change.
func (l *Loop[J]) Explain(err error) error { return l.Wrap(l.Platform.Explain(err)) }

// RefuseAsset says why an asset can have no grant.
func RefuseAsset(ref catalog.Ref, format string, args ...any) error {
	return &provision.RefusedError{What: fmt.Sprintf("asset %q", ref), Reason: fmt.Sprintf(format, args...)}
}

// RefuseAccess says that some of the access to an asset cannot be given.
func RefuseAccess(ref catalog.Ref, of func(provision.Access) bool, reason string) error {
	return &provision.RefusedError{What: fmt.Sprintf("asset %q", ref), Reason: reason, Of: of}
}

// RefusePrivilege says that a privilege is none of ours.
func RefusePrivilege(a provision.Access) error {
	return &provision.RefusedError{What: fmt.Sprintf("privilege %q", a.Privilege), Reason: "is none of READ and READ_WRITE"}
}

// ReplacedAsset names the object that stands under the name of an asset, instead of the one
// that was approved.
func ReplacedAsset(ref catalog.Ref, now catalog.Object, format string, args ...any) error {
	return &provision.ReplacedError{What: fmt.Sprintf("asset %q", ref), Reason: fmt.Sprintf(format, args...), Now: now}
}

// ReplacedPrincipal says that somebody else stands under the name of a principal.
func ReplacedPrincipal(p request.Principal, format string, args ...any) error {
	return &provision.ReplacedError{What: fmt.Sprintf("principal %q", p.Name), Reason: fmt.Sprintf(format, args...)}
}

// maxNamed is how many names Few spells out.
const maxNamed = 4

// Few names the first of many, in order and each once.
func Few(names []string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if len(names) <= maxNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
}

var installation = regexp.MustCompile(`^[a-z0-9]{1,16}$`)

// CheckInstallation refuses a name that cannot be part of the names of roles.
func CheckInstallation(name string) error {
	if !installation.MatchString(name) {
		return fmt.Errorf("installation is %q, must be 1 to 16 lower case letters or digits", name)
	}
	return nil
}

// Disconnected reports whether an error says that a connection was lost, or could not
// be made.
func Disconnected(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &network)
}
