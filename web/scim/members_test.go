package scim_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/scim"
)

// asset connects a platform with one table, about which a group decides.
func (w *world) asset(t *testing.T, group string) {
	t.Helper()
	w.Platform.Add(catalog.Asset{Ref: "lake:orders", Kind: catalog.Table})
	must(t, w.Connections().Register(t.Context(), grantwrighttest.Admin(), catalog.Connection{Name: "lake", Technology: grantwrighttest.Technology, Principals: catalog.Principals{Expression: "person.attributes.userName[0]"}}))
	_, err := w.Sync(t.Context(), grantwrighttest.Admin(), "lake")
	must(t, err)
	must(t, w.LetDecide(t.Context(), "lake", issuer+"|"+group))
}

func (w *world) submit(t *testing.T, who request.Identity) request.Request {
	t.Helper()
	req, err := w.Submit(t.Context(), who, request.Submission{Asset: "lake:orders", Answers: request.Answers{"purpose": {"the report"}, "duration": {"7 DAYS"}}})
	must(t, err)
	return req
}

func (w *world) approve(t *testing.T, by request.Identity, id request.ID) error {
	t.Helper()
	_, err := w.Determine(t.Context(), by, id, review.Determination{Act: review.Approve})
	return err
}

// TestMembersDecide walks the whole way: who is in a group by SCIM is told and decides, and
// who has left it does not. Renamed, the group and its people keep all.
func TestMembersDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.user(t, "owner")
	w.user(t, "eve")
	group := w.group(t, "Sales owners")
	w.group(t, "data-governance") // which has GOVERNANCE, and nobody in it
	w.asset(t, "Sales owners")

	// An empty group is known to be empty.
	alone := w.submit(t, w.identity(t, "eve"))
	must(t, w.Finish(t.Context()))
	if got := w.attendance(t, alone.ID); got != request.DecidersNone {
		t.Errorf("for an empty group, and nobody of governance, the deciders are %s", got)
	}

	w.patch(t, 204, "/Groups/"+group, fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, owner))
	w.patch(t, 204, "/Groups/"+group, `{"op":"replace","path":"displayName","value":"Revenue owners"}`)
	w.patch(t, 200, "/Users/"+owner, `{"op":"replace","value":{"userName":"renamed@example.com","displayName":"The owner"}}`)
	must(t, w.Finish(t.Context()))
	if got := w.attendance(t, alone.ID); got != request.DecidersKnown {
		t.Errorf("once somebody is in the group, the deciders are %s", got)
	}
	steward := w.identity(t, "owner")
	if steward.Name != "The owner" || !slices.Equal(steward.Groups, []string{"Sales owners"}) {
		t.Errorf("renamed, the steward is %+v", steward)
	}
	told := w.submitFor(t, "grace")
	must(t, w.Finish(t.Context()))
	notices, _, err := w.Inbox().Notices(t.Context(), steward, false, store.Position{}, 10)
	if must(t, err); !slices.ContainsFunc(notices, func(n notify.Notice) bool { return n.Request == told.ID }) {
		t.Errorf("the steward was told %v", notices)
	}
	must(t, w.approve(t, steward, alone.ID))
	grant, err := w.WaitForGrant(t.Context(), w.identity(t, "eve"), alone.ID)
	if must(t, err); grant.State != provision.Active {
		t.Errorf("the grant is %s: %s", grant.State, grant.Error)
	}

	// The owner leaves the group, and decides no more.
	w.patch(t, 204, "/Groups/"+group, fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, owner))
	more := w.submitFor(t, "frank")
	if err := w.approve(t, w.identity(t, "owner"), more.ID); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("after leaving the group: %v", err)
	}
}

// submitFor enrolls somebody and submits a request of theirs.
func (w *world) submitFor(t *testing.T, name string) request.Request {
	t.Helper()
	w.user(t, name)
	return w.submit(t, w.identity(t, name))
}

func (w *world) attendance(t *testing.T, id request.ID) request.Deciders {
	t.Helper()
	c, err := w.Request(t.Context(), grantwrighttest.Admin(), id)
	must(t, err)
	return c.Deciders
}

// TestTheManagerDecides asks the manager of the beneficiary, whom the enterprise extension
// names by the id of a user.
func TestTheManagerDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss := w.user(t, "boss")
	eve := w.user(t, "eve")
	w.patch(t, 200, "/Users/"+eve, fmt.Sprintf(`{"op":"add","path":"%s:manager","value":{"value":%q}}`, workURN, boss))
	w.asset(t, "unused")
	_, err := w.Governance().Flows.Save(t.Context(), grantwrighttest.Admin(), review.Flow{Name: issuer + "|unused", Default: review.Action{Act: review.Ask, Stages: []review.Stage{{Mode: review.Any, Selectors: []review.Selector{{Manager: "manager"}}}}}, Version: 1})
	must(t, err)
	req := w.submit(t, w.identity(t, "eve"))
	must(t, w.Finish(t.Context()))
	if got := w.attendance(t, req.ID); got != request.DecidersKnown {
		t.Errorf("the deciders are %s", got)
	}
	must(t, w.approve(t, w.identity(t, "boss"), req.ID))
}

// TestInactiveIsDisabled ends what an inactive account has, and enables again only whom the
// provider has disabled.
func TestInactiveIsDisabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve, owner := w.user(t, "eve"), w.user(t, "owner")
	w.group(t, "owners", owner)
	w.asset(t, "owners")
	who := w.identity(t, "eve")
	req := w.submit(t, who)
	must(t, w.approve(t, w.identity(t, "owner"), req.ID))
	if _, err := w.WaitForGrant(t.Context(), who, req.ID); err != nil || len(w.Platform.Access("eve@example.com", "lake:orders")) == 0 {
		t.Fatalf("eve has no access: %v", err)
	}
	pending := w.submitFor(t, "frank")

	active := func(is string) { w.patch(t, 200, "/Users/"+eve, `{"op":"Replace","path":"active","value":"`+is+`"}`) }
	active("False")
	must(t, w.Finish(t.Context()))
	if got := w.Platform.Access("eve@example.com", "lake:orders"); len(got) != 0 {
		t.Errorf("an inactive account has access: %v", got)
	}
	if err := w.StopSwitches().Disabled(t.Context(), who.Person()); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("an inactive account may act: %v", err)
	}
	if _, err := w.directory.Lookup(t.Context(), who.Person()); !errors.Is(err, request.ErrUnknownPerson) {
		t.Errorf("an inactive account is found: %v", err)
	}
	stops, err := w.StopSwitches().All(t.Context(), grantwrighttest.Admin(), "", 10)
	if must(t, err); len(stops) != 1 || stops[0].Provider != "issuer "+issuer || stops[0].By != request.SystemID {
		t.Errorf("the stop switch is %+v", stops)
	}
	active("True")
	if err := w.StopSwitches().Disabled(t.Context(), who.Person()); err != nil {
		t.Errorf("active again: %v", err)
	}

	// Whom an administrator has disabled stays so.
	must(t, w.StopSwitches().Disable(t.Context(), grantwrighttest.Admin(), who.Person(), "an inquiry"))
	active("False")
	active("True")
	if err := w.StopSwitches().Disabled(t.Context(), who.Person()); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("disabled by an administrator, and active: %v", err)
	}

	// Who is removed has left: a steward, too.
	w.want(t, 204, "DELETE", "/Users/"+owner, "")
	if err := w.approve(t, request.Identity{Issuer: issuer, ID: "owner", Groups: []string{"owners"}}, pending.ID); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("a steward who was removed: %v", err)
	}
	back := w.user(t, "owner")
	if err := w.StopSwitches().Disabled(t.Context(), request.PersonID(issuer+"|owner")); err != nil || back == owner {
		t.Errorf("enrolled again: %v", err)
	}
	if who := w.identity(t, "owner"); len(who.Groups) != 0 {
		t.Errorf("enrolled again, they are in %v", who.Groups)
	}
	w.want(t, 201, "POST", "/Users", `{"userName":"late@example.com","externalId":"late","active":false}`)
	if err := w.StopSwitches().Disabled(t.Context(), request.PersonID(issuer+"|late")); err == nil {
		t.Error("enrolled as inactive, they are enabled")
	}
}

// TestNestedGroups holds that who is in a group is in those that it is in; and that no group
// comes to hold itself.
func TestNestedGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve, frank := w.user(t, "eve"), w.user(t, "frank")
	inner := w.group(t, "inner", eve)
	middle := w.group(t, "middle", inner)
	outer := w.group(t, "outer", middle, frank)
	groups := func(who string, want ...string) {
		t.Helper()
		if got := w.identity(t, who).Groups; !slices.Equal(got, want) {
			t.Errorf("%s is in %v, want %v", who, got, want)
		}
	}
	groups("eve", "inner", "middle", "outer")
	groups("frank", "outer")
	w.want(t, 200, "GET", "/Groups/"+outer, "", `"type":"Group"`, `"type":"User"`)

	add := func(group, member string) string {
		return w.patch(t, 400, "/Groups/"+group, fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, member)).text
	}
	if text := add(inner, inner); !strings.Contains(text, "the group itself") {
		t.Error(text)
	}
	if text := add(inner, outer); !strings.Contains(text, "would hold each other") {
		t.Error(text)
	}
	if text := add(inner, "nobody"); !strings.Contains(text, "id of no user and of no group") {
		t.Error(text)
	}
	deep := outer
	for i := range 7 {
		deep = w.group(t, fmt.Sprintf("deep %d", i), deep)
	}
	a := w.want(t, 400, "POST", "/Groups", fmt.Sprintf(`{"displayName":"too deep","members":[{"value":%q}]}`, deep), "10 deep")
	if strings.Contains(a.text, "internal") {
		t.Error(a.text)
	}

	w.patch(t, 204, "/Groups/"+middle, fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, inner))
	groups("eve", "inner")
	w.patch(t, 204, "/Groups/"+middle, fmt.Sprintf(`{"op":"add","path":"members","value":{"value":%q}}`, inner))
	w.want(t, 204, "DELETE", "/Groups/"+middle, "")
	groups("eve", "inner")
	if who, complete := w.members(t, request.Criterion{Group: issuer + "|outer"}); !slices.Equal(who, []string{"frank"}) || !complete {
		t.Errorf("in outer are %v, all %t", who, complete)
	}
	if _, complete := w.members(t, request.Criterion{Group: issuer + "|middle"}); complete {
		t.Error("of a group that is gone all members are known")
	}
}

// TestGroupKeys holds that a group keeps its key when it is renamed, and that no other group
// takes it meanwhile.
func TestGroupKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve := w.user(t, "eve")
	first := w.group(t, "owners", eve)
	w.patch(t, 204, "/Groups/"+first, `{"op":"replace","path":"displayName","value":"old owners"}`)
	w.want(t, 409, "POST", "/Groups", `{"displayName":"owners"}`, "uniqueness", "renamed")
	if who, err := w.directory.Lookup(t.Context(), issuer+"|owners"); err != nil || who.Name != "old owners" || !who.Is(request.Group) {
		t.Errorf("the group as a beneficiary is %+v: %v", who, err)
	}
	w.want(t, 409, "POST", "/Users", `{"userName":"x@example.com","externalId":"owners"}`, "has this id here already")
	w.want(t, 204, "DELETE", "/Groups/"+first, "")
	w.group(t, "owners")
	if who := w.identity(t, "eve"); len(who.Groups) != 0 {
		t.Errorf("eve is in %v, by a group that is gone", who.Groups)
	}

	byID := newWorld(t, func(o *scim.Options) { o.ID, o.GroupKey = scim.ByID, scim.ByExternalID })
	user := byID.want(t, 201, "POST", "/Users", `{"userName":"eve@example.com"}`).id()
	byID.want(t, 400, "POST", "/Groups", `{"displayName":"owners"}`, "externalId is missing")
	group := byID.want(t, 201, "POST", "/Groups", fmt.Sprintf(`{"displayName":"owners","externalId":"g1","members":[{"value":%q}]}`, user)).id()
	byID.patch(t, 400, "/Groups/"+group, `{"op":"replace","path":"externalId","value":"g2"}`)
	byID.patch(t, 200, "/Users/"+user, `{"op":"replace","path":"userName","value":"renamed@example.com"}`)
	if who := byID.identity(t, user); !slices.Equal(who.Groups, []string{"g1"}) {
		t.Errorf("by their ids, eve is in %v", who.Groups)
	}
}

// TestEverythingSentAgain holds that what is as it was is not written: no version rises, and
// no event tells of it.
func TestEverythingSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.want(t, 201, "POST", "/Users", entraUser).id()
	group := w.group(t, "owners", user)
	send := func() {
		w.want(t, 200, "PUT", "/Users/"+user, entraUser)
		w.patch(t, 200, "/Users/"+user, `{"op":"Replace","path":"active","value":"True"},{"op":"Add","path":"emails[type eq \"work\"].value","value":"eve@example.com"},{"op":"Replace","value":{"userName":"eve@example.com"}}`)
		w.want(t, 200, "PUT", "/Groups/"+group, fmt.Sprintf(`{"displayName":"owners","members":[{"value":%q},{"value":%[1]q}]}`, user))
		w.patch(t, 204, "/Groups/"+group, fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]},{"op":"replace","value":{"displayName":"owners"}},{"op":"remove","path":"members[value eq \"stranger\"]"}`, user))
	}
	versions := func() string {
		return w.want(t, 200, "GET", "/Users/"+user, "").header.Get("ETag") + w.want(t, 200, "GET", "/Groups/"+group, "").header.Get("ETag")
	}
	before := versions()
	_, writes := w.store.calls(send)
	if after := versions(); writes != 0 || after != before {
		t.Errorf("sent again, there are %d writes, and the versions are %s, were %s", writes, after, before)
	}
	w.want(t, 409, "POST", "/Users", entraUser)
}

// TestHalfAPatch holds that of a PATCH with a fault nothing is kept.
func TestHalfAPatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve, frank := w.user(t, "eve"), w.user(t, "frank")
	group := w.group(t, "owners", eve)
	was := w.want(t, 200, "GET", "/Groups/"+group, "").text
	_, writes := w.store.calls(func() {
		w.patch(t, 400, "/Groups/"+group, `{"op":"replace","path":"displayName","value":"other"}`, fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, frank),
			fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, eve), `{"op":"add","path":"members","value":[{"value":"nobody"}]}`)
		w.patch(t, 400, "/Groups/"+group, `{"op":"replace","path":"displayName","value":"other"}`, `{"op":"replace","path":"colour","value":"red"}`)
		w.patch(t, 400, "/Groups/"+group, `{"op":"remove","path":"members"}`, `{"op":"remove","path":"members[display eq \"Eve\"]"}`)
	})
	if now := w.want(t, 200, "GET", "/Groups/"+group, "").text; writes != 0 || now != was {
		t.Errorf("after %d writes it is %s, was %s", writes, now, was)
	}
}

// TestStoreAway holds that without its records nothing is changed, and that all is well again
// once they are back.
func TestStoreAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve := w.user(t, "eve")
	group := w.group(t, "owners")
	away := func(int64) error { return fmt.Errorf("%w: secret-host refused", store.ErrAway) }
	w.store.fail.Store(&away)
	for _, call := range [][3]string{{"GET", "/Users/" + eve}, {"GET", "/Groups"}, {"POST", "/Users", oktaUser}, {"DELETE", "/Users/" + eve}, {"PUT", "/Groups/" + group, `{"displayName":"x"}`}} {
		a := w.call(t, call[0], call[1], call[2])
		if a.status != 503 || a.header.Get("Retry-After") == "" || strings.Contains(a.text, "secret-host") {
			t.Errorf("%s %s: %d %s", call[0], call[1], a.status, a.text)
		}
	}
	if _, complete, err := w.directory.People(t.Context(), request.Criterion{Group: issuer + "|owners"}, "", 10); err == nil || complete {
		t.Errorf("without its records the directory knows all: %v", err)
	}
	other := func(int64) error { return errors.New("secret-host: something else") }
	w.store.fail.Store(&other)
	if a := w.call(t, "GET", "/Users/"+eve, ""); a.status != 500 || strings.Contains(a.text, "secret-host") {
		t.Errorf("%d %s", a.status, a.text)
	}
	w.store.fail.Store(nil)
	w.patch(t, 204, "/Groups/"+group, fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, eve))
	if who, complete := w.members(t, request.Criterion{Group: issuer + "|owners"}); len(who) != 1 || !complete {
		t.Errorf("back again, in the group are %v, all %t", who, complete)
	}
}

// events lists the names of all events so far.
func (w *world) events(t *testing.T) (names []event.Name) {
	t.Helper()
	for after := int64(0); ; {
		page, err := w.Log().Events(t.Context(), grantwrighttest.Admin(), after, 500)
		must(t, err)
		for _, e := range page {
			names, after = append(names, e.Type), e.Number
		}
		if len(page) < 500 {
			return names
		}
	}
}
