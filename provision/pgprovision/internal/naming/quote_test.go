package naming

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/grantwright/grantwright/internal/visible"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, want string }{
		{"orders", `"orders"`},
		{`or"ders`, `"or""ders"`},
		{`or\ders`, `"or\ders"`},
		{"größer – 数", `"größer – 数"`},
		{"a\nalter role mallory superuser;--", `U&"a\000Aalter role mallory superuser;--"`},
		{"a\"\r\\", `U&"a""\000D\\"`},
		{"a\u202eb\u2028", `U&"a\202Eb\2028"`},
		{"a\U000e0041", `U&"a\+0E0041"`},
		{"a\x00b", `U&"a\0000b"`}, // PostgreSQL refuses it, and takes no shorter name for it
	} {
		if got := Quote(tt.name); got != tt.want {
			t.Errorf("%q is quoted as %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := Quote("public", "a\nb"); got != `"public".U&"a\000Ab"` {
		t.Errorf("two parts: %s", got)
	}
}

func TestRequote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ quoted, want string }{
		{"public.orders", "public.orders"},
		{`public."Orders ""x"""`, `public."Orders ""x"""`},
		{"public.\"a\n.b\"\"\"", `"public".U&"a\000A.b"""`},
		{"\"a\xff\n\"", "\"a\xff\n\""},
	} {
		if got := Requote(tt.quoted); got != tt.want {
			t.Errorf("%q becomes %s, want %s", tt.quoted, got, tt.want)
		}
	}
}

func TestLiteral(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want, body string }{
		{"it's", `'it''s'`, ""},
		{"a\nb'\\", `E'a\u000ab''\\'`, ""},
		{"a\u202e", `E'a\u202e'`, ""},
		{"eve$make_role$", `'eve$make_role$'`, `E'eve\u0024make_role\u0024'`},
	} {
		if got := Literal(tt.text); got != tt.want {
			t.Errorf("%q is %s, want %s", tt.text, got, tt.want)
		}
		if tt.body == "" {
			tt.body = tt.want
		}
		if got := BodyLiteral(tt.text); got != tt.body {
			t.Errorf("in a body %q is %s, want %s", tt.text, got, tt.body)
		}
	}
}

// Whatever a name is, it stays on one line, and what it was can be read again.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"", "orders", "a\nb", `"`, "\\", "$$", "a\u202e\"\\\r", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		quoted, text := Quote(name), Literal(name)
		if !utf8.ValidString(name) {
			return
		}
		if !visible.Is(quoted) || !visible.Is(text) {
			t.Errorf("%q is %q, and as text %q", name, quoted, text)
		}
		if strings.HasPrefix(quoted, "U&") == visible.Is(name) {
			t.Errorf("%q is %s", name, quoted)
		}
		if strings.Contains(BodyLiteral(name), "$") {
			t.Errorf("%q holds a dollar as %s", name, BodyLiteral(name))
		}
	})
}
