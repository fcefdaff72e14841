package main

import (
	"fmt"
	"regexp"
	"strings"
)

const endless = "ENDLESS"

// units are what a duration may be counted in, with their short forms.
var units = map[string]string{
	"s": "SECONDS", "second": "SECONDS", "seconds": "SECONDS",
	"h": "HOURS", "hour": "HOURS", "hours": "HOURS", "min": "MINUTES", "minute": "MINUTES", "minutes": "MINUTES",
	"d": "DAYS", "day": "DAYS", "days": "DAYS", "w": "WEEKS", "week": "WEEKS", "weeks": "WEEKS",
	"mo": "MONTHS", "month": "MONTHS", "months": "MONTHS", "y": "YEARS", "year": "YEARS", "years": "YEARS",
}

var counted = regexp.MustCompile(`^([1-9][0-9]{0,4}) ?([a-z]+)$`)

// duration reads 30d, 12h, 2w, 6mo, 1y or endless, and writes it as the API takes it. The server
// knows what is allowed.
func duration(text string) (string, error) {
	lower := strings.ToLower(strings.TrimSpace(text))
	if lower == "endless" {
		return endless, nil
	}
	if m := counted.FindStringSubmatch(lower); m != nil && units[m[2]] != "" {
		return m[1] + " " + units[m[2]], nil
	}
	return "", fmt.Errorf("%q is no duration: it must read like 12h, 30d, 2w, 6mo, 1y or endless", text)
}

// shortDuration writes 30 DAYS as 30d.
func shortDuration(d string) string {
	count, unit, _ := strings.Cut(d, " ")
	for short, long := range units {
		if long == unit && short+"s" != strings.ToLower(unit) && short != strings.ToLower(unit) {
			return count + short
		}
	}
	return strings.ToLower(d)
}
