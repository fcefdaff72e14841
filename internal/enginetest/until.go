package enginetest

import (
	"context"
	"testing"
	"time"
)

// patience is how long a test waits for what must come: only a failure takes that long,
// on any machine.
const patience = 2 * time.Minute

// Until waits until something holds, and ends the test where it does not come.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := Poll(ctx, holds); err != nil {
		t.Fatalf("it does not come to be that %s: %v", what, err)
	}
}

// Poll asks again and again whether something holds, until ctx ends.
func Poll(ctx context.Context, holds func() bool) error {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}
