package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

// ErrUnsettled says that statements succeeded, and the platform does not show their
// effect.
var ErrUnsettled = errors.New("read back before the commit: not as it should be")

// Code is the SQLSTATE of an error of the platform, or empty.
func Code(err error) string {
	var e *pq.Error
	if errors.As(err, &e) {
		return string(e.Code)
	}
	return ""
}

// Accidental reports whether the same again may well succeed at once. Where a prepared
// statement is gone, or stands already, a pooler gives our transactions other connections:
// from then on none is prepared.
func (c *Cluster) Accidental(err error) bool {
	var e *pq.Error
	if errors.As(err, &e) {
		switch e.Code {
		case "40P01", "40001", "55P03", // deadlock, serialization, lock timeout
			"42710", "42704", "42P01", "3F000", // made or dropped between our look and our act
			"57P01", "57P02", "57P03": // shutting down, crashed, starting up
			return true
		case "26000", "42P05":
			return c.pooled(err)
		case "XX000":
			return strings.Contains(e.Message, "tuple concurrently")
		}
		return e.Code.Class() == "08"
	}
	return errors.Is(err, ErrUnsettled) || converge.Disconnected(err)
}

// pooled reports whether an error says that a prepared statement is gone, or stands already.
// From then on none is prepared.
func (c *Cluster) pooled(err error) bool {
	switch Code(err) {
	case "26000", "42P05":
		c.unprepared.Store(true)
		return true
	}
	return false
}

// Explain marks an error that stands until a person changes something.
func Explain(err error) error {
	switch Code(err) {
	case "42501":
		return fmt.Errorf("%w: %w (see Setup for what our role needs)", provision.ErrPermanent, err)
	case TooLate:
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}
