package provisiontest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// memory is the smallest platform that has all that the suite looks at, with a
// provisioner that keeps the contract. The flaws make it break one rule each.
type memory struct {
	mu      sync.Mutex
	made    int
	people  map[string]bool
	objects map[catalog.Ref]string // the id of what stands under a name
	names   map[string]catalog.Ref // under which name each object was made
	granted map[entry]bool
	given   map[entry]bool         // once; only a flaw keeps it
	covered map[string][]string    // by container
	groups  map[string][]string    // who is in them
	shows   map[catalog.Ref]string // of views: what they show
	mark    provision.Mark
	acts    int64            // so far
	acted   map[string]int64 // the last act, by person and object
	through map[catalog.Ref][]catalog.Ref
	masked  maskedMemory
	harmed  bool                 // a name was run
	useless map[catalog.Ref]bool // what nobody can read, or could not once
	lent    map[string][]string  // what people read with the rights of others
	flaw    flaw
}

// entry says that a person has a privilege on an object.
type entry struct {
	who, object string
	privilege   request.Privilege
	ours        bool
}

var all = []request.Privilege{request.Read, request.ReadWrite}

type flaw string

const (
	none           flaw = "none"
	forgetsToTake  flaw = "forgets to take"
	writesOnRead   flaw = "writes on read"
	takesForeign   flaw = "takes foreign"
	silentOnOthers flaw = "silent on others"
	alwaysActs     flaw = "always acts"
	failsTogether  flaw = "fails together"
	losesOutcomes  flaw = "loses outcomes"
	byNameOnly     flaw = "by name only"
	hidesErrors    flaw = "hides errors"
	lateEffect     flaw = "acts though canceled"
	takesAll       flaw = "takes from everyone"
	softUnknown    flaw = "unknown is not permanent"
	noRemoval      flaw = "fails on what never was"
	silentActs     flaw = "names no statements"
	skips          flaw = "does nothing and says it did"

	putsBack       flaw = "puts back what someone took away"
	hidesLoss      flaw = "does not say what someone took away"
	givesUp        flaw = "gives nothing where something was taken away"
	criesWolf      flaw = "says that all was taken away"
	neverAgain     flaw = "gives nothing again that was taken away once"
	plansOtherwise flaw = "plans to put back what someone took away"
	softReplaced   flaw = "does not say what took a name"
	listsForeign   flaw = "lists what others gave"
	listsTwice     flaw = "lists each privilege by itself"
	listsAnywhere  flaw = "lists beside the root"
	listsNothing   flaw = "lists nothing"
	listsOn        flaw = "lists though canceled"
	countsBack     flaw = "numbers a later act lower"
	marksBlindly   flaw = "replaces whatever mark stands"
	forgetsMarks   flaw = "keeps no mark"

	coversAll      flaw = "gives all of a container"
	coversNothing  flaw = "gives nothing of a container"
	coversOnce     flaw = "does not follow what a container covers"
	takesInside    flaw = "takes what is in a container with it"
	emptyGroups    flaw = "gives a group, and nobody in it"
	mistakesGroups flaw = "takes a group for a person"

	givesAnything   flaw = "gives a view whatever it shows"
	hidesDefinition flaw = "says nothing of what a view shows"

	hidesReach     flaw = "does not say what is read through an asset"
	opensReach     flaw = "lets people read what is read through an asset"
	givesMore      flaw = "gives an asset whatever is read through it"
	takesMore      flaw = "takes an asset from everyone when more is read through it"
	showsClear     flaw = "shows a masked column clear"
	clearForAll    flaw = "shows a column clear to all when one sees it"
	givesUnmasked  flaw = "gives an asset while nothing shows it masked"
	showsUnknown   flaw = "shows a column that nobody has spoken of"
	followsNames   flaw = "shows a masked column by its next name"
	masksOnce      flaw = "masks nothing that takes the name of an asset"
	neverTries     flaw = "tries no mask"
	staysClear     flaw = "shows a column clear to whoever may no longer see it"
	shownAnew      flaw = "shows a masked asset under another name each time"
	namesRaw       flaw = "writes names into statements as they are"
	namesRawErrors flaw = "writes names into errors as they are"
	namesRawSetup  flaw = "writes names into the script of Setup as they are"
	namesRawMasks  flaw = "writes names of columns as they are"
	namesCut       flaw = "lists a name up to its first quote"

	givesAllColumns  flaw = "gives the whole for some columns"
	writesAllColumns flaw = "has the whole written for some columns"
	takesAllColumns  flaw = "takes all sets of columns with one"
	listsTheWhole    flaw = "lists columns as the whole"
)

var flaws = []flaw{
	forgetsToTake, writesOnRead, takesForeign, silentOnOthers, alwaysActs, failsTogether, losesOutcomes, byNameOnly, hidesErrors,
	lateEffect, takesAll, softUnknown, noRemoval, silentActs, skips,
	putsBack, hidesLoss, givesUp, criesWolf, neverAgain, plansOtherwise, softReplaced,
	listsForeign, listsTwice, listsAnywhere, listsNothing, listsOn, countsBack, marksBlindly, forgetsMarks,
	coversAll, coversNothing, coversOnce, takesInside, emptyGroups, mistakesGroups,
	givesAnything, hidesDefinition,
	hidesReach, opensReach, givesMore, takesMore,
	showsClear, clearForAll, givesUnmasked, showsUnknown, followsNames, masksOnce, neverTries, staysClear, shownAnew,
	namesRaw, namesRawErrors, namesRawSetup, namesRawMasks, namesCut,
	givesAllColumns, writesAllColumns, takesAllColumns, listsTheWhole,
}

func newMemory(f flaw) *memory {
	return &memory{people: make(map[string]bool), objects: make(map[catalog.Ref]string), names: make(map[string]catalog.Ref), granted: make(map[entry]bool), given: make(map[entry]bool), covered: make(map[string][]string), acted: make(map[string]int64), groups: make(map[string][]string), shows: make(map[catalog.Ref]string), through: make(map[catalog.Ref][]catalog.Ref), useless: make(map[catalog.Ref]bool), masked: newMaskedMemory(), lent: make(map[string][]string), flaw: f}
}

func (m *memory) harness() Harness {
	return Harness{
		Open:        func(testing.TB) provision.Provisioner { return &door{memory: m} },
		Asset:       m.asset,
		Person:      m.person,
		Allowed:     m.allowed,
		Container:   m.container,
		Inside:      m.inside,
		Group:       m.group,
		View:        m.view,
		Reads:       m.reads,
		Columns:     []string{"id", "note"},
		ReadsColumn: m.readsColumn,
		Grows:       m.grows,
		Masking:     m.masking,
		Sees:        m.sees,
		Rename:      m.rename,
		Unshowable:  m.unshowable,
		Gap:         m.gap,
		MaskedBy:    m.maskedBy,
		Secured:     m.view,
		Lend:        m.lend,
		Move:        m.move,
		Hostile:     &Hostile{Harm: harm, Make: m.hostile, Run: m.run, Harmed: func(testing.TB) bool { return m.harmed }},
		Give: func(_ testing.TB, who request.Principal, a catalog.Asset) {
			m.change(func() { m.granted[entry{who.Name, m.objects[a.Ref], request.Read, false}] = true })
		},
		Replace: func(_ testing.TB, a catalog.Asset) { m.change(func() { m.make(a.Ref) }) },
		Withdraw: func(_ testing.TB, who request.Principal, a catalog.Asset) {
			m.change(func() {
				for e := range m.granted {
					if e.who == who.Name && e.object == a.ID && e.ours {
						delete(m.granted, e)
					}
				}
			})
		},
		Break: func(_ testing.TB, p provision.Provisioner) func() {
			d := p.(*door)
			m.change(func() { d.broken = true })
			return func() { m.change(func() { d.broken = false }) }
		},
	}
}

func (m *memory) change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

func (m *memory) next() string {
	m.made++
	return fmt.Sprint(m.made)
}

func (m *memory) asset(t testing.TB) catalog.Asset {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := m.next()
	ref, err := catalog.NewRef("memory", "t"+id)
	if err != nil {
		t.Fatal(err)
	}
	m.objects[ref], m.names[id] = id, ref
	return catalog.Asset{Ref: ref, Kind: catalog.Table, ID: id}
}

// view makes a view, with a function by which it shows something else.
func (m *memory) view(t testing.TB) (catalog.Asset, func()) {
	a := m.asset(t)
	redefine := func() { m.change(func() { m.shows[a.Ref] = m.next() }) }
	redefine()
	return a, redefine
}

// make puts a new object under a name.
func (m *memory) make(ref catalog.Ref) {
	id := m.next()
	m.objects[ref], m.names[id] = id, ref
}

func (m *memory) person(testing.TB) request.Principal {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := "p" + m.next()
	m.people[name] = true
	return request.Principal{Name: name}
}

func (m *memory) allowed(_ context.Context, who request.Principal, a catalog.Asset, p request.Privilege) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for e := range m.granted {
		if m.useless[a.Ref] {
			continue
		}
		through := m.flaw == opensReach && slices.Contains(m.through[m.names[e.object]], a.Ref)
		if m.concerns(e, who) && (m.reaches(e, a.Ref) || through) && (e.privilege == p || p == request.Read && slices.Contains(all, e.privilege)) {
			return true, nil
		}
	}
	return false, nil
}

// door is one provisioner on the memory.
type door struct {
	*memory
	broken bool
}

func (d *door) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	d.mu.Lock()
	defer d.mu.Unlock()
	outcomes := make([]provision.Outcome, len(want))
	for i, w := range want {
		if err := ctx.Err(); err != nil {
			outcomes[i].Err = err
			if d.flaw != lateEffect {
				continue
			}
		}
		o := d.one(w)
		if outcomes[i].Err == nil {
			outcomes[i] = o
		}
	}
	if d.flaw == failsTogether && slices.ContainsFunc(outcomes, func(o provision.Outcome) bool { return o.Err != nil }) {
		for i := range outcomes {
			outcomes[i].Err = errors.New("one of them failed")
		}
	}
	if d.flaw == losesOutcomes {
		return make([]provision.Outcome, 1)
	}
	return outcomes
}

func (d *door) one(w provision.Standing) provision.Outcome {
	if d.broken {
		if d.flaw == hidesErrors {
			return provision.Outcome{}
		}
		return provision.Outcome{Err: errors.New("broken")}
	}
	if d.flaw == skips {
		return provision.Outcome{Ran: []provision.Statement{"nothing"}}
	}
	shows := d.shows[w.Asset.Ref]
	if d.flaw == hidesDefinition {
		shows = ""
	}
	if o, lost := d.lost(w); lost {
		return o
	}
	if err := d.check(w); err != nil {
		return provision.Outcome{Err: err, Definition: shows}
	}
	if err := d.hideReplaced(w); err != nil {
		return provision.Outcome{Err: err, Definition: shows}
	}
	if w, query := d.underMasks(w); query != "" {
		return provision.Outcome{Ran: d.settle(w), Query: query}
	}
	w, gone := d.heed(w)
	o := provision.Outcome{Ran: d.settle(w), Remaining: d.remaining(w), Withdrawn: gone, Definition: shows, Reach: d.reach(w.Asset.Ref)}
	o.Gaps, o.Err = d.gaps(w)
	key := fmt.Sprint(w.Principal.Name, " ", w.Asset.ID)
	if len(o.Ran) > 0 {
		d.acts++
		d.acted[key] = d.acts
		if d.flaw == countsBack {
			d.acted[key] = 1000 - d.acts
		}
	}
	o.Act = d.acted[key]
	if d.flaw == hidesLoss {
		o.Withdrawn = nil
	}
	return o
}

func (d *door) check(w provision.Standing) error {
	switch {
	case len(w.Want) == 0 && d.flaw == noRemoval && !slices.ContainsFunc(privilegesOf(d.memory, w), func(e entry) bool { return e.ours }):
		return errors.New("there was nothing")
	case len(w.Want) == 0:
		return nil
	case !d.known(w.Principal) && d.flaw == softUnknown:
		return errors.New("unknown")
	case !d.known(w.Principal):
		return &provision.RefusedError{What: d.quoted("principal", w.Principal.Name, namesRawErrors), Reason: "does not exist"}
	case !w.Shows(d.shows[w.Asset.Ref], nil) && d.flaw != givesAnything:
		return &provision.RefusedError{What: "asset", Reason: "shows something else than what was approved"}
	case d.objects[w.Asset.Ref] != w.Asset.ID && d.flaw == softReplaced:
		return &provision.RefusedError{What: "asset", Reason: "is another object now"}
	case d.objects[w.Asset.Ref] != w.Asset.ID && d.flaw != byNameOnly:
		return &provision.ReplacedError{What: "asset", Reason: "is another object now", Now: catalog.Object{ID: d.objects[w.Asset.Ref], Kind: catalog.Table}}
	}
	return errors.Join(d.byColumn(w), d.unknownReach(w), d.unmasked(w))
}

func privilegesOf(m *memory, w provision.Standing) []entry {
	var found []entry
	for e := range m.granted {
		if e.who == w.Principal.Name {
			found = append(found, e)
		}
	}
	return found
}

func (d *door) settle(w provision.Standing) []provision.Statement {
	object := w.Asset.ID
	if d.flaw == byNameOnly {
		object = d.objects[w.Asset.Ref]
	}
	d.cover(w)
	var ran []provision.Statement
	for _, p := range d.privileges(w, object) {
		e := entry{w.Principal.Name, object, p, true}
		wanted := slices.ContainsFunc(w.Want, func(a provision.Access) bool {
			return d.privilegeOf(a) == p || d.flaw == writesOnRead
		})
		if wanted != d.granted[e] || d.flaw == alwaysActs {
			ran = append(ran, provision.Statement(d.quoted("set", e.who, namesRaw)+fmt.Sprint(" ", e.object, " ", e.privilege, " ", wanted)))
		}
		switch {
		case wanted:
			d.granted[e] = true
		case d.flaw != forgetsToTake:
			d.harmColumns(w, object, d.granted[e])
			delete(d.granted, e)
		}
	}
	d.harm(w)
	if d.flaw == silentActs {
		return nil
	}
	return ran
}

// harm does what some flaws do beside.
func (d *door) harm(w provision.Standing) {
	for e := range d.granted {
		inside := d.flaw == takesInside && len(w.Want) == 0 && e.who == w.Principal.Name && w.Asset.Ref.Covers(d.names[e.object])
		foreign := d.flaw == takesForeign && !e.ours && e.who == w.Principal.Name
		everyone := d.flaw == takesAll && len(w.Want) == 0 && e.object == w.Asset.ID
		if foreign || everyone || inside {
			delete(d.granted, e)
		}
	}
}

func (d *door) remaining(w provision.Standing) []provision.Path {
	var paths []provision.Path
	for _, e := range privilegesOf(d.memory, w) {
		if e.object == w.Asset.ID && !e.ours && d.flaw != silentOnOthers {
			paths = append(paths, "granted by another")
		}
	}
	if slices.Contains(d.lent[w.Principal.Name], w.Asset.ID) && d.flaw != silentOnLent {
		paths = append(paths, "by the rights of another")
	}
	return paths
}
