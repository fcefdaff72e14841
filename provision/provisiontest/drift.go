package provisiontest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// driftChecks hold a provisioner to what it must tell of what others have done on
// the platform since.
var driftChecks = []check{
	{name: "what was given and stands was not taken away", run: upheld},
	{name: "does not put back what someone took away", run: withdrawn, can: canWithdraw},
	{name: "gives the rest of what someone took away", run: withdrawnInPart, can: canWithdraw},
	{name: "gives again what is wanted anew", run: wantedAnew, can: canWithdraw},
	{name: "tells what took the name of an asset", run: replacedTold, can: canReplace},
	{name: "lists what it gave, once", run: lists, can: canList},
	{name: "lists what is at and below the root", run: listsBelow, can: canList},
	{name: "numbers its acts, if it does, and lists the last", run: listsActs, can: canList},
	{name: "takes by what it lists", run: listsToTake, can: canList},
	{name: "a canceled list says so", run: listCanceled, can: canList},
	{name: "keeps a mark until it is replaced, by one of many", run: marks, can: canMark},
}

func canWithdraw(h Harness, _ provision.Provisioner) bool { return h.Withdraw != nil }
func canReplace(h Harness, _ provision.Provisioner) bool  { return h.Replace != nil }
func canList(_ Harness, p provision.Provisioner) bool     { _, can := p.(provision.Lister); return can }
func canMark(_ Harness, p provision.Provisioner) bool     { _, can := p.(provision.Marker); return can }

// given says that some of what a Standing wants was read back as standing before.
func given(s provision.Standing, privileges ...request.Privilege) provision.Standing {
	s.Given = Want(s.Principal, s.Asset, privileges...).Want
	return s
}

// settleWithout is settle where just these were taken away by someone. A plan must
// know it too.
func settleWithout(t testing.TB, p provision.Provisioner, s provision.Standing, privileges ...request.Privilege) provision.Outcome {
	t.Helper()
	gone := Want(s.Principal, s.Asset, privileges...).Want
	if planner, can := p.(provision.Planner); can {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		plans := planner.Plan(ctx, []provision.Standing{s})
		if len(plans) != 1 || plans[0].Err != nil {
			t.Fatalf("Plan answered %+v, must be one plan without an error", plans)
		}
		if diff := cmp.Diff(gone, plans[0].Withdrawn); diff != "" {
			t.Errorf("Withdrawn of the Plan (-want +got):\n%s", diff)
		}
	}
	o := settle(t, p, s)[0]
	if diff := cmp.Diff(gone, o.Withdrawn); diff != "" {
		t.Errorf("Withdrawn (-want +got):\n%s", diff)
	}
	return o
}

func upheld(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	all := Want(who, a, request.Read, request.ReadWrite)
	settleWithout(t, p, all)
	for _, s := range []provision.Standing{given(all, request.Read), given(all, request.Read, request.ReadWrite)} {
		if o := settleWithout(t, p, s); len(o.Ran) > 0 {
			t.Errorf("all was as wanted, yet this ran: %q", o.Ran)
		}
	}
	// What was given and is wanted no longer is not what someone took away.
	settleWithout(t, p, given(Want(who, a), request.Read, request.ReadWrite))
	look(t, h, who, a, false, false)
}

func withdrawn(t testing.TB, h Harness) {
	p, who, other, a := h.Open(t), h.Person(t), h.Person(t), h.Asset(t)
	s := given(Want(who, a, request.Read), request.Read)
	settle(t, p, Want(who, a, request.Read), Want(other, a, request.Read))
	h.Withdraw(t, who, a)
	look(t, h, who, a, false, false)
	for range 2 { // and again, if nobody could keep what the first said
		settleWithout(t, p, s, request.Read)
		look(t, h, who, a, false, false)
	}
	settleWithout(t, p, given(Want(other, a, request.Read), request.Read))
	look(t, h, other, a, true, false)
}

func withdrawnInPart(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(who, a, request.Read))
	h.Withdraw(t, who, a)
	settleWithout(t, p, given(Want(who, a, request.Read, request.ReadWrite), request.Read), request.Read)
	look(t, h, who, a, true, true)
}

func wantedAnew(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(who, a, request.Read))
	h.Withdraw(t, who, a)
	settleWithout(t, p, Want(who, a, request.Read))
	look(t, h, who, a, true, false)
}

func replacedTold(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(who, a, request.Read))
	h.Replace(t, a)
	o := apply(t, p, given(Want(who, a, request.Read), request.Read))[0]
	var now *provision.ReplacedError
	if !errors.As(o.Err, &now) {
		t.Fatalf("giving on a replaced object ended in %v, must be a *ReplacedError", o.Err)
	}
	if now.Now.ID == "" || now.Now.ID == a.ID {
		t.Errorf("the id of what took the name is %q, and that of the asset %q", now.Now.ID, a.ID)
	}
	if len(o.Withdrawn) > 0 {
		t.Errorf("the object was replaced, yet Withdrawn is %v", o.Withdrawn)
	}
	settle(t, p, Want(who, a))
}

// listed is what List says of some people, in one order.
func listed(t testing.TB, p provision.Provisioner, root catalog.Ref, people ...request.Principal) []provision.Standing {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	var all []provision.Standing
	for s, err := range p.(provision.Lister).List(ctx, root) {
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		if slices.ContainsFunc(people, func(p request.Principal) bool { return p.Name == s.Principal.Name }) {
			all = append(all, bare(s))
		}
	}
	return inOrder(all)
}

// bare is as much of a Standing as List must know.
func bare(s provision.Standing) provision.Standing {
	s.Principal, s.Act = request.Principal{Name: s.Principal.Name}, 0
	s.Asset = catalog.Asset{Ref: s.Asset.Ref, ID: s.Asset.ID}
	s.Want = slices.SortedFunc(slices.Values(s.Want), func(a, b provision.Access) int { return strings.Compare(string(a.Privilege), string(b.Privilege)) })
	return s
}

func inOrder(all []provision.Standing) []provision.Standing {
	slices.SortFunc(all, func(a, b provision.Standing) int {
		return strings.Compare(fmt.Sprintf("%q %q", a.Asset.Ref, a.Principal.Name), fmt.Sprintf("%q %q", b.Asset.Ref, b.Principal.Name))
	})
	return all
}

func lists(t testing.TB, h Harness) {
	p, one, two, stranger, a, b := h.Open(t), h.Person(t), h.Person(t), h.Person(t), h.Asset(t), h.Asset(t)
	if h.Give != nil {
		h.Give(t, stranger, a)
	}
	want := []provision.Standing{Want(one, a, request.Read), Want(two, a, request.Read, request.ReadWrite), Want(one, b, request.ReadWrite)}
	settle(t, p, want...)
	settle(t, p, Want(two, b, request.Read))
	settle(t, p, Want(two, b))
	for i, w := range want {
		want[i] = bare(w)
	}
	if diff := cmp.Diff(inOrder(want), listed(t, h.Open(t), catalog.Ref(a.Ref.Connection()), one, two, stranger)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

func listsBelow(t testing.TB, h Harness) {
	p, who, a, b := h.Open(t), h.Person(t), h.Asset(t), h.Asset(t)
	settle(t, p, Want(who, a, request.Read), Want(who, b, request.Read))
	if diff := cmp.Diff([]provision.Standing{bare(Want(who, a, request.Read))}, listed(t, p, a.Ref, who)); diff != "" {
		t.Errorf("List of one asset (-want +got):\n%s", diff)
	}
}

// listsActs wants a later act to have a higher number, and List to say what Apply said.
func listsActs(t testing.TB, h Harness) {
	p, who, other, a := h.Open(t), h.Person(t), h.Person(t), h.Asset(t)
	last := int64(0)
	for _, step := range []provision.Standing{Want(who, a, request.Read), Want(other, a, request.Read), Want(who, a), Want(who, a, request.Read)} {
		o := settle(t, p, step)[0]
		if o.Act <= last && (o.Act > 0 || last > 0) {
			t.Errorf("act %d came after act %d", o.Act, last)
		}
		last = o.Act
	}
	if o := settle(t, p, Want(who, a, request.Read))[0]; o.Act != last {
		t.Errorf("nothing was done, and the last act is %d, it was %d", o.Act, last)
	}
	for s, err := range p.(provision.Lister).List(t.Context(), a.Ref) {
		if err != nil {
			t.Fatal(err)
		}
		if s.Principal.Name == who.Name && s.Act != last {
			t.Errorf("List says act %d, and Apply said %d", s.Act, last)
		}
	}
}

func listsToTake(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(who, a, request.ReadWrite))
	for _, s := range listed(t, p, a.Ref, who) {
		settle(t, p, Want(s.Principal, s.Asset))
	}
	look(t, h, who, a, false, false)
	if left := listed(t, p, a.Ref, who); len(left) > 0 {
		t.Errorf("all was taken, yet List says %+v", left)
	}
}

func listCanceled(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(who, a, request.Read))
	for _, err := range p.(provision.Lister).List(t.Context(), a.Ref) {
		if err != nil {
			t.Fatal(err)
		}
		break // whoever leaves early leaves nothing behind
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for _, err := range p.(provision.Lister).List(ctx, a.Ref) {
		last = err
	}
	if last == nil {
		t.Error("a canceled List ended as if all had been listed")
	}
}

// marked is the Mark that stands.
func marked(t testing.TB, h Harness) provision.Mark {
	t.Helper()
	m, err := h.Open(t).(provision.Marker).Marked(t.Context())
	if err != nil {
		t.Fatalf("Marked: %v", err)
	}
	return m
}

// marks is one check, because there is one Mark for all.
func marks(t testing.TB, h Harness) {
	p, was := h.Open(t).(provision.Marker), marked(t, h)
	one, two := provision.Mark{Store: "Suite1", Generation: was.Generation + 1}, provision.Mark{Store: strings.Repeat("z", 64), Generation: was.Generation + 2}
	if err := p.Mark(t.Context(), was, one); err != nil {
		t.Fatalf("Mark: %v", err)
	}
	for _, other := range []provision.Mark{was, two, {Store: one.Store, Generation: one.Generation - 1}} {
		if err := p.Mark(t.Context(), other, two); !errors.Is(err, provision.ErrMarked) {
			t.Errorf("replacing %+v, which does not stand, ended in %v, must wrap ErrMarked", other, err)
		}
	}
	if got := marked(t, h); got != one {
		t.Errorf("the mark is %+v, want %+v", got, one)
	}
	if err := p.Mark(t.Context(), one, two); err != nil || marked(t, h) != two {
		t.Errorf("replacing the mark that stands: %v", err)
	}
	marksRace(t, h, two)
}

func marksRace(t testing.TB, h Harness, was provision.Mark) {
	t.Helper()
	const engines = 4
	errs := make([]error, engines)
	var wg sync.WaitGroup
	for i := range engines {
		p := h.Open(t).(provision.Marker)
		wg.Go(func() {
			errs[i] = p.Mark(t.Context(), was, provision.Mark{Store: fmt.Sprint("Suite", i), Generation: was.Generation + 1})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, provision.ErrMarked) {
			t.Errorf("one of many: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d replaced the same mark, want 1", won, engines)
	}
}
