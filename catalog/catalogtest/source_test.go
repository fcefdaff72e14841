package catalogtest

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/catalog"
)

// shelf is the smallest platform that has all that the suite for sources looks at, and its
// own source. The flaws make it break one rule each.
type shelf struct {
	mu     sync.Mutex
	made   int
	assets []catalog.Asset
	open   int // streams that have not ended
	flaw   flaw
}

type flaw string

const (
	none           flaw = "none"
	twice          flaw = "reads something twice"
	sameIDs        flaw = "gives all the same id"
	keepsIDs       flaw = "gives what is made anew the id of before"
	shuffles       flaw = "reads in another order each time"
	beyondRoot     flaw = "reads beside the root"
	insidesFirst   flaw = "reads what is held before what holds it"
	ignoresEnd     flaw = "goes on though canceled"
	staysOpen      flaw = "leaves streams open"
	cutsLines      flaw = "cuts names at a line break"
	cutsQuotes     flaw = "drops quotes of names"
	cutsSlashes    flaw = "reads a backslash as one of a string"
	foldsNames     flaw = "reads names in lower case"
	losesColumns   flaw = "loses columns of odd names"
	hidesLinks     flaw = "does not say what is read through an asset"
	hidesDeep      flaw = "does not say what is read through what is read"
	hidesParts     flaw = "says of nothing that it is a part"
	opensOwn       flaw = "says that what takes one's own rights is opened"
	invents        flaw = "says that more is read than is"
	linksTogether  flaw = "says what is read through an asset only beside others"
	hidesSources   flaw = "does not say what a column is computed from"
	hidesAlone     flaw = "says what a column is computed from only beside others"
	foreignMembers flaw = "reads for another connection"
)

var flaws = []flaw{twice, sameIDs, keepsIDs, shuffles, beyondRoot, insidesFirst, ignoresEnd, staysOpen, cutsLines, cutsQuotes, cutsSlashes, foldsNames, losesColumns,
	hidesLinks, hidesDeep, hidesParts, opensOwn, invents, linksTogether, hidesSources, hidesAlone, foreignMembers}

func (s *shelf) Source(*testing.T) catalog.Source     { return s }
func (s *shelf) Connection() string                   { return "library" }
func (s *shelf) Containers() []catalog.Kind           { return []catalog.Kind{catalog.Database, catalog.Schema} }
func (s *shelf) Contents() []catalog.Kind             { return []catalog.Kind{catalog.Table, catalog.View} }
func (s *shelf) Allows(_ catalog.Kind, n string) bool { return n != "" }

func (s *shelf) Make(_ *testing.T, a catalog.Asset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made++; s.flaw != keepsIDs {
		a.ID = strconv.Itoa(s.made)
	} else {
		a.ID = "id of " + string(a.Ref)
	}
	a.Columns, a.Technology = slices.Clone(a.Columns), "shelf"
	for i := range a.Columns {
		a.Columns[i].Type = "text"
	}
	s.assets = append(s.assets, a)
}

func (s *shelf) Drop(_ *testing.T, a catalog.Asset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.assets = slices.DeleteFunc(slices.Clone(s.assets), func(o catalog.Asset) bool { return a.Ref.Covers(o.Ref) })
}

func (s *shelf) Released(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open > 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// Link makes a view over a view over a table, with the reader's rights another one, and a
// table with a part.
func (s *shelf) Link(t *testing.T, in catalog.Ref) []Linked {
	at := func(name string) catalog.Ref { return in + catalog.Ref("."+name) }
	base, view, over, own, whole, part := at("base"), at("view"), at("over"), at("own"), at("whole"), at("part")
	query := func(of ...catalog.Ref) (all []catalog.Through) {
		for _, ref := range of {
			all = append(all, catalog.Through{Way: catalog.ByQuery, Ref: ref})
		}
		return all
	}
	deep := query(base, view)
	if s.flaw == hidesDeep {
		deep = query(view)
	}
	for _, a := range []catalog.Asset{
		{Ref: base, Kind: catalog.Table}, {Ref: view, Kind: catalog.View, Through: query(base)}, {Ref: over, Kind: catalog.View, Through: deep},
		{Ref: own, Kind: catalog.View, Through: []catalog.Through{{Way: catalog.ByQuery, Ref: base, Own: s.flaw != opensOwn}}},
		{Ref: whole, Kind: catalog.Table, Through: []catalog.Through{{Way: catalog.ByPartition, Ref: part}}}, {Ref: part, Kind: catalog.Table, PartOf: []catalog.Ref{whole}},
	} {
		switch s.flaw {
		case hidesLinks:
			a.Through = nil
		case hidesParts:
			a.PartOf = nil
		case invents:
			a.Through = catalog.Join(a.Through, query(at("elsewhere")))
		}
		s.Make(t, a)
	}
	return []Linked{{Asset: view, Read: base}, {Asset: over, Read: base}, {Asset: over, Read: view}, {Asset: own, Read: base, Own: true}, {Asset: whole, Read: part, Part: true}}
}

// Compute makes a table with a column that is computed from two.
func (s *shelf) Compute(t *testing.T, in catalog.Ref) []catalog.Asset {
	a := catalog.Asset{Ref: in + ".computed", Kind: catalog.Table, Columns: []catalog.Column{{Name: "one"}, {Name: "two"}, {Name: "both", From: []string{"one", "two"}}}}
	s.Make(t, a)
	return []catalog.Asset{a}
}

func uncomputed(columns []catalog.Column) []catalog.Column {
	columns = slices.Clone(columns)
	for i := range columns {
		columns[i].From = nil
	}
	return columns
}

func (s *shelf) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open += n
}

func (s *shelf) Assets(ctx context.Context, root catalog.Ref) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		if s.count(1); s.flaw != staysOpen {
			defer s.count(-1)
		}
		for _, a := range s.read(root) {
			if err := ctx.Err(); err != nil && s.flaw != ignoresEnd {
				yield(catalog.Asset{}, err)
				return
			}
			if !yield(a, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil && s.flaw != ignoresEnd {
			yield(catalog.Asset{}, err)
		}
	}
}

// read lists what stands at and below a root, as the flaw has it.
func (s *shelf) read(root catalog.Ref) (all []catalog.Asset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.assets {
		if root.Covers(a.Ref) || s.flaw == beyondRoot && strings.HasPrefix(string(a.Ref), string(root)) || s.flaw == foreignMembers && root.Connection() != a.Ref.Connection() {
			all = append(all, s.told(a, root))
		}
	}
	slices.SortStableFunc(all, func(a, b catalog.Asset) int { return len(a.Ref.Path()) - len(b.Ref.Path()) })
	switch s.made++; {
	case s.flaw == insidesFirst, s.flaw == shuffles && s.made%2 == 0:
		slices.Reverse(all)
	case s.flaw == twice && len(all) > 0:
		all = append(all, all[len(all)-1])
	}
	return all
}

// told is an asset as the flaw tells of it.
func (s *shelf) told(a catalog.Asset, root catalog.Ref) catalog.Asset {
	path := a.Ref.Path()
	name := path[len(path)-1]
	switch s.flaw {
	case sameIDs:
		a.ID = "1"
	case cutsLines:
		name, _, _ = strings.Cut(name, "\n")
	case cutsQuotes:
		name = strings.ReplaceAll(name, `"`, "'")
	case cutsSlashes:
		name = strings.ReplaceAll(name, `\`, "")
	case foldsNames:
		name = strings.ToLower(name)
	case losesColumns:
		a.Columns = slices.DeleteFunc(slices.Clone(a.Columns), func(c catalog.Column) bool { return strings.ContainsAny(c.Name, "\n;$") })
	case linksTogether:
		if root == a.Ref {
			a.Through = nil
		}
	case hidesSources:
		a.Columns = uncomputed(a.Columns)
	case hidesAlone:
		if root == a.Ref {
			a.Columns = uncomputed(a.Columns)
		}
	}
	if ref, err := catalog.NewRef(a.Ref.Connection(), append(slices.Clone(path[:len(path)-1]), name)...); err == nil {
		a.Ref = ref
	}
	return a
}

func TestReferenceKeepsTheContract(t *testing.T) {
	t.Parallel()
	TestSource(t, func(*testing.T) SourceHarness { return &shelf{flaw: none} })
}

// A suite that nothing can fail proves nothing: every flaw is found.
func TestFindsEveryFlaw(t *testing.T) {
	t.Parallel()
	for _, f := range flaws {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			if !slices.ContainsFunc(sourceChecks, func(c sourceCheck) bool { return fails(t, c, f) }) {
				t.Errorf("no check found that the source %s", f)
			}
		})
	}
}

// Every check is able to fail: some flaw makes it.
func TestEveryCheckCanFail(t *testing.T) {
	t.Parallel()
	for _, c := range sourceChecks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !slices.ContainsFunc(flaws, func(f flaw) bool { return fails(t, c, f) }) {
				t.Error("no flaw makes it fail")
			}
		})
	}
}

// recorder is a test that keeps its failure to itself, and ends with the first.
type recorder struct {
	testing.TB
	mu     sync.Mutex
	failed bool
}

func (r *recorder) fail() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
	runtime.Goexit()
}

func (r *recorder) Helper()               {}
func (r *recorder) Error(...any)          { r.fail() }
func (r *recorder) Errorf(string, ...any) { r.fail() }
func (r *recorder) Fatal(...any)          { r.fail() }
func (r *recorder) Fatalf(string, ...any) { r.fail() }

// fails reports whether the check fails on a platform with a flaw.
func fails(t *testing.T, c sourceCheck, f flaw) bool {
	r, h := &recorder{TB: t}, &shelf{flaw: f}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.test(r, platform{r, h, h, t})
	}()
	<-done
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}
