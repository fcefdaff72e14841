package grantwright

import (
	"slices"

	"github.com/grantwright/grantwright/request"
)

// permit refuses whoever has none of some permissions.
func permit(by request.Identity, act string, needs ...request.Permission) error {
	if err := by.Check(); err != nil {
		return err
	}
	if slices.ContainsFunc(needs, by.Has) {
		return nil
	}
	if !by.Acts() {
		return by.CheckActs(act)
	}
	return &request.ForbiddenError{Person: by.Person(), Act: act, Needs: request.OneOf(needs...)}
}
