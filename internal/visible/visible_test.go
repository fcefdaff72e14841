package visible_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/grantwright/grantwright/internal/visible"
)

func TestText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want, lines string }{
		{"plain", `sales."Q1 – größer"`, `sales."Q1 – größer"`, ""},
		{"empty", "", "", ""},
		{"line feed", "a\nb", `a\u000ab`, "a\nb"},
		{"carriage return", "a\rb", `a\u000db`, `a\u000db`},
		{"tab", "a\tb", `a\u0009b`, "a\tb"},
		{"NUL", "a\x00b", `a\u0000b`, `a\u0000b`},
		{"line separator", "a\u2028b\u2029c", `a\u2028b\u2029c`, ""},
		{"next line", "a\u0085b", `a\u0085b`, ""},
		{"override", "a\u202eb", `a\u202eb`, ""},
		{"isolate", "a\u2066b\u2069", `a\u2066b\u2069`, ""},
		{"mark", "a\u200fb\u061c", `a\u200fb\u061c`, ""},
		{"zero width", "a\u200bb\ufeff", `a\u200bb\ufeff`, ""},
		{"no-break space", "a\u00a0b", `a\u00a0b`, ""},
		{"tag character", "a\U000e0041b", `a\U000e0041b`, ""},
		{"not UTF-8", "a\xffb", `a\ufffdb`, ""},
		{"letters from the right", "שלום", "שלום", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := visible.Text(tt.text); got != tt.want {
				t.Errorf("Text: %q, want %q", got, tt.want)
			}
			lines := tt.lines
			if lines == "" {
				lines = tt.want
			}
			if got := visible.Lines(tt.text); got != lines {
				t.Errorf("Lines: %q, want %q", got, lines)
			}
			if visible.Is(tt.text) != (tt.text == tt.want) {
				t.Errorf("Is: %v", visible.Is(tt.text))
			}
		})
	}
}

// A comment is one line, whatever its text is.
func FuzzComment(f *testing.F) {
	for _, seed := range []string{"", "in database \"a\nalter role mallory superuser;--\"", "a\r\\! id", "a\u2028b", "\xff\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		comment := visible.Comment(text)
		line, end := strings.CutSuffix(comment, "\n")
		if !end || !strings.HasPrefix(line, "-- ") || strings.ContainsAny(line, "\n\r\x00\v\f\u0085\u2028\u2029") || !utf8.ValidString(line) {
			t.Errorf("the comment is %q", comment)
		}
	})
}
