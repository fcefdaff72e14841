package pgprovision

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision"
)

// attempts bounds how often one call tries what failed by accident.
const attempts = 5

// code is the SQLSTATE of an error of the platform, or empty.
func code(err error) string {
	var e *pq.Error
	if errors.As(err, &e) {
		return string(e.Code)
	}
	return ""
}

// accidental reports whether the same again may well succeed at once.
func accidental(err error) bool {
	var e *pq.Error
	if errors.As(err, &e) {
		switch e.Code {
		case "40P01", "40001", "55P03", // deadlock, serialization, lock timeout
			"42710", "42704", "42P01", "3F000", // made or dropped between our look and our act
			"57P01", "57P02", "57P03": // shutting down, crashed, starting up
			return true
		case "XX000":
			return strings.Contains(e.Message, "tuple concurrently")
		}
		return e.Code.Class() == "08"
	}
	var network net.Error
	return errors.Is(err, errUnsettled) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &network)
}

// explain marks what a person has to change.
func explain(err error) error {
	switch code(err) {
	case "42501":
		return fmt.Errorf("%w: %w (see Setup for what our role needs)", provision.ErrPermanent, err)
	case tooLate:
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
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
