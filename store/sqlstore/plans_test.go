package sqlstore_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// indexed is an index of a kind.
type indexed struct{ kind, name string }

var (
	declaredKind  = regexp.MustCompile(`store\.Kind\[[^\]]*\]\{\s*Name:\s*"([^"]+)"`)
	declaredIndex = regexp.MustCompile(`store\.Index\[[^\]]*\]\{Kind:\s*"([^"]+)",\s*Name:\s*"([^"]+)"|Index\[[^\]]*\]\{Kind:\s*"([^"]+)",\s*Name:\s*"([^"]+)"`)
)

// declared finds the kinds of the engine and their indexes where they are declared: a new
// one is looked at without a word in this test.
func declared(t *testing.T) (kinds []string, indexes []indexed) {
	t.Helper()
	for _, pattern := range []string{"../../internal/records/*.go", "../*.go"} {
		files, err := filepath.Glob(pattern)
		check(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			check(t, err)
			for _, m := range declaredKind.FindAllStringSubmatch(string(text), -1) {
				kinds = append(kinds, m[1])
			}
			for _, m := range declaredIndex.FindAllStringSubmatch(string(text), -1) {
				indexes = append(indexes, indexed{m[1] + m[3], m[2] + m[4]})
				kinds = append(kinds, m[1]+m[3])
			}
		}
	}
	slices.Sort(kinds)
	if kinds = slices.Compact(kinds); len(kinds) < 30 || len(indexes) < 40 {
		t.Fatalf("%d kinds and %d indexes were found, where there are more", len(kinds), len(indexes))
	}
	return kinds, indexes
}

// What a large store has: so many records of each kind, half of the entries of each index
// under one value, and the rest under one each.
const (
	ofEachKind = 1000
	fillWith   = `insert into grantwright.records (kind, id, version, body)
		select k, lpad(n::text, 19, '0'), 1, '{"body": "' || repeat('x', 300) || '"}' from unnest($1::text[]) k cross join generate_series(1, $2::int) n`
	fillEntries = `insert into grantwright.entries (kind, name, value, ord, id)
		select k, x, case when n % 2 = 0 then 'hot' else 'v' || n end, '2031-05-05T09:30:00.' || lpad(n::text, 6, '0') || 'Z', lpad(n::text, 19, '0')
		from unnest($1::text[], $2::text[]) i (k, x) cross join generate_series(1, $3::int) n`
	fillUnique = `insert into grantwright.unique_values (kind, name, value, id)
		select k, 'u', 'v' || n, lpad(n::text, 19, '0') from unnest($1::text[]) k cross join generate_series(1, $2::int) n`
)

// page is how many records the queries of the test ask for.
const page = 20

// everyStatement does everything that a store is asked for, on each index. It calls about
// before each act.
func everyStatement(ctx context.Context, t *testing.T, s *sqlstore.Store, kinds []string, indexes []indexed, about func(string)) {
	t.Helper()
	middle := store.Position{Order: "2031-05-05T09:30:00.000700Z", ID: store.OrderNumber(700)}
	find := func(of string, q store.Query) {
		about(of)
		q.Limit = page
		if _, err := s.Find(ctx, q); err != nil {
			t.Errorf("%s: %v", of, err)
		}
	}
	for _, i := range indexes {
		of := "finding " + i.kind + " by " + i.name
		for _, value := range []string{"hot", "v701", "nobody"} {
			q := store.Query{Kind: i.kind, Index: i.name, Value: value}
			find(of, q)
			q.After = middle
			find(of+" after", q)
			q.Until = "2031-05-05T09:30:00.001000Z"
			find(of+" until", q)
			q.Until, q.Descending = "", true
			find(of+" downwards, after", q)
			q.After = store.Position{}
			find(of+" downwards", q)
		}
	}
	for _, kind := range kinds {
		find("listing "+kind, store.Query{Kind: kind, After: store.Position{ID: middle.ID}})
		find("listing "+kind+" downwards", store.Query{Kind: kind, Descending: true})
		find("listing "+kind+" downwards, after", store.Query{Kind: kind, After: store.Position{ID: middle.ID}, Descending: true})
	}
	about("reading records")
	var keys []store.Key
	for _, kind := range kinds[:page] {
		keys = append(keys, store.Key{Kind: kind, ID: middle.ID})
	}
	_, err := s.Get(ctx, keys...)
	check(t, err)
	about("reading assets with records")
	_, _, err = s.Inventory().AssetsWith(ctx, s, []catalog.Ref{"warehouse:sales.public.orders", "warehouse:sales.public.none"}, keys...)
	check(t, err)
	about("committing")
	everyCommit(ctx, t, s, kinds, indexes)
}

// everyCommit inserts, updates, deletes, numbers and holds records, and claims values.
func everyCommit(ctx context.Context, t *testing.T, s *sqlstore.Store, kinds []string, indexes []indexed) {
	t.Helper()
	id := func(n int64) string { return store.OrderNumber(n) }
	c := store.Commit{Holds: []store.Hold{{Key: store.Key{Kind: kinds[0], ID: id(9)}, Version: 1}}}
	for n, i := range indexes[:page] {
		entries := []store.Entry{{Index: i.name, Value: "hot", Order: fmt.Sprint(n)}}
		c.Writes = append(c.Writes,
			store.Write{Kind: i.kind, ID: fmt.Sprint("new", n), Body: []byte(`{}`), Entries: entries, Unique: []store.Unique{{Name: "u", Value: fmt.Sprint("new", n)}}},
			store.Write{Kind: i.kind, ID: id(int64(100 + n)), Version: 1, Body: []byte(`{}`), Entries: entries},
			store.Write{Kind: i.kind, ID: id(int64(200 + n)), Version: 1})
	}
	c.Writes = append(c.Writes, store.Write{Kind: "numbered", Body: []byte(`{}`)})
	check(t, s.Write(ctx, c))
}

// planned is a node of a plan of PostgreSQL.
type planned struct {
	Type     string    `json:"Node Type"`
	Relation string    `json:"Relation Name"`
	Rows     float64   `json:"Actual Rows"` // of one loop
	Filtered float64   `json:"Rows Removed by Filter"`
	Filter   string    `json:"Filter"`
	Loops    float64   `json:"Actual Loops"`
	Hit      float64   `json:"Shared Hit Blocks"` // of all loops
	Read     float64   `json:"Shared Read Blocks"`
	Plans    []planned `json:"Plans"`
}

// ours are tables whose rows are found by an index, and never by reading all of them.
var ours = []string{"records", "entries", "unique_values", "assets", "asset_terms"}

// faults says which tables a plan reads past an index, or of which it reads more than a
// page needs.
func (p planned) faults() (all []string) {
	if slices.Contains(ours, p.Relation) {
		switch {
		case p.Type == "Seq Scan":
			all = append(all, "reads all of "+p.Relation)
		case p.Filtered > page:
			all = append(all, fmt.Sprintf("drops %.0f rows of %s by %s", p.Filtered, p.Relation, p.Filter))
		case p.Rows > 10*page:
			all = append(all, fmt.Sprintf("reads %.0f rows of %s in one go", p.Rows, p.Relation))
		case strings.HasSuffix(p.Type, "Scan") && p.Hit+p.Read > p.Loops*(10+2*p.Rows)+page:
			all = append(all, fmt.Sprintf("reads %.0f blocks for %.0f times %.0f rows of %s", p.Hit+p.Read, p.Loops, p.Rows, p.Relation))
		}
	}
	for _, below := range p.Plans {
		all = append(all, below.faults()...)
	}
	return all
}

// plans are what auto_explain says of each statement, those in functions too.
type plans struct {
	mu     sync.Mutex
	t      *testing.T
	during string
	seen   int
}

func (p *plans) about(act string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.during = act
}

func (p *plans) hear(n *pq.Error) {
	_, text, is := strings.Cut(n.Message, "plan:\n")
	if !is {
		return
	}
	var explained struct {
		Query string  `json:"Query Text"`
		Plan  planned `json:"Plan"`
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := json.Unmarshal([]byte(text), &explained); err != nil {
		p.t.Errorf("%v in %s", err, text)
		return
	}
	p.seen++
	for _, fault := range explained.Plan.faults() {
		p.t.Errorf("%s %s:\n%s", p.during, fault, explained.Query)
	}
}

// explaining is a pool whose server explains each statement as it has executed it.
func explaining(t *testing.T, name string, mode string) (*sql.DB, *plans) {
	t.Helper()
	seen := &plans{t: t}
	connector, err := pq.NewConnector(server.SuperURL(name) + "&" + url.Values{
		"session_preload_libraries": {"auto_explain"}, "client_min_messages": {"log"}, "plan_cache_mode": {mode},
		"auto_explain.log_min_duration": {"0"}, "auto_explain.log_analyze": {"on"}, "auto_explain.log_timing": {"off"}, "auto_explain.log_buffers": {"on"},
		"auto_explain.log_nested_statements": {"on"}, "auto_explain.log_format": {"json"},
	}.Encode())
	check(t, err)
	db := sql.OpenDB(pq.ConnectorWithNoticeHandler(connector, seen.hear))
	t.Cleanup(func() { _ = db.Close() })
	return db, seen
}

// In a large store PostgreSQL finds everything by an index, and reads no more than a page.
// Plans are those of the server itself, with its statistics: both those for the values of a
// statement, and those for any.
func TestPlansOfPostgres(t *testing.T) {
	t.Parallel()
	kinds, indexes := declared(t)
	_, db := fresh(t, nil)
	var of, names []string
	for _, i := range indexes {
		of, names = append(of, i.kind), append(names, i.name)
	}
	fill(t, db, fillWith, pq.Array(kinds), ofEachKind)
	fill(t, db, fillEntries, pq.Array(of), pq.Array(names), ofEachKind)
	fill(t, db, fillUnique, pq.Array(kinds), ofEachKind)
	s := sqlstore.New(db, db)
	_, err := s.Inventory().Replace(t.Context(), "warehouse", assets(5_000), monday)
	check(t, err)
	fill(t, db, `analyze`)
	name := database(t, db)
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		explained, seen := explaining(t, name, mode)
		s := sqlstore.New(explained, explained)
		check(t, s.Migrate(t.Context())) // reads how far it is
		tx, err := explained.BeginTx(t.Context(), nil)
		check(t, err)
		within, _ := s.In(t.Context(), tx) // so that the next mode finds the same
		everyStatement(within, t, s, kinds, indexes, seen.about)
		check(t, tx.Rollback())
		if everyIndex := 15 * len(indexes); seen.seen < everyIndex {
			t.Errorf("%s: %d plans were seen of more than %d statements", mode, seen.seen, everyIndex)
		}
		t.Logf("%s: %d plans", mode, seen.seen)
		assetPlans(t, s, seen.about)
	}
}

func fill(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), statement, args...)
	check(t, err)
}

// assetPlans asks the inventory for everything.
func assetPlans(t *testing.T, s *sqlstore.Store, about func(string)) {
	t.Helper()
	i := s.Inventory()
	about("an asset")
	_, err := i.Asset(t.Context(), "warehouse:sales.public.t000077")
	check(t, err)
	about("assets by name")
	_, err = i.Find(t.Context(), catalog.Name{Path: []string{"sales", "public", "t000077"}})
	check(t, err)
	about("a sync that finds one more, where others have been")
	_, err = i.Replace(t.Context(), "warehouse:sales.public.t000077", oneMore(), monday)
	check(t, err)
	for name, q := range map[string]catalog.Query{
		"all assets": {}, "assets in a container": {In: "warehouse:sales.public"}, "assets below": {Below: "warehouse:sales", After: "warehouse:sales.public.t000500"},
		"assets of a word": {Text: "t000077"},
	} {
		about(name)
		q.Limit = page
		_, err = i.Search(t.Context(), q)
		check(t, err)
	}
}

// oneMore is an asset under another id than the one that stood there.
func oneMore() iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		yield(catalog.Asset{Ref: "warehouse:sales.public.t000077", Kind: catalog.Table, ID: rand.Text(), Technology: "postgres"}, nil)
	}
}
