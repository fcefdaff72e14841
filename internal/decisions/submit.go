package decisions

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Submit makes a request. A flow may decide it at once. If the requester has
// asked for the same already, and that is open, the first request is returned;
// if someone else has, the error is an *OpenError. What is wrong with the
// submission is a *request.InvalidError that names each fault. The platform is
// asked whether it knows the principal and could give the access; if it cannot
// be reached, nothing is stored and the error says so.
func (ds *Decisions) Submit(ctx context.Context, by request.Identity, s request.Submission) (request.Request, error) {
	if err := by.CheckAsks("submit requests"); err != nil {
		return request.Request{}, err
	}
	replay, err := newReplay(by, s)
	if err != nil {
		return request.Request{}, err
	}
	if first, err := ds.replayed(ctx, replay, s.Key); err != nil || first.ID != "" {
		return first, err
	}
	if s, err = s.Complete(by); err != nil {
		return request.Request{}, err
	}
	ctx = ds.beginSubmission(ctx, by, s)
	d, err := ds.Draft(ctx, by, s)
	if err != nil {
		return request.Request{}, err
	}
	var req request.Request
	err = ds.Change(ctx, func(c *store.Change) (err error) {
		if req, err = ds.replayed(ctx, replay, s.Key); err != nil || req.ID != "" {
			return err
		}
		req = d.Request
		if replay.Request = req.ID; s.Key != "" {
			ds.keep(c, replay)
		}
		if err := errors.Join(ds.Platforms.Claim(ctx, c, by.Person(), &req), ds.People.Remember(ctx, c, by)); err != nil {
			return err
		}
		if err := ds.AddRequest(ctx, c, by, d, &req); err != nil {
			return err
		}
		return ds.boundOpen(ctx, c, func(int) string { return "beneficiary" }, req)
	})
	if taken := (*store.TakenError)(nil); errors.As(err, &taken) && taken.Name == "open" {
		return ds.alreadyOpen(ctx, by, request.ID(taken.ID), d.Request.Asset, replay, s.Key)
	}
	if err != nil {
		return request.Request{}, err
	}
	ds.remember(req)
	ds.Provisioning.ApplySoon(ctx, req)
	return req, nil
}

// beginSubmission begins the act of a submission, and reads at once what it needs.
func (ds *Decisions) beginSubmission(ctx context.Context, by request.Identity, s request.Submission) context.Context {
	keys := []store.Key{store.People.Key(by.Person()), records.Stops.Key(provision.StoppedPerson(by.Person())), records.OpenCounts.Key(by.Person()),
		records.Previews.Key(records.Variants{Person: by.Person(), Asset: s.Asset, Type: s.Type}.Key())}
	if s.Beneficiary == by.Person() {
		keys = append(keys, ds.Platforms.LikelyClaim(ctx, s.Asset.Connection(), by)...)
	} else {
		keys = append(append(keys, records.Stops.Key(provision.StoppedPerson(s.Beneficiary)), records.OpenCounts.Key(s.Beneficiary)), ds.People.Keys(s.Beneficiary)...)
	}
	return ds.Act(snapshot.Expect(ctx, s.Asset), keys...)
}

// OpenReview opens the review of a draft. No rule approves by itself while that is
// frozen. The facts are those of the draft, and what its flows read beside.
func (ds *Decisions) OpenReview(ctx context.Context, by request.Identity, d Draft) (review.Review, review.Facts, error) {
	f := d.Facts
	stop, err := ds.People.Stop(ctx, provision.AutomaticApprovals)
	if err != nil {
		return review.Review{}, f, err
	}
	f.AskPeople = cmp.Or(asksPeople(stop, d.Request), d.unsure)
	if err := ds.Rules.AddCovers(ctx, &f, d.Asset, d.policies); err != nil {
		return review.Review{}, f, err
	}
	if err := ds.addMembers(ctx, by, &f, d.Request, d.policies); err != nil {
		return review.Review{}, f, err
	}
	if review.ReadsRisk(d.policies...) {
		f.Assist.Risk = ds.Risk(ctx, by, d.Request, f)
	}
	rev, err := review.Open(ctx, f, d.policies...)
	if err == nil && d.Request.Emergency != nil {
		rev, err = ds.Emergencies.Open(ctx, by, f, d.Request, rev, d.policies)
	}
	return rev, f, err
}

// asksPeople is why no rule may approve a request by itself; empty where it may.
func asksPeople(stop *provision.Stop, req request.Request) string {
	switch {
	case stop != nil:
		return "automatic approvals are frozen"
	case len(req.Parts) > 0:
		through := "read"
		if req.Privilege == request.ReadWrite {
			through = "read or changed"
		}
		return fmt.Sprintf("%s is %s through it, and others decide there", req.Parts[0], through)
	}
	return ""
}

// AddRequest adds a new request to a change, with its review and its events. Its
// principal is claimed already.
func (ds *Decisions) AddRequest(ctx context.Context, c *store.Change, by request.Identity, d Draft, req *request.Request) error {
	rev, facts, err := ds.OpenReview(ctx, by, d)
	if err != nil {
		return err
	}
	rev, looked, unsure, err := ds.Rules.DenyPrevented(ctx, by, *req, rev)
	if d.unsure = unsure; err == nil && d.unsure != "" {
		rev, facts, err = ds.OpenReview(ctx, by, d)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(ds.Evidence.KeepOpening(&rev, nil, by, facts, d.policies), ds.Evidence.KeepGuarded(&rev, by, looked)); err != nil {
		return err
	}
	rev.Request, req.Status = req.ID, request.Pending
	if err := ds.takeVariants(ctx, c, by, req); err != nil {
		return err
	}
	ds.Emit(c, event.RequestCreated.With(event.CreatedOf(*req)), by.Person(), req, records.Reviews.Subject(req.ID), records.PrincipalClaims.Subject(records.ClaimKey(req.Asset.Connection(), req.Principal.Name)))
	records.Reviews.Insert(c, rev)
	if rev.Status == request.Pending {
		ds.newRecheck(c, *req)
	} else {
		if err := ds.Decide(ctx, c, request.SystemID, req, rev, d.Asset, d.How, event.Determined{Status: rev.Status, Rule: rev.Rule, Reason: rev.Comment, Emergency: rev.Emergency}); err != nil {
			return err
		}
		if rev.Emergency && rev.Status == request.Approved {
			if err := ds.Emergencies.Begin(ctx, c, req, rev); err != nil {
				return err
			}
		}
	}
	records.Requests.Insert(c, *req)
	return nil
}

// alreadyOpen answers a submission that asks for what is asked for already. A key
// names that request from then on, also when it is open no more.
func (ds *Decisions) alreadyOpen(ctx context.Context, by request.Identity, id request.ID, asset catalog.Ref, replay records.Replay, key string) (request.Request, error) {
	first, err := records.Requests.Get(ctx, ds.Store, id)
	if err != nil {
		return request.Request{}, err
	}
	if first.Value.Requester != by.Person() {
		return request.Request{}, &request.OpenError{Asset: asset}
	}
	request.NoteExists(ctx, id)
	if key == "" {
		return first.Value, nil
	}
	answer := first.Value
	err = ds.Change(ctx, func(c *store.Change) error {
		before, err := ds.replayed(ctx, replay, key)
		if err != nil || before.ID != "" {
			answer = before
			return err
		}
		replay.Request = id
		ds.keep(c, replay)
		return nil
	})
	return answer, err
}
