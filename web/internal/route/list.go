package route

import (
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/site"
)

// List is one page of things.
type List[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; missing on the last"`
}

// Listed is the answer of a route that lists.
type Listed[T any] struct{ Body List[T] }

// ListOf answers with a page of things, and the cursor of the next one.
func ListOf[T any](items []T, next string) *Listed[T] {
	if items == nil {
		items = []T{}
	}
	return &Listed[T]{List[T]{items, next}}
}

// Next is the parameter that leads to the next page.
func (l *Listed[T]) Next() (name, value string) { return "cursor", l.Body.Next }

// Paged are the parameters of every route that lists.
type Paged struct {
	Cursor string `query:"cursor" maxLength:"4000" doc:"next of the page before; without it, the first page"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"At most this many items, 50 if it is missing; a page may be shorter although others follow"`
}

// NextIfFull is the cursor after a page, which is the last one if it is not full.
func NextIfFull(found, limit int, next store.Position) string {
	if found < limit {
		return ""
	}
	return site.FormatCursor(next)
}
