package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/lists"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/dossier"
	"github.com/grantwright/grantwright/store"
)

// Case is everything about one request, as somebody sees it.
type Case struct {
	Request request.Request
	Form    request.Form // the version that it was made with
	Review  review.Review
	Grant   provision.Grant             // zero unless the request was approved
	May     review.Rights               // of whoever reads it, now
	Names   map[request.PersonID]string // of the people of the case, where they are known

	Agreements []request.Agreement // that were accepted, in those versions

	// Prevented says which guardrails keep a pending request from being approved now.
	Prevented []review.Prevention

	// Deciders says of a pending request how well those are known who could decide on it, as
	// of the last look, which is at most an hour old; empty before the first.
	Deciders request.Deciders

	// Excluded are the parts of a container that access to it does not cover now:
	// others decide there. At most MaxExcluded.
	Excluded []catalog.Ref
}

// Request returns a request with its review and its grant, to those whom it
// concerns: requester, beneficiary, its data stewards, GOVERNANCE and AUDIT. The rules of
// its flow, and what has become of them, are for those who may explain it. How the
// beneficiary gets in otherwise is not for whoever has asked for them.
func (e *Engine) Request(ctx context.Context, by request.Identity, id request.ID) (Case, error) {
	ctx = e.journal.Act(ctx, records.Requests.Key(id), records.Reviews.Key(id), records.Grants.Key(journal.GrantID(id)), store.People.Key(by.Person()))
	req, rev, err := e.journal.UnderReview(ctx, id)
	if err != nil {
		return Case{}, err
	}
	if err := e.decisions.MayRead(ctx, by, req.Value); err != nil {
		return Case{}, err
	}
	c := Case{Request: req.Value, Review: rev.Value}
	c.Review.Evidence = nil // which Explain shows, to whoever may see it
	if c.Form, err = e.rules.FormVersion(ctx, c.Request.Form); err != nil {
		return Case{}, err
	}
	if c.Agreements, err = e.rules.AcceptedTexts(ctx, c.Request); err != nil {
		return Case{}, err
	}
	if c.Request.Status == request.Pending { // it has no grant yet
		c.Deciders, err = e.decisions.Deciders(ctx, id)
	} else {
		c.Grant, err = e.decisions.GrantIfAny(ctx, id)
	}
	if err != nil {
		return Case{}, err
	}
	if c.May, err = e.decisions.Rights(ctx, by, c.Request, c.Review); err != nil {
		return Case{}, err
	}
	reader, err := e.decisions.ReaderOf(ctx, by, c.Request, c.Review)
	if err != nil {
		return Case{}, err
	}
	if c.Request.Status == request.Pending {
		if c.Prevented, err = e.rules.GuardrailChecker().Prevented(ctx, by, c.Request); err != nil {
			return Case{}, err
		}
	}
	c.May.Explain = reader.Explains
	c.May.Retry = provisioning.MayRetry(by, c.Request, c.Grant) == nil
	c.May.Resume = by.Has(request.Governance) && provisioning.MayResume(by, c.Request, c.Review, c.Grant) == nil
	c.May.Renew = by.Acts() && c.Request.Concerns(by.Person()) && c.Grant.NotRenewable(c.Request) == ""
	if c.May, err = e.decisions.Emergencies.Rights(ctx, by, c.Request, c.Review, e.desk.Rights(by, c.Request, c.Review, c.May)); err != nil {
		return c, err
	}
	if c.Excluded, err = e.rules.NotCovered(ctx, c.Request.Asset, c.Request.Type); err != nil {
		return Case{}, err
	}
	c.Names = e.people.Names(ctx, by, append([]request.PersonID{c.Request.Requester, c.Request.Beneficiary}, c.Review.Deciders()...))
	c.Review, c.Grant, c.Prevented = reader.Review(c.Review), reader.Grant(c.Grant), reader.Prevented(c.Prevented)
	return c, nil
}

// Role is what somebody is to the requests that they list.
type Role string

// The roles.
const (
	Concerned Role = "CONCERNED" // requester or beneficiary
	Steward   Role = "STEWARD"   // may decide now: an open selector matches, and it is not their own
	Decider   Role = "DECIDER"   // has determined something in their review
	Overseer  Role = "OVERSEER"  // GOVERNANCE or AUDIT: all requests
)

// RequestQuery selects requests for a page of a list.
type RequestQuery struct {
	request.Filter

	Role   Role           // zero means CONCERNED
	Order  dossier.Order  // of a steward's list; zero means OLDEST
	Status request.Status // zero means all; a steward's list is always PENDING
	After  store.Position // that of the page before; zero for the first page
	Limit  int            // at most store.MaxPage; zero means store.MaxPage
}

// Page is one page of requests.
type Page struct {
	Requests []request.Request
	Next     store.Position // where the next page begins; zero if this is the last

	// Versions are those of their reviews, of a steward's list: what a decision on
	// several requests at once says that it has seen.
	Versions map[request.ID]int
}

// Requests lists requests: for those whom they concern and for those who see all,
// the newest first; for stewards, those that they may decide on, the oldest
// first. A page may be shorter than its limit although others follow.
func (e *Engine) Requests(ctx context.Context, by request.Identity, q RequestQuery) (p Page, err error) {
	if err := errors.Join(by.Check(), q.Check()); err != nil {
		return Page{}, err
	}
	if q.Limit <= 0 || q.Limit > store.MaxPage {
		q.Limit = store.MaxPage
	}
	wanted := lists.Wanted{Filter: q.Filter, Status: q.Status, After: q.After, Limit: q.Limit}
	switch q.Role {
	case "", Concerned:
		p.Requests, p.Next, err = e.lists.Of(ctx, by.Person(), wanted)
	case Steward:
		ctx = e.journal.Act(ctx)
		queue, err := e.decisions.Queue(ctx, by)
		if err != nil {
			return Page{}, err
		}
		p.Requests, p.Next, err = e.lists.In(ctx, queue, wanted, q.Order)
		p.Versions = queue.Versions
		return p, err
	case Decider:
		p.Requests, p.Next, err = e.lists.DecidedBy(ctx, by.Person(), wanted)
	case Overseer:
		if err := permit(by, "list all requests", request.Governance, request.Audit); err != nil {
			return Page{}, err
		}
		p.Requests, p.Next, err = e.lists.All(ctx, wanted)
	default:
		return Page{}, &request.InvalidError{What: "query", Faults: []request.Fault{{Field: "role", Reason: "must be CONCERNED, STEWARD, DECIDER or OVERSEER"}}}
	}
	return p, err
}
