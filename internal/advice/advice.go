// Package advice puts assistants in front of stewards, and has them learn.
//
// A final determination by a person is kept as a lesson, in its own commit. A learner goes
// through the log behind it, counts the lessons in ledgers, and scores what was advised. Whoever
// opens a case is shown advice by these ledgers, and that is kept too. Nothing here decides.
package advice

import (
	"context"
	"sync"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
)

// Advice advises, learns and scores.
type Advice struct {
	*journal.Journal
	Decisions *decisions.Decisions

	// Assistant advises whoever opens a case. Nil is precedent.
	Assistant func(precedent assist.Assistant) assist.Assistant

	mu      sync.Mutex
	learned time.Time // when this process has looked for lessons last
}

// memory reads what an assistant goes by from the store.
type memory struct{ *journal.Journal }

// Ledgers implements assist.Memory: one statement.
func (m memory) Ledgers(ctx context.Context, ids []assist.LedgerID) (assist.Book, error) {
	read, err := records.Ledgers.Some(ctx, m.Store, ids...)
	book := assist.Book{}
	for i := range read {
		book[read[i].Value.ID] = &read[i].Value
	}
	return book, err
}

// Lessons implements assist.Memory: one statement.
func (m memory) Lessons(ctx context.Context, ids []request.ID) ([]assist.Lesson, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return journal.Values(records.Lessons.Some(ctx, m.Store, ids...))
}

// precedent is the assistant that needs nobody else.
func (ad *Advice) precedent() assist.Precedent {
	return assist.Precedent{Memory: memory{ad.Journal}}
}

// assistant is who advises whoever opens a case on a connection.
func (ad *Advice) assistant(mode catalog.Assist) assist.Assistant {
	if ad.Assistant == nil || mode == catalog.AssistPrecedent {
		return ad.precedent()
	}
	return ad.Assistant(ad.precedent())
}
