package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/review/assist"
)

func TestAssistSaysHowItDoes(t *testing.T) {
	t.Parallel()
	var a, b assist.Score
	a.Month, b.Month = "2026-10", "2026-11"
	a.Count(assist.Chance{Approve: 0.95}, true)
	b.Count(assist.Chance{Approve: 0.15}, false)
	var out bytes.Buffer
	if err := reportAssist(&out, []assist.Score{a, b}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2026-10", "2026-11", "all      2           1", "90-100 %  1               0.9       1", "10-20 %   1               0.1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestAssistFromTheCommandLine(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "records.db")
	for _, tt := range []struct {
		args string
		want string // in what is written, or in the error
	}{
		{"report -as admin@example.com -store " + db, "people have determined nothing yet"},
		{"rebuild -as admin@example.com -store " + db, ""},
		{"report -as nobody@example.com -store " + db, "nobody@example.com"},
		{"report -store " + db, "-as is missing"},
		{"forget -as admin@example.com", "must be report or rebuild"},
		{"report -as admin@example.com more", "is no flag"},
		{"report -months 0 -as admin@example.com -store " + db, "must be 1 to"},
	} {
		var out bytes.Buffer
		err := do(t.Context(), append([]string{"assist"}, strings.Fields(tt.args)...), &out, io.Discard)
		said := out.String()
		if err != nil {
			said += err.Error()
		}
		if !strings.Contains(said, tt.want) || tt.want == "" && err != nil {
			t.Errorf("%s: %q, want %q", tt.args, said, tt.want)
		}
	}
}
