package sqlstore

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// moment is a point in time as a column: text of fixed width in UTC to the
// microsecond, so that it compares as text in every database; empty for none.
type moment time.Time

const momentLayout = "2006-01-02T15:04:05.000000Z"

// Value writes the moment.
func (m moment) Value() (driver.Value, error) { return m.String(), nil }

// String is how the moment stands in a column.
func (m moment) String() string {
	t := time.Time(m)
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(momentLayout)
}

// Scan reads what Value wrote.
func (m *moment) Scan(from any) error {
	var text string
	switch from := from.(type) {
	case string:
		text = from
	case []byte:
		text = string(from)
	default:
		return fmt.Errorf("a time stands as %T, must be text", from)
	}
	if text == "" {
		*m = moment{}
		return nil
	}
	t, err := time.Parse(momentLayout, text)
	*m = moment(t)
	return err
}
