package request_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
)

var every = []request.Unit{request.Seconds, request.Minutes, request.Hours, request.Days, request.Weeks, request.Months, request.Years}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 13, 14, 15, 16000, time.UTC) }

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want request.Duration
	}{
		{"30 DAYS", request.For(30, request.Days)},
		{" 1   weeks ", request.For(1, request.Weeks)},
		{"endless", request.Endless},
		{"10000 SECONDS", request.For(10000, request.Seconds)},
		{"1000 YEARS", request.For(1000, request.Years)},
	} {
		if got, err := request.ParseDuration(tt.text); err != nil || got != tt.want {
			t.Errorf("%q: got %v, %v; want %v", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"", " ", "0", "-0", "30", "DAYS", "0 DAYS", "-1 DAYS", "10001 DAYS", "1001 YEARS", "1.5 DAYS", "1e3 DAYS", "30DAYS", "30 DAY", "3 ENDLESS", "30 DAYS 1", "30\nDAYS",
		"9223372036854775808 DAYS", "1 DAYS\x00", "\xff DAYS", strings.Repeat("9", 1000) + " DAYS"} {
		got, err := request.ParseDuration(text)
		if err == nil || !got.IsZero() {
			t.Errorf("%q: got %v, %v; want an error", text, got, err)
		} else if len(err.Error()) > 300 || strings.ContainsAny(err.Error(), "\x00\n") {
			t.Errorf("%q: the error is %q", text, err)
		}
	}
}

// Every duration that Check takes is read as it was written, ends at a date that
// JSON can hold, and is longer than none and shorter than ENDLESS.
func TestDurationBounds(t *testing.T) {
	t.Parallel()
	start := day(2031, 1, 31)
	for _, unit := range every {
		for _, count := range []int{-1, 0, 1, 2, 999, 1000, 1001, 9999, 10000, 10001, math.MaxInt32, math.MaxInt} {
			d := request.For(count, unit)
			text, err := d.MarshalText()
			if (err == nil) != (d.Check() == nil) {
				t.Errorf("%v: written with %v, checked with %v", d, err, d.Check())
			}
			if count > 0 && (d.Length(start) <= 0 || d.LongerThan(request.Endless, start) || !d.LongerThan(request.Duration{}, start) || d.Length(start) >= request.Endless.Length(start)) {
				t.Errorf("%v has the length %v", d, d.Length(start))
			}
			if err != nil {
				continue
			}
			var back request.Duration
			if err := back.UnmarshalText(text); err != nil || back != d {
				t.Errorf("%v comes back as %v, %v", d, back, err)
			}
			if _, err := json.Marshal(d.End(start)); err != nil {
				t.Errorf("%v: %v", d, err)
			}
		}
	}
}

func TestNoDuration(t *testing.T) {
	t.Parallel()
	var none request.Duration
	if !none.IsZero() || none.String() != "" || none.Check() != nil || none.Length(day(2031, 1, 1)) != 0 || !none.End(day(2031, 1, 1)).IsZero() {
		t.Errorf("none is %q, %v, %v", none, none.Check(), none.Length(day(2031, 1, 1)))
	}
	for _, tt := range []struct {
		json string
		want request.Duration
	}{{`""`, none}, {`"ENDLESS"`, request.Endless}, {`"2 WEEKS"`, request.For(2, request.Weeks)}} {
		var got request.Duration
		if err := json.Unmarshal([]byte(tt.json), &got); err != nil || got != tt.want {
			t.Errorf("%s: got %v, %v", tt.json, got, err)
		}
		if back, err := json.Marshal(got); err != nil || string(back) != tt.json {
			t.Errorf("%s comes back as %s, %v", tt.json, back, err)
		}
	}
	if err := json.Unmarshal([]byte(`"A WHILE"`), &none); err == nil {
		t.Error("A WHILE is read")
	}
}

func TestDurationEnd(t *testing.T) {
	t.Parallel()
	berlin := time.FixedZone("CET", 3600)
	for _, tt := range []struct {
		d           request.Duration
		start, want time.Time
	}{
		{request.For(90, request.Seconds), day(2031, 12, 31), day(2031, 12, 31).Add(90 * time.Second)},
		{request.For(10000, request.Hours), day(2031, 1, 1), day(2031, 1, 1).Add(10000 * time.Hour)},
		{request.For(1, request.Days), day(2032, 2, 28), day(2032, 2, 29)},
		{request.For(2, request.Weeks), day(2031, 12, 25), day(2032, 1, 8)},
		{request.For(1, request.Months), day(2031, 1, 31), day(2031, 2, 28)},
		{request.For(1, request.Months), day(2032, 1, 31), day(2032, 2, 29)},
		{request.For(1, request.Months), day(2100, 1, 30), day(2100, 2, 28)},
		{request.For(2, request.Months), day(2031, 1, 31), day(2031, 3, 31)},
		{request.For(1, request.Months), day(2031, 3, 31), day(2031, 4, 30)},
		{request.For(1, request.Months), day(2031, 2, 28), day(2031, 3, 28)},
		{request.For(13, request.Months), day(2031, 12, 31), day(2033, 1, 31)},
		{request.For(1, request.Years), day(2032, 2, 29), day(2033, 2, 28)},
		{request.For(4, request.Years), day(2032, 2, 29), day(2036, 2, 29)},
		{request.For(1, request.Months), time.Date(2031, 2, 1, 0, 30, 0, 0, berlin), time.Date(2031, 2, 28, 23, 30, 0, 0, time.UTC)},
		{request.Endless, day(2031, 1, 1), time.Time{}},
	} {
		if got := tt.d.End(tt.start); !got.Equal(tt.want) {
			t.Errorf("%v from %v ends %v, want %v", tt.d, tt.start, got, tt.want)
		} else if got.Location() != time.UTC {
			t.Errorf("%v ends in %v", tt.d, got.Location())
		}
	}
}

func TestShortest(t *testing.T) {
	t.Parallel()
	month, days28, days29, days31, none := request.For(1, request.Months), request.For(28, request.Days), request.For(29, request.Days), request.For(31, request.Days), request.Duration{}
	for _, tt := range []struct {
		start time.Time
		of    []request.Duration
		want  request.Duration
	}{
		{day(2031, 1, 1), nil, none},
		{day(2031, 1, 1), []request.Duration{none, none}, none},
		{day(2031, 1, 1), []request.Duration{request.Endless, none}, request.Endless},
		{day(2031, 1, 1), []request.Duration{request.Endless, request.For(1000, request.Years)}, request.For(1000, request.Years)},
		{day(2031, 1, 1), []request.Duration{month, days28, days31}, days28},
		{day(2031, 1, 31), []request.Duration{days29, month}, month},
		{day(2032, 1, 31), []request.Duration{days28, month}, days28},
		{day(2031, 2, 1), []request.Duration{month, days28}, month}, // the same: the first
		{day(2031, 1, 1), []request.Duration{none, days31, none}, days31},
	} {
		if got := request.Shortest(tt.start, tt.of...); got != tt.want {
			t.Errorf("of %v from %v: got %v, want %v", tt.of, tt.start, got, tt.want)
		}
	}
}

func TestLongerThan(t *testing.T) {
	t.Parallel()
	rising := []request.Duration{{}, request.For(59, request.Seconds), request.For(1, request.Minutes), request.For(1, request.Hours), request.For(1, request.Days),
		request.For(1, request.Weeks), request.For(1, request.Months), request.For(1, request.Years), request.For(293, request.Years), request.For(1000, request.Years), request.Endless}
	for i, a := range rising {
		for j, b := range rising {
			if got := a.LongerThan(b, day(2031, 1, 1)); got != (i > j) {
				t.Errorf("%v longer than %v: %v", a, b, got)
			}
		}
	}
	if diff := cmp.Diff(request.For(7, request.Days), request.For(1, request.Weeks)); diff == "" {
		t.Error("7 DAYS and 1 WEEKS say the same")
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"30 DAYS", "endless", "0 DAYS", "1000 years", "+7 weeks", " 1  MONTHS", "\x00", "9999999999999999999 HOURS"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := request.ParseDuration(text)
		if err != nil {
			if !d.IsZero() {
				t.Fatalf("%q: %v with an error", text, d)
			}
			return
		}
		back, err := request.ParseDuration(d.String())
		if err != nil || back != d || d.IsZero() || d.Check() != nil {
			t.Fatalf("%q is %v, and then %v, %v", text, d, back, err)
		}
		if end := d.End(day(2031, 1, 31)); d != request.Endless && !end.After(day(2031, 1, 31)) {
			t.Fatalf("%v ends %v", d, end)
		}
	})
}

func ExampleDuration_End() {
	approved := time.Date(2031, time.January, 31, 9, 0, 0, 0, time.UTC)
	fmt.Println(request.For(1, request.Months).End(approved).Format(time.DateOnly))
	fmt.Println(request.For(30, request.Days).End(approved).Format(time.DateOnly))
	// Output:
	// 2031-02-28
	// 2031-03-02
}

func ExampleShortest() {
	asked, allowed := request.Endless, request.For(90, request.Days)
	fmt.Println(request.Shortest(time.Now(), asked, allowed))
	// Output: 90 DAYS
}
