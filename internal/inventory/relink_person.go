package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// PersonRelink says that a person has another id now: all that is open and live of theirs
// goes to it, on every connection.
type PersonRelink struct {
	Inventory *Inventory `json:"-"`

	Was    request.PersonID `json:"was"`
	Now    request.PersonID `json:"now"`
	Reason string           `json:"reason,omitempty"`

	Stays []string `json:"-"` // what still names the id of before, once it is carried out
}

// Kind is the name of the change in a stored proposal.
func (*PersonRelink) Kind() manifest.ProposalKind { return "person.relink" }

// Of is the person, by the id of before.
func (a *PersonRelink) Of() (what, name string) { return "person", string(a.Was) }

// Needs is ADMIN.
func (*PersonRelink) Needs() request.Permission { return request.Admin }

// Check looks for faults in the ids and the reason. The others show only in the records.
func (a *PersonRelink) Check(context.Context) error {
	var faults []request.Fault
	for field, id := range map[string]request.PersonID{"was": a.Was, "now": a.Now} {
		if id == "" || id == request.SystemID || len(id) > request.MaxPersonBytes {
			faults = append(faults, request.Fault{Field: field, Reason: "must be the id of a person"})
		}
	}
	if a.Was == a.Now && len(faults) == 0 {
		faults = append(faults, request.Fault{Field: "now", Reason: "is the id of before"})
	}
	if len(faults) > 0 {
		return &request.InvalidError{What: "link", Faults: faults}
	}
	return review.CheckReason(a.Reason)
}

// person is what a proposal shows of a link.
type person struct {
	ID         request.PersonID `json:"id"`
	Principals []string         `json:"principals,omitempty"`
	Services   []string         `json:"services,omitempty"`
	Requests   []request.ID     `json:"requests,omitempty"`
}

// Differences shows the id with what goes to the new one.
func (a *PersonRelink) Differences(ctx context.Context) (manifest.Differences, error) {
	all, err := a.theirs(ctx)
	if err != nil {
		return nil, err
	}
	stands := person{ID: a.Was}
	for _, c := range all.claims {
		stands.Principals = append(stands.Principals, records.ClaimKey(c.Value.Connection, c.Value.Principal))
	}
	for _, o := range all.open {
		stands.Requests = append(stands.Requests, o.request.Value.ID)
	}
	stands.Services = shown(all.services)
	slices.Sort(stands.Requests)
	next := stands
	next.ID = a.Now
	what, name := a.Of()
	return manifest.Between(what, name, stands, next), nil
}

// theirs is what somebody has that can go to another id.
type theirs struct {
	open   []opened
	claims []store.Stored[records.PrincipalClaim]

	services []store.Stored[request.Identity] // for which they answer, or of which they have secrets
}

// opened is a request that is pending, or whose grant is live.
type opened struct {
	request store.Stored[request.Request]
	grant   store.Stored[provision.Grant] // zero where there is none
}

// theirs reads what the id of before has.
func (a *PersonRelink) theirs(ctx context.Context) (all theirs, err error) {
	i := a.Inventory
	err = records.RequestsOf.Each(ctx, i.Store, a.Was, func(read store.Stored[request.Request]) error {
		r := read.Value
		grant, err := records.Grants.Get(ctx, i.Store, journal.GrantID(r.ID))
		if journal.UnlessMissing(err) != nil {
			return err
		}
		if r.Status == request.Pending || err == nil && grant.Value.Live() {
			all.open = append(all.open, opened{read, grant})
		}
		return nil
	})
	if err != nil {
		return all, err
	}
	err = records.ClaimsOf.Each(ctx, i.Store, a.Was, func(claim store.Stored[records.PrincipalClaim]) error {
		all.claims = append(all.claims, claim)
		return nil
	})
	if err != nil {
		return all, err
	}
	if all.services, err = a.services(ctx); err != nil {
		return all, err
	}
	return all, a.askedFor(ctx, &all)
}

// CarryOut has everything go to the new id.
func (a *PersonRelink) CarryOut(ctx context.Context, d *governance.Revision) error {
	who, err := a.check(ctx, d.By)
	if err != nil {
		return err
	}
	all, err := a.theirs(ctx)
	if err != nil {
		return err
	}
	if len(all.open) > maxRelinked {
		return fmt.Errorf("%w: more than %d requests of %s are open or live; end some of them first", store.ErrState, maxRelinked, a.Was)
	}
	a.Stays = nil
	var about []store.Subject
	for _, step := range []func() error{
		func() error { return a.moveClaims(ctx, d, all, who, &about) },
		func() error { return a.moveSubstitutions(ctx, d, &about) },
		func() error { a.moveServices(d, all); return a.moveTokens(ctx, d, &about) },
		func() error { return a.moveTold(ctx, d) },
		func() error { return a.moveSeen(ctx, d) },
		func() error { return a.named(ctx) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	happened := event.PersonRelinked.With(event.PersonRelink{Was: a.Was, Now: a.Now, Reason: a.Reason})
	own := 0
	for _, o := range all.open {
		if r := o.request.Value; r.Status == request.Pending && r.Requester == a.Was {
			own++
		}
		if err := a.Inventory.move(ctx, d, moving{a.Was, a.Now, happened}, o.request, o.grant); err != nil {
			return err
		}
	}
	if err := a.Inventory.count(ctx, d.C, a.Now, own); err != nil {
		return err
	}
	said := event.PersonRelinked.With(event.PersonRelink{Was: a.Was, Now: a.Now, Reason: a.Reason, Stays: a.Stays})
	if d.C.Full() {
		return a.refused("they have more than one commit can hold: release principals, revoke tokens and end substitutions that are needed no more")
	}
	a.Inventory.Emit(d.C, said, d.By, nil, append(about, store.People.Subject(a.Was), store.People.Subject(a.Now))...)
	return nil
}

func (a *PersonRelink) refused(reason string, args ...any) error {
	return fmt.Errorf("%w: %s cannot be linked to %s: %s", store.ErrState, a.Was, a.Now, fmt.Sprintf(reason, args...))
}

// check refuses the own id of whoever links, and one of somebody who is disabled under one of
// the two. It returns the person under the new id.
func (a *PersonRelink) check(ctx context.Context, by request.PersonID) (request.Identity, error) {
	if by == a.Was || by == a.Now {
		return request.Identity{}, &request.ForbiddenError{Person: by, Act: "link an id of their own", Needs: "another administrator"}
	}
	if err := a.Inventory.enabled(ctx, a.refused, a.Was, a.Now); err != nil {
		return request.Identity{}, err
	}
	groups, err := records.EnrolledGroups.Some(ctx, a.Inventory.Store, a.Was, a.Now)
	if err != nil {
		return request.Identity{}, err
	}
	if len(groups) > 0 {
		return request.Identity{}, a.refused("%s is the id of the group %q", groups[0].Value.Person(), groups[0].Value.Name)
	}
	enrolled, err := a.enrolled(ctx)
	if err != nil {
		return request.Identity{}, err
	}
	if enrolled != nil {
		next, err := a.reissued(*enrolled)
		return next.Identity, err
	}
	who, err := a.Inventory.People.Person(ctx, a.Now, request.Identity{})
	if err == nil && !who.Is(request.Person) {
		err = a.refused("it is no person")
	}
	return who, err
}

// moveClaims has the principals go to the new id. One under which nothing is open, and to which
// its connection does not map the new id, stays.
func (a *PersonRelink) moveClaims(ctx context.Context, d *governance.Revision, all theirs, who request.Identity, about *[]store.Subject) error {
	for _, claim := range all.claims {
		c := claim.Value
		key := records.ClaimKey(c.Connection, c.Principal)
		name, err := a.Inventory.mapped(ctx, c.Connection, who)
		if err != nil || name != c.Principal {
			if slices.ContainsFunc(all.open, func(o opened) bool {
				r := o.request.Value
				return r.Beneficiary == a.Was && r.Asset.Connection() == c.Connection && r.Principal.Name == c.Principal
			}) {
				return a.refused("connection %s does not map the new id to principal %q, under which requests are open or live", c.Connection, c.Principal)
			}
			a.Stays = append(a.Stays, "principal "+key+", to which the new id is not mapped")
			continue
		}
		c.Person = a.Now
		records.PrincipalClaims.Update(d.C, claim, c)
		*about = append(*about, records.PrincipalClaims.Subject(key))
	}
	return nil
}

// moveSubstitutions has those go to the new id whom the person has named, and in which they are
// named.
func (a *PersonRelink) moveSubstitutions(ctx context.Context, d *governance.Revision, about *[]store.Subject) error {
	i := a.Inventory
	err := records.SubstitutionsBy.Each(ctx, i.Store, a.Was, func(s store.Stored[request.Substitution]) error {
		next := s.Value
		if next.Person == a.Now { // nobody stands for themselves
			a.Stays = append(a.Stays, "the new id has named that of before as its substitute")
			return nil
		}
		next.Substitute = a.Now
		records.Substitutions.Update(d.C, s, next)
		*about = append(*about, records.Substitutions.Subject(next.Person))
		return nil
	})
	if err != nil {
		return err
	}
	both, err := records.Substitutions.Some(ctx, i.Store, a.Was, a.Now)
	if err != nil || len(both) == 0 || both[0].Value.Person != a.Was {
		return err
	}
	own := both[0].Value
	if own.Over(i.Now()) {
		return nil
	}
	if own.Substitute == a.Now {
		a.Stays = append(a.Stays, "the substitute of the id of before: it is the new id")
		return nil
	}
	if len(both) == 2 {
		a.Stays = append(a.Stays, "the substitute of the id of before: the new id has named one itself")
		return nil
	}
	records.Substitutions.Delete(d.C, both[0])
	own.Person = a.Now
	records.Substitutions.Insert(d.C, own)
	*about = append(*about, records.Substitutions.Subject(a.Was), records.Substitutions.Subject(a.Now))
	return nil
}

// moveSeen forgets who was seen under the id of before, and gives the person whom a provider
// keeps here the new id.
func (a *PersonRelink) moveSeen(ctx context.Context, d *governance.Revision) error {
	i := a.Inventory
	seen, err := store.People.Some(ctx, i.Store, a.Was)
	if err != nil {
		return err
	}
	for _, s := range seen {
		store.People.Delete(d.C, s)
	}
	read, err := a.enrolled(ctx)
	if err != nil || read == nil {
		return err
	}
	next, err := a.reissued(*read)
	if err != nil {
		return err
	}
	records.Enrolled.Delete(d.C, *read)
	records.Enrolled.Insert(d.C, next)
	return a.moveReports(ctx, d)
}

// enrolled is the person whom a provider keeps here under the id of before, unless it has
// enrolled the new id too, or that is of another issuer; nil where there is none.
func (a *PersonRelink) enrolled(ctx context.Context) (*store.Stored[request.Enrollee], error) {
	read, err := records.Enrolled.Some(ctx, a.Inventory.Store, a.Was, a.Now)
	if err != nil || len(read) != 1 || read[0].Value.Identity.Person() != a.Was || a.Was.Identity().Issuer != a.Now.Identity().Issuer {
		return nil, err
	}
	return &read[0], nil
}

// reissued is a person whom a provider keeps here, under the new id: the attribute that held
// the id of before has the new one.
func (a *PersonRelink) reissued(read store.Stored[request.Enrollee]) (request.Enrollee, error) {
	next, now := read.Value, a.Now.Identity().ID
	was := next.Identity.ID
	next.Identity.ID, next.Version, next.Changed = now, next.Version+1, a.Inventory.Now()
	var resource map[string]any
	if err := json.Unmarshal(next.Resource, &resource); err != nil {
		return next, err
	}
	switch was {
	case next.ExternalID:
		next.ExternalID, resource["externalId"] = now, now
	case next.UserName:
		next.UserName, resource["userName"] = now, now
	default:
		return next, a.refused("the id of before is neither the externalId nor the userName that the provider has written")
	}
	text, err := json.Marshal(resource)
	next.Resource = text
	return next, err
}

// maxReports bounds the people whose manager goes to another id.
const maxReports = 200

// moveReports has those name the new id whose manager the person is.
func (a *PersonRelink) moveReports(ctx context.Context, d *governance.Revision) error {
	manager := request.Attribute{Key: "manager", Value: string(a.Was)}
	reports, err := records.EnrolledMeeting.Find(ctx, a.Inventory.Store, records.MeetingOf(request.Criterion{Attribute: manager}), store.Position{}, maxReports+1)
	if err != nil {
		return err
	}
	if len(reports) > maxReports {
		return a.refused("they are the manager of more than %d people", maxReports)
	}
	for _, r := range reports {
		if r.Value.Identity.Person() == a.Was {
			continue
		}
		next := r.Value
		attributes := map[string][]string{}
		for key, values := range next.Identity.Attributes {
			attributes[key] = values
		}
		attributes["manager"] = []string{string(a.Now)}
		next.Identity.Attributes = attributes
		records.Enrolled.Update(d.C, r, next)
	}
	return nil
}

// named lists what goes on naming the id of before: flows that ask it, and connections that map
// it by their table.
func (a *PersonRelink) named(ctx context.Context) error {
	i := a.Inventory
	err := records.DefinitionsOf.Each(ctx, i.Store, manifest.FlowDefinition, func(def store.Stored[records.Definition]) error {
		flow, err := i.Rules.Flow(ctx, request.FlowName(def.Value.Name))
		if err != nil {
			return journal.UnlessMissing(err)
		}
		text, err := json.Marshal(flow)
		if err == nil && names(string(text), a.Was) {
			a.Stays = append(a.Stays, "flow "+def.Value.Name+", which names the id of before")
		}
		return err
	})
	if err != nil {
		return err
	}
	for after := ""; ; {
		page, err := records.Connections.All(ctx, i.Store, after, store.MaxPage)
		if err != nil {
			return err
		}
		for _, c := range page {
			if after = c.Value.Name; c.Value.Principals.Table[string(a.Was)] != "" {
				a.Stays = append(a.Stays, "connection "+after+", whose table maps the id of before")
			}
		}
		if len(page) < store.MaxPage {
			return nil
		}
	}
}

// names reports whether JSON holds an id as a text, or as one in an expression.
func names(text string, id request.PersonID) bool {
	quoted, _ := json.Marshal(string(id)) // text is always JSON
	inner := strings.Trim(string(quoted), `"`)
	return slices.ContainsFunc([]string{`"` + inner + `"`, `\"` + inner + `\"`, `'` + inner + `'`}, func(q string) bool { return strings.Contains(text, q) })
}
