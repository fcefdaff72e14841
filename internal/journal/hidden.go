package journal

import (
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// hiddenError refuses something about a record to somebody who may not know that it exists.
// It reads like the error of a record that does not, and wraps store.ErrNotFound. The
// process that embeds the engine can tell it by request.ErrForbidden.
type hiddenError struct{ missing, refused error }

func (e *hiddenError) Error() string   { return e.missing.Error() }
func (e *hiddenError) Unwrap() []error { return []error{e.missing, e.refused} }

// Hidden is the error about a record for somebody who may not know that it exists; any other
// error than a refusal stays as it is.
func Hidden[K ~string, T any](kind store.Kind[K, T], id K, refused error) error {
	if !errors.Is(refused, request.ErrForbidden) {
		return refused
	}
	return &hiddenError{missing: kind.Missing(id), refused: refused}
}

// HiddenBatch is Hidden for the requests that were submitted together.
func HiddenBatch(id request.BatchID, refused error) error {
	return &hiddenError{missing: fmt.Errorf("%w: batch %q", store.ErrNotFound, id), refused: refused}
}
