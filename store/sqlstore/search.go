package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
)

// Terms are what an asset is found by, each with a letter before it that says what
// it is. All of them bound a key: what is longer stands as its hash.
func wordTerm(word string) string    { return "w" + word }
func tagTerm(tag string) string      { return "t" + bounded(tag) }
func ownerTerm(name string) string   { return "o" + bounded(name) }
func kindTerm(k catalog.Kind) string { return "k" + bounded(string(k)) }

// maxTerm is how many bytes of a term stand as they are.
const maxTerm = 200

func bounded(text string) string {
	if len(text) <= maxTerm {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// termsOf lists the terms of an asset. Most are tables, which are no help in
// finding one: that kind is looked at where the asset stands.
func termsOf(a catalog.Asset) []string {
	var terms []string
	for _, word := range a.Words() {
		terms = append(terms, wordTerm(word))
	}
	for i, tag := range a.Source.Tags {
		if !slices.Contains(a.Source.Tags[:i], tag) {
			terms = append(terms, tagTerm(tag))
		}
	}
	if a.Source.Owner != "" {
		terms = append(terms, ownerTerm(a.Source.Owner))
	}
	if a.Kind != catalog.Table {
		terms = append(terms, kindTerm(a.Kind))
	}
	return terms
}

// span is a range of terms: from is in it, to is not.
type span struct{ from, to string }

// exactly is the span of one term. No text holds NUL, so that none lies between.
func exactly(term string) span { return span{term, term + "\x01"} }

// beginning is the span of all terms that begin as one does.
func beginning(term string) span { return span{term, term + "\U0010FFFF"} }

// maxSpans is how many terms one search looks for.
const maxSpans = catalog.MaxQueryWords + 3

// spansOf lists what a query looks for; false if it can find nothing.
func spansOf(q catalog.Query) ([]span, bool) {
	words, some := q.Words()
	var spans []span
	for _, word := range words {
		spans = append(spans, beginning(wordTerm(word)))
	}
	if q.Tag != "" {
		spans = append(spans, exactly(tagTerm(q.Tag)))
	}
	if q.Owner != "" {
		spans = append(spans, exactly(ownerTerm(q.Owner)))
	}
	if q.Kind != "" && q.Kind != catalog.Table {
		spans = append(spans, exactly(kindTerm(q.Kind)))
	}
	return spans, some
}

// found is what every search selects by: the place in the list, the tree, and
// every term. A term that is not looked for is the empty span.
const found = `a.ref > $1 and a.ref < $2 and (cast($3 as bigint) = 1 or a.gone = '') and (cast($4 as text) = '' or a.kind = $4)
	and (cast($5 as text) = '' or a.parent = $5)
	and (cast($7 as text) = '' or exists (select 1 from grantwright.asset_terms t where t.ref = a.ref and t.term >= $7 and t.term < $8))
	and (cast($9 as text) = '' or exists (select 1 from grantwright.asset_terms t where t.ref = a.ref and t.term >= $9 and t.term < $10))
	and (cast($11 as text) = '' or exists (select 1 from grantwright.asset_terms t where t.ref = a.ref and t.term >= $11 and t.term < $12))
	and (cast($13 as text) = '' or exists (select 1 from grantwright.asset_terms t where t.ref = a.ref and t.term >= $13 and t.term < $14))
	and (cast($15 as text) = '' or exists (select 1 from grantwright.asset_terms t where t.ref = a.ref and t.term >= $15 and t.term < $16))
	and (cast($17 as text) = '' or exists (select 1 from grantwright.asset_terms t where t.ref = a.ref and t.term >= $17 and t.term < $18))
	and (cast($19 as text) = '' or exists (select 1 from grantwright.asset_terms t where t.ref = a.ref and t.term >= $19 and t.term < $20))
	and (cast($21 as text) = '' or exists (select 1 from grantwright.asset_terms t where t.ref = a.ref and t.term >= $21 and t.term < $22))
	and (cast($23 as text) = '' or exists (select 1 from grantwright.asset_terms t where t.ref = a.ref and t.term >= $23 and t.term < $24))
	and (cast($25 as text) = '' or exists (select 1 from grantwright.asset_terms t where t.ref = a.ref and t.term >= $25 and t.term < $26))
	and (cast($27 as text) = '' or exists (select 1 from grantwright.asset_terms t where t.ref = a.ref and t.term >= $27 and t.term < $28))
	order by a.ref limit $6`

const foundColumns = `select a.ref, a.kind, a.id, a.technology, a.host, a.owner, a.comment, a.columns, a.tags, a.links, a.gone`

// A search goes through the list, which is fast where much is found; through what
// stands directly in a container; or through what has the rarest of its terms,
// which is fast where little has it.
var (
	searchList = both(foundColumns + ` from grantwright.assets a where ` + found)
	searchTree = both(foundColumns + ` from grantwright.assets a where a.parent = $5 and ` + found)
	//
	// The empty text keeps the range of refs from leading through all terms.
	searchRarest = both(foundColumns + `
		from (select distinct ref from grantwright.asset_terms where term >= $29 and term < $30 and ref || '' > $1 and ref || '' < $2) r
		cross join grantwright.assets a where a.ref = r.ref and ` + found)  // SQLite goes through a cross join in this order
	countTerms = both(`select count(*) from (select 1 from grantwright.asset_terms where term >= $1 and term < $2 limit $3) t`)
)

// rare is how many assets may have a term for a search to go through all of them.
const rare = 10_000

// Search lists assets in the order of the bytes of their Refs.
func (i *Inventory) Search(ctx context.Context, q catalog.Query) ([]catalog.Asset, error) {
	spans, some := spansOf(q)
	if !some {
		return nil, ctx.Err()
	}
	from, to := below(q.Below)
	args := []any{max(from, string(q.After)), to, boolean(q.Gone), string(q.Kind), string(q.In), atMost(q.Limit)}
	for n := range maxSpans {
		var s span
		if n < len(spans) {
			s = spans[n]
		}
		args = append(args, s.from, s.to)
	}
	if q.In != "" {
		return i.list(ctx, searchTree, args...)
	}
	switch rarest, is, err := i.rarest(ctx, spans); {
	case err != nil:
		return nil, err
	case is:
		return i.list(ctx, searchRarest, append(args, rarest.from, rarest.to)...)
	}
	return i.list(ctx, searchList, args...)
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

func atMost(limit int) int {
	if limit <= 0 || limit > catalog.MaxPage {
		return catalog.MaxPage
	}
	return limit
}

// rarest finds the term that the fewest assets have; false if all are common.
func (i *Inventory) rarest(ctx context.Context, spans []span) (fewest span, is bool, err error) {
	if err := i.store.ready(ctx); err != nil {
		return fewest, false, err
	}
	least := rare
	for _, s := range spans {
		if !storable([]any{s.from, s.to}) {
			return s, true, nil // list finds nothing for it
		}
		var counted []int
		if err := i.store.selectAll(ctx, &counted, countTerms[i.store.on], s.from, s.to, least); err != nil {
			return fewest, false, i.store.failed(ctx, "searching the inventory", err)
		}
		n := counted[0]
		if n < least {
			fewest, is, least = s, true, n
		}
		if n == 0 {
			break
		}
	}
	return fewest, is, nil
}

// below is the range of what lies below a Ref, both ends left out. A Ref begins
// with a lower case letter or a digit, so that all lie between "" and "~".
func below(ref catalog.Ref) (from, to string) {
	switch {
	case ref == "":
		return "", "~"
	case strings.Contains(string(ref), ":"):
		return string(ref) + ".", string(ref) + "/" // the byte after "."
	}
	return string(ref) + ":", string(ref) + ";" // the byte after ":"
}
