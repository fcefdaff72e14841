package mariadbprovision

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/provision"
)

// attempts bounds how often one call tries what failed by accident.
const attempts = 8

// The states in which the procedures of the home answer: the deadline has passed, or
// it is nothing that they do.
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

// errUnsettled says that the platform did not take what it said it took.
var errUnsettled = errors.New("read back: not as it should be")

// accidental reports whether the same again may well succeed at once.
func accidental(err error) bool {
	switch mariadbwire.Number(err) {
	case lockWait, deadlock, shuttingDown, lostMeantime, interrupted, outOfTime, roleChanged, userChanged, noSuchGrant:
		return true
	}
	var network net.Error
	return errors.Is(err, errBusy) || errors.Is(err, errUnsettled) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &network)
}

// explain marks what a person has to change.
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

// persevere tries again what failed by accident, a few times and while there is time.
func persevere(ctx context.Context, try func() error) error {
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || !accidental(err) || attempt == attempts || pause(ctx, attempt) != nil {
			return err
		}
	}
}

// pause waits a little longer after each attempt, and never in step with others.
func pause(ctx context.Context, attempt int) error {
	wait := time.Duration(attempt) * 10 * time.Millisecond
	t := time.NewTimer(wait + rand.N(wait))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
