package site

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxActs is on how many grants one act is done at most.
const MaxActs = 100

// GrantAct is what is done on several grants, each by itself.
type GrantAct string

// The acts.
const (
	RevokeAct  GrantAct = "REVOKE"
	ShortenAct GrantAct = "SHORTEN" // brings the end forward
	RenewAct   GrantAct = "RENEW"   // asks for access beyond its end, by a request of its own
	RetryAct   GrantAct = "RETRY"
)

// GrantActs are an act on several grants.
type GrantActs struct {
	Act      GrantAct
	Grants   []provision.GrantID
	Reason   string           // of all but RETRY; of RENEW it is a comment on each new request
	Ends     time.Time        // of SHORTEN
	Duration request.Duration // of RENEW: from when the new request is approved

	// Of RENEW: the agreements that are accepted for all of them, as they were read. Assume
	// tries with all accepted that a form has.
	Accepted []request.AgreementVersion
	Assume   bool
}

// Check lists what is wrong with the act, whatever the grants are.
func (a GrantActs) Check() error {
	fault := func(field, reason string) error { return Invalid("act", field, reason) }
	switch {
	case !slices.Contains([]GrantAct{RevokeAct, ShortenAct, RenewAct, RetryAct}, a.Act):
		return fault("act", "must be REVOKE, SHORTEN, RENEW or RETRY")
	case len(a.Grants) == 0 || len(a.Grants) > MaxActs:
		return fault("grants", fmt.Sprintf("must be 1 to %d", MaxActs))
	case (a.Act == ShortenAct) == a.Ends.IsZero():
		return fault("ends", "is needed where access is shortened, and nowhere else")
	case (a.Act == RenewAct) == a.Duration.IsZero():
		return fault("duration", "is needed where access is extended, and nowhere else")
	case a.Act != RenewAct && len(a.Accepted) > 0:
		return fault("agreements", "are for access that is extended")
	case a.Act == RetryAct && a.Reason != "":
		return fault("reason", "is for acts that are told to people; an attempt has none")
	}
	return nil
}

// GrantActed is what has become of one of several grants, or would.
type GrantActed struct {
	ID      provision.GrantID
	Request request.Request // zero where it may not be read
	Grant   provision.Grant // zero where it may not be read
	Made    request.Request // by RENEW

	Agreements []request.Agreement // of RENEW: what the form has to accept
	Err        error               // why nothing was done, or would be
}

// ActOnGrants does an act on each of some grants, in their order and each once, with the rights
// of the act on that one alone; or it says what would become of each. One that is refused keeps
// no other from being done.
func (s *Site) ActOnGrants(ctx context.Context, by request.Identity, a GrantActs, try bool) ([]GrantActed, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	var all []GrantActed
	for _, id := range a.Grants {
		if slices.ContainsFunc(all, func(d GrantActed) bool { return d.ID == id }) {
			continue
		}
		c, err := s.Engine.Request(ctx, by, request.ID(id))
		one := GrantActed{ID: id, Request: c.Request, Grant: c.Grant, Err: err}
		if a.Act == RetryAct && err != nil && by.Has(request.Admin) { // who need not see the request
			one.Grant, one.Err = s.failed(ctx, by, id, err)
			c.Grant, c.May.Retry = one.Grant, one.Err == nil
		}
		switch {
		case one.Err != nil && (try || a.Act != RetryAct):
		case try:
			one.Agreements, one.Err = s.wouldAct(ctx, by, a, c)
		default:
			s.act(ctx, by, a, c, &one)
		}
		all = append(all, one)
	}
	return all, nil
}

// failed finds a grant among those that have failed.
func (s *Site) failed(ctx context.Context, by request.Identity, id provision.GrantID, missing error) (provision.Grant, error) {
	for after := (store.Position{}); ; {
		page, next, err := s.Engine.Grants().Amiss(ctx, by, after, store.MaxPage)
		if err != nil {
			return provision.Grant{}, err
		}
		if i := slices.IndexFunc(page, func(g provision.Grant) bool { return g.ID == id }); i >= 0 {
			return page[i], nil
		}
		if len(page) < store.MaxPage {
			return provision.Grant{}, missing
		}
		after = next
	}
}

// act does an act on the grant of a case.
func (s *Site) act(ctx context.Context, by request.Identity, a GrantActs, c grantwright.Case, one *GrantActed) {
	switch a.Act {
	case RevokeAct:
		var req request.Request
		if req, one.Err = s.Engine.Revoke(ctx, by, c.Request.ID, a.Reason); one.Err == nil {
			one.Request = req
		}
	case ShortenAct:
		var grant provision.Grant
		if grant, one.Err = s.Engine.Grants().Shorten(ctx, by, one.ID, a.Ends, a.Reason); one.Err == nil {
			one.Grant = grant
		}
	case RetryAct:
		var grant provision.Grant
		if grant, one.Err = s.Engine.Grants().Retry(ctx, by, one.ID); one.Err == nil {
			one.Grant = grant
		}
	case RenewAct:
		if one.Err = mayRenew(by, c); one.Err != nil {
			return
		}
		again, _, err := s.renewal(ctx, by, a, c.Request)
		if err == nil {
			one.Made, err = s.Engine.Submit(ctx, by, again)
		}
		if err == nil && a.Reason != "" {
			_, err = s.Engine.Reviews().Comment(ctx, by, one.Made.ID, a.Reason)
		}
		one.Err = err
	}
}

// wouldAct is the error with which an act on the grant of a case would end, as far as can be
// known before, with the agreements that it has to accept.
func (s *Site) wouldAct(ctx context.Context, by request.Identity, a GrantActs, c grantwright.Case) ([]request.Agreement, error) {
	if a.Act != RenewAct {
		return nil, s.wouldChange(ctx, by, a, c)
	}
	if err := mayRenew(by, c); err != nil {
		return nil, err
	}
	again, agreements, err := s.renewal(ctx, by, a, c.Request)
	if err != nil {
		return nil, err
	}
	if err := request.CheckAccepted(agreements, again.Agreements); err != nil { // which a preview leaves open
		return agreements, err
	}
	p, err := s.Engine.Preview(ctx, by, again)
	if err == nil && len(p.Faults) > 0 {
		err = &request.InvalidError{What: "request", Faults: p.Faults}
	}
	return agreements, err
}

// wouldChange is wouldAct for what changes the grant itself.
func (s *Site) wouldChange(ctx context.Context, by request.Identity, a GrantActs, c grantwright.Case) error {
	switch a.Act {
	case RevokeAct:
		return mayEnd(by, c, "revoke this request", fmt.Sprintf("only an APPROVED request can be revoked, it is %s", c.Request.Status))
	case ShortenAct:
		if err := mayEnd(by, c, "shorten this access", fmt.Sprintf("only access that stands can be shortened, this is %s", c.Request.Status)); err != nil {
			return err
		}
		return s.wouldShorten(ctx, by, a, c)
	}
	concerned := c.Request.Concerns(by.Person()) || by.Has(request.Admin) || by.Has(request.Governance)
	switch {
	case !c.May.Retry && concerned && by.Acts():
		return fmt.Errorf("%w: no attempt of this grant has failed, it is %s", store.ErrState, c.Grant.State)
	case !c.May.Retry:
		return &request.ForbiddenError{Person: by.Person(), Act: "retry this grant", Needs: "its requester or beneficiary, ADMIN or GOVERNANCE"}
	}
	return nil
}

// mayEnd refuses what takes the right to revoke.
func mayEnd(by request.Identity, c grantwright.Case, act, state string) error {
	switch {
	case c.Request.Status != request.Approved:
		return fmt.Errorf("%w: %s", store.ErrState, state)
	case !c.May.Revoke:
		return &request.ForbiddenError{Person: by.Person(), Act: act, Needs: "the beneficiary, a data steward of it, or GOVERNANCE"}
	}
	return nil
}

// wouldShorten refuses an end that brings none forward. The time of the engine is that by
// which it says how old a request is.
func (s *Site) wouldShorten(ctx context.Context, by request.Identity, a GrantActs, c grantwright.Case) error {
	briefs, err := s.Engine.Reviews().Briefs(ctx, by, []request.Request{c.Request})
	if err != nil {
		return err
	}
	now := c.Request.Submitted.Add(briefs[c.Request.ID].Age)
	return c.Grant.CheckShorter(a.Ends, now)
}

// mayRenew refuses a renewal to those whom a request does not concern, and where its access
// cannot be renewed.
func mayRenew(by request.Identity, c grantwright.Case) error {
	if c.May.Renew {
		return nil
	}
	if reason := c.Grant.NotRenewable(c.Request); reason != "" && c.Request.Concerns(by.Person()) {
		return Invalid("request", "renews", reason)
	}
	return &request.ForbiddenError{Person: by.Person(), Act: "extend this access", Needs: "its requester or its beneficiary"}
}

// renewal asks for the same as a request by the form of today, for another time, with the
// agreements of that form and those of them that are accepted.
func (s *Site) renewal(ctx context.Context, by request.Identity, a GrantActs, was request.Request) (request.Submission, []request.Agreement, error) {
	entry, err := s.Engine.Assets().Entry(ctx, by, was.Asset, was.Type)
	if err != nil {
		return request.Submission{}, nil, err
	}
	var accepted []request.AgreementVersion
	for _, one := range entry.Agreements {
		if i := slices.IndexFunc(a.Accepted, func(v request.AgreementVersion) bool { return v.Name == one.Name }); i >= 0 {
			accepted = append(accepted, a.Accepted[i])
		} else if a.Assume {
			accepted = append(accepted, one.Of())
		}
	}
	answers := request.Answers{}
	for _, q := range entry.Form.Questions {
		if given := was.Answers[q.ID]; len(given) > 0 {
			answers[q.ID] = given
		}
		if q.Type == request.AccessDuration {
			answers[q.ID] = []string{a.Duration.String()}
		}
	}
	return request.Submission{Asset: was.Asset, Type: was.Type, Beneficiary: was.Beneficiary, Privilege: was.Privilege, Columns: was.Columns, Answers: answers, Agreements: accepted, Renews: was.ID}, entry.Agreements, nil
}
