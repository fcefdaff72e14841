package grantwright

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/lists"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Access is who has access to what, now and at any time before, by the grants.
type Access struct{ e *Engine }

// Access returns the access of the engine.
func (e *Engine) Access() Access { return Access{e} }

// Entitlement is access that somebody has, or had at the time that was asked for,
// by one grant: from when the platform was first read back until it was read back
// that it is gone. In between the State says what was known.
type Entitlement struct {
	Grant       provision.GrantID    `json:"grant"`
	Request     request.ID           `json:"request"`
	Type        request.Type         `json:"type"`
	Beneficiary request.PersonID     `json:"beneficiary"`
	For         request.IdentityKind `json:"for,omitempty"` // what the beneficiary is; zero means a person
	Principal   string               `json:"principal"`     // who that is on the platform
	At          catalog.Ref          `json:"at"`            // the asset, or the container by which it is covered
	Access      provision.Access     `json:"access"`

	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"` // when it ends by itself; zero without an end
	Gone  time.Time `json:"gone,omitzero"`  // when it was read back that it is gone; of what stood at a time before

	State    provision.State    `json:"state"`
	How      provision.Method   `json:"how"`
	Evidence provision.Evidence `json:"evidence"` // what we know it by

	Approved  time.Time        `json:"approved"`
	Approvers []Approver       `json:"approvers,omitempty"` // the stewards who approved it
	Flow      request.FlowName `json:"flow"`
	Rule      string           `json:"rule"` // of the flow: it named the stewards, or approved by itself

	Remaining []provision.Path `json:"remaining,omitempty"` // how they get in otherwise, as of the last reading
	Gaps      provision.Gaps   `json:"gaps,omitzero"`       // parts of a container that do not work for them, as of the last reading
}

// Approver is a data steward who approved.
type Approver struct {
	Person request.PersonID `json:"person"`
	At     time.Time        `json:"at"`
}

// AccessQuery selects a page of entitlements.
type AccessQuery struct {
	At    time.Time      // when they stood; zero means now
	After store.Position // that of the page before; zero for the first page
	Limit int            // at most store.MaxPage; zero means store.MaxPage

	// Person narrows To to what one person has, by their own grants and by those of each
	// group that they are in now. Zero means everybody; Of has its own person.
	Person request.PersonID
}

// AccessPage is one page of entitlements. It may be shorter than its limit
// although others follow.
type AccessPage struct {
	Entitlements []Entitlement
	Next         store.Position // where the next page begins; zero if this is the last
}

// To lists who has access to an asset: by grants on it, the oldest first, and then
// by grants on each container that cover it. Coverage is that of the time that is
// asked for; an object counts as covered also before a sync had seen it. Access that others
// gave is not in it: Foreign lists that. It takes GOVERNANCE or AUDIT, or to be a data steward of
// the asset, or its owner on the platform; what oneself has needs nothing. For a name that
// nothing has the error is a *catalog.UnknownError, or a *request.UnknownError.
func (a Access) To(ctx context.Context, by request.Identity, ref catalog.Ref, q AccessQuery) (AccessPage, error) {
	accounts, err := a.whose(ctx, by, ref, q.Person)
	if err != nil {
		return AccessPage{}, err
	}
	found, next, err := a.e.lists.AccessTo(ctx, ref, lists.Stood{At: q.At, After: q.After, Limit: q.Limit, For: accounts})
	if err == nil && len(found) == 0 { // nobody, or nothing has this name
		err = a.e.lists.CheckPlace(ctx, ref)
	}
	if err != nil {
		return AccessPage{}, err
	}
	return a.e.entitlements(ctx, found, next)
}

// whose are the accounts of a person to whom a list about a place is narrowed, none for
// everybody. It refuses those who may not see that list.
func (a Access) whose(ctx context.Context, by request.Identity, ref catalog.Ref, person request.PersonID) ([]request.PersonID, error) {
	if person == "" || person != by.Person() {
		if err := a.e.lists.MayOversee(ctx, by, ref, "see who has access to this asset"); err != nil {
			return nil, err
		}
	}
	if err := by.Check(); err != nil || person == "" {
		return nil, err
	}
	return a.e.lists.Accounts(ctx, by, person)
}

// Of lists what somebody has access to: by their own grants, the newest first, and
// then by those of each group that they are in now. Everyone may list their own;
// that of others takes GOVERNANCE or AUDIT. For an id that nobody has the error is a
// *request.UnknownError.
func (a Access) Of(ctx context.Context, by request.Identity, person request.PersonID, q AccessQuery) (AccessPage, error) {
	if err := by.Check(); err != nil {
		return AccessPage{}, err
	}
	if !seesAccess(by, person) {
		if err := permit(by, "list the access of others", request.Governance, request.Audit); err != nil {
			return AccessPage{}, err
		}
	}
	accounts, err := a.e.lists.Accounts(ctx, by, person)
	if err != nil {
		return AccessPage{}, err
	}
	found, next, err := a.e.lists.AccessOf(ctx, accounts, lists.Stood{At: q.At, After: q.After, Limit: q.Limit})
	if err != nil {
		return AccessPage{}, err
	}
	return a.e.entitlements(ctx, found, next)
}

// seesAccess reports whether somebody may see what a person has access to: their own, or with
// GOVERNANCE or AUDIT that of everybody.
func seesAccess(by request.Identity, person request.PersonID) bool {
	return by.Person() == person || by.Has(request.Governance) || by.Has(request.Audit)
}

// entitlements completes a page of grants by what their requests and reviews say.
func (e *Engine) entitlements(ctx context.Context, grants []provision.Grant, next store.Position) (AccessPage, error) {
	requests, reviews, err := e.lists.Approvals(ctx, grants)
	if err != nil {
		return AccessPage{}, err
	}
	all := make([]Entitlement, len(grants))
	for i, g := range grants {
		all[i] = entitlementOf(g, requests[i], reviews[i])
	}
	return AccessPage{Entitlements: all, Next: next}, nil
}

func entitlementOf(g provision.Grant, req request.Request, rev review.Review) Entitlement {
	t := Entitlement{
		Grant: g.ID, Request: g.Request, Type: req.Type, Beneficiary: req.Beneficiary, For: req.For,
		Principal: g.Principal.Name, At: g.Asset.Ref, Access: g.Access,
		Since: g.Started, Until: g.Ends, Gone: g.Gone, State: g.State, How: g.How, Evidence: g.Known,
		Approved: g.Approved, Flow: rev.Flow.Name, Rule: rev.Rule, Remaining: g.Remaining, Gaps: g.Gaps,
	}
	for _, d := range rev.Live() {
		if d.Act == review.Approve {
			t.Approvers = append(t.Approvers, Approver{d.By, d.At})
		}
	}
	return t
}
