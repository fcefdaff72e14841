package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
)

// fromStore is a memory over a store, as the engine's is. It counts what it asks.
type fromStore struct {
	store.Store
	asked *int
}

func (m fromStore) Ledgers(ctx context.Context, ids []assist.LedgerID) (assist.Book, error) {
	*m.asked++
	read, err := records.Ledgers.Some(ctx, m.Store, ids...)
	book := assist.Book{}
	for i := range read {
		book[read[i].Value.ID] = &read[i].Value
	}
	return book, err
}

func (m fromStore) Lessons(ctx context.Context, ids []request.ID) ([]assist.Lesson, error) {
	*m.asked++
	read, err := records.Lessons.Some(ctx, m.Store, ids...)
	all := make([]assist.Lesson, len(read))
	for i := range read {
		all[i] = read[i].Value
	}
	return all, err
}

// timeStored has one organisation decide so often, puts its ledgers and all lessons that they
// still name into a SQLite store, and times advice on the cases that follow.
func timeStored(s size, seed uint64, determinations, cases int) (string, error) {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "assisteval")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	kept, err := sqlitestore.Open(filepath.Join(folder, "records.db"))
	if err != nil {
		return "", err
	}
	defer func() { _ = kept.Close() }()
	if err := kept.Migrate(ctx); err != nil {
		return "", err
	}
	o, book := generate(s, seed), assist.Book{}
	lessons := map[request.ID]assist.Lesson{}
	for i := range determinations {
		a := o.ask(i)
		l := assist.Lesson{Request: request.ID(fmt.Sprintf("R%07d", i)), Features: a.features(), Approved: a.approved, At: a.at}
		book.Learn(l)
		lessons[l.Request] = l
		if i%100_000 == 99_999 {
			for _, ledger := range book {
				ledger.Trim()
			}
			lessons = named(book, lessons)
		}
	}
	if err := keep(ctx, kept, book, named(book, lessons)); err != nil {
		return "", err
	}
	asked, taken := 0, make([]time.Duration, cases)
	for i := range cases {
		c := caseOf(o.ask(determinations + i))
		start := time.Now()
		if _, err := (assist.Precedent{Memory: fromStore{kept, &asked}}).Advise(ctx, c); err != nil {
			return "", err
		}
		taken[i] = time.Since(start)
	}
	slices.Sort(taken)
	return fmt.Sprintf("After %d determinations one advice takes %s (p50), %s (p99), over %d cases, and asks a SQLite store %.0f times.\n",
		determinations, taken[cases/2].Round(10*time.Microsecond), taken[cases*99/100].Round(10*time.Microsecond), cases, float64(asked)/float64(cases)), nil
}

// named are the lessons that a ledger still names.
func named(b assist.Book, all map[request.ID]assist.Lesson) map[request.ID]assist.Lesson {
	still := map[request.ID]assist.Lesson{}
	for _, l := range b {
		for _, id := range l.Recent {
			still[id] = all[id]
		}
	}
	return still
}

// keep writes ledgers and lessons in bulk.
func keep(ctx context.Context, to store.Store, b assist.Book, lessons map[request.ID]assist.Lesson) error {
	var c store.Change
	full := func() error {
		if !c.Full() {
			return nil
		}
		err := c.Commit(ctx, to)
		c = store.Change{}
		return err
	}
	for _, l := range b {
		l.Trim()
		records.Ledgers.Insert(&c, *l)
		if err := full(); err != nil {
			return err
		}
	}
	for _, l := range lessons {
		records.Lessons.Insert(&c, l)
		if err := full(); err != nil {
			return err
		}
	}
	return c.Commit(ctx, to)
}

// caseOf is a request as an assistant reads it.
func caseOf(a asking) assist.Case {
	f := a.features()
	c := assist.Case{Request: request.Request{Type: f.Type, Privilege: f.Privilege, Asset: f.Asset, Duration: f.Duration, Beneficiary: f.Beneficiary}, Now: a.at,
		Facts: review.Facts{Asset: review.AssetFacts{Tags: f.Tags}, Beneficiary: review.PersonFacts{Groups: f.Groups, Attributes: map[string][]string{}}}}
	for _, kv := range f.Attributes {
		key, value, _ := strings.Cut(kv, "=")
		c.Facts.Beneficiary.Attributes[key] = []string{value}
	}
	return c
}
