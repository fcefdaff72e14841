package provision_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

func TestPaceOfASync(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	whole := provision.SyncRun{Root: "w", Read: 1000}
	for _, tt := range []struct {
		name  string
		past  []provision.SyncRun
		read  int
		after time.Duration
		want  *provision.Pace
	}{
		{"too early to say", []provision.SyncRun{whole}, 3, 900 * time.Millisecond, nil},
		{"the first", nil, 100, 10 * time.Second, &provision.Pace{PerSecond: 10}},
		{"as before", []provision.SyncRun{whole}, 250, 10 * time.Second, &provision.Pace{PerSecond: 25, Expected: 1000, Left: 30}},
		{"nothing read yet", []provision.SyncRun{whole}, 0, 10 * time.Second, &provision.Pace{Expected: 1000}},
		{"more than before", []provision.SyncRun{whole}, 2000, 10 * time.Second, &provision.Pace{PerSecond: 200}},
		{"what failed, was partial or of another root says nothing",
			[]provision.SyncRun{{Root: "w", Read: 5, Error: "x"}, {Root: "w", Read: 6, Unread: []catalog.Ref{"w:a"}}, {Root: "w:a", Read: 7}, whole},
			500, 10 * time.Second, &provision.Pace{PerSecond: 50, Expected: 1000, Left: 10}},
	} {
		run := provision.SyncRun{Root: "w", Began: began, Seen: began.Add(tt.after), Read: tt.read}
		s := provision.Syncs{Past: tt.past}.Begin(run)
		if d := cmp.Diff(tt.want, s.Running.Pace); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
		if s.End(*s.Running).Past[0].Pace != nil {
			t.Errorf("%s: what has ended has a pace", tt.name)
		}
	}
}
