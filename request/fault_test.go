package request_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
)

func TestFaultsOf(t *testing.T) {
	t.Parallel()
	a, b := request.Fault{Field: "a", Reason: "is wrong"}, request.Fault{Field: "b", Reason: "is wrong too"}
	one := &request.InvalidError{What: "form", Faults: []request.Fault{a}}
	other := &request.InvalidError{What: "request", Faults: []request.Fault{b, a}}
	broken := errors.New("the disk is full")
	for _, tt := range []struct {
		name string
		err  error
		want []request.Fault
	}{
		{"no error", nil, nil},
		{"another error", broken, nil},
		{"another error, wrapped", fmt.Errorf("saving: %w", broken), nil},
		{"without faults", &request.InvalidError{What: "form"}, nil},
		{"itself", other, []request.Fault{b, a}},
		{"wrapped", fmt.Errorf("saving: %w", fmt.Errorf("the form: %w", one)), []request.Fault{a}},
		{"joined, in order", errors.Join(other, one), []request.Fault{b, a, a}},
		{"joined with others", errors.Join(broken, fmt.Errorf("saving: %w", one), request.ErrForbidden), []request.Fault{a}},
		{"two of one format", fmt.Errorf("%w, and %w", one, other), []request.Fault{a, b, a}},
		{"joined within joined", fmt.Errorf("all: %w", errors.Join(one, errors.Join(broken, other))), []request.Fault{a, b, a}},
		{"said by text alone", fmt.Errorf("saving: %v", one), nil},
	} {
		if diff := cmp.Diff(tt.want, request.FaultsOf(tt.err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
