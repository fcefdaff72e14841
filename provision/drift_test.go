package provision_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

func replacedBy(o catalog.Object) provision.Outcome {
	return provision.Outcome{Taken: true, Err: &provision.ReplacedError{What: "asset", Reason: "is another object now", Now: o}}
}

var (
	again = catalog.Object{ID: "16999", Kind: catalog.Table, Owner: "dba"} // of the same kind and owner as orders

	withdrawn       = provision.Outcome{Taken: true, Withdrawn: []provision.Access{{Privilege: request.Read}}}
	replacedByEqual = replacedBy(again)
	replacedByOther = replacedBy(catalog.Object{ID: "16999", Kind: catalog.Table, Owner: "mallory"})
)

// Where drift leads from each state, and what is left to be taken away.
func TestDrift(t *testing.T) {
	t.Parallel()
	at := approved.Add(2 * time.Hour)
	for _, tt := range []struct {
		name string
		said provision.Outcome
		from provision.State
		want provision.State
		left []catalog.Object
		id   string // of the asset, then
	}{
		{"taken away by someone", withdrawn, provision.Active, provision.Suspended, []catalog.Object{orders.Object()}, "16384"},
		{"taken away before it was given", withdrawn, provision.Provisioning, provision.Active, nil, "16384"},
		{"taken away, and ending", withdrawn, provision.Revoking, provision.Revoked, nil, "16384"},
		{"replaced by its equal", replacedByEqual, provision.Active, provision.Provisioning, []catalog.Object{orders.Object()}, "16999"},
		{"replaced before it was given", replacedByEqual, provision.Provisioning, provision.Suspended, []catalog.Object{orders.Object()}, "16384"},
		{"replaced by another's", replacedByOther, provision.Active, provision.Suspended, []catalog.Object{orders.Object()}, "16384"},
		{"replaced by a view", replacedBy(catalog.Object{ID: "16999", Kind: catalog.View, Owner: "dba"}), provision.Active, provision.Suspended, []catalog.Object{orders.Object()}, "16384"},
		{"another principal", replacedBy(catalog.Object{}), provision.Active, provision.Suspended, []catalog.Object{orders.Object()}, "16384"},
		{"replaced, and ending", replacedByEqual, provision.Revoking, provision.Revoked, nil, "16384"},
		{"replaced, and suspended", replacedByEqual, provision.Suspended, provision.Suspended, nil, "16384"},
	} {
		got := in(tt.from, provision.Auto).Applied(tt.said, at, backoff)
		if got.State != tt.want || got.Asset.ID != tt.id {
			t.Errorf("%s: is %s on %s, want %s on %s", tt.name, got.State, got.Asset.ID, tt.want, tt.id)
		}
		same(t, tt.name, tt.left, got.Leftovers)
		if suspended := got.State == provision.Suspended && tt.from != provision.Suspended; suspended != (got.Withheld != "") {
			t.Errorf("%s: withheld because %q", tt.name, got.Withheld)
		}
		if len(tt.left) > 0 && !got.Due(at) {
			t.Errorf("%s: nothing is due, and something is left", tt.name)
		}
	}
}

// A grant that was replaced fails in between, and still finds its new object.
func TestReplacedAfterFailure(t *testing.T) {
	t.Parallel()
	g := in(provision.Active, provision.Auto).Applied(broken, approved.Add(2*time.Hour), backoff)
	g = g.Begin().Applied(replacedByEqual, approved.Add(3*time.Hour), backoff)
	if g.State != provision.Provisioning || g.Asset.ID != again.ID || len(g.Healed) != 1 {
		t.Errorf("got %+v", g)
	}
}

// What is left where a grant was before is tried until it is gone: an end is not
// over before, and access that works stays ACTIVE meanwhile.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	at := approved.Add(2 * time.Hour)
	moved := in(provision.Active, provision.Auto).Applied(replacedByEqual, at, backoff)
	standings := provision.Standings([]provision.Grant{moved})
	if len(standings) != 2 || len(standings[0].Want) != 1 || standings[0].Asset.ID != again.ID || len(standings[1].Want) != 0 || standings[1].Asset.Object() != orders.Object() {
		t.Fatalf("got %+v", standings)
	}
	stuck := moved.Cleared(orders.Object(), broken).Applied(works, at, backoff)
	if stuck.State != provision.Active || stuck.Attempts != 1 || stuck.Due(at) || !stuck.Due(stuck.Retry) || stuck.NextToTake() != stuck.Retry {
		t.Errorf("active with something left: %+v", stuck)
	}
	ending := stuck.End(request.Revoked).Cleared(orders.Object(), broken).Applied(works, at, backoff)
	if ending.State != provision.Revoking || ending.Error == "" {
		t.Errorf("ended with something left: %s, %q", ending.State, ending.Error)
	}
	gone := ending.Cleared(orders.Object(), provision.Outcome{Taken: true, Err: errors.New("no matter")}).Applied(works, at, backoff)
	if gone.State != provision.Revoked || len(gone.Leftovers) != 0 || gone.Error != "" {
		t.Errorf("nothing left: %+v", gone)
	}
	if suspended := in(provision.Active, provision.Auto).Suspend("x").Cleared(orders.Object(), works).Applied(works, at, backoff); suspended.Due(at.AddDate(1, 0, 0)) || suspended.Withheld != "x" {
		t.Errorf("suspended and cleared: %+v", suspended)
	}
}

// Of several objects on which something is left, each is cleared by what was said
// of it.
func TestClearsEachOfSeveral(t *testing.T) {
	t.Parallel()
	g := in(provision.Active, provision.Auto)
	for _, id := range []string{"1", "2", "3"} {
		g.Leftovers = append(g.Leftovers, catalog.Object{ID: id, Kind: catalog.Table, Owner: "sales_etl"})
	}
	said := map[string]provision.Outcome{"1": {}, "2": {Err: errors.New("locked")}}
	got := g.ClearedBy(func(left provision.Standing) (provision.Outcome, bool) {
		o, asked := said[left.Asset.ID]
		return o, asked
	})
	if diff := cmp.Diff(g.Leftovers[1:], got.Leftovers); diff != "" || !strings.Contains(got.Error, "object 2: locked") {
		t.Errorf("%s is left (-want +got):\n%s", got.Error, diff)
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	eve := request.Principal{Name: "eve", ID: "11"}
	g := in(provision.Suspended, provision.Auto).Resume(eve, again)
	if g.State != provision.Pending || g.Principal != eve || g.Asset.Object() != again || g.Withheld != "" || g.Started.IsZero() {
		t.Errorf("got %+v", g)
	}
}

// An end is announced 7 days and 1 day before, but not where it was nearer when
// the grant began, once for several that were missed, and never after it.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		days int
		want []time.Duration // before the end
	}{
		{30, []time.Duration{7 * 24 * time.Hour, 24 * time.Hour}},
		{7, []time.Duration{24 * time.Hour}},
		{1, nil},
	} {
		g := grant("7", request.For(tt.days, request.Days), provision.Auto).Begin().Applied(works, approved, backoff)
		var got []time.Duration
		for at := approved; at.Before(g.Ends); at = at.Add(time.Hour) {
			if next := g.Announce(at); next.Announced != g.Announced {
				g, got = next, append(got, g.Ends.Sub(at))
			}
		}
		same(t, "announced", tt.want, got)
	}
	late := grant("7", request.For(30, request.Days), provision.Auto).Begin().Applied(works, approved, backoff)
	late = late.Announce(late.Ends.Add(-time.Hour))
	if next := late.NextToGive(); late.Announced.IsZero() || !next.IsZero() {
		t.Errorf("missed both: announced %v, next %v", late.Announced, next)
	}
	endless := grant("7", request.Endless, provision.Auto).Begin().Applied(works, approved, backoff)
	if !endless.Announce(approved.AddDate(9, 0, 0)).Announced.IsZero() {
		t.Error("the end of what has none was announced")
	}
}

func TestHealed(t *testing.T) {
	t.Parallel()
	g := in(provision.Active, provision.Auto)
	for i := range 100 {
		g = g.Heal(approved.Add(time.Duration(i) * time.Minute))
	}
	if len(g.Healed) != 50 {
		t.Errorf("kept are %d", len(g.Healed))
	}
	if g = g.Heal(approved.Add(26 * time.Hour)); len(g.Healed) != 1 {
		t.Errorf("after a day: %d", len(g.Healed))
	}
}
