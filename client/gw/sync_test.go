package main

import (
	"testing"

	"github.com/grantwright/grantwright/client/api"
)

func TestSyncIsFollowedAndRemembered(t *testing.T) {
	t.Parallel()
	admin := start(t).as("admin")
	admin.wants(t, exitDone, words("sync shop"), "new,", "0 gone.")
	admin.wants(t, exitDone, words("sync shop -history"), "ENDED", "complete")
	admin.wants(t, exitDone, words("sync shop -history -json"), `"past"`)
	admin.wants(t, exitNotFound, words("sync nowhere"))
	admin.wants(t, exitUsage, words("sync"), "CONNECTION")
}

func TestProgressOfASync(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]api.SyncRun{
		"7 objects read":                  {Read: 7},
		"7 objects read, 0.5 in a second": {Read: 7, Pace: api.Pace{PerSecond: 0.5}},
		"250 objects read, 25 in a second, 1000 the last time, about 30s left": {Read: 250, Pace: api.Pace{PerSecond: 25, Expected: 1000, SecondsLeft: 30}},
	} {
		if got := progress(r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
