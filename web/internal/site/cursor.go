package site

import (
	"encoding/base64"
	"encoding/json"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// FormatCursor writes a position as text for URLs; that of the end is empty.
func FormatCursor(p store.Position) string {
	if p.Zero() {
		return ""
	}
	text, _ := json.Marshal([2]string{p.Order, p.ID}) // two texts always can be
	return base64.RawURLEncoding.EncodeToString(text)
}

// ParseCursor reads a text of FormatCursor.
func ParseCursor(s string) (store.Position, error) {
	if s == "" {
		return store.Position{}, nil
	}
	var parts [2]string
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(text, &parts)
	}
	p := store.Position{Order: parts[0], ID: parts[1]}
	// Comparing with the one spelling also refuses text that JSON would mend in silence.
	if err != nil || FormatCursor(p) != s {
		return store.Position{}, &Problem{Status: 400, Code: "CURSOR", Detail: "The cursor is none of those that this list has given.",
			Errors: []Fault{{Parameter: "cursor", Detail: "must be the next of the page before, as it was given"}}}
	}
	return p, nil
}

// PageSize is the number of items on one page of the API: as many as were asked for,
// or defaultPage.
func PageSize(asked int) int {
	if asked == 0 {
		return defaultPage
	}
	return asked
}

// defaultPage is the length of a page where none is asked for.
const defaultPage = 50

// Invalid is a fault in one field of something a person gave us.
func Invalid(what, field, reason string) error {
	return &request.InvalidError{What: what, Faults: []request.Fault{{Field: field, Reason: reason}}}
}
