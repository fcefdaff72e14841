package condition_test

import (
	"strings"
	"testing"

	"github.com/google/cel-go/cel"

	"github.com/grantwright/grantwright/review/internal/condition"
)

func TestVacuous(t *testing.T) {
	t.Parallel()
	env, err := cel.NewEnv(cel.Variable("asset", cel.DynType), cel.Variable("request", cel.DynType), cel.Variable("beneficiary", cel.DynType))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ when, want string }{
		{"request.columns.all(c, c in ['id'])", "request.columns"},
		{"request.columns.all(c, c in ['id']) && size(request.columns) > 0", ""},
		{"request.columns.all(c, c in ['id']) && request.columns.size() > 0", ""},
		{"request.columns.exists(c, c == 'id')", ""},
		{"!request.columns.exists(c, c == 'iban')", "request.columns"},
		{"!request.columns.all(c, c == 'iban')", ""},
		{"!('pii' in asset.tags)", "asset.tags"},
		{"!('pii' in asset.tags) && 'public' in asset.tags", ""},
		{"!('pii' in asset.tags || 'secret' in asset.source.tags)", "asset.tags asset.source.tags"},
		{"!!('pii' in asset.tags)", ""},
		{"'public' in asset.tags", ""},
		{"!('contractors' in beneficiary.groups)", ""},
		{"!(asset.name in ['a'])", ""},
	} {
		checked, issues := env.Compile(tt.when)
		if issues.Err() != nil {
			t.Fatal(tt.when, issues.Err())
		}
		if got := strings.Join(condition.Vacuous(checked.NativeRep().Expr()), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.when, got, tt.want)
		}
	}
}
