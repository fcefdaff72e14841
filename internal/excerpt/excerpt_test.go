package excerpt_test

import (
	"testing"

	"github.com/grantwright/grantwright/internal/excerpt"
)

func TestExcerpts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, of, storable string }{
		{"nothing", "", "", ""},
		{"as long as it may be", "orders", "orders", "orders"},
		{"too long", "orders_2026", "orders…", "orders…"},
		{"in the middle of a character", "order€s", "order…", "order?…"},
		{"not UTF-8", "a\xffb", "a\xffb", "a?b"},
		{"a NUL", "a\x00b", "a\x00b", "a?b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := excerpt.Of(tt.text, 6); got != tt.of {
				t.Errorf("Of: got %q, want %q", got, tt.of)
			}
			if got := excerpt.Storable(tt.text, 6); got != tt.storable {
				t.Errorf("Storable: got %q, want %q", got, tt.storable)
			}
		})
	}
}
