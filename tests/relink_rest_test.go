package tests

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/scim"
)

// TestANewIDTakesTheRest: services, tokens, preferences, accounts at channels, and more
// principals and substitutions than one page has.
func TestANewIDTakesTheRest(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(*testing.T) store.Store{"memory": func(*testing.T) store.Store { return new(store.Memory) }, "SQLite": sqliteRecords} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := of(t)
			w := newWorld(t, func(c *grantwright.Config) {
				c.Store, c.Directory, c.FourEyes = s, nil, manifest.FourEyesNever
			})
			ctx := t.Context()
			load := request.Identity{Issuer: "host", ID: "export", Kind: request.Service, Owner: eve.Person(), Groups: []string{}, Attributes: map[string][]string{}}
			must(t, w.People().Seen(ctx, append(everybody, again, load)...))
			_, own, err := w.Tokens().Issue(ctx, eve, readingToken)
			must(t, err)
			_, secret, err := w.Tokens().Issue(ctx, admin, request.TokenSettings{Name: "load", Days: 30, Scope: readingToken.Scope,
				Service: &request.TokenService{ID: "load", Name: "The load", Owner: eve.Person(), Permissions: []request.Permission{request.Asking}}})
			must(t, err)
			var c store.Change
			records.Preferences.Insert(&c, notify.Preferences{Person: eve.Person(), Channels: map[notify.Concern][]string{notify.Mine: {}}})
			records.Accounts.Insert(&c, notify.Account{Channel: "chat", Person: eve.Person(), Account: "U1", Linked: w.clock.Now()})
			records.Accounts.Insert(&c, notify.Account{Channel: "other", Person: eve.Person(), Account: "U1", Linked: w.clock.Now()})
			records.Accounts.Insert(&c, notify.Account{Channel: "other", Person: again.Person(), Account: "U2", Linked: w.clock.Now()})
			must(t, c.Commit(ctx, s))
			for i := range 120 { // each with an event of its own
				var c store.Change
				who := request.PersonID(fmt.Sprintf("colleague-%03d", i))
				records.Substitutions.Insert(&c, request.Substitution{Person: who, Substitute: eve.Person(), From: w.clock.Now(), Until: w.clock.Now().Add(time.Hour)})
				records.PrincipalClaims.Insert(&c, records.PrincipalClaim{Connection: "warehouse", Principal: fmt.Sprintf("other-%03d", i), Person: eve.Person()})
				c.Emit(store.Event{ID: fmt.Sprint("made-", i), Type: "connection.synced", At: w.clock.Now(), By: request.SystemID,
					About: []store.Subject{records.Substitutions.Subject(who), records.PrincipalClaims.Subject(records.ClaimKey("warehouse", fmt.Sprintf("other-%03d", i)))}})
				must(t, c.Commit(ctx, s))
			}

			stays, err := w.People().Relink(ctx, admin, eve.Person(), again.Person(), "new ids")
			must(t, err)
			want := []string{"service host|export, whose owner the host names", "the account at other: the new id has begun to link one itself"}
			for i := range 120 { // principals to which the new id is not mapped
				want = append(want, fmt.Sprintf("principal warehouse/other-%03d, to which the new id is not mapped", i))
			}
			slices.Sort(want)
			slices.Sort(stays)
			if !slices.Equal(stays, want) {
				t.Errorf("it stays with %d: %q", len(stays), stays)
			}
			substituted := 0
			must(t, records.SubstitutionsBy.Each(ctx, s, again.Person(), func(store.Stored[request.Substitution]) error { substituted++; return nil }))
			if substituted != 120 {
				t.Errorf("the new id stands for %d, want 120", substituted)
			}
			if by, token, err := w.Tokens().Authenticate(ctx, own); err != nil || by.Person() != again.Person() || token.Owner != again.Person() {
				t.Errorf("their token acts for %s: %v", by.Person(), err)
			}
			if by, _, err := w.Tokens().Authenticate(ctx, secret); err != nil || by.Owner != again.Person() {
				t.Errorf("the token of the service acts for one of %s: %v", by.Owner, err)
			}
			if p, err := w.Inbox().Preferences(ctx, again); err != nil || len(p.Channels) != 1 {
				t.Errorf("the preferences are %+v: %v", p, err)
			}
			if a, err := records.Accounts.Get(ctx, s, records.AccountKey("chat", again.Person())); err != nil || a.Value.Account != "U1" {
				t.Errorf("the account is %+v: %v", a.Value, err)
			}
			if a, err := records.Accounts.Some(ctx, s, records.AccountKey("chat", eve.Person())); err != nil || len(a) != 0 {
				t.Errorf("the id of before has an account: %v", err)
			}
		})
	}
}

// TestANewIDBarsTheOwner: a person who has a new id decides no more than before on what their
// service has asked for.
func TestANewIDBarsTheOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Directory, c.FourEyes = nil, manifest.FourEyesNever })
	ctx := t.Context()
	must(t, w.People().Seen(ctx, append(everybody, again)...))
	_, secret, err := w.Tokens().Issue(ctx, admin, request.TokenSettings{Name: "load", Days: 30, Scope: request.TokenScope{Operations: []string{request.ScopeAsk}},
		Service: &request.TokenService{ID: "load", Name: "The load", Owner: eve.Person(), Permissions: []request.Permission{request.Asking, request.AskingForOthers}}})
	must(t, err)
	by, _, err := w.Tokens().Authenticate(ctx, secret)
	must(t, err)
	asked := columnsOf(frank, "id")
	asked.Beneficiary = frank.Person()
	req, err := w.Submit(ctx, by, asked)
	must(t, err)
	_, err = w.People().Relink(ctx, admin, eve.Person(), again.Person(), "new ids")
	must(t, err)
	if _, err := w.Determine(ctx, again, req.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrOwnRequest) {
		t.Errorf("the owner of the service decides: %v", err)
	}
}

// TestANewIDIsNoGroups refuses the id of a group that a provider keeps.
func TestANewIDIsNoGroups(t *testing.T) {
	t.Parallel()
	const issuer = "https://id.example.com"
	s := new(store.Memory)
	w := newWorld(t, func(c *grantwright.Config) {
		c.Store, c.FourEyes, c.Directory = s, manifest.FourEyesNever, scim.Directory{Store: s, Issuer: issuer, Beside: request.Roster{admin, gov}}
	})
	ctx, here := t.Context(), w.Enrollment(issuer)
	_, err := here.Enroll(ctx, request.Enrollee{UserName: "boss", ExternalID: "b1", Resource: []byte(`{"userName":"boss","externalId":"b1"}`), Identity: request.Identity{ID: "b1"}})
	must(t, err)
	_, err = here.EnrollGroup(ctx, request.EnrolledGroup{Key: "owners", Name: "owners"}, nil)
	must(t, err)
	for was, now := range map[request.PersonID]request.PersonID{issuer + "|b1": issuer + "|owners", issuer + "|owners": issuer + "|b1"} {
		if _, err := w.People().Relink(ctx, admin, was, now, ""); !errors.Is(err, store.ErrState) || !strings.Contains(err.Error(), `is the id of the group "owners"`) {
			t.Errorf("%s to %s: %v", was, now, err)
		}
	}
}
