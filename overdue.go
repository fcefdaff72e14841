package grantwright

import (
	"context"
)

// Overdue counts the grants whose access should be gone from the platform by now
// and is not known to be, up to store.MaxPage. It names none of them, and takes
// no permission.
func (e *Engine) Overdue(ctx context.Context) (int, error) {
	return e.provisioning.Overdue(ctx)
}
