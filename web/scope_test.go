package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// What a connection holds is said where it is registered.
func TestScopeOfAConnectionByTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const body = `{"technology":"FAKE","host":"dwh.example.com","principals":{"expression":"person.attributes.login[0]"},"scope":{"include":["sales"],"exclude":["*.public"]}}`
	if a := w.call(t, admin, http.MethodPut, "/connections/warehouse", body); a.status != http.StatusNoContent {
		t.Fatalf("registering says %d %s", a.status, a.body)
	}
	if a := w.call(t, admin, http.MethodGet, "/connections", ""); !strings.Contains(a.body, `"scope":{"include":["sales"],"exclude":["*.public"]}`) || !strings.Contains(a.body, `"technology":"fake"`) {
		t.Errorf("the connections are %s", a.body)
	}
	b := w.browser(t)
	wantOn(t, b.signIn(b.open("/stops"), admin.ID), 200, "Assets there: only <code>sales</code>, but not <code>*.public</code>.")
	if a := w.call(t, admin, http.MethodPost, "/connections/warehouse/sync", ""); a.status != http.StatusOK || !strings.Contains(a.body, `"gone":5`) {
		t.Errorf("the sync says %d %s", a.status, a.body)
	}
	if a := w.call(t, admin, http.MethodPut, "/connections/warehouse", strings.Replace(body, "*.public", "a..b", 1)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "scope.exclude") {
		t.Errorf("a scope that is no name says %d %s", a.status, a.body)
	}
}
