package mariadbprovision

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/internal/visible"
)

func TestOnOneLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ statement, want string }{
		{"grant select on `sales`.`orders` to `r`", "grant select on `sales`.`orders` to `r`"},
		{"grant select on `sales`.`a\ndrop database x -- ` to `r`", "execute immediate 'grant select on `sales`.`a\\ndrop database x -- ` to `r`'"},
		{"drop role `a'\\\r`", "execute immediate 'drop role `a''\\\\\\r`'"},
		{"drop role `a\u202eb`", "execute immediate concat('drop role `a', _utf8mb4 x'E280AE', 'b`')"},
		{"\u2028\u2029", "execute immediate _utf8mb4 x'E280A8E280A9'"},
	} {
		if got := onOneLine(tt.statement); got != tt.want {
			t.Errorf("%q becomes %s, want %s", tt.statement, got, tt.want)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"orders", "a`b", "a\nb", "\\", "a\u202e'", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if strings.ToValidUTF8(name, "") != name {
			return
		}
		for _, s := range statements("drop role "+quote(name), "kill user "+literal(name)) {
			if !visible.Is(string(s)) {
				t.Errorf("%q makes %q", name, s)
			}
		}
	})
}
