// Package api holds the types and the operations of Grantwright's HTTP API. All but this
// file is generated from the OpenAPI document of the server. Package client makes a Client,
// and says how it behaves.
package api

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"reflect"
	"strings"
	"time"
)

//go:generate go tool -modfile=../../tools/go.mod oapi-codegen -config oapi-codegen.yaml -o api.gen.go ../../web/testdata/openapi.json

// Client has a method for each operation. Each returns a *Problem for what the server
// refuses, and an *AwaitingError for a change that waits for a second person.
type Client struct {
	// Send sends a call, and decodes the answer into out: JSON, or as it is into a *[]byte.
	// A nil out expects no content.
	Send func(ctx context.Context, call Call, out any) error
}

// Call is one call of an operation.
type Call struct {
	Method string
	Path   string // as in the document, such as /api/v1/requests/{id}
	Names  []any  // for what stands in braces in Path, in this order
	Query  url.Values
	Body   any    // is sent as JSON; nil sends none
	Accept string // the media type of the answer; empty without one
	Keyed  bool   // it makes something, and takes an Idempotency-Key
}

// Location is the path of the call, with its names escaped. An empty name is an error: the
// path would lead elsewhere.
func (c Call) Location() (string, error) {
	path, rest := "", c.Path
	for _, name := range c.Names {
		before, after, more := strings.Cut(rest, "{")
		placeholder, after, closed := strings.Cut(after, "}")
		text := fmt.Sprint(name)
		switch {
		case !more || !closed:
			return "", fmt.Errorf("api: %s has no place for %q", c.Path, text)
		case text == "" || text == "." || text == "..":
			return "", fmt.Errorf("api: %s %q cannot stand in a path", placeholder, text)
		}
		path, rest = path+before+url.PathEscape(text), after
	}
	return path + rest, nil
}

// AwaitingError says that a change is not in force: it takes a second person, who finds it as
// a proposal.
type AwaitingError struct{ Awaiting }

func (e *AwaitingError) Error() string { return e.Detail }

// Error says what the server refused, and each fault with its place that this does not name yet.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = fmt.Sprintf("%s (%d)", p.Title, p.Status)
	}
	for _, f := range p.Errors {
		if strings.Contains(p.Detail, f.Place()) && strings.Contains(p.Detail, f.Detail) {
			continue
		}
		text += "\n  " + f.Place() + ": " + f.Detail
	}
	return text
}

// Place names the field, the parameter or the header that a fault is about. It is "body" for the
// body as a whole.
func (f Fault) Place() string {
	field, err := url.PathUnescape(strings.TrimPrefix(strings.TrimPrefix(f.Pointer, "#"), "/"))
	switch {
	case f.Parameter != "":
		return f.Parameter
	case f.Header != "":
		return f.Header
	case err != nil:
		return f.Pointer
	case field == "":
		return "body"
	}
	return strings.NewReplacer("/", ".", "~1", "/", "~0", "~").Replace(field)
}

// set adds a parameter to a query. A zero value is left out, unless the parameter is required.
// A list has a parameter for each of its values if it is exploded, and else commas between them.
func set(q url.Values, name string, value any, required, exploded bool) {
	v := reflect.ValueOf(value)
	if v.IsZero() && !required {
		return
	}
	if at, is := value.(time.Time); is {
		q.Set(name, at.Format(time.RFC3339Nano))
		return
	}
	if v.Kind() != reflect.Slice {
		q.Set(name, fmt.Sprint(value))
		return
	}
	for i := range v.Len() {
		q.Add(name, fmt.Sprint(v.Index(i)))
	}
	if !exploded {
		q.Set(name, strings.Join(q[name], ","))
	}
}

// maxPages bounds how many pages one list is followed through.
const maxPages = 10_000

// pages follows the cursors of a list. A cursor that comes again would never end.
func pages[T any](read func(cursor string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		cursor := ""
		for range maxPages {
			items, next, err := read(cursor)
			if err == nil && next != "" && next == cursor {
				err = fmt.Errorf("api: the list does not go on: the server gives the same cursor again")
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if cursor = next; cursor == "" {
				return
			}
		}
		yield(none, fmt.Errorf("api: the list has more than %d pages", maxPages))
	}
}
