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
	may := Rights{Comment: req.Concerns(by.Person()) || by.Has(request.Governance) || slices.Contains(deciders(rev), by.Person())}
	switch req.Status {
	case request.Pending:
		may.Cancel = req.Requester == by.Person()
		s, err := e.stewardship(ctx, by, req, rev)
		if err != nil {
			return may, err
		}
		may.Approve, may.Deny = s.mayDecide(by.Person(), rev)
		if may.Approve {
			may.Counts = rev.Counts(by.Person(), s.matches)
		}
		asks := req.Requester == by.Person()
		may.TakeBack, may.Ask = rev.Approved(by.Person()), may.Deny && !asks
		may.Edit, may.Answer = asks, asks && !req.Questioned.IsZero()
		may.Comment = may.Comment || may.Deny
		return may, nil
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
