package frame

import (
	"testing"

	"github.com/grantwright/grantwright/web/internal/pages/words"
)

func TestOwnTemplatesAreThereInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, w := range words.Languages() {
		for _, name := range []string{"error", "signin", "signedin", "again", "parts"} {
			if own()[w.Tag][name] == nil {
				t.Errorf("%s: no page %s", w.Tag, name)
			}
		}
	}
}
