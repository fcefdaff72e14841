package request

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxFaults bounds what one InvalidError names.
const MaxFaults = 100

// InvalidError says everything that is wrong with something a person gave us, or
// the first MaxFaults of it. Nothing of it was stored.
type InvalidError struct {
	What   string // such as "request" or "form"
	Faults []Fault
}

// Fault is one thing that is wrong.
type Fault struct {
	Field  string `json:"field"`  // such as "answers.purpose"
	Reason string `json:"reason"` // what is wrong, and what would be right
}

func (e *InvalidError) Error() string {
	faults := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		faults[i] = f.Field + " " + f.Reason
	}
	return "invalid " + e.What + ": " + strings.Join(faults, "; ")
}

// checker collects faults.
type checker struct{ faults []Fault }

func (c *checker) fault(field, reason string, args ...any) {
	if len(c.faults) == MaxFaults {
		return
	}
	c.faults = append(c.faults, Fault{field, fmt.Sprintf(reason, args...)})
}

// text refuses what no store can keep, with one fault for the whole field.
func (c *checker) text(field string, texts ...string) {
	for _, s := range texts {
		switch {
		case !utf8.ValidString(s):
			c.fault(field, "is not valid UTF-8")
			return
		case strings.ContainsRune(s, 0):
			c.fault(field, "holds a NUL character")
			return
		}
	}
}

// short is text that also has a limit, in bytes.
func (c *checker) short(field, s string, most int) {
	c.text(field, s)
	if len(s) > most {
		c.fault(field, "has %d bytes, at most %d are allowed", len(s), most)
	}
}

func (c *checker) err(what string) error {
	if len(c.faults) == 0 {
		return nil
	}
	return &InvalidError{What: what, Faults: c.faults}
}
