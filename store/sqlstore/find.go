package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/store"
)

// Find returns one page for each query. Queries of one shape are one statement on
// PostgreSQL.
func (s *Store) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	if err := store.CheckFind(queries); err != nil {
		return nil, err
	}
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	pages := make([][]store.Record, len(queries))
	for shape := range shapes {
		var alike []int
		for i, q := range queries {
			if s.shapeOf(q) == shape {
				alike = append(alike, i)
			}
		}
		if err := s.pagesOf(ctx, shape, queries, alike, pages); err != nil {
			return nil, s.failed(ctx, "finding "+queries[alike[0]].Kind, err)
		}
	}
	return pages, nil
}

// shapeOf is the shape of a query; on PostgreSQL what rises has one, so that most calls
// are one statement.
func (s *Store) shapeOf(q store.Query) shape {
	of := shapeOf(q)
	if s.on == onPostgres && (of == risingUntil || of == byID) {
		return rising
	}
	return of
}

// shape is what decides the text of a query.
type shape int

const (
	rising shape = iota
	risingUntil
	falling
	fallingAfter
	byID
	byIDFalling
	byIDFallingAfter
	shapes
)

func shapeOf(q store.Query) shape {
	switch {
	case q.Index == "" && !q.Descending:
		return byID
	case q.Index == "" && q.After.Zero():
		return byIDFalling
	case q.Index == "":
		return byIDFallingAfter
	case q.Until != "":
		return risingUntil
	case !q.Descending:
		return rising
	case q.After.Zero():
		return falling
	}
	return fallingAfter
}

// pagesOf fills in the pages of some queries of one shape.
func (s *Store) pagesOf(ctx context.Context, of shape, queries []store.Query, alike []int, pages [][]store.Record) error {
	if len(alike) == 0 {
		return nil
	}
	if s.on == onSQLite {
		for _, i := range alike {
			q := queries[i]
			var rows []recordRow
			if err := s.selectAll(ctx, &rows, onePage[of], q.Kind, q.Index, keyValue(q.Value), q.After.Order, q.After.ID, q.Until, q.Page()); err != nil {
				return err
			}
			for _, r := range rows {
				pages[i] = append(pages[i], r.record(q.Kind))
			}
		}
		return nil
	}
	var parts [7][]string
	sizes := make([]int64, len(alike))
	for n, i := range alike {
		q := queries[i]
		for p, text := range []string{q.Kind, q.Index, keyValue(q.Value), q.After.Order, q.After.ID, q.Until, q.Holding} {
			parts[p] = append(parts[p], text)
		}
		sizes[n] = int64(q.Page())
	}
	var rows []recordRow
	if err := s.selectAll(ctx, &rows, pagesOfShape[of], textsOf(parts[0]), textsOf(parts[1]), textsOf(parts[2]), textsOf(parts[3]),
		textsOf(parts[4]), textsOf(parts[5]), numbersOf(sizes), len(alike), textsOf(parts[6])); err != nil {
		return err
	}
	for _, r := range rows {
		i := alike[r.N]
		pages[i] = append(pages[i], r.record(queries[i].Kind))
	}
	return nil
}

// until is the last order of a page in PostgreSQL. Where a query has none it is the last of
// all: no text of as many bytes comes after it.
var until = fmt.Sprintf("coalesce(nullif(q.until, ''), repeat(chr(%d), %d))", utf8.MaxRune, store.MaxKeyBytes/utf8.UTFMax)

// pageText is where the rows of a page of each shape stand, in SQL with placeholders
// for the parts of a query: KIND, NAME, VALUE, ORD, ID, UNTIL and SIZE.
var pageText = [shapes]string{
	rising: `select ord, id from grantwright.entries where kind = KIND and name = NAME and value = VALUE
		and (ord, id) > (ORD, ID) order by ord, id limit SIZE`,
	risingUntil: `select ord, id from grantwright.entries where NAME <> '' and kind = KIND and name = NAME and value = VALUE
		and (ord, id) > (ORD, ID) and ord <= UNTIL order by ord, id limit SIZE`,
	falling: `select ord, id from grantwright.entries where kind = KIND and name = NAME and value = VALUE
		order by ord desc, id desc limit SIZE`,
	fallingAfter: `select ord, id from grantwright.entries where kind = KIND and name = NAME and value = VALUE
		and (ord, id) < (ORD, ID) order by ord desc, id desc limit SIZE`,
	byID:             `select '' as ord, id from grantwright.records where NAME = '' and kind = KIND and id > ID order by id limit SIZE`,
	byIDFalling:      `select '' as ord, id, version, body from grantwright.records where kind = KIND order by id desc limit SIZE`,
	byIDFallingAfter: `select '' as ord, id, version, body from grantwright.records where kind = KIND and id < ID order by id desc limit SIZE`,
}

// PostgreSQL takes a page for a third of the index, and would read all records for
// it, unless they are found one by one. The limit of the list is as that of byKeys.
var pagesOfShape, onePage = func() (many, one [shapes]string) {
	listed := strings.NewReplacer("KIND", "q.kind", "NAME", "q.name", "VALUE", "q.value", "ORD", "q.ord", "ID", "q.id", "UNTIL", until, "SIZE", "q.size")
	// SQLite gives each parameter its number; those that a shape leaves out stand in a condition that always holds.
	single := strings.NewReplacer("KIND", "$1", "NAME", "$2", "VALUE", "$3", "ORD", "$4", "ID", "$5", "UNTIL", "$6", "SIZE", "$7", "grantwright.", "grantwright_")
	for of, text := range pageText {
		if shape(of) == rising {
			text = "(" + pageText[risingUntil] + ") union all (" + pageText[byID] + ")"
		}
		order := ""
		if of := shape(of); of == falling || of == fallingAfter || of == byIDFalling || of == byIDFallingAfter {
			order = " desc"
		}
		each := `
			cross join lateral (select version, body from grantwright.records where kind = q.kind and id = k.id offset 0) as r`
		if of := shape(of); of == byIDFalling || of == byIDFallingAfter { // the page is of the records themselves
			each = " cross join lateral (select k.version, k.body) as r"
		}
		many[of] = `select q.n - 1 as n, k.id, r.version, case when q.holding = '' or strpos(r.body, q.holding) > 0 then r.body else '' end as body, k.ord
			from (select * from unnest(cast($1 as text[]), cast($2 as text[]), cast($3 as text[]), cast($4 as text[]), cast($5 as text[]), cast($6 as text[]), cast($7 as bigint[]), cast($9 as text[]))
				with ordinality as q (kind, name, value, ord, id, until, size, holding, n) limit $8) q
			cross join lateral (` + listed.Replace(text) + `) as k` + each + `
			order by q.n, k.ord` + order + `, k.id` + order
		one[of] = `select k.id, r.version, r.body, k.ord from (` + single.Replace(pageText[of]) + `) k
			cross join grantwright_records r on r.kind = $1 and r.id = k.id
			where coalesce($2, $3, $4, $5, $6, $7) is not null order by k.ord` + order + `, k.id` + order
	}
	return many, one
}()
