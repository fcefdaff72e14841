// Package body reads the bodies of the API, and says what is wrong with them.
package body

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/web/internal/site"
)

// ReadJSON reads a body, and refuses text that is not valid Unicode: encoding/json
// would read something else in its place. The error begins with a JSON pointer.
func ReadJSON(body []byte, v any) error {
	if err := json.Unmarshal(body, v); err != nil {
		return err
	}
	if utf8.Valid(body) && !bytes.Contains(bytes.ToLower(body), []byte(`\ud`)) {
		return nil
	}
	t := textsOf{json.NewDecoder(bytes.NewReader(body)), body}
	return t.value("")
}

// textsOf goes through the texts of a document.
type textsOf struct {
	*json.Decoder
	body []byte
}

// value looks at the next value, which stands at a field.
func (t textsOf) value(field string) error {
	token, err := t.token(field)
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('['):
		for i := 0; t.More(); i++ {
			if err := t.value(fmt.Sprintf("%s[%d]", field, i)); err != nil {
				return err
			}
		}
	case json.Delim('{'):
		for t.More() {
			key, err := t.token(field)
			if err != nil {
				return err
			}
			if err := t.value(strings.TrimPrefix(field+"."+fmt.Sprint(key), ".")); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	_, err = t.Token() // the end
	return err
}

// token is the next token, or an error if it is text that was not read as it is.
func (t textsOf) token(field string) (json.Token, error) {
	begins := t.InputOffset()
	token, err := t.Token()
	if err != nil {
		return nil, err
	}
	text, is := token.(string)
	if !is || !strings.ContainsRune(text, utf8.RuneError) {
		return token, nil
	}
	raw := t.body[begins:t.InputOffset()]
	if utf8.Valid(raw) && bytes.Contains(bytes.ToLower(raw), []byte(`\ufffd`)) || utf8.Valid(raw) && bytes.ContainsRune(raw, utf8.RuneError) {
		return token, nil // was meant
	}
	return nil, errors.New(site.Pointer(field) + " is not valid UTF-8")
}
