package mariadbsource

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadsTheColumnsOfAnExpression(t *testing.T) {
	columns := []string{"of", "id", "Ma`il"}
	for expression, want := range map[string][]string{
		"lcase(`Ma``il`)":      {"Ma`il"},
		"LCASE(`MA``IL`)":      {"Ma`il"},
		"`of` + 1 + `id`":      {"id"},
		"1 + 1":                nil,
		"ROW START":            nil,
		"":                     {"id", "Ma`il"},
		"lcase(`mai`)":         {"id", "Ma`il"},
		`lcase("id")`:          {"id", "Ma`il"},
		"concat('it`s', `id`)": {"id"},
	} {
		got := append([]string(nil), named(expression, "of", columns)...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", expression, diff)
		}
	}
}
