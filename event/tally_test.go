package event_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/event"
)

func TestCounts(t *testing.T) {
	t.Parallel()
	var c, o event.Counts
	for _, took := range []time.Duration{0, time.Hour, time.Hour + 1, 100 * 24 * time.Hour} {
		c.Wait(took)
	}
	o.Wait(2 * time.Hour)
	o.Submitted, o.Open, c.Submitted, c.Given = 3, -1, 2, 1
	want := event.Counts{Submitted: 5, Open: -1, Given: 1, Waited: []int{2, 2, 0, 0, 0, 0, 1}}
	if diff := cmp.Diff(want, c.Plus(o)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(event.Counts{}, event.Counts{}.Plus(event.Counts{})); diff != "" {
		t.Errorf("nothing and nothing:\n%s", diff)
	}
}
