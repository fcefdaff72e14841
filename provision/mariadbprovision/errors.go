package mariadbprovision

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"

	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

// The SQLSTATEs of the errors that the procedures of the home raise: the deadline has
// passed, or the call is one that they refuse.
const (
	tooLate = "GW001"
	notOurs = "GW002"
)

// The numbers of errors that may not come again.
const (
	lockWait     = 1205
	deadlock     = 1213
	shuttingDown = 1053
	lostMeantime = 1927 // somebody killed our connection
	interrupted  = 1317 // or our statement
	outOfTime    = 1969 // max_statement_time, mostly spent waiting for someone's lock
	roleChanged  = 1959 // a role that stood when we looked
	userChanged  = 1396
	noSuchGrant  = 1141
)

// noSuchTable is the number of the error where a table is gone.
const noSuchTable = 1146

// The numbers of errors that an administrator has to do something about.
const (
	accessDenied = 1045
	mayNotGrant  = 1410
	noRight      = 1227
)

// errNoTime says that nothing was begun any more.
var errNoTime = errors.New("the time for this was over")

// errBusy says that another process of ours works on the same.
var errBusy = errors.New("another process works on the same asset or person")

// errUnsettled says that statements succeeded, and the platform does not show their
// effect.
var errUnsettled = errors.New("read back: not as it should be")

// accidental reports whether the same again may well succeed at once.
func accidental(err error) bool {
	switch mariadbwire.Number(err) {
	case lockWait, deadlock, shuttingDown, lostMeantime, interrupted, outOfTime, roleChanged, userChanged, noSuchGrant:
		return true
	}
	return errors.Is(err, errBusy) || errors.Is(err, errUnsettled) || errors.Is(err, mysql.ErrInvalidConn) || converge.Disconnected(err)
}

// explain marks an error that stands until a person changes something.
func explain(err error) error {
	if mariadbwire.State(err) == tooLate {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	if errors.Is(err, errUnsettled) {
		return err
	}
	explained := mariadbwire.Explain(err)
	switch mariadbwire.Number(err) {
	case accessDenied, mayNotGrant, noRight:
		return fmt.Errorf("%w: %w (see Setup for what we need)", provision.ErrPermanent, err)
	}
	if errors.Is(explained, mariadbwire.ErrNotSetUp) && !errors.Is(explained, provision.ErrPermanent) {
		return fmt.Errorf("%w: %w", provision.ErrPermanent, explained)
	}
	return explained
}
