package pgprovision_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
)

func mustMark(t testing.TB, p *pgprovision.Provisioner, was, m provision.Mark) {
	t.Helper()
	if err := p.Mark(t.Context(), was, m); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Marked(t.Context()); err != nil || got != m {
		t.Errorf("marked is %+v (%v), want %+v", got, err, m)
	}
}

func TestMarkStandsUntilItIsReplacedByWhoKnowsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, none := w.open(t), provision.Mark{}
	if got, err := p.Marked(t.Context()); err != nil || got != none {
		t.Errorf("marked is %+v (%v) before anything was", got, err)
	}
	one, two := provision.Mark{Store: "AbC9"}, provision.Mark{Store: strings.Repeat("z", 64), Generation: math.MaxInt64}
	mustMark(t, p, none, one)
	for _, was := range []provision.Mark{none, two} {
		if err := p.Mark(t.Context(), was, two); !errors.Is(err, provision.ErrMarked) {
			t.Errorf("replacing %+v: %v, want ErrMarked", was, err)
		}
	}
	mustMark(t, w.open(t), one, two)

	// It holds for the cluster: from wherever one looks, and for each installation.
	there := w.annex(t)
	elsewhere := there.target()
	elsewhere.Connection.URL = platform.URL(w.provisioner, "", there.database)
	q, err := pgprovision.Open(t.Context(), elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Close() }()
	if got, err := q.Marked(t.Context()); err != nil || got != two {
		t.Errorf("marked is %+v (%v) from another database, want %+v", got, err, two)
	}
	elsewhere.Installation += "x"
	other, err := pgprovision.Open(t.Context(), elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if got, err := other.Marked(t.Context()); err != nil || got != none {
		t.Errorf("another installation is marked %+v (%v)", got, err)
	}
}

func TestOneOfManyMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wg sync.WaitGroup
	var won atomic.Int64
	for i := range 8 {
		p := w.open(t)
		wg.Go(func() {
			switch err := p.Mark(t.Context(), provision.Mark{}, provision.Mark{Store: fmt.Sprint("s", i)}); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, provision.ErrMarked):
				t.Errorf("one of many: %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of them marked, want one", won.Load())
	}
}

func TestMarkRefusesWhatItCouldNotReadBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for _, m := range []provision.Mark{{}, {Store: "a b"}, {Store: "x'; drop"}, {Store: strings.Repeat("z", 65)}, {Store: "ö"}, {Store: "a", Generation: -1}} {
		mustSay(t, p.Mark(t.Context(), provision.Mark{}, m), true, "64 letters or digits")
	}
	one := provision.Mark{Store: "a", Generation: 1}
	mustMark(t, p, provision.Mark{}, one)
	w.run(t, "comment on role gw_"+w.installation+" is 'mine now'")
	_, err := p.Marked(t.Context())
	mustSay(t, err, true, "mine now")
	mustSay(t, p.Mark(t.Context(), one, one), true, "mine now")
	w.run(t, "comment on role gw_"+w.installation+" is null")
	mustMark(t, p, provision.Mark{}, one)
}

// Who set up an earlier release, or comes from before 16 with the cluster, is told
// what is missing.
func TestSetupListsWhatTheMarkNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, one, role := w.open(t), provision.Mark{Store: "a"}, "gw_"+w.installation
	if w.version15(t) {
		w.run(t, "drop function "+role+".mark(text)")
	} else {
		w.run(t, "create role "+role+" nologin createrole")
	}
	mustSay(t, p.Mark(t.Context(), provision.Mark{}, one), true, role, "Setup")
	w.setup(t)
	mustMark(t, p, provision.Mark{}, one)
	if steps, err := p.SetupStatements(t.Context(), w.database); err != nil || len(steps) > 0 {
		t.Errorf("still to run: %v, %v", steps, err)
	}
}

// The mark stands in the database of the connection, also where no object of that is an asset.
func TestSetupListsWhatTheMarkNeedsOutsideTheScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	there := w.annex(t)
	to := w.target()
	to.Connection.Scope.Include = []string{there.database}
	p, err := pgprovision.Open(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	needs := w.version15(t) // from 16 on whoever made a role may comment on it
	if needs {
		w.run(t, "drop function gw_"+w.installation+".mark(text)")
	}
	script, err := p.SetupScript(t.Context())
	if made := strings.Contains(script, "gw_"+w.installation+".mark(remark text)") || strings.Contains(script, `"gw_`+w.installation+`".mark(remark text)`); err != nil || made != needs {
		t.Errorf("the set-up makes the function: %v, want %v: %v\n%s", made, needs, err, script)
	}
}

func TestMarkOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, role := w.open(t), "gw_"+w.installation
	mustMark(t, p, provision.Mark{}, provision.Mark{Store: "a"})
	if n := w.holds(t, role); n > 0 {
		t.Errorf("role %s holds %d rights, must hold none", role, n)
	}
	if !w.version15(t) {
		return
	}
	eve := w.person(t)
	comment := "grantwright " + w.installation + ": the records are those of store b, generation 1"
	for name, tt := range map[string]struct{ as, call string }{
		"another comment": {w.provisioner, "select " + role + ".mark('mine now')"},
		"nothing":         {w.provisioner, "select " + role + ".mark(null)"},
		"two lines":       {w.provisioner, "select " + role + ".mark('" + comment + "\nand more')"},
		"somebody":        {eve.Name, "select " + role + ".mark('" + comment + "')"},
	} {
		if err := w.as(t.Context(), tt.as, tt.call); err == nil {
			t.Errorf("%s: %s is allowed", name, tt.call)
		}
	}
}
