package catalogtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/catalog"
)

// SourceHarness gives the suite a platform, and a Source that reads it. Make and
// Drop reach the platform past the Source, and end the test where they fail. The
// platform may hold other objects and may serve several harnesses at once: the
// suite makes outermost containers of its own, and looks at nothing else but
// their names.
type SourceHarness interface {
	// Source returns the Source under test, with the least rights that it needs.
	Source(t *testing.T) catalog.Source

	// Connection is the name of the connection that the Source reads.
	Connection() string

	// Containers lists the kinds of containers from the outermost inwards, and
	// Contents the kinds that stand in the innermost.
	Containers() []catalog.Kind
	Contents() []catalog.Kind

	// Allows reports whether an object of this kind may have this name.
	Allows(kind catalog.Kind, name string) bool

	// Make makes the object with this Ref and Kind. If it is no container, it gets
	// the columns by their names, of any type.
	Make(t *testing.T, a catalog.Asset)

	// Drop removes what Make made, and all below it.
	Drop(t *testing.T, a catalog.Asset)

	// Released returns nil as soon as the Source under test holds nothing open on
	// the platform, and an error if it still does when ctx ends.
	Released(ctx context.Context) error
}

// TestSource runs the suite for sources. Fresh returns a harness for each
// subtest; they run in parallel.
func TestSource(t *testing.T, fresh func(t *testing.T) SourceHarness) {
	for _, c := range sourceChecks {
		if c.can != nil && !c.can(fresh(t)) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := fresh(t)
			c.test(t, platform{t, h, h.Source(t), t})
		})
	}
}

// sourceCheck is one rule of the contract of sources.
type sourceCheck struct {
	name string
	test func(testing.TB, platform)
	can  func(SourceHarness) bool // nil: always
}

var sourceChecks = []sourceCheck{
	{name: "everything once, containers first", test: testEverything},
	{name: "the same when read again", test: testStable},
	{name: "the root restricts", test: testRoot},
	{name: "a root that does not stand", test: testNoRoot},
	{name: "awkward names", test: testAwkwardObjects},
	{name: "dropped and made anew", test: testReplaced},
	{name: "cancelled context", test: testSourceCancelled},
	{name: "left early", test: testLeftEarly},
	{name: "several at once", test: testStreamsAtOnce},
	{name: "into an inventory", test: testMirrored},
	{name: "what is read through an asset", test: testLinked, can: canLink},
	{name: "what a column is computed from", test: testComputed, can: canCompute},
}

// platform is a source under test and what it reads.
type platform struct {
	testing.TB
	SourceHarness
	source catalog.Source
	t      *testing.T // for the harness
}

// make makes an object at a path, of columns that are hard to read wherever it
// has any.
func (p platform) make(kind catalog.Kind, path ...string) catalog.Asset {
	p.Helper()
	ref, err := catalog.NewRef(p.Connection(), path...)
	if err != nil {
		p.Fatal(err)
	}
	a := catalog.Asset{Ref: ref, Kind: kind}
	if !kind.Container() {
		a.Columns = []catalog.Column{{Name: "id"}, {Name: "Zeta"}, {Name: "alpha"}}
	}
	p.Make(p.t, a)
	return a
}

// containers makes one container in each other, as many as the platform has
// levels, and returns them from the outermost inwards. The outermost has a name
// of its own.
func (p platform) containers(inner string) (made []catalog.Asset, path []string) {
	p.Helper()
	for i, kind := range p.Containers() {
		name := inner
		if i == 0 {
			name = "suite_" + strings.ToLower(rand.Text()[:12])
		}
		path = append(path, name)
		made = append(made, p.make(kind, path...))
	}
	p.Cleanup(func() { p.Drop(p.t, made[0]) })
	return made, path
}

// furnished makes containers and one object of each kind in the innermost.
func (p platform) furnished() (made []catalog.Asset, path []string) {
	p.Helper()
	made, path = p.containers("main")
	for i, kind := range p.Contents() {
		made = append(made, p.make(kind, append(slices.Clone(path), fmt.Sprintf("object%d", i))...))
	}
	return made, path
}

// reads returns what the stream yields below within, and fails where it yields
// what no inventory may take, an error, or anything twice or too early.
func (p platform) reads(root, within catalog.Ref) []catalog.Asset {
	p.Helper()
	var all []catalog.Asset
	var partial *catalog.PartialError
	seen := map[catalog.Ref]bool{}
	for a, err := range catalog.Checked(root, p.source.Assets(p.Context(), root)) {
		switch {
		case errors.As(err, &partial) && !within.Covers(partial.Ref):
		case err != nil:
			p.Errorf("reading %s: %v", root, err)
		case within.Covers(a.Ref):
			if seen[a.Ref] {
				p.Errorf("reading %s: %s came twice", root, a.Ref)
			}
			if parent := a.Ref.Parent(); root != a.Ref && parent.Path() != nil && !seen[parent] {
				p.Errorf("reading %s: %s came before %s, which holds it", root, a.Ref, parent)
			}
			seen[a.Ref] = true
			all = append(all, a)
		}
	}
	return all
}

// expects compares what was read to what was made, in any order.
func (p platform) expects(want, got []catalog.Asset) {
	p.Helper()
	byRef := cmpopts.SortSlices(func(a, b catalog.Asset) bool { return a.Ref < b.Ref })
	only := cmpopts.IgnoreFields(catalog.Asset{}, "ID", "Technology", "Host", "Source", "Through", "PartOf")
	names := cmpopts.IgnoreFields(catalog.Column{}, "Type", "Comment", "ID")
	if diff := cmp.Diff(want, got, byRef, only, names, cmpopts.EquateEmpty()); diff != "" {
		p.Errorf("made and read differ (-want +got):\n%s", diff)
	}
}

func testEverything(t testing.TB, p platform) {
	made, _ := p.furnished()
	got := p.reads(catalog.Ref(p.Connection()), made[0].Ref)
	p.expects(made, got)
	ids := map[string]bool{}
	for _, a := range got {
		if a.ID == "" || ids[a.ID] {
			t.Errorf("the id of %s is %q, it must be its own", a.Ref, a.ID)
		}
		ids[a.ID] = true
		if a.Technology == "" || !a.Gone.IsZero() {
			t.Errorf("%s has technology %q and is gone at %v", a.Ref, a.Technology, a.Gone)
		}
		for _, c := range a.Columns {
			if c.Type == "" {
				t.Errorf("column %s of %s has no type", c.Name, a.Ref)
			}
		}
	}
}

func testStable(t testing.TB, p platform) {
	made, _ := p.furnished()
	first, second := p.reads(made[0].Ref, made[0].Ref), p.reads(made[0].Ref, made[0].Ref)
	if diff := cmp.Diff(first, second); diff != "" || len(first) == 0 {
		t.Errorf("two readings of the same (-first +second):\n%s", diff)
	}
}

func testRoot(t testing.TB, p platform) {
	made, path := p.furnished()
	innermost := p.Containers()[len(path)-1]
	for _, sibling := range []string{"main2", "mai", "ma_n", "MAIN"} {
		if len(path) > 1 && p.Allows(innermost, sibling) {
			at := append(slices.Clone(path[:len(path)-1]), sibling)
			made = append(made, p.make(innermost, at...))
			made = append(made, p.make(p.Contents()[0], append(at, "object0")...))
		}
	}
	for _, root := range made {
		var want []catalog.Asset
		for _, a := range made {
			if root.Ref.Covers(a.Ref) {
				want = append(want, a)
			}
		}
		p.expects(want, p.reads(root.Ref, root.Ref))
	}
}

func testNoRoot(t testing.TB, p platform) {
	made, path := p.furnished()
	absent := func(path ...string) catalog.Ref {
		ref, err := catalog.NewRef(p.Connection(), path...)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	roots := []catalog.Ref{"another-connection", made[len(made)-1].Ref + ".below.a.table"}
	for depth := range len(path) + 1 {
		roots = append(roots, absent(append(slices.Clone(path[:depth]), "absent")...))
	}
	roots = append(roots, absent("absent", "absent", "absent"))
	for _, root := range roots {
		for a, err := range p.source.Assets(t.Context(), root) {
			t.Errorf("root %s does not stand, but yields %+v, %v", root, a, err)
		}
	}
}

func testAwkwardObjects(t testing.TB, p platform) {
	outer, path := p.containers("main")
	want := slices.Clone(outer)
	kind := p.Contents()[0]
	var columns []catalog.Column
	for _, name := range AwkwardNames {
		if !p.Allows(kind, name) {
			continue
		}
		a := p.make(kind, append(slices.Clone(path), name)...)
		want, columns = append(want, a), append(columns, catalog.Column{Name: name})
	}
	for level := 1; level < len(path); level++ {
		for _, name := range AwkwardNames {
			if p.Allows(p.Containers()[level], name) {
				want = append(want, p.make(p.Containers()[level], append(slices.Clone(path[:level]), name)...))
			}
		}
	}
	ref, _ := catalog.NewRef(p.Connection(), append(slices.Clone(path), "columns")...)
	wide := catalog.Asset{Ref: ref, Kind: kind, Columns: columns}
	p.Make(p.t, wide)
	want = append(want, wide)
	p.expects(want, p.reads(outer[0].Ref, outer[0].Ref))
	for _, a := range want[len(outer):] {
		p.expects([]catalog.Asset{a}, p.reads(a.Ref, a.Ref))
	}

	odd := `Odd "name" v1.2`
	if p.Allows(p.Containers()[0], odd) {
		a := p.make(p.Containers()[0], odd+rand.Text()[:8])
		t.Cleanup(func() { p.Drop(p.t, a) })
		if got := p.reads(a.Ref, a.Ref); len(got) == 0 || got[0].Ref != a.Ref {
			t.Errorf("reading %s yields %+v", a.Ref, got)
		}
	}
}

func testReplaced(t testing.TB, p platform) {
	made, _ := p.furnished()
	last := made[len(made)-1]
	before := p.reads(last.Ref, last.Ref)
	p.Drop(p.t, last)
	p.expects(made[:len(made)-1], p.reads(made[0].Ref, made[0].Ref))
	p.expects(nil, p.reads(last.Ref, last.Ref))
	p.Make(p.t, last)
	after := p.reads(last.Ref, last.Ref)
	if len(before) != 1 || len(after) != 1 || before[0].ID == after[0].ID {
		t.Errorf("%s was %+v, and made anew it is %+v, which must have another id", last.Ref, before, after)
	}
}

func testSourceCancelled(t testing.TB, p platform) {
	made, _ := p.furnished()
	for _, after := range []int{0, 1, 2} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last error
		seen := 0
		if after == 0 {
			cancel()
		}
		for _, err := range p.source.Assets(ctx, made[0].Ref) {
			if last != nil {
				t.Errorf("the stream goes on after %v", last)
			}
			if last = err; err == nil {
				seen++
			}
			if seen == after {
				cancel()
			}
		}
		if !errors.Is(last, context.Canceled) || seen > after {
			t.Errorf("cancelled after %d assets, the stream yields %d and ends in %v, want context.Canceled", after, seen, last)
		}
	}
	p.released()
}

func (p platform) released() {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), 20*time.Second)
	defer cancel()
	if err := p.Released(ctx); err != nil {
		p.Errorf("the source holds on to the platform: %v", err)
	}
}

func testLeftEarly(t testing.TB, p platform) {
	made, _ := p.furnished()
	for stop := 1; stop <= len(made); stop++ {
		seen := 0
		for _, err := range p.source.Assets(t.Context(), made[0].Ref) {
			if seen++; err != nil {
				t.Fatal(err)
			}
			if seen == stop {
				break
			}
		}
		next, end := iter.Pull2(p.source.Assets(t.Context(), made[0].Ref))
		_, _, _ = next()
		end()
	}
	p.released()
	p.expects(made, p.reads(made[0].Ref, made[0].Ref))
	p.released()
}

func testStreamsAtOnce(t testing.TB, p platform) {
	made, _ := p.furnished()
	var together sync.WaitGroup
	for range 4 {
		together.Go(func() { p.expects(made, p.reads(made[0].Ref, made[0].Ref)) })
	}
	together.Wait()
}

func testMirrored(t testing.TB, p platform) {
	made, path := p.furnished()
	root, n := made[0].Ref, len(made)
	m := mirror{t, new(catalog.Memory)}
	m.replaces(root, p.source.Assets(t.Context(), root), catalog.Synced{Added: n})
	m.replaces(root, p.source.Assets(t.Context(), root), catalog.Synced{Same: n})
	p.make(p.Contents()[0], append(slices.Clone(path), "new")...)
	m.replaces(root, p.source.Assets(t.Context(), root), catalog.Synced{Added: 1, Same: n})
	p.Drop(p.t, made[n-1])
	m.replacesAt(tuesday, root, p.source.Assets(t.Context(), root), catalog.Synced{Same: n, Gone: 1})
}
