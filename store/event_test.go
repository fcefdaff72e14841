package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/store"
)

func TestOnly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v     string
		holds bool
		want  []string
	}{
		{"all", true, []string{"all"}},
		{"all", false, nil},
		{"", true, []string{""}}, // a zero value is one too
		{"", false, nil},
	} {
		if diff := cmp.Diff(tt.want, store.Only(tt.v, tt.holds)); diff != "" {
			t.Errorf("Only(%q, %t) (-want +got):\n%s", tt.v, tt.holds, diff)
		}
	}
}
