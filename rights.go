package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// ErrForbidden is wrapped when whoever acts has no right to.
var ErrForbidden = errors.New("grantwright: forbidden")

// ForbiddenError says who may not do what, and who may.
type ForbiddenError struct {
	Person request.PersonID
	Act    string // such as "register a connection"
	Needs  string // such as "permission ADMIN"
}

func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("grantwright: %s may not %s: that takes %s", e.Person, e.Act, e.Needs)
}

func (e *ForbiddenError) Unwrap() error { return ErrForbidden }

// permit refuses whoever has none of some permissions.
func permit(by request.Identity, act string, needs ...request.Permission) error {
	if err := by.Check(); err != nil {
		return err
	}
	if slices.ContainsFunc(needs, by.Has) {
		return nil
	}
	return &ForbiddenError{Person: by.Person(), Act: act, Needs: fmt.Sprintf("one of the permissions %v", needs)}
}

// mayRead lets those see a request whom it concerns: requester and beneficiary,
// its stewards, whoever decided, and GOVERNANCE and AUDIT.
func (e *Engine) mayRead(ctx context.Context, by request.Identity, req request.Request) error {
	if err := by.Check(); err != nil {
		return err
	}
	if req.Concerns(by.Person()) || by.Has(request.Governance) || by.Has(request.Audit) {
		return nil
	}
	rev, err := store.Reviews.Get(ctx, e.config.Store, req.ID)
	if err != nil {
		return err
	}
	steward, err := e.isSteward(ctx, by, req, rev.Value)
	if err == nil && !steward {
		err = &ForbiddenError{Person: by.Person(), Act: "see this request", Needs: "requester, beneficiary, a data steward of it, GOVERNANCE or AUDIT"}
	}
	return err
}

// isSteward reports whether somebody has decided on a request, or matches one of
// its selectors now.
func (e *Engine) isSteward(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (bool, error) {
	if slices.ContainsFunc(rev.Determinations, func(d review.Determination) bool { return d.By == by.Person() }) {
		return true, nil
	}
	matches, err := e.matches(ctx, by, req, rev)
	return len(matches) > 0, err
}

// rights finds out what somebody may do with a request now.
func (e *Engine) rights(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (Rights, error) {
	var may Rights
	switch req.Status {
	case request.Pending:
		may.Cancel = req.Requester == by.Person()
		if isOwn(by, req, rev) {
			return may, nil
		}
		matches, err := e.matches(ctx, by, req, rev)
		may.Approve, may.Deny = rev.Awaits(by.Person(), matches), len(matches) > 0
		return may, err
	case request.Approved:
		err := e.mayRevoke(ctx, by, req)
		may.Revoke = err == nil
		if errors.Is(err, ErrForbidden) {
			err = nil
		}
		return may, err
	}
	return may, nil
}

// isOwn reports whether a request is somebody's own, on which they must not
// decide: whoever is named as such when the review is opened, and who is a member
// now of the group that would have the access.
func isOwn(by request.Identity, req request.Request, rev review.Review) bool {
	if slices.Contains(rev.Barred, by.Person()) {
		return true
	}
	return req.For == request.Group && slices.Contains(rev.Barred, req.Beneficiary) && by.IsMember(req.Beneficiary)
}
