package request

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// Unit is a unit of access durations.
type Unit string

// The units. Months and years go by the calendar in UTC.
const (
	Seconds Unit = "SECONDS"
	Minutes Unit = "MINUTES"
	Hours   Unit = "HOURS"
	Days    Unit = "DAYS"
	Weeks   Unit = "WEEKS"
	Months  Unit = "MONTHS"
	Years   Unit = "YEARS"
)

// The bounds of the count of a Duration. With them every end is a date that
// records can hold: JSON knows no year after 9999.
const (
	MaxCount = 10_000
	MaxYears = 1_000 // of the count of YEARS
)

const endless = "ENDLESS"

// Duration is how long access lasts: a count and a unit, written "30 DAYS", or
// "ENDLESS", which is longer than every other. The zero Duration is none at all:
// nothing was said.
type Duration struct {
	count int
	unit  Unit
}

// Endless is the duration without an end.
var Endless = Duration{unit: endless}

// For is the duration of count units, which Check may still refuse.
func For(count int, unit Unit) Duration { return Duration{count, unit} }

// ParseDuration reads "30 DAYS" or "ENDLESS", in any case.
func ParseDuration(s string) (Duration, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if s == endless {
		return Endless, nil
	}
	number, unit, _ := strings.Cut(s, " ")
	count, err := strconv.Atoi(number)
	d := For(count, Unit(strings.TrimSpace(unit)))
	if err != nil || d.IsZero() || d.Check() != nil {
		return Duration{}, fmt.Errorf("request: %q is not a duration, it must read like 30 DAYS or ENDLESS: a count from 1 to %d and one of %v", excerpt.Of(s, maxShown), most(d.unit), units)
	}
	return d, nil
}

var units = []Unit{Seconds, Minutes, Hours, Days, Weeks, Months, Years}

// Check refuses a duration that is neither none, endless, nor a count of a unit.
func (d Duration) Check() error {
	switch {
	case d == Duration{} || d == Endless:
		return nil
	case !slices.Contains(units, d.unit):
		return fmt.Errorf("request: the unit of a duration is %q, must be one of %v", excerpt.Of(d.unit, maxShown), units)
	case d.count < 1 || d.count > most(d.unit):
		return fmt.Errorf("request: the count of a duration is %d, must be from 1 to %d", d.count, most(d.unit))
	}
	return nil
}

func most(u Unit) int {
	if u == Years {
		return MaxYears
	}
	return MaxCount
}

// Equal reports whether two durations say the same; 7 DAYS and 1 WEEKS do not.
func (d Duration) Equal(o Duration) bool { return d == o }

// IsZero reports whether nothing was said.
func (d Duration) IsZero() bool { return d == Duration{} }

func (d Duration) String() string {
	switch d {
	case Duration{}:
		return ""
	case Endless:
		return endless
	}
	return fmt.Sprintf("%d %s", d.count, d.unit)
}

// MarshalText writes the duration as String does, and refuses what Check
// refuses: it could not be read again.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), d.Check() }

// UnmarshalText reads what MarshalText wrote.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*d = Duration{}
		return nil
	}
	*d, err = ParseDuration(string(text))
	return err
}

// End is when access that starts at start ends. For Endless, and for no duration
// at all, it is the zero time. A count above its bound ends as the bound does.
func (d Duration) End(start time.Time) time.Time {
	start = start.UTC()
	count := min(d.count, most(d.unit))
	switch d.unit {
	case Seconds, Minutes, Hours:
		return start.Add(time.Duration(count) * clockUnits[d.unit])
	case Days:
		return start.AddDate(0, 0, count)
	case Weeks:
		return start.AddDate(0, 0, 7*count)
	case Months:
		return addMonths(start, count)
	case Years:
		return addMonths(start, 12*count)
	}
	return time.Time{}
}

var clockUnits = map[Unit]time.Duration{Seconds: time.Second, Minutes: time.Minute, Hours: time.Hour}

// addMonths keeps the day of the month, or takes the month's last day where it
// has no such day: 31 January and one month is 28 or 29 February.
func addMonths(start time.Time, months int) time.Time {
	first := time.Date(start.Year(), start.Month()+time.Month(months), 1, start.Hour(), start.Minute(), start.Second(), start.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(start.Day(), last)-1)
}

// LongerThan reports whether d ends later than o, both starting at start.
// Endless is longer than all others, and none shorter.
func (d Duration) LongerThan(o Duration, start time.Time) bool {
	return d.length(start) > o.length(start)
}

// Shortest returns the duration that ends first if all start at start, leaving
// out those that say nothing; none if all do.
func Shortest(start time.Time, durations ...Duration) Duration {
	var shortest Duration
	for _, d := range durations {
		if !d.IsZero() && (shortest.IsZero() || shortest.LongerThan(d, start)) {
			shortest = d
		}
	}
	return shortest
}

// Length is the time from start to the end, for conditions: Endless is the
// longest there is.
func (d Duration) Length(start time.Time) time.Duration {
	if d == Endless {
		return math.MaxInt64
	}
	return time.Duration(min(d.length(start), math.MaxInt64/int64(time.Second)-1)) * time.Second
}

// length is in seconds, because a thousand years do not fit a time.Duration.
func (d Duration) length(start time.Time) int64 {
	switch d {
	case Duration{}:
		return 0
	case Endless:
		return math.MaxInt64
	}
	return d.End(start).Unix() - start.Unix()
}
