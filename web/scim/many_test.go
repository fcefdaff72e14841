package scim_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// enroll enrolls n people past the engine, many at once, and returns their ids here.
func (w *world) enroll(t *testing.T, n int) (ids []string) {
	t.Helper()
	all := make([]int, n)
	for some := range slices.Chunk(all, 400) {
		var c store.Change
		for range some {
			name := fmt.Sprintf("p%05d", len(ids))
			ids = append(ids, "id-of-"+name)
			records.Enrolled.Insert(&c, request.Enrollee{ID: "id-of-" + name, UserName: name, ExternalID: name, Version: 1, Resource: []byte(`{"userName":"` + name + `","externalId":"` + name + `"}`),
				Identity: request.Identity{Issuer: issuer, ID: name, Kind: request.Person, Groups: []string{}, Attributes: map[string][]string{"userName": {name}}}})
		}
		must(t, c.Commit(t.Context(), w.Config.Store))
	}
	return ids
}

// TestTenThousandMembers holds what a large group costs, by the calls of the store: written
// at once, one member that comes, and who is in it.
func TestTenThousandMembers(t *testing.T) {
	t.Parallel()
	const many = 10_000
	w := newWorld(t)
	ids := w.enroll(t, many+1)
	var group string
	reads, writes := w.store.calls(func() { group = w.group(t, "everybody", ids[:many]...) })
	t.Logf("a group of %d members: %d reads, %d writes", many, reads, writes)
	if writes > many/100+many/1000*2+10 || reads > many/100*15+100 {
		t.Errorf("a group of %d members takes %d reads and %d writes", many, reads, writes)
	}
	reads, writes = w.store.calls(func() {
		w.patch(t, 204, "/Groups/"+group, fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, ids[many]))
	})
	t.Logf("one more member: %d reads, %d writes", reads, writes)
	if writes != 1 || reads > 12 {
		t.Errorf("one more member takes %d reads and %d writes", reads, writes)
	}
	must(t, w.Engine.Work(t.Context())) // what is done in the background reads too
	var who []request.Identity
	var complete bool
	reads, _ = w.store.calls(func() {
		var err error
		who, complete, err = w.directory.People(t.Context(), request.Criterion{Group: issuer + "|everybody"}, "", 500)
		must(t, err)
	})
	t.Logf("a page of 500 members: %d reads", reads)
	if reads != 1 || len(who) != 500 || !complete {
		t.Errorf("a page has %d, and takes %d reads; all are known %t", len(who), reads, complete)
	}
	reads, _ = w.store.calls(func() { w.want(t, 200, "GET", "/Groups/"+group+"?excludedAttributes=members", "") })
	if reads != 1 {
		t.Errorf("the group without its members takes %d reads", reads)
	}
	all, _ := w.members(t, request.Criterion{Group: issuer + "|everybody"})
	if len(all) != many+1 || !slices.IsSorted(all) {
		t.Errorf("in the group are %d", len(all))
	}
	if a := w.want(t, 200, "GET", "/Users?startIndex=9991&count=100", ""); a.body["totalResults"] != float64(many+1) || len(a.body["Resources"].([]any)) != 11 {
		t.Errorf("the last page: %.300s", a.text)
	}
	again := fmt.Sprintf(`{"displayName":"everybody","members":[%s]}`, values(ids))
	if _, writes = w.store.calls(func() { w.want(t, 200, "PUT", "/Groups/"+group, again) }); writes != 0 {
		t.Errorf("sent again, there are %d writes", writes)
	}
	w.want(t, 204, "DELETE", "/Groups/"+group, "")
	if all, _ := w.members(t, request.Criterion{Group: issuer + "|everybody"}); len(all) != 0 {
		t.Errorf("in a group that is gone are %d", len(all))
	}
}

// TestALargeChangeIsInterrupted ends the store in the middle of a large change: until it is
// carried out to its end, the directory does not say that it knows all.
func TestALargeChangeIsInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.enroll(t, 450)
	w.group(t, "others", ids[0])
	dies := w.store.writes.Load() + 4
	broken := func(wrote int64) error {
		if wrote >= dies {
			return fmt.Errorf("%w: the process was killed", store.ErrAway)
		}
		return nil
	}
	w.store.fail.Store(&broken)
	body := fmt.Sprintf(`{"displayName":"everybody","members":[%s]}`, values(ids))
	if a := w.call(t, "POST", "/Groups", body); a.status != 201 && a.status != 503 {
		t.Errorf("%d %s", a.status, a.text)
	}
	w.store.fail.Store(nil)
	who, complete := w.members(t, request.Criterion{Group: issuer + "|everybody"})
	if len(who) == 0 || len(who) == len(ids) || complete {
		t.Errorf("in the middle there are %d, and all are known %t", len(who), complete)
	}
	if _, complete := w.members(t, request.Criterion{Permission: request.Governance}); complete {
		t.Error("in the middle all are known who have a permission")
	}
	must(t, w.Restart())
	w.Clock.Move(store.DefaultLease * 2)
	must(t, w.Finish(t.Context()))
	if who, complete := w.members(t, request.Criterion{Group: issuer + "|everybody"}); len(who) != len(ids) || !complete {
		t.Errorf("carried out, there are %d, and all are known %t", len(who), complete)
	}
}

// TestGroupsAtTheSameTime has one person come into many groups at once, and leave half of
// them: in the end the person is in those where the memberships say so.
func TestGroupsAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve := w.user(t, "eve")
	var groups, want []string
	for i := range 8 {
		groups = append(groups, w.group(t, fmt.Sprintf("g%d", i)))
	}
	var all sync.WaitGroup
	send := func(group, operation string) {
		a := w.call(t, "PATCH", "/Groups/"+group, fmt.Sprintf(`{"schemas":[%q],"Operations":[%s]}`, patchURN, operation))
		if a.status != 204 {
			t.Errorf("%d %s", a.status, a.text)
		}
	}
	for i, g := range groups {
		all.Go(func() {
			send(g, fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, eve))
			if i%2 == 0 {
				send(g, fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, eve))
			}
		})
		if i%2 == 1 {
			want = append(want, fmt.Sprintf("g%d", i))
		}
	}
	all.Wait()
	if got := w.identity(t, "eve").Groups; !slices.Equal(got, want) {
		t.Errorf("eve is in %v, want %v", got, want)
	}
}

// TestMembersAreTold holds that the log names who came into a group, and who left it.
func TestMembersAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve := w.user(t, "eve")
	group := w.group(t, "owners", eve)
	w.patch(t, 204, "/Groups/"+group, fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, eve))
	w.want(t, 204, "DELETE", "/Users/"+eve, "")
	w.want(t, 204, "DELETE", "/Groups/"+group, "")
	want := []event.Name{"person.enrolled", "group.enrolled", "group.changed", "person.left", "person.disabled", "group.left", "group.left"}
	if got := w.events(t); !slices.Equal(got, want) {
		t.Errorf("the log is %v, want %v", got, want)
	}
}

// TestDirectory finds people by all criteria, page by page.
func TestDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, complete := w.members(t, request.Criterion{Everybody: true}); complete {
		t.Error("before the provider has written anybody, all are known")
	}
	ids := w.enroll(t, 1203)
	if _, complete := w.members(t, request.Criterion{Group: issuer + "|data-governance"}); complete {
		t.Error("of a group that the provider has not written, all members are known")
	}
	w.group(t, "data-governance", ids[7], ids[1100])
	var many []string
	for i := range 300 { // more than a record has index entries
		many = append(many, w.group(t, fmt.Sprintf("many %03d", i), ids[9]))
	}
	w.patch(t, 200, "/Users/"+ids[3], `{"op":"add","path":"title","value":"Lead"}`)
	w.patch(t, 200, "/Users/"+ids[4], `{"op":"replace","path":"active","value":false}`)
	for _, tt := range []struct {
		criterion request.Criterion
		want      []string
	}{
		{request.Criterion{Permission: request.Governance}, []string{"p00007", "p01100"}},
		{request.Criterion{Attribute: request.Attribute{Key: "title", Value: "Lead"}}, []string{"p00003"}},
		{request.Criterion{Person: issuer + "|p00005"}, []string{"p00005"}},
		{request.Criterion{Person: issuer + "|p00004"}, nil},
		{request.Criterion{Group: issuer + "|many 299"}, []string{"p00009"}},
	} {
		got, complete := w.members(t, tt.criterion)
		if !slices.Equal(got, tt.want) || !complete {
			t.Errorf("%s: %v, all %t; want %v", tt.criterion, got, complete, tt.want)
		}
	}
	// A permission that no group of the provider gives comes from elsewhere, if from anywhere.
	if got, complete := w.members(t, request.Criterion{Permission: request.Admin}); len(got) > 0 || complete {
		t.Errorf("administrators are %v, all %t", got, complete)
	}
	if got, complete := w.members(t, request.Criterion{Everybody: true}); len(got) != 1202 || !complete || slices.Contains(got, "p00004") {
		t.Errorf("there are %d, all %t", len(got), complete)
	}
	if who := w.identity(t, "p00009"); len(who.Groups) != len(many) {
		t.Errorf("p00009 is in %d groups", len(who.Groups))
	}
	if _, err := w.directory.Lookup(t.Context(), "https://elsewhere.example.com|eve"); !errors.Is(err, request.ErrUnknownPerson) {
		t.Errorf("somebody of another issuer: %v", err)
	}
}

// TestBeside completes the directory by those of other issuers.
func TestBeside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve := w.user(t, "eve")
	w.group(t, "owners", eve)
	other, stale := request.Identity{ID: "robot", Groups: []string{"owners"}, Attributes: map[string][]string{}}, request.Identity{Issuer: issuer, ID: "stale", Groups: []string{"owners"}}
	w.directory.Beside = request.Roster{stale, other}
	for group, want := range map[string]string{issuer + "|owners": "eve", "owners": "robot"} { // a group is its issuer's
		if who, complete := w.members(t, request.Criterion{Group: group}); strings.Join(who, " ") != want || !complete {
			t.Errorf("in %s are %v, all %t", group, who, complete)
		}
	}
	w.directory.Beside = request.Roster{other}
	if _, complete := w.members(t, request.Criterion{Group: issuer + "|owners"}); !complete {
		t.Error("both know all, and together they do not")
	}
	if _, err := w.directory.Lookup(t.Context(), stale.Person()); !errors.Is(err, request.ErrUnknownPerson) {
		t.Errorf("somebody whom the provider has removed: %v", err)
	}
	if who, err := w.directory.Lookup(t.Context(), "robot"); err != nil || who.ID != "robot" {
		t.Errorf("somebody of no issuer: %v", err)
	}
	page, _, err := w.directory.People(t.Context(), request.Criterion{Group: issuer + "|owners"}, "", 1)
	if must(t, err); len(page) != 1 || page[0].ID != "eve" {
		t.Errorf("the first of both is %v", page)
	}
}

// TestComplete completes who signs in by what the provider has written.
func TestComplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve := w.user(t, "eve")
	w.group(t, "data-governance", eve)
	signed := request.Identity{Issuer: issuer, ID: "eve", Name: "from the sign-in", Groups: []string{"claimed"}, Attributes: map[string][]string{"department": {"sales"}, "userName": {"claimed"}},
		Permissions: []request.Permission{request.Audit}, SignedIn: request.SignIn{ACR: "high"}}
	who, err := w.directory.Complete(t.Context(), signed)
	must(t, err)
	if !slices.Equal(who.Groups, []string{"data-governance"}) || who.Name != "eve" || !who.Has(request.Governance) || !who.Has(request.Audit) || who.SignedIn.ACR != "high" ||
		who.Attributes["department"][0] != "sales" || who.Attributes["userName"][0] != "eve@example.com" {
		t.Errorf("completed: %+v", who)
	}
	signed.ID = "new"
	if who, err = w.directory.Complete(t.Context(), signed); err != nil || who.Groups != nil || who.Attributes == nil {
		t.Errorf("whom the provider has not written: %+v, %v", who, err)
	}
	signed.Issuer = "another"
	if who, err = w.directory.Complete(t.Context(), signed); err != nil || !slices.Equal(who.Groups, []string{"claimed"}) {
		t.Errorf("of another issuer: %+v, %v", who, err)
	}
}

// TestGroupsIntoEachOther puts two groups into each other while the first change is not
// carried out yet: the one that comes first holds, and neither holds itself.
func TestGroupsIntoEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve := w.user(t, "eve")
	a, b := w.group(t, "a", eve), w.group(t, "b")
	dies := w.store.writes.Load() + 2
	broken := func(wrote int64) error {
		if wrote >= dies {
			return fmt.Errorf("%w: the process was killed", store.ErrAway)
		}
		return nil
	}
	w.store.fail.Store(&broken)
	add := func(group, member string) answer {
		return w.call(t, "PATCH", "/Groups/"+group, fmt.Sprintf(`{"schemas":[%q],"Operations":[{"op":"add","path":"members","value":[{"value":%q}]}]}`, patchURN, member))
	}
	first := add(a, b)
	w.store.fail.Store(nil)
	if second := add(b, a); second.status != 204 {
		t.Errorf("%d %s, then %d %s", first.status, first.text, second.status, second.text)
	}
	must(t, w.Restart())
	w.Clock.Move(store.DefaultLease * 2)
	must(t, w.Finish(t.Context()))
	if got := w.identity(t, "eve").Groups; !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("eve is in %v", got)
	}
	if text := w.want(t, 200, "GET", "/Groups/"+a, "").text; strings.Contains(text, b) {
		t.Errorf("each holds the other: %s", text)
	}
}

// Before the provider has written anybody, nobody is known not to be there; whoever it says is
// inactive does not come in, whoever else lifts what stops them.
func TestWhoIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who := request.Criterion{Person: issuer + "|eve"}
	if got, complete := w.members(t, who); len(got) > 0 || complete {
		t.Errorf("before anybody was written, it is %v, all %t", got, complete)
	}
	eve := w.user(t, "eve")
	signed := w.identity(t, "eve")
	if _, err := w.directory.Complete(t.Context(), signed); err != nil {
		t.Errorf("active: %v", err)
	}
	must(t, w.StopSwitches().Disable(t.Context(), grantwrighttest.Admin(), signed.Person(), "on leave"))
	w.patch(t, 200, "/Users/"+eve, `{"op":"replace","path":"active","value":false}`)
	must(t, w.StopSwitches().Enable(t.Context(), grantwrighttest.Admin(), signed.Person(), "back"))
	if got, err := w.directory.Complete(t.Context(), signed); err == nil {
		t.Errorf("inactive, they come in as %+v", got)
	}
	signed.Attributes = map[string][]string{"manager": {issuer + "|boss"}, "locale": {"de"}}
	w.patch(t, 200, "/Users/"+eve, `{"op":"replace","path":"active","value":true}`)
	got, err := w.directory.Complete(t.Context(), signed)
	if must(t, err); len(got.Attributes["manager"]) > 0 || len(got.Attributes["locale"]) != 1 {
		t.Errorf("the sign-in says who their manager is: %v", got.Attributes)
	}
}
