package condition_test

import (
	"strings"
	"testing"

	"github.com/google/cel-go/cel"

	"github.com/grantwright/grantwright/review/internal/condition"
)

func TestFoldable(t *testing.T) {
	t.Parallel()
	env, err := cel.NewEnv(cel.Variable("groups", cel.ListType(cel.StringType)), cel.Variable("rows", cel.ListType(cel.ListType(cel.IntType))))
	if err != nil {
		t.Fatal(err)
	}
	const ten = "[0,1,2,3,4,5,6,7,8,9]"
	// nested is loops over ten numbers, one in another.
	nested := func(deep int) string {
		text := "true"
		for i := range deep {
			text = ten + ".all(" + string(rune('a'+i)) + ", " + text + ")"
		}
		return text
	}
	for _, tt := range []struct {
		name, when string
		want       bool
	}{
		{"no loop", "1 > 2 && 'x' in groups", true},
		{"a loop over a fact", "groups.exists(g, g in ['a', 'b'])", true},
		{"a loop over the lists of a fact", "rows.all(r, r.all(n, n > 1))", true},
		{"two loops over ten", nested(2), true},
		{"five loops over ten", nested(5), false},
		{"nine loops over ten", nested(9), false},
		{"loops over a list of lists", "[" + ten + ", " + ten + "].all(r, r.all(n, n > 1))", true},
		{"loops over lists of lists of lists", strings.Repeat("[", 5) + strings.Repeat("1, ", 50) + "1" + strings.Repeat("]", 5) +
			".all(a, a.all(b, b.all(c, c.all(d, d.all(e, e > 1)))))", false},
		{"lists that double", ten + ".map(a, [a] + [a]).map(a, a + a).map(a, a + a).size() > 1", false},
		{"a loop over what a call makes", "('a' in groups ? " + ten + " : []).all(n, n > 1)", false},
		{"beside a fact", "'a' in groups || " + nested(5), false},
	} {
		checked, issues := env.Compile(tt.when)
		if issues.Err() != nil {
			t.Fatal(tt.name, issues.Err())
		}
		if got := condition.Foldable(checked.NativeRep().Expr()); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
