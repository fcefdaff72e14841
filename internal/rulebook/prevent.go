package rulebook

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/evidence"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// UnlessPrevented refuses an approval that guardrails would not let through. It says what
// they have looked at.
func (r *Rulebook) UnlessPrevented(ctx context.Context, by request.Identity, req request.Request) (evidence.Guarded, error) {
	found, looked, err := r.GuardrailChecker().look(ctx, by, req)
	if err == nil && len(found) > 0 {
		err = &review.PreventedError{Preventions: found}
	}
	return looked, err
}

// DenyPrevented turns the approval of a rule, which nobody looks at, into a denial
// where guardrails prevent what it would give. Unsure is why people have to be asked in its
// place: nothing prevents but what depends on a fact that is not known. Looked is what the
// guardrails have looked at.
func (r *Rulebook) DenyPrevented(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (decided review.Review, looked evidence.Guarded, unsure string, err error) {
	if rev.Status != request.Approved {
		return rev, looked, "", nil
	}
	found, looked, err := r.GuardrailChecker().look(ctx, by, req)
	if decided = rev.Prevent(found); err == nil && decided.Status == request.Approved {
		unsure = review.PreventedBy(found)
	}
	return decided, looked, unsure, err
}

// UnlessGrantPrevented refuses to say that a grant was given which guardrails would
// not let through.
func (r *Rulebook) UnlessGrantPrevented(ctx context.Context, g provision.Grant) error {
	found, err := r.GuardrailChecker().PreventedGrant(ctx, g, nil)
	if err == nil && len(found) > 0 {
		err = &review.PreventedError{Preventions: found}
	}
	return err
}

// IsGuarded reports whether guardrails are set at a place or below it.
func (r *Rulebook) IsGuarded(ctx context.Context, at catalog.Ref) (bool, error) {
	for _, index := range []store.Index[catalog.Ref, records.Definition]{records.GuardrailsAt, records.GuardrailsBelow} {
		found, err := index.Find(ctx, r.Store, at, store.Position{}, 1)
		if err != nil || len(found) > 0 {
			return len(found) > 0, err
		}
	}
	return false, nil
}

// PreventedPublicly says which guardrails prevent something, as everybody may learn it who
// sees the request.
func PreventedPublicly(all []review.Prevention) string {
	public := make([]review.Prevention, len(all))
	for i, p := range all {
		public[i] = p.Public()
	}
	return review.PreventedBy(public)
}
