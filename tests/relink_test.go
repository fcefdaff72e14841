package tests

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// again is eve under the id that her provider has issued anew.
var again = request.Identity{Issuer: "https://id.example.com", ID: "4711", Name: "Eve", Groups: []string{"analysts", "sales-owners"}, Attributes: map[string][]string{"login": {"eve"}}}

// TestANewIDTakesThePrincipal links a principal to the id that its person has now: what is open
// and live goes on under it, and the platform is not touched.
func TestANewIDTakesThePrincipal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Directory, c.FourEyes = nil, manifest.FourEyesNever })
	ctx := t.Context()
	must(t, w.People().Seen(ctx, append(everybody, again)...))
	live := w.approved(t, eve, "30 DAYS")
	pending, err := w.Submit(ctx, eve, columnsOf(eve, "id"))
	must(t, err)
	w.work(t)

	taken := (*provision.PrincipalTakenError)(nil)
	if _, err := w.Submit(ctx, again, columnsOf(again, "email")); !errors.As(err, &taken) || !strings.Contains(err.Error(), "links it to the new id") {
		t.Errorf("under the new id: %v", err)
	}
	if err := w.Connections().Release(ctx, admin, "warehouse", "eve"); !errors.Is(err, store.ErrState) || !strings.Contains(err.Error(), "link the principal to the new id") {
		t.Errorf("released: %v", err)
	}
	must(t, w.Connections().Relink(ctx, admin, "warehouse", "eve", again.Person(), "the provider has issued ids anew"))
	w.work(t)

	page, err := w.Requests(ctx, again, grantwright.RequestQuery{})
	if must(t, err); len(page.Requests) != 2 {
		t.Errorf("under the new id there are %d requests, want 2", len(page.Requests))
	}
	all := w.caseOf(t, live)
	if all.Request.Beneficiary != again.Person() || all.Grant.Beneficiary != again.Person() || all.Grant.State != provision.Active {
		t.Errorf("the live one is %+v, its grant %s of %s", all.Request, all.Grant.State, all.Grant.Beneficiary)
	}
	for _, req := range []request.Request{live, pending} {
		events, err := w.Log().Of(ctx, gov, req.ID, 0, store.MaxPage)
		must(t, err)
		i := slices.IndexFunc(events, func(e store.Event) bool { return e.Type == event.PrincipalRelinked.Name() })
		if i < 0 {
			t.Fatalf("request %s does not say it", req.ID)
		}
		said, err := event.PrincipalRelinked.Decode(events[i].Data)
		if must(t, err); said.Was != eve.Person() || said.Now != again.Person() || events[i].By != admin.Person() || said.Reason == "" {
			t.Errorf("request %s says %+v", req.ID, said)
		}
	}
	if _, err := w.Determine(ctx, again, pending.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrOwnRequest) {
		t.Errorf("the new id decides on her own request: %v", err)
	}
	if _, err := w.Submit(ctx, eve, columnsOf(eve, "email")); !errors.As(err, &taken) {
		t.Errorf("under the id of before: %v", err)
	}
	if same, err := w.Submit(ctx, again, columnsOf(again, "id")); err != nil || same.ID != pending.ID {
		t.Errorf("the same again is %s, %v", same.ID, err)
	}
	w.restart(t)
	w.determine(t, twice, pending, review.Approve)
	w.settle(t, pending)
	_, err = w.Revoke(ctx, again, live.ID, "")
	must(t, err)
	if g := w.settle(t, live); g.State != provision.Revoked {
		t.Errorf("her grant is %s", g.State)
	}
}

// TestWhoIsNotLinked refuses ids to which a principal must not go.
func TestWhoIsNotLinked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Directory, c.FourEyes = nil, manifest.FourEyesNever })
	ctx := t.Context()
	own := request.Identity{ID: "second-admin@example.com", Groups: []string{}, Attributes: map[string][]string{"login": {"eve"}}, Permissions: []request.Permission{request.Admin}}
	robot := request.Identity{ID: "robot", Kind: request.Service, Owner: frank.Person(), Attributes: map[string][]string{"login": {"eve"}}}
	must(t, w.People().Seen(ctx, append(everybody, again, own, robot)...))
	w.approved(t, eve, "30 DAYS")
	is := func(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }
	for _, tt := range []struct {
		name      string
		by        request.Identity
		principal string
		to        request.PersonID
		want      func(error) bool
	}{
		{"no administrator", gov, "eve", again.Person(), is(request.ErrForbidden)},
		{"an id of their own", own, "eve", own.Person(), is(request.ErrForbidden)},
		{"nobody", admin, "eve", "stranger@example.com", is(request.ErrUnknownPerson)},
		{"another person", admin, "eve", frank.Person(), is(store.ErrState)},
		{"the same id", admin, "eve", eve.Person(), is(store.ErrState)},
		{"a service", admin, "eve", robot.Person(), is(store.ErrState)},
		{"no principal", admin, "nobody", again.Person(), is(store.ErrNotFound)},
	} {
		if err := w.Connections().Relink(ctx, tt.by, "warehouse", tt.principal, tt.to, ""); err == nil || !tt.want(err) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	must(t, w.StopSwitches().Disable(ctx, gov, eve.Person(), "left"))
	if err := w.Connections().Relink(ctx, admin, "warehouse", "eve", again.Person(), ""); !errors.Is(err, store.ErrState) || !strings.Contains(err.Error(), "disabled") {
		t.Errorf("whoever is disabled comes back under another id: %v", err)
	}
}

// TestLinkingTakesTwo keeps a link as a proposal where changes take two people.
func TestLinkingTakesTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	live := w.approved(t, eve, "30 DAYS")
	w.Config.Directory = append(request.Roster{second, again}, everybody...)
	w.restart(t)
	id := proposal(t, w.Connections().Relink(ctx, admin, "warehouse", "eve", again.Person(), "new ids"))
	if got := w.caseOf(t, live).Grant.Beneficiary; got != eve.Person() {
		t.Fatalf("it is %s's before anybody has approved", got)
	}
	_, err := w.Proposals().Approve(ctx, second, id, "seen")
	must(t, err)
	if got := w.caseOf(t, live).Grant.Beneficiary; got != again.Person() {
		t.Errorf("it is approved, and still %s's", got)
	}
}
