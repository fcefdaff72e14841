package provision_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/provision"
)

func TestPlatformIsToldFromOthersAndFromItsCopies(t *testing.T) {
	t.Parallel()
	at := func(id string, history, position, generation int64) provision.Identity {
		return provision.Identity{ID: id, History: history, Position: position, Mark: provision.Mark{Store: "s", Generation: generation}}
	}
	known := provision.Known{}.See(at("a", 1, 100, 5))
	both := known.Recognize(at("b", 1, 50, 5))
	tests := []struct {
		name  string
		known provision.Known
		now   provision.Identity
		says  string // empty: all is well
	}{
		{"nothing is known", provision.Known{}, at("z", 1, 1, 0), ""},
		{"as it was", known, at("a", 1, 100, 5), ""},
		{"later", known, at("a", 1, 101, 6), ""},
		{"a failover that lost nothing", known, at("a", 2, 120, 5), ""},
		{"another cluster", known, at("b", 1, 500, 5), "another platform answers: its id is b"},
		{"a copy that has written less", known, at("a", 2, 99, 5), "written up to 99"},
		{"a copy from before a failover", provision.Known{}.See(at("a", 2, 100, 5)), at("a", 1, 300, 5), "its history is 1"},
		{"a copy that has written more, whose original was marked since", known, at("a", 2, 900, 4), "generation 4"},
		{"marked by another store", known, provision.Identity{ID: "a", History: 1, Position: 200, Mark: provision.Mark{Store: "t", Generation: 1}}, ""},
		{"recognized", both, at("b", 1, 60, 6), ""},
		{"and back", both, at("a", 1, 90, 5), ""},
		{"and back to what is older", both.See(at("b", 1, 70, 9)), at("a", 1, 90, 5), "generation 5"},
		{"a third", both, at("c", 1, 90, 5), "a or b"},
		{"a platform that says its id alone", provision.Known{}.See(provision.Identity{ID: "m"}), provision.Identity{ID: "m"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.known.Trouble(tt.now); (got == "") != (tt.says == "") || !strings.Contains(got, tt.says) {
				t.Errorf("trouble is %q, want one that says %q", got, tt.says)
			}
		})
	}
}

func TestWhatIsKnownOfAPlatformGoesOn(t *testing.T) {
	t.Parallel()
	k := provision.Known{}.See(provision.Identity{ID: "a", History: 1, Position: 10})
	k = k.See(provision.Identity{ID: "a", History: 1, Position: 30}).See(provision.Identity{ID: "a", History: 1, Position: 20})
	if k.Seen.Position != 30 {
		t.Errorf("a look that ended late takes the position back to %d", k.Seen.Position)
	}
	for range 3 { // back and forth
		k = k.Recognize(provision.Identity{ID: "b", Position: 5}).Recognize(provision.Identity{ID: "a", Position: 7})
	}
	want := provision.Known{Name: "a", IDs: []string{"a", "b"}, Seen: provision.Identity{ID: "a", Position: 7}, Recognized: 6}
	if diff := cmp.Diff(want, k); diff != "" {
		t.Errorf("known (-want +got):\n%s", diff)
	}
	if k.Named("b") != "a" || k.Named("z") != "z" {
		t.Errorf("b is named %s, z is named %s", k.Named("b"), k.Named("z"))
	}
}
