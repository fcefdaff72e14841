package notify_test

import (
	"testing"
	"time"

	"github.com/grantwright/grantwright/notify"
)

func TestSeenKeepsTheFirstTime(t *testing.T) {
	t.Parallel()
	first := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	n := notify.Notice{}.Seen(first).Seen(first.Add(time.Hour))
	if !n.Read.Equal(first) {
		t.Errorf("read at %v, want %v", n.Read, first)
	}
}
