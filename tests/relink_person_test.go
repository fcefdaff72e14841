package tests

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/web/scim"
)

// TestAPersonHasANewID links all that somebody has to the id that the provider has issued
// anew: live access, open requests, also those for others, and who decides in whose place.
func TestAPersonHasANewID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Directory, c.FourEyes = nil, manifest.FourEyesNever })
	ctx := t.Context()
	must(t, w.People().Seen(ctx, append(everybody, again)...))
	live := w.approved(t, eve, "30 DAYS")
	pending, err := w.Submit(ctx, eve, columnsOf(eve, "id"))
	must(t, err)
	forFrank := asking("30 DAYS")
	forFrank.Beneficiary = frank.Person()
	other, err := w.Submit(ctx, eve, forFrank)
	must(t, err)
	_, err = w.Substitutes().Name(ctx, privacy, eve.Person(), w.clock.Now(), w.clock.Now().Add(24*time.Hour), "away")
	must(t, err)
	f := review.Flow{Name: "by name", Default: review.Action{Act: review.Ask, Stages: []review.Stage{{Mode: review.Any, Selectors: []review.Selector{{Person: eve.Person()}}}}}}
	_, err = w.Governance().Flows.Save(ctx, gov, f)
	must(t, err)
	w.work(t)

	relink := func(by request.Identity, was, now request.PersonID) ([]string, error) {
		return w.People().Relink(ctx, by, was, now, "the provider has issued ids anew")
	}
	if _, err := relink(gov, eve.Person(), again.Person()); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("without ADMIN: %v", err)
	}
	if _, err := relink(admin, admin.Person(), again.Person()); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("of one's own: %v", err)
	}
	if _, err := relink(admin, eve.Person(), "stranger"); !errors.Is(err, request.ErrUnknownPerson) {
		t.Errorf("to somebody unknown: %v", err)
	}
	if _, err := relink(admin, eve.Person(), frank.Person()); !errors.Is(err, store.ErrState) || !strings.Contains(err.Error(), "does not map") {
		t.Errorf("to another person: %v", err)
	}
	if _, err := relink(admin, eve.Person(), eve.Person()); !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("to the same id: %v", err)
	}
	stays, err := relink(admin, eve.Person(), again.Person())
	must(t, err)
	if want := []string{"the notices of the id of before", "flow by name, which names the id of before"}; !slices.Equal(stays, want) {
		t.Errorf("it stays with %q, want %q", stays, want)
	}
	w.work(t)

	all := w.caseOf(t, live)
	if all.Request.Beneficiary != again.Person() || all.Grant.Beneficiary != again.Person() || all.Grant.State != provision.Active {
		t.Errorf("the live one is %+v, its grant %s of %s", all.Request, all.Grant.State, all.Grant.Beneficiary)
	}
	for _, id := range []request.ID{pending.ID, other.ID} {
		c, err := w.Request(ctx, again, id)
		if must(t, err); c.Request.Requester != again.Person() {
			t.Errorf("request %s is of %s", id, c.Request.Requester)
		}
		if _, err := w.Determine(ctx, again, id, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrOwnRequest) {
			t.Errorf("the new id decides on request %s: %v", id, err)
		}
	}
	if c, err := w.Request(ctx, frank, other.ID); err != nil || c.Request.Beneficiary != frank.Person() {
		t.Errorf("the one for another is for %s: %v", c.Request.Beneficiary, err)
	}
	if s, err := w.Substitutes().Mine(ctx, privacy); err != nil || s.Named.Substitute != again.Person() {
		t.Errorf("the substitute is %s: %v", s.Named.Substitute, err)
	}
	if _, err := w.Submit(ctx, eve, columnsOf(eve, "email")); !errors.As(err, new(*provision.PrincipalTakenError)) {
		t.Errorf("under the id of before: %v", err)
	}
	events, err := w.Log().Of(ctx, gov, pending.ID, 0, store.MaxPage)
	must(t, err)
	if !slices.ContainsFunc(events, func(e store.Event) bool { return e.Type == event.PersonRelinked.Name() && e.By == admin.Person() }) {
		t.Error("the request does not say it")
	}
}

// TestANewIDTakesTwo proposes the link where changes take two people.
func TestANewIDTakesTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Directory, c.FourEyes = nil, manifest.FourEyesNever })
	w.Config.FourEyes = manifest.FourEyesAlways
	must(t, w.Restart())
	ctx := t.Context()
	must(t, w.People().Seen(ctx, append(everybody, again)...))
	req, err := w.Submit(ctx, eve, columnsOf(eve, "id"))
	must(t, err)
	proposed := (*manifest.ProposedError)(nil)
	if _, err := w.People().Relink(ctx, admin, eve.Person(), again.Person(), "new ids"); !errors.As(err, &proposed) {
		t.Fatalf("linked by one: %v", err)
	}
	if c := w.caseOf(t, req); c.Request.Beneficiary != eve.Person() {
		t.Errorf("a proposal has moved it to %s", c.Request.Beneficiary)
	}
	_, err = w.Proposals().Approve(ctx, gov, proposed.Proposal, "they are the same person")
	must(t, err)
	if c := w.caseOf(t, req); c.Request.Beneficiary != again.Person() {
		t.Errorf("approved, it is of %s", c.Request.Beneficiary)
	}
}

// TestTheProviderIssuesAnID has the provider change the id of a person whom it keeps here: that
// takes an administrator, and then changes nothing more.
func TestTheProviderIssuesAnID(t *testing.T) {
	t.Parallel()
	const issuer = "https://id.example.com"
	for name, records := range map[string]func(*testing.T) store.Store{"memory": func(*testing.T) store.Store { return new(store.Memory) }, "SQLite": sqliteRecords} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := records(t)
			w := newWorld(t, func(c *grantwright.Config) {
				c.Store, c.FourEyes = s, manifest.FourEyesNever
				c.Directory = scim.Directory{Store: s, Issuer: issuer, Beside: request.Roster{admin, gov}}
			})
			ctx, here := t.Context(), w.Enrollment(issuer)
			boss, err := here.Enroll(ctx, request.Enrollee{UserName: "boss", ExternalID: "b1", Resource: []byte(`{"userName":"boss","externalId":"b1"}`), Identity: request.Identity{ID: "b1"}})
			must(t, err)
			eve, err := here.Enroll(ctx, request.Enrollee{UserName: "eve", ExternalID: "e1", Manager: boss.ID, Resource: []byte(`{"userName":"eve","externalId":"e1"}`), Identity: request.Identity{ID: "e1"}})
			must(t, err)
			group, err := here.EnrollGroup(ctx, request.EnrolledGroup{Key: "owners", Name: "owners"}, []string{boss.ID})
			must(t, err)
			reissue := func() error {
				_, err := here.Edit(ctx, boss.ID, func(e *request.Enrollee) error {
					e.ExternalID, e.Identity.ID, e.Resource = "b2", "b2", []byte(`{"userName":"boss","externalId":"b2"}`)
					return nil
				})
				return err
			}
			refused := (*request.OtherIDError)(nil)
			if err := reissue(); !errors.As(err, &refused) || refused.Now != issuer+"|b2" {
				t.Errorf("the provider alone: %v", err)
			}
			stays, err := w.People().Relink(ctx, admin, issuer+"|b1", issuer+"|b2", "a new tenant")
			if must(t, err); len(stays) != 0 {
				t.Errorf("it stays with %q", stays)
			}
			must(t, reissue())
			directory := scim.Directory{Store: s, Issuer: issuer}
			who, err := directory.Lookup(ctx, issuer+"|b2")
			if must(t, err); !slices.Equal(who.Groups, []string{"owners"}) {
				t.Errorf("under the new id they are in %v", who.Groups)
			}
			if _, err := directory.Lookup(ctx, issuer+"|b1"); !errors.Is(err, request.ErrUnknownPerson) {
				t.Errorf("under the id of before: %v", err)
			}
			who, err = directory.Lookup(ctx, eve.Identity.Person())
			if must(t, err); !slices.Equal(who.Attributes["manager"], []string{issuer + "|b2"}) {
				t.Errorf("the manager of eve is %v", who.Attributes["manager"])
			}
			_, err = here.EditGroup(ctx, group.ID, func(*request.EnrolledGroup) (request.Membership, error) {
				return request.Membership{Remove: []string{boss.ID}}, nil
			})
			must(t, err)
		})
	}
}

func sqliteRecords(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlitestore.Open(filepath.Join(t.TempDir(), "records.db"))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	must(t, s.Migrate(t.Context()))
	return s
}
