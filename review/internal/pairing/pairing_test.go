package pairing_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/pairing"
)

func TestMatched(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		who    []request.PersonID
		speaks map[request.PersonID][]request.PersonID
		want   []request.PersonID
	}{
		{"nobody", nil, nil, nil},
		{"each for themselves", []request.PersonID{"a", "b"}, map[request.PersonID][]request.PersonID{"a": {"a"}, "b": {"b"}}, []request.PersonID{"a", "b"}},
		{"two for one", []request.PersonID{"a", "b"}, map[request.PersonID][]request.PersonID{"a": {"c"}, "b": {"c"}}, []request.PersonID{"a"}},
		{"the first gives way", []request.PersonID{"a", "b"}, map[request.PersonID][]request.PersonID{"a": {"c", "a"}, "b": {"c"}}, []request.PersonID{"a", "b"}},
		{"for nobody", []request.PersonID{"a", "b"}, map[request.PersonID][]request.PersonID{"b": {"b"}}, []request.PersonID{"b"}},
	} {
		if diff := cmp.Diff(tt.want, pairing.Matched(tt.who, tt.speaks)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
