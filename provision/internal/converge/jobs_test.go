package converge_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

func TestGroupsByTheApprovedObject(t *testing.T) {
	t.Parallel()
	otherKind := standing(t, "orders", "1", "analyst")
	otherKind.Asset.Kind = catalog.View
	tests := []struct {
		name string
		want []provision.Standing
		jobs []string
	}{
		{"nothing", nil, nil},
		{"one", []provision.Standing{standing(t, "orders", "1", "eve")}, []string{"orders#1 [eve]"}},
		{
			"all people of one object",
			[]provision.Standing{standing(t, "orders", "1", "eve"), standing(t, "parts", "2", "eve"), nothing(t, "orders", "1", "analyst")},
			[]string{"orders#1 [eve analyst]", "parts#2 [eve]"},
		},
		{
			"two objects under one name",
			[]provision.Standing{standing(t, "orders", "1", "eve"), nothing(t, "orders", "2", "eve")},
			[]string{"orders#1 [eve]", "orders#2 [eve]"},
		},
		{
			"two kinds under one id",
			[]provision.Standing{standing(t, "orders", "1", "eve"), otherKind},
			[]string{"orders#1 [analyst]", "orders#1 [eve]"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &platform{}
			for i, o := range p.loop().Apply(t.Context(), tt.want) {
				if o.Err != nil || !o.Taken {
					t.Errorf("outcome %d is %+v", i, o)
				}
			}
			if got := p.done(); !slices.Equal(got, tt.jobs) {
				t.Errorf("the jobs are %q, want %q", got, tt.jobs)
			}
		})
	}
}

func TestRefusesASecondStandingForTheSamePair(t *testing.T) {
	t.Parallel()
	first := standing(t, "orders", "1", "eve")
	tests := []struct {
		name    string
		second  provision.Standing
		refused bool
	}{
		{"the same object", nothing(t, "orders", "1", "eve"), true},
		{"an object that is not known", nothing(t, "orders", "", "eve"), true},
		{"another object", nothing(t, "orders", "2", "eve"), false},
		{"another asset", nothing(t, "parts", "1", "eve"), false},
		{"another principal", nothing(t, "orders", "1", "analyst"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &platform{}
			outcomes := p.loop().Apply(t.Context(), []provision.Standing{first, tt.second})
			if outcomes[0].Err != nil {
				t.Errorf("the first failed: %v", outcomes[0].Err)
			}
			err := outcomes[1].Err
			if refused := errors.Is(err, provision.ErrPermanent); refused != tt.refused || refused == (err == nil) {
				t.Errorf("the second: %v, refused is %v, want %v", err, refused, tt.refused)
			}
			if plans := p.loop().Plan(t.Context(), []provision.Standing{first, tt.second}); (plans[1].Err != nil) != tt.refused {
				t.Errorf("the plan of the second: %v, want one that is refused: %v", plans[1].Err, tt.refused)
			}
		})
	}
}

func TestFailsWhereNoJobCanBe(t *testing.T) {
	t.Parallel()
	elsewhere := &converge.ElsewhereError{Err: errBroken}
	tests := []struct {
		name  string
		want  provision.Standing
		err   error
		fails bool
	}{
		{"wanted", standing(t, "orders", "1", "eve"), errBroken, true},
		{"nothing wanted: there is nothing to take away", nothing(t, "orders", "1", "eve"), errBroken, false},
		{"nothing wanted on another server: that is not known", nothing(t, "orders", "1", "eve"), elsewhere, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &platform{newJob: func(a catalog.Asset) error {
				if a.Ref.Name() == "orders" {
					return tt.err
				}
				return nil
			}}
			outcomes := p.loop().Apply(t.Context(), []provision.Standing{tt.want, standing(t, "parts", "2", "eve")})
			if err := outcomes[0].Err; errors.Is(err, errBroken) != tt.fails || (err != nil) != tt.fails {
				t.Errorf("the error is %v, want one: %v", err, tt.fails)
			}
			if err := outcomes[0].Err; err != nil && !strings.HasPrefix(err.Error(), "connection warehouse: broken") {
				t.Errorf("the error is %v, and does not name its connection", err)
			}
			if outcomes[1].Err != nil {
				t.Errorf("the other asset failed too: %v", outcomes[1].Err)
			}
		})
	}
}
