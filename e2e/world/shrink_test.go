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

// Steps that do not fit, and those that nobody looks at any more, make no other script.
func TestSeen(t *testing.T) {
	t.Parallel()
	apart := Step{Do: Detach, On: "hr.first"}
	for _, tt := range []struct{ script, want Script }{
		{Script{orders, mails, about, renamed}, Script{orders, mails, about}},
		{Script{mails, orders, first, about, apart, hidden, about}, Script{orders, about, hidden, about}},
		{Script{orders, mails}, nil},
		{nil, nil},
	} {
		if got := tt.script.Seen(); got.String() != tt.want.String() {
			t.Errorf("of\n%s these are seen:\n%swant\n%s", tt.script, got, tt.want)
		}
	}
}
