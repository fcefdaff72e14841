package matching_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/review/internal/matching"
)

func TestMost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		who    []string
		speaks map[string][]string
		want   []string
	}{
		{"nobody", nil, nil, []string{}},
		{"each for themselves", []string{"a", "b"}, map[string][]string{"a": {"a"}, "b": {"b"}}, []string{"a", "b"}},
		{"two for one", []string{"a", "b"}, map[string][]string{"a": {"c"}, "b": {"c"}}, []string{"a"}},
		{"the first gives way", []string{"a", "b"}, map[string][]string{"a": {"c", "a"}, "b": {"c"}}, []string{"a", "b"}},
		{"for nobody", []string{"a", "b"}, map[string][]string{"b": {"b"}}, []string{"b"}},
	} {
		if diff := cmp.Diff(tt.want, matching.Most(tt.who, tt.speaks)); diff != "" && len(tt.want) > 0 {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
