package tests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// estranged lists the connections to which another platform answers.
func (w *world) estranged(t *testing.T) (names []string) {
	t.Helper()
	all, err := w.Connections().Estranged(t.Context(), auditor)
	must(t, err)
	for _, e := range all {
		names = append(names, e.Connection)
		if e.Why == "" || e.Since.IsZero() {
			t.Errorf("%+v does not say why and since when", e)
		}
	}
	return names
}

// Another platform, or an older copy, is told, and nothing is mended there (P9, P33).
func TestAnotherPlatformIsToldAndRecognized(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.FourEyes = manifest.FourEyesNever })
	req := w.approved(t, eve, "30 DAYS")
	w.reconcile(t, provision.Reconcile{})
	marked := w.platform.Stamped
	for name, change := range map[string]func(){
		"another cluster": func() { w.platform.Answer("another") },
		"written less":    func() { w.platform.Self.Position-- },
		"marked before":   func() { w.platform.Stamped.Generation-- },
	} {
		w.platform.Self, w.platform.Stamped = provision.Identity{ID: "fake", History: 1, Position: 10}, marked
		w.reconcile(t, provision.Reconcile{})
		marked = w.platform.Stamped
		if found := w.estranged(t); len(found) > 0 {
			t.Fatalf("%s: %v is estranged before", name, found)
		}
		change()
		w.platform.TakeAway("eve", orders)
		told := w.count(t, event.ConnectionEstranged.Name())
		for range 2 { // told once
			if r, found := w.reconcile(t, provision.Reconcile{}); r.Doubt == "" || len(found) > 0 {
				t.Errorf("%s: doubt %q, found %v", name, r.Doubt, found)
			}
		}
		same(t, name, []string{"warehouse"}, w.estranged(t))
		if n := w.count(t, event.ConnectionEstranged.Name()); n != told+1 {
			t.Errorf("%s: told %d times", name, n-told)
		}
		if g := w.caseOf(t, req).Grant; g.State != provision.Active {
			t.Errorf("%s: the grant is %s", name, g.State)
		}
		w.platform.Set("eve", orders, "3", reading)
	}

	w.platform.Answer("another")
	w.reconcile(t, provision.Reconcile{})
	err := w.Connections().Recognize(t.Context(), gov, "warehouse", "")
	if !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("recognized without a reason: %v", err)
	}
	if err := w.Connections().Recognize(t.Context(), admin, "warehouse", "moved"); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("an administrator recognizes it: %v", err)
	}
	w.platform.Stamped.Store = "others"
	if err := w.Connections().Recognize(t.Context(), gov, "warehouse", "moved"); !errors.Is(err, store.ErrState) || !strings.Contains(fmt.Sprint(err), "mark") {
		t.Errorf("without our mark: %v", err)
	}
	w.platform.Stamped = marked
	must(t, w.Connections().Recognize(t.Context(), gov, "warehouse", "moved"))
	if found := w.estranged(t); len(found) > 0 {
		t.Errorf("%v is estranged still", found)
	}
	if r, found := w.reconcile(t, provision.Reconcile{}); r.Doubt != "" || len(found) > 0 {
		t.Errorf("recognized: doubt %q, found %v", r.Doubt, found)
	}
	if err := w.Connections().Recognize(t.Context(), gov, "warehouse", "moved"); !errors.Is(err, store.ErrState) {
		t.Errorf("recognized twice: %v", err)
	}
}

// Whatever bears our mark is not the same platform if the grants do not stand there.
func TestPlatformWithoutOurGrantsIsNotRecognized(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.FourEyes = manifest.FourEyesNever })
	for i := range 5 {
		login := fmt.Sprint("p", i)
		who := request.Identity{ID: login + "@example.com", Attributes: map[string][]string{"login": {login}}}
		w.Directory.Put(who)
		w.approved(t, who, "30 DAYS")
	}
	w.reconcile(t, provision.Reconcile{})
	w.platform.Answer("another")
	for i := range 5 {
		w.platform.TakeAway(fmt.Sprint("p", i), orders)
	}
	w.reconcile(t, provision.Reconcile{})
	if err := w.Connections().Recognize(t.Context(), gov, "warehouse", "moved"); !errors.Is(err, store.ErrState) || !strings.Contains(fmt.Sprint(err), "5 accesses") {
		t.Errorf("recognized without its grants: %v", err)
	}
	same(t, "estranged", []string{"warehouse"}, w.estranged(t))

	// Where nothing of ours can be, any platform is taken.
	w.platform.Answer("fake")
	w.reconcile(t, provision.Reconcile{MaxRemovals: 10})
	for _, g := range w.live(t) {
		_, err := w.Revoke(t.Context(), gov, request.ID(g), "over")
		must(t, err)
	}
	w.work(t)
	w.platform.Answer("third")
	w.reconcile(t, provision.Reconcile{})
	must(t, w.Connections().Recognize(t.Context(), gov, "warehouse", "bought anew"))
	w.platform.Answer("fake")
	if r, _ := w.reconcile(t, provision.Reconcile{}); r.Doubt == "" {
		t.Error("the platform of before is known still")
	}
}

// unplanned is a platform that does not say what it would do.
type unplanned struct {
	provision.Provisioner
	provision.Identifier
	provision.Marker
	provision.Lister
}

// What cannot be compared is not recognized: nothing says that it is the same.
func TestPlatformThatCannotBeComparedIsNotRecognized(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) {
		c.FourEyes = manifest.FourEyesNever
		fake := c.Platforms["fake"]
		opens := fake.Provisioner
		fake.Provisioner = func(ctx context.Context, to provision.Target) (provision.Provisioner, error) {
			p, err := opens(ctx, to)
			whole := p.(*enginetest.Platform)
			return unplanned{whole, whole, whole, whole}, err
		}
		c.Platforms["fake"] = fake
	})
	w.approved(t, eve, "30 DAYS")
	w.reconcile(t, provision.Reconcile{})
	w.platform.Answer("another")
	w.reconcile(t, provision.Reconcile{})
	if err := w.Connections().Recognize(t.Context(), gov, "warehouse", "moved"); !errors.Is(err, provision.ErrNoPlatform) {
		t.Errorf("recognized without a comparison: %v", err)
	}
	same(t, "estranged", []string{"warehouse"}, w.estranged(t))
}

// live lists the grants that may stand.
func (w *world) live(t *testing.T) (ids []provision.GrantID) {
	t.Helper()
	grants, _, err := w.Grants().On(t.Context(), gov, orders, store.Position{}, store.MaxPage)
	must(t, err)
	for _, g := range grants {
		if g.Live() && g.Ending == "" {
			ids = append(ids, g.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Two people recognize a platform, where changes take two.
func TestTwoPeopleRecognizeAPlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve, "30 DAYS")
	w.reconcile(t, provision.Reconcile{})
	w.platform.Answer("another")
	w.reconcile(t, provision.Reconcile{})
	second := request.Identity{ID: "second@example.com", Permissions: []request.Permission{request.Governance}}
	w.Directory.Put(second)
	proposed := (*manifest.ProposedError)(nil)
	if err := w.Connections().Recognize(t.Context(), gov, "warehouse", "moved"); !errors.As(err, &proposed) {
		t.Fatalf("recognized by one alone: %v", err)
	}
	same(t, "estranged", []string{"warehouse"}, w.estranged(t))
	w.platform.Answer("a third")
	if _, err := w.Proposals().Approve(t.Context(), second, proposed.Proposal, "seen"); !errors.Is(err, store.ErrState) {
		t.Errorf("another platform was recognized than was proposed: %v", err)
	}
	w.platform.Answer("another")
	_, err := w.Proposals().Approve(t.Context(), second, proposed.Proposal, "seen")
	must(t, err)
	if found := w.estranged(t); len(found) > 0 {
		t.Errorf("%v is estranged still", found)
	}
}

// A look that would suspend more than a few grants at once stops and asks.
func TestReconcileSuspendsFewAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		login := fmt.Sprint("p", i)
		who := request.Identity{ID: login + "@example.com", Attributes: map[string][]string{"login": {login}}}
		w.Directory.Put(who)
		w.approved(t, who, "30 DAYS")
		w.platform.TakeAway(login, orders)
	}
	suspended := func() (n int) {
		grants, _, err := w.Grants().On(t.Context(), gov, orders, store.Position{}, store.MaxPage)
		must(t, err)
		for _, g := range grants {
			if g.State == provision.Suspended {
				n++
			}
		}
		return n
	}
	for _, how := range []provision.Reconcile{{DryRun: true}, {}} {
		r, found := w.reconcile(t, how)
		if !r.Stopped || r.Suspensions != 5 || len(found) != 5 || suspended() != 0 {
			t.Errorf("%+v: stopped %v, %d suspensions, found %v, %d suspended", how, r.Stopped, r.Suspensions, found, suspended())
		}
	}
	if n := w.count(t, event.ReconciliationStopped.Name()); n != 1 {
		t.Errorf("%d events say that it stopped", n)
	}
	if r, _ := w.reconcile(t, provision.Reconcile{MaxRemovals: 5}); r.Stopped || r.Compared != 5 || suspended() != 5 {
		t.Errorf("with a number: stopped %v, compared %d, %d suspended", r.Stopped, r.Compared, suspended())
	}
}
