package web_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/web"
)

// However many faults a body has, and however long its names are, the answer stays short
// and says how many faults it leaves out.
func TestFaultsOfOneAnswerAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var many []string
	for i := range 60_000 {
		many = append(many, fmt.Sprintf(`"k%d":0`, i))
	}
	for name, body := range map[string]string{
		"many unknown fields":  `{` + strings.Join(many, ",") + `}`,
		"many unknown answers": `{"asset":"warehouse:sales.public.orders","answers":{` + strings.ReplaceAll(strings.Join(many, ","), ":0", `:["x"]`) + `}}`,
		"one long name":        `{"` + strings.Repeat("x", 900_000) + `":0}`,
	} {
		a := w.call(t, eve, "POST", "/requests", body)
		var p web.Problem
		if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.status != 422 && a.status != 400 {
			t.Errorf("%s: %d %s (%v)", name, a.status, truncated(a.body), err)
			continue
		}
		if len(a.body) > 100_000 || len(p.Errors) == 0 {
			t.Errorf("%s: %d bytes with %d faults", name, len(a.body), len(p.Errors))
		}
		if last := p.Errors[len(p.Errors)-1].Detail; name == "many unknown fields" && !strings.Contains(last, "more") {
			t.Errorf("%s: the last fault says %q", name, last)
		}
	}
}
