package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
)

// ended leaves a person with access that has ended by the records.
func (w *world) ended(t *testing.T) {
	t.Helper()
	req := w.approved(t, eve, "30 DAYS")
	_, err := w.Revoke(t.Context(), gov, req.ID, "")
	must(t, err)
	w.settle(t, req)
}

// Records that were restored from a backup know an older, ended grant. The platform says
// that we gave the access by a later act, so that nothing is removed (P32).
func TestRecordsThatAreOlderThanAnActAreInDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ended(t)
	w.reconcile(t, provision.Reconcile{}) // later than the backup, and all is well
	w.platform.LetIn("", "eve", orders, "3", reading)
	for _, how := range []provision.Reconcile{{DryRun: true}, {}} {
		r, found := w.reconcile(t, how)
		same(t, "found", []string{"ORPHAN eve false"}, found)
		if !strings.Contains(r.Doubt, "backup") || !w.platform.Allows("eve", orders) {
			t.Errorf("doubt %q, access %v", r.Doubt, w.platform.Allows("eve", orders))
		}
	}
	if n := w.count(t, event.ReconciliationStopped.Name()); n != 1 {
		t.Errorf("%d events say that it stopped", n)
	}
	r, found := w.reconcile(t, provision.Reconcile{Adopt: true})
	same(t, "adopted", []string{"ORPHAN eve true"}, found)
	if r.Doubt != "" || w.platform.Allows("eve", orders) {
		t.Errorf("adopted: doubt %q, access %v", r.Doubt, w.platform.Allows("eve", orders))
	}
}

// The same holds for more access than the records know, and for people whom they do not
// know at all.
func TestMoreThanOlderRecordsKnowIsInDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve, "30 DAYS")
	w.platform.LetIn("", "eve", orders, "3", reading, writing)
	r, found := w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string{"MISSING eve false", "ORPHAN eve false"}, found)
	if r.Doubt == "" {
		t.Error("no doubt, though the grant grew later")
	}
	same(t, "left", 2, len(w.platform.On("eve", orders, "3")))

	w = newWorld(t)
	w.ended(t)
	w.platform.LetIn("", "stranger", orders, "3", reading)
	if r, _ := w.reconcile(t, provision.Reconcile{}); r.Doubt == "" || !w.platform.Allows("stranger", orders) {
		t.Errorf("doubt %q, access %v", r.Doubt, w.platform.Allows("stranger", orders))
	}
	// The records go on: then they are not older, and somebody acted in our name.
	w.approved(t, frank, "30 DAYS")
	r, found = w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string{"ORPHAN stranger true"}, found)
	if r.Doubt != "" || w.platform.Allows("stranger", orders) {
		t.Errorf("doubt %q, access %v", r.Doubt, w.platform.Allows("stranger", orders))
	}
}

// Whoever others let into a role of ours is a finding, and taken, however many they are
// (P31).
func TestWhomOthersLetInIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve, "30 DAYS")
	var want []string
	for i := range 12 {
		w.platform.LetIn("mallory", fmt.Sprintf("ann%02d", i), orders, "3", reading)
		want = append(want, fmt.Sprintf("ORPHAN ann%02d true", i))
	}
	r, found := w.reconcile(t, provision.Reconcile{})
	same(t, "found", want, found)
	if r.Stopped || r.Removals != 0 || w.platform.Allows("ann03", orders) || !w.platform.Allows("eve", orders) {
		t.Errorf("stopped %v, %d removals, access %v and %v", r.Stopped, r.Removals, w.platform.Allows("ann03", orders), w.platform.Allows("eve", orders))
	}
	if n := w.count(t, event.AccessOrphaned.Name()); n != 12 {
		t.Errorf("%d events tell of them", n)
	}
	for _, f := range r.Findings {
		if !strings.Contains(f.Detail, "mallory") {
			t.Errorf("%q does not say who let them in", f.Detail)
		}
	}
}
