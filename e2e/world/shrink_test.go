package world

import (
	"slices"
	"testing"
)

func TestShrink(t *testing.T) {
	t.Parallel()
	script := make(Script, 40)
	for i := range script {
		script[i].Value = i
	}
	has := func(values ...int) func(Script) bool {
		return func(s Script) bool {
			return !slices.ContainsFunc(values, func(v int) bool { return !slices.ContainsFunc(s, func(step Step) bool { return step.Value == v }) })
		}
	}
	for _, tt := range []struct {
		fails func(Script) bool
		asks  int
		want  []int
	}{
		{has(7), 200, []int{7}},
		{has(0, 39), 200, []int{0, 39}},
		{has(3, 4, 17, 38), 400, []int{3, 4, 17, 38}},
		{func(s Script) bool { return len(s) >= 3 }, 400, []int{0, 1, 2}},
	} {
		var got []int
		for _, step := range Shrink(script, tt.asks, tt.fails) {
			got = append(got, step.Value)
		}
		if len(got) != len(tt.want) || len(tt.want) != 3 && !slices.Equal(got, tt.want) {
			t.Errorf("it is shrunk to %v, want %v", got, tt.want)
		}
	}
	asked := 0
	if short := Shrink(script, 5, func(Script) bool { asked++; return false }); len(short) != len(script) || asked != 5 {
		t.Errorf("asked %d times, it has %d steps", asked, len(short))
	}
}
