package oidcsignin_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/oidcsignin"
)

// elsewhere are sources of claims that are not in a token.
var elsewhere = map[string]any{"src1": map[string]string{"endpoint": "https://graph.example.com/"}}

// kept is the record of eve.
func (w *world) kept(t *testing.T) request.Identity {
	t.Helper()
	seen, err := store.People.Get(t.Context(), w.engine.Config.Store, "eve")
	must(t, err)
	return seen.Value
}

// TestGroupsThatAreNotKnown comes without groups in every way that there is. Nothing is
// taken from the record of the person, and both they and the operator are told.
func TestGroupsThatAreNotKnown(t *testing.T) {
	t.Parallel()
	for name, claims := range map[string]map[string]any{
		"no claim":            {"groups": nil},
		"null":                {"groups": map[string]any(nil)},
		"too many":            {"groups": nil, "_claim_names": map[string]string{"groups": "src1"}, "_claim_sources": elsewhere},
		"some, and more":      {"groups": []string{"some"}, "_claim_names": map[string]string{"groups": "src1"}, "_claim_sources": elsewhere},
		"has groups":          {"groups": nil, "hasgroups": true},
		"has groups, as text": {"groups": nil, "hasgroups": "true"},
		"another shape":       {"groups": []any{map[string]string{"name": "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.corp.claims["groups"], w.corp.claims["realm_access"] = []string{"analysts", "platform"}, map[string]any{"roles": []string{"governance"}}
			w.browser(t).open("/requests")
			if may := w.kept(t).Permissions; len(may) != 2 {
				t.Fatalf("the permissions are %v", may)
			}
			for k, v := range claims {
				w.corp.claims[k] = v
			}
			b := w.browser(t)
			want(t, b.open("/requests"), http.StatusOK, "Your groups are not known")
			me := b.me()
			if strings.Contains(me, `"groups"`) || strings.Contains(me, "ADMIN") || !strings.Contains(me, "GOVERNANCE") {
				t.Errorf("who am I: %s", me)
			}
			if was := w.kept(t); len(was.Groups) != 2 || len(was.Permissions) != 2 {
				t.Errorf("the record lost something: %+v", was)
			}
			if !strings.Contains(w.log.String(), "the groups of somebody are not known") {
				t.Errorf("the operator is not told:\n%s", w.log)
			}
		})
	}
}

// TestUserInfoTellsGroups asks the endpoint where the token does not tell them.
func TestUserInfoTellsGroups(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		info map[string]any
		want string
	}{
		"it tells them":          {map[string]any{"sub": "eve", "groups": []string{"owners"}}, `"groups":["owners"]`},
		"of somebody else":       {map[string]any{"sub": "frank", "groups": []string{"owners"}}, ""},
		"it does not know them":  {map[string]any{"sub": "eve"}, ""},
		"it has too many itself": {map[string]any{"sub": "eve", "groups": []string{"a"}, "_claim_names": map[string]string{"groups": "s"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(_ *world, o *oidcsignin.Options) { o.Issuers[0].UserInfo = true })
			w.corp.info, w.corp.claims["groups"] = tt.info, nil
			w.corp.claims["_claim_names"], w.corp.claims["_claim_sources"] = map[string]string{"groups": "src1"}, elsewhere
			b := w.browser(t)
			b.open("/requests")
			if me := b.me(); me == "" || strings.Contains(me, `"groups"`) != (tt.want != "") || !strings.Contains(me, tt.want) {
				t.Errorf("who am I: %s", me)
			}
		})
	}
}

func TestNestedClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *world, o *oidcsignin.Options) {
		o.Issuers[0].Claims = oidcsignin.Claims{ID: "oid", Name: "given.name", Email: "mail", Groups: "https://example.com/roles.all", Attributes: map[string]string{"login": "preferred_username", "site": "address.country"}}
	})
	for k, v := range map[string]any{"oid": "7f3a", "given": map[string]any{"name": "Eve"}, "mail": "eve@example.com", "email_verified": false,
		"https://example.com/roles": map[string]any{"all": []string{"b", "a", "b"}}, "preferred_username": "eve", "address": map[string]any{"country": []string{"DE", "FR"}}} {
		w.corp.claims[k] = v
	}
	b := w.browser(t)
	b.open("/requests")
	me := b.me()
	for _, text := range []string{`"person":"7f3a"`, `"name":"Eve"`, `"groups":["a","b"]`, `"login":["eve"]`, `"site":["DE","FR"]`} {
		if !strings.Contains(me, text) {
			t.Errorf("who am I: %s, want %s in it", me, text)
		}
	}
	if strings.Contains(me, "eve@example.com") {
		t.Errorf("an address that is not verified counts: %s", me)
	}
}

// TestGroupsThatAllVanish are not known until somebody else confirms that there are none.
func TestGroupsThatAllVanish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.browser(t)
	old.open("/requests")
	w.corp.claims["groups"] = []string{}
	for range 2 { // the second time tells nothing new
		b := w.browser(t)
		want(t, b.open("/requests"), http.StatusOK, "in no group any more")
		if me := b.me(); me == "" || strings.Contains(me, `"groups"`) {
			t.Fatalf("who am I: %s", me)
		}
	}
	if me := old.me(); strings.Contains(me, `"groups"`) {
		t.Errorf("an older session speaks of other groups: %s", me)
	}
	if was := w.kept(t); len(was.Groups) != 1 {
		t.Fatalf("the record lost its groups: %+v", was)
	}
	ctx, admin := t.Context(), grantwrighttest.Admin()
	lost, next, err := w.engine.People().Lost(ctx, admin, store.Position{}, 10)
	must(t, err)
	if len(lost) != 1 || lost[0].Person != "eve" || lost[0].Count != 1 || lost[0].Had[0] != "analysts" || !next.Zero() {
		t.Fatalf("the findings are %+v", lost)
	}
	events, err := store.EventsAfter(ctx, w.engine.Config.Store, 0, 100)
	must(t, err)
	found := 0
	for _, e := range events {
		if e.Value.Type == "person.groups_vanished" {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%d events tell of it, want 1", found)
	}
	eve := request.Identity{ID: "eve", Permissions: []request.Permission{request.Admin}}
	for _, by := range []request.Identity{eve, {ID: "frank"}} {
		if err := w.engine.People().ConfirmLost(ctx, by, "eve", "left the team"); !errors.Is(err, request.ErrForbidden) {
			t.Errorf("%s confirms it: %v", by.ID, err)
		}
	}
	if err := w.engine.People().ConfirmLost(ctx, admin, "eve", " "); err == nil {
		t.Error("it is confirmed without a reason")
	}
	must(t, w.engine.People().ConfirmLost(ctx, admin, "eve", "left the team"))
	if err := w.engine.People().ConfirmLost(ctx, admin, "eve", "left the team"); !errors.Is(err, store.ErrState) {
		t.Errorf("it is confirmed twice: %v", err)
	}
	if me := old.me(); !strings.Contains(me, `"groups":[]`) {
		t.Errorf("who am I: %s", me)
	}
	if is := w.kept(t); is.Groups == nil || len(is.Groups) != 0 {
		t.Errorf("the record has the groups %v", is.Groups)
	}
	b := w.browser(t)
	want(t, b.open("/requests"), http.StatusOK)
	if me := b.me(); !strings.Contains(me, `"groups":[]`) {
		t.Errorf("the empty list does not hold: %s", me)
	}
	w.corp.claims["groups"] = []string{"owners"} // in groups again, and out of all again
	w.browser(t).open("/requests")
	w.corp.claims["groups"] = []string{}
	w.browser(t).open("/requests")
	if lost, _, err := w.engine.People().Lost(ctx, admin, store.Position{}, 10); err != nil || len(lost) != 1 {
		t.Errorf("the second time finds %v, %v", lost, err)
	}
}

// TestConfirmedWithoutASession takes the permissions too that came by the groups, where no
// session is left to say which came otherwise.
func TestConfirmedWithoutASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.corp.with(func() { w.corp.claims["groups"] = []string{"platform"} })
	w.browser(t).open("/requests")
	if !w.kept(t).Has(request.Admin) {
		t.Fatal("the group gives no permission")
	}
	w.corp.with(func() { w.corp.claims["groups"] = []string{} })
	b := w.browser(t)
	b.open("/requests")
	w.engine.Clock.Move(2 * oidcsignin.DefaultLifetime)
	must(t, w.engine.Work(t.Context()))
	must(t, w.engine.People().ConfirmLost(t.Context(), grantwrighttest.Admin(), "eve", "left the team"))
	if is := w.kept(t); len(is.Groups) != 0 || len(is.Permissions) != 0 {
		t.Errorf("the record has %v and %v", is.Groups, is.Permissions)
	}
}

// TestTheLastSignInSpeaksForAllSessions is a person whose groups have changed.
func TestTheLastSignInSpeaksForAllSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.browser(t)
	first.open("/requests")
	w.corp.claims["groups"] = []string{"platform"}
	w.engine.Clock.Move(time.Minute)
	second := w.browser(t)
	second.open("/requests")
	for range 2 {
		for _, b := range []*browser{first, second} {
			if me := b.me(); !strings.Contains(me, `"groups":["platform"]`) || !strings.Contains(me, "ADMIN") {
				t.Errorf("who am I: %s", me)
			}
		}
	}
	page := first.open("/sessions")
	want(t, page, http.StatusOK, "Your sessions")
	all, err := w.engine.Sessions().Of(t.Context(), request.Identity{ID: "eve"}, "eve")
	must(t, err)
	if len(all) != 2 || all[0].Provider.Token != "" || strings.Count(page.body, "End it") != 2 {
		t.Fatalf("the sessions are %+v", all)
	}
	stranger := w.browser(t)
	w.corp.claims["sub"], w.corp.claims["groups"] = "frank", []string{}
	stranger.open("/requests")
	want(t, stranger.post("/sessions", url.Values{"session": {string(all[1].ID)}}), http.StatusNotFound)
	want(t, stranger.open("/sessions?person=eve"), http.StatusForbidden)
	want(t, second.post("/sessions", url.Values{"session": {string(all[1].ID)}}), http.StatusOK, "End it")
	if first.me() != "" || second.me() == "" {
		t.Error("the wrong session has ended")
	}
}
